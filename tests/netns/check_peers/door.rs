//! A door before a server: it turns away so many who come first, and lets everybody else through.
//!
//! What the server itself would say is untouched, so whoever passes at last has spoken with the real one.

use std::io;
use std::net::{Shutdown, SocketAddr, UdpSocket};
use std::thread;
use std::time::Duration;

use netdiag_lab::Host;
use socket2::{SockAddr, Socket, Type};

/// Listens at `door` of a host; all connections but the first `turned_away` are carried on to `server`.
pub(super) fn stream(host: &Host, door: &SockAddr, server: SockAddr, turned_away: usize) {
    host.run(|| {
        let listener = Socket::new(door.domain(), Type::STREAM, None).unwrap();
        listener.bind(door).unwrap();
        listener.listen(16).unwrap();
        // It goes on until the tests have ended, in the network of the thread it was started from.
        thread::spawn(move || {
            for number in 0.. {
                let (near, _) = listener.accept().unwrap();
                if number < turned_away {
                    // Closing resets the connection.
                    near.set_linger(Some(Duration::ZERO)).unwrap();
                    continue;
                }
                let far = Socket::new(server.domain(), Type::STREAM, None).unwrap();
                far.connect(&server).unwrap();
                carry(near.try_clone().unwrap(), far.try_clone().unwrap());
                carry(far, near);
            }
        });
    });
}

/// Carries what comes from one to the other, and its end.
fn carry(mut from: Socket, mut to: Socket) {
    thread::spawn(move || {
        // Who leaves early has what was wanted.
        let _ = io::copy(&mut from, &mut to);
        let _ = to.shutdown(Shutdown::Write);
    });
}

/// Answers each datagram to a UDP port of a host by what `answer` makes of its number, from zero on, and its bytes.
pub(super) fn datagrams(
    host: &Host,
    at: &str,
    mut answer: impl FnMut(usize, &[u8]) -> Vec<u8> + Send + 'static,
) {
    let at: SocketAddr = at.parse().unwrap();
    host.run(|| {
        let socket = UdpSocket::bind(at).unwrap();
        thread::spawn(move || {
            let mut datagram = [0; 2000];
            for number in 0.. {
                let (length, from) = socket.recv_from(&mut datagram).unwrap();
                // Who has left gets none.
                let _ = socket.send_to(&answer(number, &datagram[..length]), from);
            }
        });
    });
}

/// Asks a UDP server, from wherever the calling thread is.
pub(super) fn asked(server: &str, question: &[u8]) -> Vec<u8> {
    let server: SocketAddr = server.parse().unwrap();
    let socket = UdpSocket::bind((if server.is_ipv4() { "0.0.0.0" } else { "::" }, 0)).unwrap();
    socket.set_read_timeout(Some(crate::server::PATIENCE)).unwrap();
    socket.connect(server).unwrap();
    socket.send(question).unwrap();
    let mut answer = [0; 2000];
    let length = socket.recv(&mut answer).unwrap();
    answer[..length].to_vec()
}

/// The answer to a DNS question that has this code and, if there is an address, that one as its only record.
pub(super) fn dns(question: &[u8], code: u8, address: Option<[u8; 4]>) -> Vec<u8> {
    let end = 12 + question[12..].iter().position(|byte| *byte == 0).unwrap() + 5;
    let mut answer = question[..end].to_vec();
    (answer[2], answer[3]) = (0x81, 0x80 | code);
    answer[4..12].copy_from_slice(&[0, 1, 0, address.is_some().into(), 0, 0, 0, 0]);
    if let Some(address) = address {
        // The name of the question, type A, class IN, no time to be kept, four bytes.
        answer.extend([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4]);
        answer.extend(address);
    }
    answer
}
