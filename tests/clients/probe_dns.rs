//! `netdiag probe dns://…` with a name server made for the test, which can be as wrong as a test needs.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::thread;

use crate::peer::address;
use crate::program::netdiag;

/// An answer to `question`: its own header with `flags` (the lower byte is the code's), and one A record if `answers`.
pub(crate) fn reply(question: &[u8], flags: u16, answers: bool) -> Vec<u8> {
    let end = 12 + question[12..].iter().position(|byte| *byte == 0).unwrap() + 5;
    let mut reply = question[..end].to_vec();
    reply[2..4].copy_from_slice(&flags.to_be_bytes());
    reply[4..12].copy_from_slice(&[0, 1, 0, u8::from(answers), 0, 0, 0, 0]);
    if answers {
        // The name of the question, type A, class IN, 300 seconds, four bytes.
        reply.extend([0xc0, 12, 0, 1, 0, 1, 0, 0, 1, 44, 0, 4, 192, 0, 2, 7]);
    }
    reply
}

/// Answers every question over UDP with what `udp` makes of it, over TCP always in full.
pub(crate) fn server(udp: impl Fn(&[u8]) -> Vec<Vec<u8>> + Send + 'static) -> SocketAddr {
    let socket = UdpSocket::bind(address()).unwrap();
    let at = socket.local_addr().unwrap();
    let listener = TcpListener::bind(at).unwrap();
    thread::spawn(move || {
        let mut room = [0; 2000];
        loop {
            let (length, from) = socket.recv_from(&mut room).unwrap();
            for reply in udp(&room[..length]) {
                socket.send_to(&reply, from).unwrap();
            }
        }
    });
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut length = [0; 2];
            stream.read_exact(&mut length).unwrap();
            let mut question = vec![0; u16::from_be_bytes(length).into()];
            stream.read_exact(&mut question).unwrap();
            let reply = reply(&question, 0x8580, true);
            let length = u16::try_from(reply.len()).unwrap().to_be_bytes();
            // A byte at a time, the length as well.
            [&length[..], &reply].concat().iter().for_each(|byte| stream.write_all(&[*byte]).unwrap());
        }
    });
    at
}

#[test]
fn answers_are_shown() {
    let at = server(|question| vec![reply(question, 0x8580, true)]);
    let run = netdiag(&format!("probe dns://{at}/host.test"), b"");
    assert!(run.status == 0 && run.text().contains("NOERROR, 1 record, "), "{run}");
    assert!(run.text().contains("  host.test. 300 A 192.0.2.7\n"), "{run}");
    let run = netdiag(&format!("probe dns://{at}/host.test?tcp"), b"");
    assert!(run.status == 0 && run.text().contains("NOERROR, 1 record, over TCP"), "{run}");
    let run = netdiag(&format!("probe dns://{at}/host.test?type=AAAA"), b"");
    assert!(run.status == 1 && run.text().contains("no AAAA record"), "{run}");
}

#[test]
fn an_answer_that_did_not_fit_is_asked_for_over_tcp() {
    let at = server(|question| vec![reply(question, 0x8780, false)]);
    let run = netdiag(&format!("probe dns://{at}/host.test"), b"");
    assert!(run.status == 0 && run.text().contains("1 record, over TCP"), "{run}");
}

#[test]
fn refusals_have_their_code() {
    for (code, name) in [(3, "NXDOMAIN"), (2, "SERVFAIL"), (5, "REFUSED"), (13, "RCODE13")] {
        let at = server(move |question| vec![reply(question, 0x8180 | code, false)]);
        let run = netdiag(&format!("probe dns://{at}/host.test"), b"");
        assert!(run.status == 1 && run.text().contains(&format!("unexpected, {name}, 0 records")), "{run}");
    }
}

#[test]
fn answers_to_others_are_passed_over() {
    let at = server(|question| {
        let mut guess = reply(question, 0x8180, true);
        guess[0] ^= 0xff;
        let mut other = reply(question, 0x8180, true);
        other[13] ^= 1;
        vec![guess, b"x".to_vec(), other, reply(question, 0x8180, true)]
    });
    let run = netdiag(&format!("probe dns://{at}/host.test"), b"");
    assert!(run.status == 0 && run.text().contains("host.test. 300 A 192.0.2.7"), "{run}");
}

#[test]
fn no_answer_and_nonsense() {
    let at = server(|_| Vec::new());
    let run = netdiag(&format!("probe -t 0.2s dns://{at}/host.test"), b"");
    assert!(run.status == 1 && run.text().contains("timeout"), "{run}");
    let at = server(|question| vec![question[..2].iter().copied().chain([0x81, 0x80, 0, 9]).collect()]);
    let run = netdiag(&format!("probe dns://{at}/host.test"), b"");
    assert!(run.status == 1 && run.text().contains("unreadable answer"), "{run}");
    let run = netdiag(&format!("probe dns://{}/host.test", address()), b"");
    assert!(run.status == 1 && run.text().contains("refused"), "{run}");
}

#[test]
fn names_by_the_systems_resolver() {
    let run = netdiag("probe -4 dns:localhost", b"");
    assert!(run.status == 0 && run.text().contains("\n  127.0.0.1\n"), "{run}");
    let run = netdiag("probe -6 resolve:127.0.0.1", b"");
    assert!(run.status == 1 && run.text().contains("no-such-name"), "{run}");
}

#[test]
fn a_lost_datagram_is_asked_for_again() {
    for lost in [1, 2] {
        let seen = AtomicU32::new(0);
        let at = server(move |question| match seen.fetch_add(1, Relaxed) < lost {
            true => Vec::new(),
            false => vec![reply(question, 0x8580, true)],
        });
        let run = netdiag(&format!("probe -t 2s dns://{at}/host.test"), b"");
        let words = format!("NOERROR, 1 record, asked {} times", lost + 1);
        assert!(run.status == 0 && run.text().contains(&words), "{run}");
    }
}

#[test]
fn a_record_of_another_name_is_no_answer() {
    let at = server(|question| {
        let mut other = reply(question, 0x8580, false);
        other[7] = 1;
        other.extend(b"\x04evil\x00\x00\x01\x00\x01\x00\x00\x00\x3c\x00\x04\xc0\x00\x02\x07");
        vec![other]
    });
    let run = netdiag(&format!("probe dns://{at}/host.test"), b"");
    assert!(run.status == 1 && run.text().contains("no A record but of another name, evil."), "{run}");
}

#[test]
fn data_is_shown_as_in_a_zone_file() {
    // A DNAME of the question's name, and the name as it was asked.
    let at = server(|question| {
        let mut answer = reply(question, 0x8580, false);
        answer[7] = 1;
        answer.extend(b"\xc0\x0c\x00\x27\x00\x01\x00\x00\x00\x3c\x00\x0d\x03net\x07example\x00");
        vec![answer]
    });
    let run = netdiag(&format!("probe dns://{at}/bücher.test?type=dname"), b"");
    assert_eq!(run.status, 0, "{run}");
    assert!(run.text().contains(" 60 DNAME net.example.\n"), "{run}");
    let run = netdiag(&format!("probe dns://{at}/host.test?type=TYPE39"), b"");
    assert_eq!(run.status, 0, "{run}");
}
