//! What clients cannot do to `serve`: use it up, hold it, or leave anything behind, as `ss` and `/proc` see it.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::process::Command;
use std::time::Duration;

use netdiag_lab::{Host, Lab, until};
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use socket2::SockRef;

use crate::guard;
use crate::server::{PATIENCE, Server};

const ADDRESS: &str = "127.0.0.1:7000";

fn start(kind: &str, options: &[&str]) -> (Host, Server) {
    let host = Lab::new().unwrap().host("host").unwrap();
    let server = Server::spawn(kind, &[ADDRESS], options, |command| host.spawn(command));
    (host, server)
}

fn connect(host: &Host) -> TcpStream {
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

fn descriptors(server: &Server) -> usize {
    std::fs::read_dir(format!("/proc/{}/fd", server.child.id())).unwrap().count()
}

/// Memory of its own, in bytes.
fn memory(server: &Server) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.child.id())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:")).unwrap();
    1024 * line.split_whitespace().next().unwrap().parse::<u64>().unwrap()
}

/// Nothing is left of any connection.
fn is_clean(host: &Host, server: &Server, before: usize) {
    until("every connection to be gone", PATIENCE, || {
        (held(host) == 0 && descriptors(server) == before).then_some(())
    })
    .unwrap_or_else(|late| {
        panic!("{late}: {} sockets, {} descriptors, {before} before", held(host), descriptors(server))
    });
}

#[test]
fn silent_connections_cost_little_and_are_ended() {
    guard::namespace();
    // Both ends of each are descriptors, ours and the server's.
    let (_, most) = getrlimit(Resource::RLIMIT_NOFILE).unwrap();
    setrlimit(Resource::RLIMIT_NOFILE, most, most).unwrap();
    let count = 10_000.min(usize::try_from(most).unwrap() - 500);
    for (kind, options) in [("http", &["--head-timeout", "2s"][..]), ("echo", &["--idle-timeout", "2s"])] {
        let (host, server) = start(kind, options);
        let (before, idle) = (descriptors(&server), memory(&server));
        let streams: Vec<TcpStream> =
            host.run(|| (0..count).map(|_| TcpStream::connect(ADDRESS).unwrap()).collect());
        until("all to be accepted", PATIENCE, || (descriptors(&server) > before + count / 2).then_some(()))
            .unwrap();
        let there = descriptors(&server) - before;
        let each = (memory(&server) - idle) / there as u64;
        assert!(each <= 4096, "{kind}: {each} bytes each of {there}");
        is_clean(&host, &server, before);
        drop(streams);
        // It still serves.
        let mut stream = connect(&host);
        stream.write_all(b"GET /status/204 HTTP/1.0\r\n\r\n").unwrap();
        stream.read_exact(&mut [0; 8]).unwrap();
    }
}

#[test]
fn connections_that_have_said_something_cost_as_little_afterwards() {
    guard::namespace();
    const COUNT: usize = 3000;
    #[rustfmt::skip]
    let cases: [(&str, &[u8], usize); 3] = [
        // kind, what is said,                                            bytes of the answer, at least
        ("echo", &[b'x'; 20_000],                                         20_000),
        ("http", b"GET /bytes/10 HTTP/1.1\r\nhost: h\r\n\r\n",          100),
        ("http", b"GET /bytes/100000 HTTP/1.1\r\nhost: h\r\n\r\n",      100_100),
    ];
    for (kind, question, answer) in cases {
        let (host, server) = start(kind, &["-q"]);
        let ask = |mut stream: &TcpStream| {
            stream.write_all(question).unwrap();
            stream.read_exact(&mut vec![0; answer]).unwrap();
        };
        // What is made once is not for each.
        (0..20).for_each(|_| ask(&connect(&host)));
        let idle = memory(&server);
        let streams: Vec<TcpStream> = (0..COUNT).map(|_| connect(&host)).inspect(ask).collect();
        let each = || (memory(&server) - idle) / COUNT as u64;
        // A connection over HTTP gives its buffers back once nothing has been asked for a while.
        let little = until("little memory", PATIENCE, || (each() <= 4096).then_some(()));
        assert!(little.is_ok(), "{kind} {}: {} bytes each", question.escape_ascii(), each());
        // And serves as before.
        streams.iter().take(10).for_each(ask);
    }
}

