//! Every byte arrives, however bad the way and however small the window.

use std::io::{Read, Write};
use std::net::{IpAddr, Shutdown, SocketAddr, TcpStream};
use std::thread;
use std::time::Duration;

use netdiag_lab::{Lab, Path, Pick, Plan, packet};
use socket2::{Domain, Socket, Type};

use crate::guard;
use crate::server::{PATIENCE, Server};

/// Bytes of every value, in no simple pattern.
fn noise(length: usize) -> Vec<u8> {
    (0..length as u64).map(|at| (at.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40) as u8).collect()
}

/// Sends all of it while it comes back, and ends one half before the other.
fn comes_back(stream: TcpStream, data: &[u8]) {
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut back = Vec::new();
    thread::scope(|scope| {
        scope.spawn(|| {
            (&stream).write_all(data).unwrap();
            stream.shutdown(Shutdown::Write).unwrap();
        });
        (&stream).read_to_end(&mut back).unwrap();
    });
    assert!(back == data, "{} of {}", back.len(), data.len());
}

#[test]
fn a_wire_that_loses_delays_and_reorders() {
    guard::namespace();
    let bad = |seed| Plan {
        seed,
        only: packet::any,
        delay: Duration::from_millis(1),
        loss: Pick::Chance(0.02),
        reorder: Pick::Chance(0.05),
        reorder_by: Duration::from_millis(3),
        duplicate: Pick::Chance(0.02),
        ..Plan::default()
    };
    let path = Path::new(&Lab::new().unwrap(), bad(1), bad(2)).unwrap();
    // A lost segment costs a round trip, not the 200 ms a timer waits at least where it is the last.
    let server = Server::spawn("echo", &[":7000"], &["-q"], |command| path.server.spawn(command));
    let data = noise(300_000);
    for address in Path::SERVERS {
        let address = SocketAddr::new(address.parse::<IpAddr>().unwrap(), 7000);
        comes_back(path.client.run(|| TcpStream::connect(address)).unwrap(), &data);
    }
    assert!(server.stop().status.success());
}

#[test]
fn a_peer_with_the_smallest_of_buffers() {
    guard::namespace();
    let host = Lab::new().unwrap().host("host").unwrap();
    let server = Server::spawn("echo", &["127.0.0.1:7000"], &["-q"], |command| host.spawn(command));
    let socket = host.run(|| {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        // The kernel takes the least there may be instead.
        socket.set_recv_buffer_size(1).unwrap();
        socket.set_send_buffer_size(1).unwrap();
        socket.connect(&SocketAddr::from(([127, 0, 0, 1], 7000)).into()).unwrap();
        socket
    });
    comes_back(socket.into(), &noise(200_000));
    assert!(server.stop().status.success());
}

#[test]
fn bytes_one_by_one() {
    guard::namespace();
    let host = Lab::new().unwrap().host("host").unwrap();
    let server = Server::spawn("http", &["127.0.0.1:7000"], &["-q"], |command| host.spawn(command));
    let mut stream = host.run(|| TcpStream::connect("127.0.0.1:7000")).unwrap();
    stream.set_nodelay(true).unwrap();
    for byte in b"POST /echo HTTP/1.1\r\nhost: h\r\nconnection: close\r\ncontent-length: 4\r\n\r\nabcd" {
        stream.write_all(&[*byte]).unwrap();
    }
    let mut answer = Vec::new();
    let mut byte = [0];
    while stream.read(&mut byte).unwrap() == 1 {
        answer.push(byte[0]);
    }
    assert!(
        answer.starts_with(b"HTTP/1.1 200 OK\r\n") && answer.ends_with(b"\r\n\r\nabcd"),
        "{}",
        answer.escape_ascii()
    );
    assert!(server.stop().status.success());
}
