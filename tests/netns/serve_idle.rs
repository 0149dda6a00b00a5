//! What connections cost that are open and say nothing, before they said anything and afterwards.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::{Command, Stdio};
use std::time::Duration;

use netdiag_lab::until;
use nix::sys::resource::{Resource, getrlimit, setrlimit};

use crate::guard;
use crate::serve_limits::{ADDRESS, connect, descriptors, is_clean, start};
use crate::server::{PATIENCE, Server};

/// Memory of its own, in bytes.
pub(crate) fn memory(server: &Server) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.child.id())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:")).unwrap();
    1024 * line.split_whitespace().next().unwrap().parse::<u64>().unwrap()
}

/// How many descriptors there may be, after taking as many as the system lets us have.
pub(crate) fn room() -> usize {
    let (_, most) = getrlimit(Resource::RLIMIT_NOFILE).unwrap();
    setrlimit(Resource::RLIMIT_NOFILE, most, most).unwrap();
    usize::try_from(most).unwrap()
}

#[test]
fn silent_connections_cost_little_and_are_ended() {
    guard::namespace();
    let count = 10_000.min(room() - 500);
    for kind in ["http", "echo"] {
        let (host, server) = start(kind, &["--head-timeout", "1h", "--idle-timeout", "1h"]);
        let (before, idle) = (descriptors(&server), memory(&server));
        let streams: Vec<TcpStream> =
            host.run(|| (0..count).map(|_| TcpStream::connect(ADDRESS).unwrap()).collect());
        until("all to be accepted", PATIENCE, || (descriptors(&server) == before + count).then_some(()))
            .unwrap();
        let each = (memory(&server) - idle) / count as u64;
        assert!(each <= 4096, "{kind}: {each} bytes each");
        drop(streams);
        is_clean(&host, &server, before);
    }
    // How many there are at the same time depends on how fast they come, and not whether they are ended.
    for (kind, options) in [("http", &["--head-timeout", "1s"][..]), ("echo", &["--idle-timeout", "1s"])] {
        let (host, server) = start(kind, options);
        let before = descriptors(&server);
        let streams: Vec<TcpStream> =
            host.run(|| (0..500).map(|_| TcpStream::connect(ADDRESS).unwrap()).collect());
        server.logs("end=timeout", 500);
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
    assert!(room() > 2 * COUNT + 100, "this test opens {} connections", 2 * COUNT);
    #[rustfmt::skip]
    let cases: [(&str, &[u8], usize); 3] = [
        // kind, what is said,                                            bytes of the answer, at least
        ("echo", &[b'x'; 20_000],                                         20_000),
        ("http", b"GET /bytes/10 HTTP/1.1\r\nhost: h\r\n\r\n",          100),
        ("http", b"GET /bytes/100000 HTTP/1.1\r\nhost: h\r\n\r\n",      100_100),
    ];
    for (kind, question, answer) in cases {
        // A connection is not to be idle for too long before its turn comes again.
        let (host, server) = start(kind, &["-q", "--idle-timeout", "1h", "--head-timeout", "1h"]);
        let ask = |mut stream: &TcpStream| {
            stream.write_all(question).unwrap();
            stream.read_exact(&mut vec![0; answer]).unwrap();
        };
        let crowd = || (0..COUNT).map(|_| connect(&host)).inspect(ask).collect::<Vec<TcpStream>>();
        // What so many at the same time needed while they were served is kept for the next: a second crowd costs what it
        // costs.
        let _first = crowd();
        let idle = memory(&server);
        let streams = crowd();
        let each = || memory(&server).saturating_sub(idle) / COUNT as u64;
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
    let (host, server) = start("http", &["--head-timeout", "5s"]);
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
    python.args(["-c", &script]).stdin(Stdio::piped()).stdout(Stdio::piped());
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
