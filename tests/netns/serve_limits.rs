//! What clients cannot do to `serve`: use it up, hold it, or leave anything behind, as `ss` and `/proc` see it.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::process::Command;
use std::time::Duration;

use netdiag_lab::{Host, Lab, until};
use socket2::SockRef;

use crate::guard;
use crate::server::{PATIENCE, Server};

pub(crate) const ADDRESS: &str = "127.0.0.1:7000";

pub(crate) fn start(kind: &str, options: &[&str]) -> (Host, Server) {
    let host = Lab::new().unwrap().host("host").unwrap();
    let server = Server::spawn(kind, &[ADDRESS], options, |command| host.spawn(command));
    (host, server)
}

pub(crate) fn connect(host: &Host) -> TcpStream {
    let stream = host.run(|| TcpStream::connect(ADDRESS)).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream
}

/// The server's sockets that are connections: those with an owner.
fn held(host: &Host) -> usize {
    let mut command = Command::new(env!("CARGO_BIN_EXE_netdiag"));
    let command = command.args(["ss", "-tanpH", "sport", "=", "7000"]);
    let listed = String::from_utf8(host.output(command).unwrap().stdout).unwrap();
    listed.lines().filter(|line| !line.starts_with("LISTEN") && line.contains("users:")).count()
}

pub(crate) fn descriptors(server: &Server) -> usize {
    std::fs::read_dir(format!("/proc/{}/fd", server.child.id())).unwrap().count()
}

/// Nothing is left of any connection.
pub(crate) fn is_clean(host: &Host, server: &Server, before: usize) {
    until("every connection to be gone", PATIENCE, || {
        (held(host) == 0 && descriptors(server) == before).then_some(())
    })
    .unwrap_or_else(|late| {
        panic!("{late}: {} sockets, {} descriptors, {before} before", held(host), descriptors(server))
    });
}

/// Everything that comes until the server ends the connection.
fn answer(stream: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    // What was not read by the server makes the end a reset.
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}

#[test]
fn a_head_that_never_ends_is_ended() {
    guard::namespace();
    let (host, server) = start("http", &["--head-timeout", "400ms"]);
    let before = descriptors(&server);
    let mut slow = connect(&host);
    slow.write_all(b"GET / HTTP/1.1\r\n").unwrap();
    // Who has not asked gets no answer.
    assert_eq!(answer(&mut slow), "");
    drop(slow);
    is_clean(&host, &server, before);
    let log = server.stop().log;
    assert!(log.contains("received=16 sent=0 ") && log.contains("end=timeout"), "{log}");
}

#[test]
fn a_head_that_is_too_long_is_refused() {
    guard::namespace();
    let (host, server) = start("http", &["--head-timeout", "1h"]);
    let before = descriptors(&server);
    let line = format!("GET / HTTP/1.1\r\nx: {}", "a".repeat(1 << 20));
    let headers: String = (0..10_000).map(|number| format!("h{number}: x\r\n")).collect();
    for (name, head) in [("a line", line), ("many headers", format!("GET / HTTP/1.1\r\n{headers}"))] {
        let mut stream = connect(&host);
        // The server may end it at any byte.
        let _ = stream.write_all(head.as_bytes());
        let answer = answer(&mut stream);
        assert!(answer.starts_with("HTTP/1.1 431 "), "{name}: {answer}");
    }
    is_clean(&host, &server, before);
    assert_eq!(server.stop().log.matches("end=failed (message head is too large)").count(), 2);
}

#[test]
fn a_byte_now_and_then_does_not_keep_a_connection() {
    guard::namespace();
    for (kind, head) in
        [("http", &b"GET / HTTP/1.1\r\nx: "[..]), ("http", b""), ("echo --tls", b"\x16\x03\x01")]
    {
        let (kind, options) = kind.split_once(' ').map_or((kind, None), |(kind, tls)| (kind, Some(tls)));
        let options: Vec<&str> = options.into_iter().chain(["--head-timeout", "300ms"]).collect();
        let (host, server) = start(kind, &options);
        let before = descriptors(&server);
        let mut stream = connect(&host);
        stream.write_all(head).unwrap();
        // Never silent for longer than a sixth of what is allowed, for as long as it takes.
        let ended = until("the server to end it", PATIENCE, || {
            std::thread::sleep(Duration::from_millis(50));
            stream.write_all(b"a").is_err().then_some(())
        });
        ended.unwrap_or_else(|late| panic!("{kind} {}: {late}", head.escape_ascii()));
        drop(stream);
        is_clean(&host, &server, before);
    }
}