#[test]
fn a_connection_between_requests_is_as_good_as_a_new_one() {
    guard::namespace();
    let (host, server) = start("http", &["--head-timeout", "700ms"]);
    let before = descriptors(&server);
    let mut stream = connect(&host);
    let mut ask = |parts: &[&str], answer: &str| {
        for (number, part) in parts.iter().enumerate() {
            if number > 0 {
                // Long enough to be taken for idle.
                std::thread::sleep(Duration::from_millis(90));
            }
            stream.write_all(part.as_bytes()).unwrap();
        }
        let mut got = Vec::new();
        while !got.ends_with(answer.as_bytes()) {
            let mut byte = [0];
            stream.read_exact(&mut byte).unwrap_or_else(|error| {
                panic!("{parts:?}: {error} after {}", got.escape_ascii());
            });
            got.push(byte[0]);
        }
    };
    let get = "GET /bytes/3 HTTP/1.1\r\nhost: h\r\n\r\n";
    ask(&[get], "\r\n\r\n012");
    // A head in two parts, the first of them with the head before it.
    ask(&[&format!("{get}GET /by"), "tes/5 HTTP/1.1\r\nhost: h\r\n\r\n"], "\r\n\r\n01234");
    // A body that comes late, and one nobody wants.
    let post = "POST /echo HTTP/1.1\r\nhost: h\r\ncontent-length: 4\r\n\r\n";
    ask(&[post, "ab", "cd"], "\r\n\r\nabcd");
    let unwanted = "POST /bytes/3 HTTP/1.1\r\nhost: h\r\ncontent-length: 9\r\n\r\n123456789";
    ask(&[unwanted], "\r\n\r\n012");
    ask(&[get], "\r\n\r\n012");
    ask(&["", get], "\r\n\r\n012");
    // A head that is begun has its time, and no more.
    stream.write_all(b"GET /by").unwrap();
    assert_eq!(stream.read(&mut [0]).unwrap_or(0), 0);
    drop(stream);
    is_clean(&host, &server, before);
    let log = server.stop().log;
    assert!(log.contains("requests=7 ") && log.contains("end=timeout"), "{log}");
}

#[test]
fn connections_within_tls_cost_what_the_docs_say() {
    guard::namespace();
    const COUNT: u64 = 400;
    let (host, server) = start("echo", &["--tls", "-q"]);
    // It connects, says so, and holds the connections until its input ends.
    let script = format!(
        "
import socket, ssl, sys
context = ssl._create_unverified_context()
def connect():
    stream = context.wrap_socket(socket.create_connection(('127.0.0.1', 7000)))
    stream.sendall(b'x' * 100); assert stream.recv(100)
    return stream
warm = [connect() for _ in range(20)]
print(flush=True); sys.stdin.readline()
held = [connect() for _ in range({COUNT})]
print(flush=True); sys.stdin.readline()"
    );
    let mut python = Command::new("python3");
    python.args(["-c", &script]).stdin(std::process::Stdio::piped()).stdout(std::process::Stdio::piped());
    let mut python = host.spawn(&mut python).expect("this test needs python3");
    let (mut input, mut output) = (python.stdin.take().unwrap(), python.stdout.take().unwrap());
    output.read_exact(&mut [0]).unwrap();
    let idle = memory(&server);
    input.write_all(b"\n").unwrap();
    output.read_exact(&mut [0]).unwrap();
    let each = (memory(&server) - idle) / COUNT;
    drop(input);
    assert!(python.wait().unwrap().success());
    assert!(each <= 12 << 10, "{each} bytes each");
}

#[test]
fn a_head_that_never_ends_is_ended() {
    guard::namespace();
    let (host, server) = start("http", &["--head-timeout", "400ms"]);
    let before = descriptors(&server);
    let mut slow = connect(&host);
    slow.write_all(b"GET / HTTP/1.1\r\n").unwrap();
    let mut endless = connect(&host);
    // A line that never ends in a head that never ends; the server may end it at any byte.
    let mut line = b"GET / HTTP/1.1\r\nx: ".to_vec();
    line.resize(1 << 20, b'a');
    let _ = endless.write_all(&line);
    let mut many = connect(&host);
    let headers: String = (0..10_000).map(|number| format!("h{number}: x\r\n")).collect();
    let _ = many.write_all(format!("GET / HTTP/1.1\r\n{headers}").as_bytes());
    for (name, stream) in [("slow", &mut slow), ("endless", &mut endless), ("many", &mut many)] {
        let mut answer = Vec::new();
        // What was not read by the server makes the end a reset.
        let _ = stream.read_to_end(&mut answer);
        let answer = String::from_utf8_lossy(&answer).into_owned();
        let fits = answer.is_empty() || answer.starts_with("HTTP/1.1 4");
        assert!(fits, "{name}: {answer}");
    }
    drop((slow, endless, many));
    is_clean(&host, &server, before);
    let log = server.stop().log;
    assert!(log.contains("end=timeout"), "{log}");
}

#[test]
fn malformed_requests_are_refused_and_leave_nothing() {
    guard::namespace();
    let (host, server) = start("http", &["--head-timeout", "2s", "--max-body", "10"]);
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
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        let answer = String::from_utf8_lossy(&answer);
        let fits = if status.is_empty() {
            !answer.contains("200 OK") || answer.len() < 400
        } else {
            answer.starts_with(&format!("HTTP/1.1 {status} "))
        };
        assert!(fits, "{shown}: {answer}");
    }
    is_clean(&host, &server, before);
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
    // That it has recovered is said once it has gone well for a while.
    let begun = std::time::Instant::now();
    while begun.elapsed() < Duration::from_millis(700) {
        let mut stream = connect(&host);
        stream.write_all(b"x").unwrap();
        stream.read_exact(&mut [0]).unwrap();
    }
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
