//! How `netdiag connect` ends: refused, timed out, reset, cut off, and who waits for whom.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use socket2::{Domain, Socket, Type};

use crate::fed::noise;
use crate::peer::address;
use crate::program::{NETDIAG, netdiag};

/// Runs `serve` on the one connection to a new listener, beside `task`.
fn beside<T>(serve: impl FnOnce(TcpStream) + Send, task: impl FnOnce(SocketAddr) -> T) -> T {
    let listener = TcpListener::bind(address()).unwrap();
    let at = listener.local_addr().unwrap();
    thread::scope(|scope| {
        scope.spawn(move || serve(listener.accept().unwrap().0));
        task(at)
    })
}

#[test]
fn refused_is_not_timed_out() {
    let at = address();
    let run = netdiag(&format!("connect {at}"), b"");
    assert_eq!((run.status, run.stderr), (1, format!("netdiag: tcp://{at}: connection refused\n")));
    // A full queue drops what comes, and the peer seems dead.
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    socket.bind(&SocketAddr::from(at).into()).unwrap();
    socket.listen(0).unwrap();
    let _fills = TcpStream::connect(at).unwrap();
    let run = netdiag(&format!("connect -w 0.3 {at}"), b"");
    assert_eq!(run.status, 124, "{run}");
    assert!(run.stderr.contains("timed out after 3"), "{run}");
    let run = netdiag(&format!("connect -z -w 0.3 {at}"), b"");
    assert_eq!(run.status, 124, "{run}");
}

#[test]
fn the_peers_end_is_not_ours() {
    let data = noise(200_000);
    let sent = data.clone();
    // It ends at once, and takes everything all the same.
    let serve = move |mut stream: TcpStream| {
        stream.write_all(b"bye").unwrap();
        stream.shutdown(Shutdown::Write).unwrap();
        let mut got = Vec::new();
        stream.read_to_end(&mut got).unwrap();
        assert!(got == sent);
    };
    let run = beside(serve, |at| netdiag(&format!("connect {at}"), &data));
    assert!(run.status == 0 && run.stdout == b"bye", "{run}");
}

#[test]
fn a_byte_at_a_time_loses_none() {
    let data = noise(60_000);
    let sent = data.clone();
    let serve = move |mut stream: TcpStream| {
        socket2::SockRef::from(&stream).set_recv_buffer_size(1).unwrap();
        stream.set_nodelay(true).unwrap();
        let mut byte = [0];
        for expected in &sent {
            stream.read_exact(&mut byte).unwrap();
            assert_eq!(byte[0], *expected);
            stream.write_all(&byte).unwrap();
        }
    };
    let run = beside(serve, |at| netdiag(&format!("connect {at}"), &data));
    assert!(run.status == 0 && run.stdout == data, "{}", run.stderr);
}

#[test]
fn a_reset_is_no_end() {
    let serve = |stream: TcpStream| {
        socket2::SockRef::from(&stream).set_linger(Some(Duration::ZERO)).unwrap();
    };
    let run = beside(serve, |at| netdiag(&format!("connect {at}"), b""));
    assert_eq!(run.status, 1, "{run}");
    assert!(run.stderr.ends_with("connection reset by peer\n"), "{run}");
}

#[test]
fn what_the_peer_said_last_is_not_lost_with_our_input() {
    // More than any buffer holds, to a peer that reads none of it.
    let data = noise(20_000_000);
    let serve = |mut stream: TcpStream| {
        stream.write_all(b"413 too long\n").unwrap();
        stream.shutdown(Shutdown::Write).unwrap();
        let mut some = [0; 1000];
        stream.read_exact(&mut some).unwrap();
    };
    let run = beside(serve, |at| netdiag(&format!("connect {at}"), &data));
    assert_eq!((run.text(), run.status), ("413 too long\n", 1), "{run}");
    assert!(run.stderr.ends_with("connection reset by peer\n"), "{run}");
}

