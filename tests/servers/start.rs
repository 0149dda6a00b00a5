//! How a server says that it is there.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::process::{Command, Stdio};

use netdiag_lab::until;

use crate::client::shell;
use crate::server::{PATIENCE, Server};

#[test]
fn ports_are_told_in_a_file_and_by_a_descriptor() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("ports");
    let script = format!(
        "{} serve echo 127.0.0.1:0 udp://127.0.0.1:0 unix:{}/s --port-file {} --ready-fd 7 7>&1 >/dev/null",
        env!("CARGO_BIN_EXE_netdiag"),
        directory.path().display(),
        file.display()
    );
    let mut child = Command::new("sh")
        .args(["-c", &format!("exec {script}")])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    // It ends once everything listens: nobody else has the descriptor any more.
    let mut said = String::new();
    child.stdout.take().unwrap().read_to_string(&mut said).unwrap();
    assert_eq!(said, "\n");
    let ports: Vec<u16> =
        fs::read_to_string(&file).unwrap().lines().map(|line| line.parse().unwrap()).collect();
    assert_eq!(ports.len(), 2);
    let mut stream = TcpStream::connect(("127.0.0.1", ports[0])).unwrap();
    stream.write_all(b"x").unwrap();
    stream.read_exact(&mut [0]).unwrap();
    drop(stream);
    nix::sys::signal::kill(
        nix::unistd::Pid::from_raw(child.id().cast_signed()),
        nix::sys::signal::Signal::SIGINT,
    )
    .unwrap();
    let status = until("the server to end", PATIENCE, || child.try_wait().unwrap()).unwrap();
    assert!(status.success(), "{status}");
    assert!(!file.exists() && !directory.path().join("s").exists());
}

/// Runs `serve echo` with more words and standard input on `input`, until it is there; what it wrote on standard output.
fn started(words: &[&str], input: impl Into<Stdio>) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_netdiag"));
    command.args(["serve", "echo", "127.0.0.1:0", "127.0.0.1:0"]).args(words).stdin(input);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let mut lines = String::new();
    while lines.matches("echo tcp").count() < 2 {
        assert!(stdout.read_line(&mut lines).unwrap() > 0, "{words:?} ended");
    }
    nix::sys::signal::kill(
        nix::unistd::Pid::from_raw(child.id().cast_signed()),
        nix::sys::signal::Signal::SIGINT,
    )
    .unwrap();
    let status = until("the server to end", PATIENCE, || child.try_wait().unwrap()).unwrap();
    assert!(status.success(), "{words:?}: {status}");
    stdout.read_to_string(&mut lines).unwrap();
    lines
}

#[test]
fn a_descriptor_goes_on_where_the_caller_has_come_to() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("log");
    fs::write(&path, "first\n").unwrap();
    // As `0>>log` and `0<>log` open it.
    let appended = fs::OpenOptions::new().append(true).open(&path).unwrap();
    started(&["--ready-fd", "0"], appended);
    assert_eq!(fs::read_to_string(&path).unwrap(), "first\n\n");
    let mut ahead = fs::OpenOptions::new().read(true).write(true).open(&path).unwrap();
    ahead.read_to_end(&mut Vec::new()).unwrap();
    started(&["--ready-fd", "0"], ahead);
    assert_eq!(fs::read_to_string(&path).unwrap(), "first\n\n\n");
}

#[test]
fn a_descriptor_may_be_a_socket() {
    for path in [None, Some("/dev/fd/0")] {
        let (near, mut far) = UnixStream::pair().unwrap();
        let words: &[&str] =
            if let Some(path) = &path { &["--port-file", path] } else { &["--ready-fd", "0"] };
        started(words, OwnedFd::from(near));
        let mut told = String::new();
        far.read_to_string(&mut told).unwrap();
        assert_eq!(told.lines().count(), if path.is_some() { 2 } else { 1 }, "{told:?}");
    }
}

#[test]
fn a_descriptor_that_cannot_be_written_is_refused() {
    let refused =
        shell(&format!("{} serve echo 127.0.0.1:0 --ready-fd 0", env!("CARGO_BIN_EXE_netdiag")), b"");
    assert!(refused.contains("--ready-fd 0: not open for writing"), "{refused}");
}

#[test]
fn ports_go_into_what_is_no_file_and_it_stays() {
    let directory = tempfile::tempdir().unwrap();
    let link = directory.path().join("link");
    std::os::unix::fs::symlink("/dev/stdout", &link).unwrap();
    for path in ["/dev/stdout", "/proc/self/fd/1", link.to_str().unwrap()] {
        let lines = started(&["--port-file", path], Stdio::null());
        let ports = lines.lines().filter(|line| line.parse::<u16>().is_ok()).count();
        assert_eq!((ports, lines.lines().count()), (2, 4), "{path}: {lines}");
        assert!(link.is_symlink() && fs::symlink_metadata("/dev/stdout").is_ok());
    }
}

