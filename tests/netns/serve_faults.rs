//! Each fault `serve` can be asked for, seen by `ss` as the state a diagnosis names.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::process::Command;
use std::time::Duration;

use netdiag_lab::{Host, Lab, until};

use crate::guard;
use crate::server::{PATIENCE, Server};

/// A host of its own, with a server in it that does one thing wrong.
struct Scene {
    host: Host,
    server: Server,
}

impl Scene {
    fn new(kind: &str, fault: &str) -> Self {
        let host = Lab::new().unwrap().host("host").unwrap();
        let options: Vec<&str> = fault.split(' ').collect();
        let server = Server::spawn(kind, &["127.0.0.1:7000"], &options, |command| host.spawn(command));
        Self { host, server }
    }

    fn connect(&self) -> TcpStream {
        let stream = self.host.run(|| TcpStream::connect("127.0.0.1:7000")).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream
    }

    fn ss(&self, words: &[&str]) -> String {
        let mut command = Command::new(env!("CARGO_BIN_EXE_netdiag"));
        String::from_utf8(self.host.output(command.arg("ss").args(words)).unwrap().stdout).unwrap()
    }

    /// Waits until `ss` shows a socket at the server's end like this: its columns up to the local address, and what else.
    fn shows(&self, words: &[&str], is_it: impl Fn(&[&str]) -> bool) {
        let mut seen = String::new();
        let shown = until("the state", PATIENCE, || {
            seen = self.ss(words);
            let is_it = |line: &str| is_it(&line.split_whitespace().collect::<Vec<_>>());
            seen.lines().any(is_it).then_some(())
        });
        assert!(shown.is_ok(), "{words:?}: {seen}");
    }
}

/// Whether these columns are of the server's end of a connection in this state.
fn is(columns: &[&str], state: &str) -> bool {
    columns[0] == state && columns[3] == "127.0.0.1:7000"
}

const ALL: &[&str] = &["-tanH"];

#[test]
fn never_close_leaves_close_wait() {
    guard::namespace();
    let scene = Scene::new("echo", "--never-close");
    let mut stream = scene.connect();
    stream.write_all(b"x").unwrap();
    stream.read_exact(&mut [0]).unwrap();
    drop(stream);
    scene.shows(ALL, |columns| is(columns, "CLOSE-WAIT"));
    scene.shows(ALL, |columns| columns[0] == "FIN-WAIT-2" && columns[4] == "127.0.0.1:7000");
    let ended = scene.server.stop();
    assert!(ended.status.success() && ended.log.contains("end=fault"), "{}", ended.log);
}

#[test]
fn half_close_leaves_fin_wait_2() {
    guard::namespace();
    for kind in ["echo", "discard", "http"] {
        let scene = Scene::new(kind, "--half-close");
        let mut stream = scene.connect();
        stream.write_all(b"GET /status/200 HTTP/1.1\r\nhost: h\r\n\r\n").unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        assert_eq!(answer.is_empty(), kind == "discard", "{kind}");
        // The peer sees the end, and the server still holds the socket: it has an owner.
        scene.shows(&["-tanpH"], |columns| is(columns, "FIN-WAIT-2") && columns[5].contains("netdiag"));
        stream.write_all(b"more").unwrap();
        drop(stream);
        scene.shows(ALL, |columns| is(columns, "TIME-WAIT"));
    }
}

#[test]
fn never_accept_fills_the_queue() {
    guard::namespace();
    let scene = Scene::new("echo", "--never-accept --backlog 1");
    let _streams = [scene.connect(), scene.connect()];
    // One more than it may be: that is full.
    scene.shows(&["-tlnH"], |columns| is(columns, "LISTEN") && columns[1..3] == ["2", "1"]);
    let late = scene
        .host
        .run(|| TcpStream::connect_timeout(&"127.0.0.1:7000".parse().unwrap(), Duration::from_millis(300)));
    assert_eq!(late.unwrap_err().kind(), ErrorKind::TimedOut);
}

#[test]
fn never_read_closes_the_window() {
    guard::namespace();
    let scene = Scene::new("discard", "--never-read");
    let mut stream = scene.connect();
    stream.set_nonblocking(true).unwrap();
    until("the queues to be full", PATIENCE, || match stream.write(&[0; 65_536]) {
        Ok(_) => None,
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::WouldBlock);
            Some(())
        }
    })
    .unwrap();
    let queued = |column: &str| column.parse::<u64>().unwrap() > 1000;
    scene.shows(ALL, |columns| is(columns, "ESTAB") && queued(columns[1]));
    // Whoever sends has its data queued, and probes the window.
    scene.shows(&["-tnoH"], |columns| {
        columns[4] == "127.0.0.1:7000" && queued(columns[2]) && columns[5].starts_with("timer:(persist")
    });
}