#[test]
fn silence_is_bounded_when_asked() {
    let serve = |mut stream: TcpStream| {
        stream.read_to_end(&mut Vec::new()).unwrap();
    };
    let mut command = Command::new(NETDIAG);
    command.args(["connect", "-w", "0.2"]).stdin(Stdio::piped()).stderr(Stdio::piped());
    let output = beside(serve, |at| {
        let mut child = command.arg(at.to_string()).spawn().unwrap();
        // Neither end ends.
        let _input = child.stdin.take();
        child.wait_with_output().unwrap()
    });
    assert_eq!(output.status.code(), Some(124), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn a_reader_that_leaves_is_no_failure() {
    let serve = |mut stream: TcpStream| while stream.write_all(&[b'x'; 4096]).is_ok() {};
    let status = beside(serve, |at| {
        let mut command = Command::new(NETDIAG);
        let command = command.args(["connect", &at.to_string()]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        // A banner that never ends: it reads ten bytes and leaves.
        child.stdout.take().unwrap().read_exact(&mut [0; 10]).unwrap();
        child.wait().unwrap()
    });
    assert!(status.success(), "{status}");
}

#[test]
fn many_ports_are_tested_in_order() {
    let at = address();
    let _open = [7000, 7002].map(|port| TcpListener::bind((*at.ip(), port)).unwrap());
    let ip = at.ip();
    let run = netdiag(&format!("connect -z {ip} 6999-7003"), b"");
    let open = format!("tcp://{ip}:7000 open\ntcp://{ip}:7002 open\n");
    assert_eq!((run.text(), run.stderr.as_str(), run.status), (open.as_str(), "", 0));
    let run = netdiag(&format!("connect -zv {ip}:7003,7002"), b"");
    assert_eq!(run.text(), format!("tcp://{ip}:7002 open\n"));
    assert_eq!(run.stderr, format!("netdiag: tcp://{ip}:7003: connection refused\n"));
    let run = netdiag(&format!("connect -z {ip} 7003-7010"), b"");
    assert_eq!((run.text(), run.status), ("", 1));
}

#[test]
fn a_silent_udp_port_is_neither_open_nor_closed() {
    let at = address();
    let run = netdiag(&format!("connect -zu {at}"), b"");
    assert_eq!((run.status, run.stderr), (1, format!("netdiag: udp://{at}: connection refused\n")));
    let _silent = std::net::UdpSocket::bind(at).unwrap();
    let run = netdiag(&format!("connect -zu -w 0.1 {at}"), b"");
    let words = format!("netdiag: udp://{at}: no answer: open, or a firewall drops what is sent\n");
    assert_eq!((run.status, run.stderr), (3, words));
}

#[test]
fn the_source_is_the_one_asked_for() {
    let from = address();
    let (sender, seen) = std::sync::mpsc::channel();
    let serve = move |stream: TcpStream| sender.send(stream.peer_addr().unwrap()).unwrap();
    let run = beside(serve, |at| netdiag(&format!("connect -s {} -p 7123 {at}", from.ip()), b""));
    assert_eq!(run.status, 0, "{run}");
    assert_eq!(seen.recv().unwrap(), SocketAddr::from((*from.ip(), 7123)));
}

#[test]
fn no_more_ports_are_tested_at_once_than_the_bound() {
    let ip = *address().ip();
    let _silent: Vec<UdpSocket> = (7000..7400).map(|port| UdpSocket::bind((ip, port)).unwrap()).collect();
    // Enough for 128 ports, and not for all of them.
    let line = format!("ulimit -n 200; exec '{NETDIAG}' connect -zvu -w 0.2 {ip} 7000-7399");
    let output = Command::new("sh").args(["-c", &line]).stdin(Stdio::null()).output().unwrap();
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(text.matches(": no answer: open, or a firewall drops what is sent\n").count(), 400, "{text}");
}
