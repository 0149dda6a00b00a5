//! `ss -K`: what is closed is shown, and what is shown was closed.

use std::io::Read;
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Output};

use netdiag_lab::{Host, Lab};

use crate::{formats, guard, nobody};

/// Runs `netdiag ss` in a host, as an ordinary user if `user` says so.
fn ss(host: &Host, user: bool, words: &[&str]) -> Output {
    let mut command = if user { nobody::netdiag() } else { Command::new(env!("CARGO_BIN_EXE_netdiag")) };
    host.output(command.arg("ss").args(words)).unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

#[test]
fn only_what_is_asked_for_is_closed() {
    guard::namespace();
    let host = Lab::new().unwrap().host("host").unwrap();
    let listener = host.run(|| TcpListener::bind("127.0.0.1:7000")).unwrap();
    let mut near = host.run(|| TcpStream::connect("127.0.0.1:7000")).unwrap();
    let _far = listener.accept().unwrap();

    let output = ss(&host, false, &["-tnHQK", "state", "established"]);
    assert!(output.status.success(), "{output:?}");
    let closed = stdout(&output);
    assert!(closed.lines().count() >= 1, "{closed}");
    assert!(closed.lines().all(|line| line.contains("127.0.0.1:7000")), "{closed}");
    // Whichever end was closed first took the other one with it.
    let error = near.read(&mut [0]).unwrap_err().kind();
    assert!(
        matches!(error, std::io::ErrorKind::ConnectionAborted | std::io::ErrorKind::ConnectionReset),
        "{error:?}"
    );
    let left = stdout(&ss(&host, false, &["-tanHQ"]));
    assert_eq!(left.split_whitespace().collect::<Vec<_>>(), ["LISTEN", "127.0.0.1:7000", "0.0.0.0:*"]);
}

#[test]
fn who_may_not_close_is_told_once_and_shown_nothing() {
    guard::namespace();
    let host = Lab::new().unwrap().host("host").unwrap();
    let _listeners =
        ["127.0.0.1:1", "127.0.0.1:2", "[::1]:1"].map(|at| host.run(|| TcpListener::bind(at)).unwrap());
    let output = ss(&host, true, &["-tnHlK", "--yes"]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(stdout(&output), "");
    let words = String::from_utf8(output.stderr).unwrap();
    assert!(words.starts_with("netdiag: cannot close sockets: Operation not permitted\n\nhint: "), "{words}");
    assert_eq!(words.lines().count(), 3, "{words}");
    assert_eq!(stdout(&ss(&host, false, &["-tnHl"])).lines().count(), 3);
}

#[test]
fn every_format_shows_what_was_closed() {
    guard::namespace();
    let host = Lab::new().unwrap().host("host").unwrap();
    let listener = host.run(|| TcpListener::bind("127.0.0.1:7000")).unwrap();
    for format in ["table", "json", "jsonl"] {
        let near = host.run(|| TcpStream::connect("127.0.0.1:7000")).unwrap();
        let _far = listener.accept().unwrap();
        let port = near.local_addr().unwrap().port();
        let filter = format!("sport = {port}");
        let output = ss(&host, false, &["-tnK", "--format", format, "state", "established", &filter]);
        assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
        let text = stdout(&output);
        if format == "table" {
            let lines: Vec<_> = text.lines().collect();
            assert!(lines.len() == 2 && lines[1].contains(&format!("127.0.0.1:{port} ")), "{text}");
        } else {
            let (sockets, end) = formats::listed(format, &text);
            assert_eq!(
                (sockets.len(), &end["count"], &end["complete"]),
                (1, &1.into(), &true.into()),
                "{text}"
            );
            assert_eq!((&sockets[0]["netid"], &sockets[0]["local"]["port"]), (&"tcp".into(), &port.into()));
        }
        assert_eq!(near.peek(&mut [0]).unwrap_err().kind(), std::io::ErrorKind::ConnectionAborted);
    }
}

#[test]
fn nothing_closed_is_a_document_of_nothing() {
    guard::namespace();
    let host = Lab::new().unwrap().host("host").unwrap();
    let _listener = host.run(|| TcpListener::bind("127.0.0.1:1")).unwrap();
    for format in ["json", "jsonl"] {
        let output = ss(&host, true, &["-tnlK", "--yes", "--format", format]);
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        let (sockets, end) = formats::listed(format, &stdout(&output));
        assert_eq!((sockets.len(), &end["count"]), (0, &0.into()));
    }
}

#[test]
fn nothing_in_particular_is_not_closed_without_a_yes() {
    guard::namespace();
    let host = Lab::new().unwrap().host("host").unwrap();
    let _listener = host.run(|| TcpListener::bind("127.0.0.1:1")).unwrap();
    let output = ss(&host, false, &["-lK"]);
    assert_eq!((output.status.code(), stdout(&output).as_str()), (Some(255), ""));
    let output = ss(&host, false, &["-tnHlQK", "--yes"]);
    assert_eq!(
        stdout(&output).split_whitespace().collect::<Vec<_>>(),
        ["LISTEN", "127.0.0.1:1", "0.0.0.0:*"]
    );
}
