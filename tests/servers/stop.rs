//! How a server ends: connections may, too.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

use netdiag_lab::until;
use nix::sys::signal::Signal;

use crate::server::{PATIENCE, Server};

fn connect(server: &Server) -> TcpStream {
    let stream = TcpStream::connect(("127.0.0.1", server.port())).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream
}

fn echo(stream: &mut TcpStream) {
    stream.write_all(b"x").unwrap();
    stream.read_exact(&mut [0]).unwrap();
}

fn refuses(server: &Server) {
    let port = server.port();
    until("the listener to be closed", PATIENCE, || {
        TcpStream::connect(("127.0.0.1", port)).is_err().then_some(())
    })
    .unwrap();
}

#[test]
fn who_is_served_may_finish() {
    let server = Server::start("echo", &["127.0.0.1:0"], &["--drain-timeout", "1m"]);
    let mut stream = connect(&server);
    echo(&mut stream);
    server.signal(Signal::SIGTERM);
    refuses(&server);
    echo(&mut stream);
    drop(stream);
    let ended = server.ended();
    assert!(ended.status.success());
    // The connections that asked whether it still listens may have been taken, too.
    let finished =
        ended.log.lines().any(|line| line.contains("received=2 sent=2") && line.ends_with("end=closed"));
    assert!(ended.log.contains("stopping; ") && finished, "{}", ended.log);
}

#[test]
fn who_does_not_finish_is_cut_off() {
    let server = Server::start("echo", &["127.0.0.1:0"], &["--drain-timeout", "100ms"]);
    let mut stream = connect(&server);
    echo(&mut stream);
    let ended = server.stop();
    assert!(ended.status.success() && ended.log.contains("end=cut"), "{}", ended.log);
    assert_eq!(stream.read(&mut [0]).unwrap(), 0);
}

#[test]
fn a_second_signal_ends_it_at_once() {
    let server = Server::start("echo", &["127.0.0.1:0"], &["--drain-timeout", "1h"]);
    let mut stream = connect(&server);
    echo(&mut stream);
    server.signal(Signal::SIGTERM);
    refuses(&server);
    server.signal(Signal::SIGINT);
    let ended = server.ended();
    assert_eq!(ended.status.code(), Some(130), "{}", ended.log);
}

#[test]
fn http_finishes_its_answer_and_closes_what_is_idle() {
    let server = Server::start("http", &["127.0.0.1:0"], &["--drain-timeout", "1m"]);
    let (mut idle, mut silent, mut busy) = (connect(&server), connect(&server), connect(&server));
    idle.write_all(b"GET /bytes/3 HTTP/1.1\r\nhost: a\r\n\r\n").unwrap();
    idle.read_exact(&mut [0; 64]).unwrap();
    busy.write_all(b"GET /delay/700 HTTP/1.1\r\nhost: a\r\n\r\n").unwrap();
    is_taken(&busy);
    server.signal(Signal::SIGTERM);
    for stream in [&mut idle, &mut silent] {
        stream.read_to_end(&mut Vec::new()).unwrap();
    }
    let mut answer = String::new();
    busy.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.ends_with("700 ms\n"), "{answer}");
    drop((idle, silent, busy));
    assert!(server.ended().status.success());
}

/// Waits until what was sent has arrived and the server has read it: nothing is queued at either end (`/proc/net/tcp`).
fn is_taken(stream: &TcpStream) {
    let [near, far] = [stream.local_addr(), stream.peer_addr()].map(|end| match end.unwrap() {
        SocketAddr::V4(end) => format!("{:08X}:{:04X}", u32::from_ne_bytes(end.ip().octets()), end.port()),
        SocketAddr::V6(end) => panic!("{end} is in another table"),
    });
    let queues = |local: &str, remote: &str| {
        let table = std::fs::read_to_string("/proc/net/tcp").unwrap();
        let rows = table.lines().map(|row| row.split_whitespace().collect::<Vec<_>>());
        let row = rows.skip(1).find(|row| row[1] == local && row[2] == remote)?;
        let (sending, receiving) = row[4].split_once(':')?;
        Some((sending.to_owned(), receiving.to_owned()))
    };
    const EMPTY: &str = "00000000";
    let taken = || {
        let (unacknowledged, unread) = (queues(&near, &far)?.0, queues(&far, &near)?.1);
        (unacknowledged == EMPTY && unread == EMPTY).then_some(())
    };
    until("the request to be read", PATIENCE, taken).unwrap();
}
