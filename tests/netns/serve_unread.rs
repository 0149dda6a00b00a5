//! What clients ask for and do not take, and answers that are put off for clients that have gone.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use netdiag_lab::until;
use socket2::SockRef;

use crate::guard;
use crate::serve_idle::{memory, room};
use crate::serve_limits::{connect, descriptors, is_clean, start};
use crate::server::PATIENCE;

#[test]
fn answers_that_nobody_reads_take_no_more_than_there_is_for_all_of_them() {
    guard::namespace();
    let directory = tempfile::tempdir().unwrap();
    // More than the kernel takes of it.
    std::fs::write(directory.path().join("large"), vec![b'x'; 32 << 20]).unwrap();
    let listed = directory.path().join("listed");
    std::fs::create_dir(&listed).unwrap();
    for number in 0..2000 {
        std::fs::write(listed.join(format!("{number:>0100}")), "").unwrap();
    }
    let count = 1500.min((room() - 500) / 2);
    // A listing of them has some 500 KB: of so many only a part can be made.
    for (kind, path) in [("a file", "/large"), ("a listing", "/listed/")] {
        let (host, server) = start(&format!("http {}", directory.path().display()), &["-q"]);
        let (before, idle) = (descriptors(&server), memory(&server));
        let ask = |path: &str| {
            let mut stream = connect(&host);
            write!(stream, "GET {path} HTTP/1.1\r\nhost: h\r\nconnection: close\r\n\r\n").unwrap();
            stream
        };
        let mut streams: Vec<TcpStream> = (0..count).map(|_| ask(path)).collect();
        // Each has begun to be answered, and then stands still.
        for stream in &mut streams {
            stream.read_exact(&mut [0; 8]).unwrap();
        }
        let bound = (64 << 20) + count as u64 * (24 << 10) + (64 << 20);
        let used = memory(&server) - idle;
        assert!(used <= bound, "{kind}: {used} bytes for {count}, more than {bound}");
        // Who reads gets everything, if it is no page there is no room for.
        let mut whole = Vec::new();
        ask("/large").read_to_end(&mut whole).unwrap();
        assert!(whole.len() > 32 << 20, "{kind}: {}", whole.len());
        drop(streams);
        is_clean(&host, &server, before);
        // All of the room has come back.
        let mut page = String::new();
        ask("/listed/").read_to_string(&mut page).unwrap();
        assert!(
            page.starts_with("HTTP/1.1 200 OK") && page.matches("<li>").count() == 2001,
            "{kind}: {}",
            &page[..80]
        );
    }
}

#[test]
fn heads_that_do_not_end_take_no_more_than_there_is_for_all_of_them() {
    guard::namespace();
    let (host, server) = start("http", &["--head-timeout", "1h", "--idle-timeout", "1h"]);
    let (before, idle) = (descriptors(&server), memory(&server));
    let count = 2000.min((room() - 500) / 2);
    let half = format!("GET / HTTP/1.1\r\nhost: h\r\nx: {}", "a".repeat(30 << 10));
    let streams: Vec<TcpStream> = (0..count)
        .map(|_| {
            let mut stream = connect(&host);
            // The server may end it at any byte.
            let _ = stream.write_all(half.as_bytes());
            stream
        })
        .collect();
    // Beyond what each may have there is room for so many.
    let most = (32 << 20) / (26 << 10) + 1;
    server.logs("no memory is left for heads that do not end", count - most);
    let bound = (32 << 20) + count as u64 * (24 << 10) + (32 << 20);
    let used = memory(&server) - idle;
    assert!(used <= bound, "{used} bytes for {count}, more than {bound}");
    // Who asks as others do is answered all the while.
    let ask = |extra: &str| {
        let mut stream = connect(&host);
        write!(stream, "GET / HTTP/1.1\r\nhost: h\r\nconnection: close\r\n{extra}\r\n").unwrap();
        let mut answer = String::new();
        let _ = stream.read_to_string(&mut answer);
        answer
    };
    assert!(ask("").starts_with("HTTP/1.1 "), "{}", ask(""));
    drop(streams);
    is_clean(&host, &server, before);
    // All of the room has come back.
    let long = ask(&format!("x: {}\r\n", "a".repeat(30 << 10)));
    assert!(long.starts_with("HTTP/1.1 "), "{long}");
}

#[test]
fn an_answer_put_off_ends_with_the_connection() {
    guard::namespace();
    let (host, server) = start("http", &[]);
    let before = descriptors(&server);
    let ask = || {
        let mut stream = connect(&host);
        stream.write_all(b"GET /delay/3600000 HTTP/1.1\r\nhost: h\r\n\r\n").unwrap();
        stream
    };
    let streams: Vec<TcpStream> = (0..20).map(|_| ask()).collect();
    until("all to be accepted", PATIENCE, || (descriptors(&server) == before + 20).then_some(())).unwrap();
    for stream in &streams {
        SockRef::from(stream).set_linger(Some(Duration::ZERO)).unwrap();
    }
    drop(streams);
    server.logs("end=reset", 20);
    is_clean(&host, &server, before);
    // One that has only said all it wants to say still gets its answer.
    let mut patient = connect(&host);
    patient.write_all(b"GET /delay/1500 HTTP/1.1\r\nhost: h\r\nconnection: close\r\n\r\n").unwrap();
    patient.shutdown(std::net::Shutdown::Write).unwrap();
    let mut answer = String::new();
    patient.read_to_string(&mut answer).unwrap();
    assert!(answer.ends_with("1500 ms\n"), "{answer}");
    drop(server);

    // Silence counts meanwhile.
    let (host, server) = start("http", &["--idle-timeout", "500ms"]);
    let mut stream = connect(&host);
    stream.write_all(b"GET /delay/3600000 HTTP/1.1\r\nhost: h\r\n\r\n").unwrap();
    server.logs("end=timeout", 1);
    assert!(matches!(stream.read(&mut [0; 8]), Ok(0) | Err(_)));
}