#[test]
fn bodies_larger_than_allowed_are_not_taken() {
    guard::namespace();
    let (host, server) = start("http", &["--max-body", "1000"]);
    let before = descriptors(&server);
    let chunk = format!("{:x}\r\n{}\r\n", 700, "x".repeat(700));
    #[rustfmt::skip]
    let cases = [
        // what is sent after the method and path,                                                  how the answer begins
        (format!("content-length: 1001\r\n\r\n{}", "x".repeat(1001)),                              "HTTP/1.1 413 "),
        ("content-length: 99999999999999999999\r\n\r\n".to_owned(),                               "HTTP/1.1 400 "),
        ("content-length: 10\r\ncontent-length: 11\r\n\r\n0123456789".to_owned(),                 "HTTP/1.1 400 "),
        (format!("transfer-encoding: chunked\r\n\r\n{chunk}{chunk}0\r\n\r\n"),                  ""),
        ("transfer-encoding: chunked\r\n\r\nffffffffffffffffff\r\n".to_owned(),                   ""),
    ];
    for (rest, begins) in cases {
        let shown = rest.chars().take(60).collect::<String>();
        let mut stream = connect(&host);
        // The server may have seen enough before it was all sent.
        let _ = stream.write_all(format!("POST /echo HTTP/1.1\r\nhost: h\r\n{rest}").as_bytes());
        let answer = answer(&mut stream);
        assert!(answer.starts_with(begins), "{shown:?}: {answer}");
        // Whatever came back of it, it was cut where it became too much, and did not end as a whole would.
        assert!(
            answer.matches('x').count() <= 1000 + 20 && !answer.ends_with("0\r\n\r\n"),
            "{shown:?}: {answer}"
        );
    }
    is_clean(&host, &server, before);
    // Whether anything came back of those, it was for the right reason that no more did.
    let log = server.stop().log;
    assert_eq!(log.matches("body is too large)").count(), 1, "{log}");
    assert_eq!(log.matches("(error reading a body from connection)").count(), 1, "{log}");
}

#[test]
fn malformed_requests_are_refused_and_leave_nothing() {
    guard::namespace();
    let (host, server) = start("http", &["--max-body", "10"]);
    let before = descriptors(&server);
    #[rustfmt::skip]
    let cases: [(&[u8], &str); 11] = [
        (b"\r\n\r\n\0\0\0\0",                                                                "400"),
        (b"GET\r\n\r\n",                                                                     "400"),
        (b"GET / HTTP/9.9\r\n\r\n",                                                          "400"),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",                            "400"),
        (b"GET / HTTP/1.1\r\nhost: a\r\nbad header\r\n\r\n",                                 "400"),
        (b"POST /echo HTTP/1.1\r\nhost: a\r\ncontent-length: x\r\n\r\n",                     "400"),
        (b"POST /echo HTTP/1.1\r\nhost: a\r\ncontent-length: 11\r\n\r\n01234567890",         "413"),
        (b"POST /echo HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",      ""),
        (b"GET / HTTP/1.1\r\n\r\n",                                                            "400"),
        (b"GET / HTTP/1.1\r\nhost: a\r\nhost: b\r\n\r\n",                                    "400"),
        (b"GET /%2e%2e/etc/passwd HTTP/1.1\r\nhost: a\r\n\r\n",                              "400"),
    ];
    for (request, status) in cases {
        let shown = request.escape_ascii();
        let mut stream = connect(&host);
        stream.write_all(request).unwrap();
        stream.shutdown(Shutdown::Write).unwrap();
        let answer = answer(&mut stream);
        let fits = if status.is_empty() {
            // The head of an answer may have left before the body turned out to be none, and nothing after it.
            answer.split_once("\r\n\r\n").map_or(answer.is_empty(), |(_, body)| body.is_empty())
        } else {
            answer.starts_with(&format!("HTTP/1.1 {status} "))
        };
        assert!(fits, "{shown}: {answer}");
    }
    is_clean(&host, &server, before);
    let log = server.stop().log;
    assert_eq!(log.matches("(error reading a body from connection)").count(), 1, "{log}");
}

#[test]
fn resets_at_any_byte_leave_nothing() {
    guard::namespace();
    let request = b"POST /echo HTTP/1.1\r\nhost: a\r\ncontent-length: 4\r\n\r\nabcd";
    for kind in ["http", "echo", "chargen", "discard"] {
        let (host, server) = start(kind, &["-q"]);
        let before = descriptors(&server);
        for length in 0..=request.len() {
            let mut stream = connect(&host);
            stream.write_all(&request[..length]).unwrap();
            SockRef::from(&stream).set_linger(Some(Duration::ZERO)).unwrap();
        }
        is_clean(&host, &server, before);
        assert!(server.stop().status.success(), "{kind}");
    }
}