#[test]
fn a_file_that_is_anothers_by_now_is_not_removed() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("ports");
    let options = ["--port-file", path.to_str().unwrap()];
    let first = Server::start("echo", &["127.0.0.1:0"], &options);
    let second = Server::start("echo", &["127.0.0.1:0"], &options);
    assert!(first.stop().status.success());
    let port = fs::read_to_string(&path).unwrap();
    assert!(second.listeners[0].ends_with(port.trim()), "{port}");
    assert!(second.stop().status.success());
    assert!(!path.exists());
}

#[test]
fn json_lines_tell_what_text_does() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_netdiag"))
        .args(["serve", "http", "127.0.0.1:0", "unix:@netdiag-json-lines", "--format", "jsonl", "-v"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut next = || serde_json::from_str::<serde_json::Value>(&lines.next()?.unwrap()).ok();
    let [begin, first, second] = [(); 3].map(|()| next().unwrap());
    assert_eq!((&begin["record"], &begin["schema"]), (&"begin".into(), &"netdiag.serve/1".into()));
    assert_eq!((&begin["serves"], &first["record"]), (&"http".into(), &"listening".into()));
    let port = &first["listener"]["port"];
    assert_eq!(first["listener"]["url"], format!("tcp://127.0.0.1:{port}"));
    assert_eq!(second["listener"]["abstract"], "netdiag-json-lines");
    shell(&format!("curl -sS 'http://127.0.0.1:{port}/status/204?a=%1b'"), b"");
    // The client has ended; whether the server has noticed, it has to say first.
    let mut events = Vec::new();
    while events.last().is_none_or(|event: &serde_json::Value| event["record"] != "connection") {
        events.push(next().unwrap());
    }
    nix::sys::signal::kill(
        nix::unistd::Pid::from_raw(child.id().cast_signed()),
        nix::sys::signal::Signal::SIGTERM,
    )
    .unwrap();
    events.extend(std::iter::from_fn(next));
    assert!(child.wait().unwrap().success(), "{events:?}");
    let of = |event: &str| events.iter().find(|line| line["record"] == event).unwrap();
    assert_eq!(
        (&of("request")["status"], &of("request")["request_target"]),
        (&204.into(), &"/status/204?a=%1b".into())
    );
    assert_eq!((&of("connection")["end"], &of("connection")["requests"]), (&"closed".into(), &1.into()));
    assert!(of("connection")["received_bytes"].as_u64().unwrap() > 50);
    // A connection that has just been told of may still be counted, so only the listener that had none is sure.
    let draining: Vec<_> = events.iter().filter(|line| line["record"] == "draining").collect();
    let left = |of: &serde_json::Value| {
        draining.iter().find(|line| line["listener"] == of["listener"]).unwrap()["connections"].as_u64()
    };
    assert!(left(&second) == Some(0) && left(&first) <= Some(1) && draining.len() == 2, "{draining:?}");
    let end = events.last().unwrap();
    assert_eq!((&end["record"], &end["complete"]), (&"end".into(), &true.into()));
    assert!(events.iter().all(|event| event["time"].is_string()), "{events:?}");
    assert_eq!(
        std::io::read_to_string(child.stderr.take().unwrap()).unwrap(),
        "",
        "it is all on standard output"
    );
}

#[test]
fn a_socket_left_over_is_taken_and_a_living_one_is_not() {
    let directory = tempfile::tempdir().unwrap();
    for scheme in ["unix", "unix-dgram", "unix-seqpacket"] {
        let path = directory.path().join(scheme);
        let address = format!("{scheme}:{}", path.display());
        drop(Server::start("echo", &[&address], &[]));
        // Killed, it could not clean up.
        assert!(path.exists());
        let server = Server::start("echo", &[&address], &[]);
        let refused = shell(&format!("{} serve echo {address}", env!("CARGO_BIN_EXE_netdiag")), b"");
        assert!(refused.contains("bind: Address already in use"), "{refused}");
        assert!(server.stop().status.success());
        assert!(!path.exists());
        fs::write(&path, "a file").unwrap();
        let refused = shell(&format!("{} serve echo {address}", env!("CARGO_BIN_EXE_netdiag")), b"");
        assert!(refused.contains("Address already in use") && path.exists(), "{refused}");
    }
}
