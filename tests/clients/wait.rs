//! `netdiag wait` on loopback: what is up, comes up, goes down, and what never does.

use std::net::{TcpListener, UdpSocket};
use std::os::unix::net::{UnixDatagram, UnixListener};
use std::process::{Command, Stdio};

use netdiag_lab::until;

use crate::fed::PATIENCE;
use crate::peer::address;
use crate::program::{NETDIAG, Run, netdiag};
use crate::scripted::server;

/// A port of loopback where nobody listens.
fn closed() -> String {
    TcpListener::bind(address()).unwrap().local_addr().unwrap().to_string()
}

fn last(run: &Run) -> &str {
    run.stderr.lines().last().unwrap_or_default()
}

#[test]
fn what_is_up_is_found_at_the_first_look_and_not_connected_to() {
    let tcp = TcpListener::bind(address()).unwrap();
    tcp.set_nonblocking(true).unwrap();
    let udp = UdpSocket::bind(address()).unwrap();
    udp.set_nonblocking(true).unwrap();
    let directory = tempfile::tempdir().unwrap();
    let path = |name: &str| directory.path().join(name);
    let unix = UnixListener::bind(path("s")).unwrap();
    unix.set_nonblocking(true).unwrap();
    let _dgram = UnixDatagram::bind(path("d")).unwrap();
    let (at, to) = (tcp.local_addr().unwrap(), udp.local_addr().unwrap());
    let (s, d) = (path("s").display().to_string(), path("d").display().to_string());
    let run = netdiag(&format!("wait {at} udp://{to} unix:{s} unix-dgram:{d}"), b"");
    assert_eq!(run.status, 0, "{run}");
    assert_eq!(run.stderr.matches(", 1 look\n").count(), 4, "{run}");
    assert!(tcp.accept().is_err() && unix.accept().is_err() && udp.recv(&mut [0]).is_err());
}

#[test]
fn what_comes_up_is_waited_for() {
    let at = closed();
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("s");
    let line = ["wait", &at, &format!("unix:{}", path.display()), "--stable", "3", "-q"];
    let mut child = Command::new(NETDIAG).args(line).stderr(Stdio::piped()).spawn().unwrap();
    let _tcp = TcpListener::bind(&at).unwrap();
    assert!(child.try_wait().unwrap().is_none());
    let _unix = UnixListener::bind(&path).unwrap();
    let ended = until("wait to end", PATIENCE, || child.try_wait().unwrap()).unwrap();
    assert!(ended.success());
}

#[test]
fn time_runs_out_with_the_last_errors() {
    let (at, web) = (closed(), closed());
    let up = TcpListener::bind(address()).unwrap();
    let up = up.local_addr().unwrap();
    let run = netdiag(&format!("wait {at} http://{web}/health {up} --timeout 300ms"), b"");
    assert_eq!(run.status, 124, "{run}");
    assert!(run.stderr.starts_with("netdiag: not ready after 0.3 s\n\n"), "{run}");
    let row =
        |target: &str| run.stderr.lines().find(|line| line.trim().starts_with(target)).unwrap_or_default();
    assert!(row(&at).contains("nobody listens there"), "{run}");
    assert!(row("http://").contains("connect: connection refused"), "{run}");
    assert!(row(&up.to_string()).contains("none"), "{run}");
    assert_eq!(netdiag(&format!("wait -q {at} --timeout 50ms"), b"").stderr, "");
}

#[test]
fn one_of_them_will_do_if_asked_so() {
    let up = TcpListener::bind(address()).unwrap();
    let run = netdiag(&format!("wait --any {} {}", closed(), up.local_addr().unwrap()), b"");
    assert_eq!((run.status, run.stderr.lines().count()), (0, 1), "{run}");
}

#[test]
fn down_is_refused_and_not_merely_wrong() {
    let wrong = server(|mut stream| {
        // Takes the request first: closing with it unread would reset the connection.
        let _ = std::io::Read::read(&mut stream, &mut [0; 4096]);
        let _ = std::io::Write::write_all(&mut stream, b"HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n");
    });
    let closed = closed();
    #[rustfmt::skip]
    let cases = [
        (format!("wait --down {closed} unix:/nonexistent/s http://{closed}/"), 0,   "is down"),
        (format!("wait --down {wrong} --timeout 100ms"),                       124, "it is up"),
        (format!("wait --down http://{wrong}/ --timeout 500ms"),               124, "status 503"),
        (format!("wait http://{wrong}/ --timeout 500ms"),                      124, "status 503"),
    ];
    for (line, status, words) in cases {
        let run = netdiag(&line, b"");
        assert_eq!(run.status, status, "{line}: {run}");
        assert!(run.stderr.contains(words), "{line}: {run}");
    }
}

#[test]
fn a_stale_path_is_not_up() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("s");
    drop(UnixListener::bind(&path).unwrap());
    let run = netdiag(&format!("wait unix:{} --timeout 100ms", path.display()), b"");
    assert_eq!(run.status, 124, "{run}");
    assert!(last(&run).contains("connection refused"), "{run}");
}

#[test]
fn a_process_that_ends_ends_waiting() {
    let mut process = Command::new("sleep").arg("60").spawn().unwrap();
    let pid = process.id().to_string();
    let at = closed();
    let line = ["wait", &at, "--pid-alive", &pid];
    let mut child = Command::new(NETDIAG).args(line).stderr(Stdio::null()).spawn().unwrap();
    assert!(child.try_wait().unwrap().is_none());
    // Nobody takes its status yet: it stays a zombie.
    process.kill().unwrap();
    let ended = until("wait to end", PATIENCE, || child.try_wait().unwrap()).unwrap();
    assert_eq!(ended.code(), Some(1));
    process.wait().unwrap();
    let run = netdiag(&format!("wait {at} --pid-alive {pid}"), b"");
    assert!(run.status == 1 && run.stderr.contains(&format!("process {pid} has ended")), "{run}");
}

#[test]
fn the_command_takes_the_place_of_this_process() {
    let up = TcpListener::bind(address()).unwrap();
    let at = up.local_addr().unwrap().to_string();
    let line = ["wait", "-q", &at, "--", "sh", "-c", "echo $$; cat; exit 7"];
    let mut command = Command::new(NETDIAG);
    command.args(line).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().unwrap();
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), b"input\n").unwrap();
    let pid = child.id();
    let output = child.wait_with_output().unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap(), format!("{pid}\ninput\n"));
    assert_eq!(output.status.code(), Some(7));
    for (command, status) in [("/nonexistent/command", 127), ("/", 126)] {
        let run = netdiag(&format!("wait -q {at} -- {command}"), b"");
        assert_eq!(run.status, status, "{run}");
        assert!(last(&run).starts_with(&format!("netdiag: {command}: ")), "{run}");
    }
}

#[test]
fn mistakes_are_found_before_anything_is_waited_for() {
    let run = netdiag("wait 127.0.0.1:1 gopher://h:1", b"");
    assert!(run.status == 2 && run.stderr.contains("unknown scheme"), "{run}");
    assert_eq!(netdiag("wait", b"").status, 2);
    assert_eq!(netdiag("wait 1 --pid-alive 0", b"").status, 2);
}