#[test]
fn resets_amid_an_answer_and_a_handshake_leave_nothing() {
    guard::namespace();
    let (host, server) = start("http", &["-q"]);
    let before = descriptors(&server);
    for read in [0, 1, 100, 60_000, 3_000_000] {
        let mut stream = connect(&host);
        stream.write_all(b"GET /bytes/50000000 HTTP/1.1\r\nhost: h\r\n\r\n").unwrap();
        stream.read_exact(&mut vec![0; read]).unwrap();
        SockRef::from(&stream).set_linger(Some(Duration::ZERO)).unwrap();
    }
    is_clean(&host, &server, before);
    assert!(server.stop().status.success());
    // The beginning of a hello of TLS 1.3.
    let hello = [&b"\x16\x03\x01\x00\x40\x01\x00\x00\x3c\x03\x03"[..], &[7; 40]].concat();
    let (host, server) = start("echo", &["--tls", "-q"]);
    let before = descriptors(&server);
    for length in 0..=hello.len() {
        let mut stream = connect(&host);
        stream.write_all(&hello[..length]).unwrap();
        SockRef::from(&stream).set_linger(Some(Duration::ZERO)).unwrap();
    }
    is_clean(&host, &server, before);
    assert!(server.stop().status.success());
}

#[test]
fn running_out_of_descriptors_pauses_and_is_said_once() {
    guard::namespace();
    let host = Lab::new().unwrap().host("host").unwrap();
    let server = Server::spawn("echo", &[ADDRESS], &[], |command| {
        // The limit goes with whoever starts it, and this is a thread's own shell.
        let mut limited = Command::new("sh");
        limited
            .arg("-c")
            .arg("ulimit -n 24 && exec \"$0\" \"$@\"")
            .arg(command.get_program())
            .args(command.get_args());
        limited
            .stdin(std::process::Stdio::null())
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::piped());
        host.spawn(&mut limited)
    });
    let mut streams: Vec<TcpStream> = (0..40).map(|_| connect(&host)).collect();
    until("descriptors to run out", PATIENCE, || (descriptors(&server) >= 24).then_some(())).unwrap();
    // Room again, and whoever waited is served.
    let mut last = streams.pop().unwrap();
    streams.truncate(0);
    last.write_all(b"x").unwrap();
    last.read_exact(&mut [0]).unwrap();
    drop(last);
    // That it has recovered is said to the first who comes once it has gone well for a while.
    until("it to have recovered", PATIENCE, || {
        let mut stream = connect(&host);
        stream.write_all(b"x").unwrap();
        stream.read_exact(&mut [0]).unwrap();
        server.logged().contains("accepting again").then_some(())
    })
    .unwrap();
    let log = server.stop().log;
    assert_eq!(log.matches("accept: Too many open files; connections wait").count(), 1, "{log}");
    assert_eq!(log.matches("accepting again").count(), 1, "{log}");
}

#[test]
fn more_than_may_be_wait_their_turn() {
    guard::namespace();
    let (host, server) = start("echo", &["--max-conns", "2"]);
    let mut streams: Vec<TcpStream> = (0..3).map(|_| connect(&host)).collect();
    for stream in &mut streams[..2] {
        stream.write_all(b"x").unwrap();
        stream.read_exact(&mut [0]).unwrap();
    }
    let mut third = streams.pop().unwrap();
    third.write_all(b"x").unwrap();
    assert_eq!(held(&host), 2);
    streams.clear();
    third.read_exact(&mut [0]).unwrap();
    drop(third);
    let log = server.stop().log;
    assert_eq!(log.matches("2 connections, the most there may be; more wait").count(), 1, "{log}");
}

#[test]
fn a_restart_does_not_wait_for_time_wait() {
    guard::namespace();
    let (host, server) = start("echo", &["--drain-timeout", "0"]);
    let mut stream = connect(&host);
    stream.write_all(b"x").unwrap();
    stream.read_exact(&mut [0]).unwrap();
    // The server ends the connection first, so the state is at its port.
    assert!(server.stop().status.success());
    assert_eq!(stream.read(&mut [0]).unwrap(), 0);
    drop(stream);
    let again = Server::spawn("echo", &[ADDRESS], &[], |command| host.spawn(command));
    drop(connect(&host));
    drop(again);
}

#[test]
fn all_addresses_are_those_of_both_families() {
    guard::namespace();
    let host = Lab::new().unwrap().host("host").unwrap();
    let start = || Server::spawn("echo", &[":7000"], &[], |command| host.spawn(command));
    let both = start();
    assert_eq!(both.listeners, ["tcp://*:7000"]);
    for address in [ADDRESS, "[::1]:7000"] {
        let mut stream = host.run(|| TcpStream::connect(address)).unwrap();
        stream.write_all(b"x").unwrap();
        stream.read_exact(&mut [0]).unwrap();
    }
    drop(both);
    let only = Server::spawn("echo", &["0.0.0.0:7000", "[::]:7000"], &[], |command| host.spawn(command));
    assert_eq!(only.listeners, ["tcp://0.0.0.0:7000", "tcp://[::]:7000"]);
}