#[test]
fn rst_after_resets_and_leaves_nothing() {
    guard::namespace();
    for bytes in [0, 3] {
        let scene = Scene::new("echo", &format!("--rst-after {bytes}"));
        let mut stream = scene.connect();
        let mut answer = Vec::new();
        // Whichever call comes after the reset is told of it.
        let outcome = stream.write_all(b"abcdef").and_then(|()| stream.read_to_end(&mut answer));
        let error = outcome.unwrap_err().kind();
        assert!(matches!(error, ErrorKind::ConnectionReset | ErrorKind::BrokenPipe), "{error:?}");
        assert!(b"abc"[..bytes].starts_with(&answer), "{answer:?}");
        drop(stream);
        assert_eq!(scene.ss(ALL).lines().count(), 1, "{}", scene.ss(ALL));
        assert!(scene.server.stop().log.contains(&format!("sent={bytes} ")));
    }
}

#[test]
fn reply_short_closes_in_order_and_lingers_in_time_wait() {
    guard::namespace();
    let scene = Scene::new("echo", "--reply-short 3");
    let mut stream = scene.connect();
    stream.write_all(b"abcdef").unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    assert_eq!(answer, b"abc");
    drop(stream);
    scene.shows(ALL, |columns| is(columns, "TIME-WAIT"));
}

#[test]
fn slow_reading_queues_at_the_sender() {
    guard::namespace();
    let scene = Scene::new("discard", "--slow 1k");
    let mut stream = scene.connect();
    stream.set_nonblocking(true).unwrap();
    until("the queues to be full", PATIENCE, || stream.write(&[0; 65_536]).is_err().then_some(())).unwrap();
    scene.shows(ALL, |columns| is(columns, "ESTAB") && columns[1] != "0");
    // It is read nevertheless.
    stream.shutdown(Shutdown::Write).unwrap();
    let read =
        |log: &str| log.split("received=").nth(1).unwrap().split(' ').next().unwrap().parse::<u64>().unwrap();
    scene.server.signal(nix::sys::signal::Signal::SIGTERM);
    drop(stream);
    let ended = scene.server.ended();
    assert!(read(&ended.log) > 0, "{}", ended.log);
}

#[test]
fn slow_sending_takes_its_time() {
    guard::namespace();
    let scene = Scene::new("chargen", "--slow 2k");
    let begun = std::time::Instant::now();
    scene.connect().read_exact(&mut [0; 1024]).unwrap();
    assert!(begun.elapsed() >= Duration::from_millis(400), "{:?}", begun.elapsed());
}

#[test]
fn delay_is_before_each_answer() {
    guard::namespace();
    let scene = Scene::new("echo", "--delay 150ms");
    let mut stream = scene.connect();
    for _ in 0..2 {
        let begun = std::time::Instant::now();
        stream.write_all(b"x").unwrap();
        stream.read_exact(&mut [0]).unwrap();
        assert!(begun.elapsed() >= Duration::from_millis(150), "{:?}", begun.elapsed());
    }
}

#[test]
fn drop_loses_the_same_datagrams_with_the_same_seed() {
    guard::namespace();
    let host = Lab::new().unwrap().host("host").unwrap();
    let answered = || {
        let options = ["--drop", "30%", "--seed", "7"];
        let server =
            Server::spawn("echo", &["udp://127.0.0.1:7000"], &options, |command| host.spawn(command));
        let socket = host.run(|| std::net::UdpSocket::bind("127.0.0.1:0")).unwrap();
        socket.connect("127.0.0.1:7000").unwrap();
        for number in 0..100_u8 {
            socket.send(&[number]).unwrap();
        }
        let ended = until("all to be taken", PATIENCE, || {
            let mut command = Command::new(env!("CARGO_BIN_EXE_netdiag"));
            let listed = host.output(command.args(["ss", "-uanH"])).unwrap().stdout;
            let listed = String::from_utf8(listed).unwrap();
            let mut columns = listed.lines().find(|line| line.contains("UNCONN"))?.split_whitespace();
            (columns.nth(1) == Some("0")).then_some(())
        });
        ended.unwrap();
        let ended = server.stop();
        assert!(ended.log.contains("datagrams=100 "), "{}", ended.log);
        socket.set_nonblocking(true).unwrap();
        let mut got = Vec::new();
        let mut buffer = [0];
        while socket.recv(&mut buffer).is_ok() {
            got.push(buffer[0]);
        }
        got
    };
    let first = answered();
    assert!((50..90).contains(&first.len()), "{}", first.len());
    assert_eq!(first, answered());
}
