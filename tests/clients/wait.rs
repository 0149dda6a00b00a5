//! `netdiag wait` on loopback: what is up, comes up, goes down, and what never does.

use std::net::{TcpListener, UdpSocket};
use std::os::unix::net::{UnixDatagram, UnixListener};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use netdiag_lab::until;
use nix::pty::{Winsize, openpty};

use crate::fed::PATIENCE;
use crate::peer::address;
use crate::program::{NETDIAG, Run, netdiag};
use crate::scripted::server;
use crate::{probe_dns, probe_tls};

/// A port of loopback where nobody listens.
pub(crate) fn closed() -> String {
    TcpListener::bind(address()).unwrap().local_addr().unwrap().to_string()
}

pub(crate) fn last(run: &Run) -> &str {
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
fn all_kinds_are_waited_for_in_one_call() {
    let tcp = TcpListener::bind(address()).unwrap();
    let udp = UdpSocket::bind(address()).unwrap();
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("s");
    let _unix = UnixListener::bind(&path).unwrap();
    let (_peer, web, ca) = probe_tls::openssl(directory.path(), "peer.test", (2020, 2120), &["-www"]);
    let name_server = probe_dns::server(|question| vec![probe_dns::reply(question, 0x8580, true)]);
    let plain = server(|mut stream| {
        let _ = std::io::Read::read(&mut stream, &mut [0; 4096]);
        let _ =
            std::io::Write::write_all(&mut stream, b"HTTP/1.1 302 Elsewhere\r\nContent-Length: 0\r\n\r\n");
    });
    let targets = [
        tcp.local_addr().unwrap().to_string(),
        format!("udp://{}", udp.local_addr().unwrap()),
        format!("unix:{}", path.display()),
        format!("http://{plain}/"),
        format!("https://{web}/"),
        format!("tls://{web}"),
        format!("dns://{name_server}/host.test"),
        "dns:localhost".to_owned(),
    ];
    let run =
        netdiag(&format!("wait {} --ca {} --server-name peer.test", targets.join(" "), ca.display()), b"");
    assert_eq!(run.status, 0, "{run}");
    for target in targets {
        assert!(run.stderr.contains(&format!("netdiag: {target} is up after ")), "{target}: {run}");
    }
}

#[test]
fn a_path_is_noticed_when_it_comes_and_when_it_goes() {
    let directory = tempfile::tempdir().unwrap();
    let (ready, path) = (directory.path().join("ready"), directory.path().join("s"));
    // Looking again would take far too long.
    let start = |words: &[&str]| {
        let target = format!("unix:{}", path.display());
        let mut command = Command::new(NETDIAG);
        command.args(["wait", "--interval", "1h", "--deadline", "2h"]).args(words).arg(target);
        let child = command.stderr(Stdio::null()).spawn().unwrap();
        until("the directory to be watched", PATIENCE, || watches(child.id()).then_some(())).unwrap();
        child
    };
    let end = |mut child: std::process::Child| {
        until("wait to end", PATIENCE, || child.try_wait().unwrap()).unwrap().success()
    };
    let up = start(&[]);
    let _unix = UnixListener::bind(&ready).unwrap();
    std::fs::rename(&ready, &path).unwrap();
    assert!(end(up));
    let down = start(&["--down"]);
    std::fs::remove_file(&path).unwrap();
    assert!(end(down));
}

/// Whether a process has an inotify watch (`proc(5)`, `/proc/PID/fdinfo`).
fn watches(pid: u32) -> bool {
    let files = std::fs::read_dir(format!("/proc/{pid}/fdinfo")).unwrap();
    files
        .filter_map(|file| std::fs::read_to_string(file.ok()?.path()).ok())
        .any(|text| text.contains("inotify wd:"))
}

#[test]
fn a_terminal_shows_what_is_still_lacking_and_is_left_as_it_was() {
    let at = closed();
    let terminal = openpty(&Winsize { ws_row: 24, ws_col: 100, ws_xpixel: 0, ws_ypixel: 0 }, None).unwrap();
    let mut command = Command::new(NETDIAG);
    command.args(["wait", &at, "--interval", "10ms"]).stderr(terminal.slave).env("TERM", "xterm");
    let mut child = command.spawn().unwrap();
    drop(command);
    let mut screen = std::fs::File::from(terminal.master);
    let mut shown = Vec::new();
    let mut listener = None;
    let mut room = [0; 4096];
    // A terminal whose other end is closed is an error to its reader.
    while let Ok(count @ 1..) = std::io::Read::read(&mut screen, &mut room) {
        shown.extend_from_slice(&room[..count]);
        let text = String::from_utf8_lossy(&shown);
        if listener.is_none() && text.contains(&format!("waiting for: {at} (nobody listens there)")) {
            listener = Some(TcpListener::bind(&at).unwrap());
        }
    }
    assert!(child.wait().unwrap().success());
    let text = String::from_utf8(shown).unwrap();
    let (_, last) = text.trim_end().rsplit_once("\x1b[2K").expect(&text);
    assert!(last.starts_with(&format!("netdiag: {at} is up after ")), "{text:?}");
}

#[test]
fn time_runs_out_with_the_last_errors() {
    let (at, web) = (closed(), closed());
    let up = TcpListener::bind(address()).unwrap();
    let up = up.local_addr().unwrap();
    let run = netdiag(&format!("wait {at} http://{web}/health {up} --deadline 3s"), b"");
    assert_eq!(run.status, 124, "{run}");
    assert!(run.stderr.starts_with("netdiag: not ready after 3 s\n\n"), "{run}");
    let row =
        |target: &str| run.stderr.lines().find(|line| line.trim().starts_with(target)).unwrap_or_default();
    assert!(row(&at).contains("nobody listens there"), "{run}");
    assert!(row("http://").contains("connect: connection refused"), "{run}");
    assert!(row(&up.to_string()).contains("none"), "{run}");
    assert_eq!(netdiag(&format!("wait -q {at} --deadline 50ms"), b"").stderr, "");
}

#[test]
fn a_look_that_the_end_cuts_off_takes_no_reason_away() {
    let looks = AtomicUsize::new(0);
    let wrong = server(move |mut stream| match looks.fetch_add(1, Relaxed) {
        0 => {
            let _ = std::io::Read::read(&mut stream, &mut [0; 4096]);
            let _ = std::io::Write::write_all(&mut stream, b"HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n");
        }
        // Held open, and never answered.
        _ => std::mem::forget(stream),
    });
    for down in ["", "--down "] {
        let run = netdiag(&format!("wait {down}http://{wrong}/ -i 10ms --deadline 3s"), b"");
        assert_eq!(run.status, 124, "{run}");
        // Without a look before it there is no other reason.
        let (looks, reason) = if down.is_empty() { ("1", "status 503") } else { ("1", "timed out after") };
        let row = last(&run).split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(row.contains(&format!(" {looks} never ")) && row.contains(reason), "{run}");
    }
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
        (format!("wait --down {wrong} --interval 1h --deadline 2s"),            124, "it is up"),
        (format!("wait --down http://{wrong}/ --interval 1h --deadline 3s"),    124, "status 503"),
        (format!("wait http://{wrong}/ --interval 1h --deadline 3s"),           124, "status 503"),
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
    let run = netdiag(&format!("wait unix:{} --interval 1h --deadline 2s", path.display()), b"");
    assert_eq!(run.status, 124, "{run}");
    assert!(last(&run).contains("connection refused"), "{run}");
}

#[test]
fn no_time_is_all_the_time_there_is() {
    let at = closed();
    let mut child = Command::new(NETDIAG).args(["wait", "-q", "-w", "0", &at]).spawn().unwrap();
    std::thread::sleep(std::time::Duration::from_millis(200));
    assert!(child.try_wait().unwrap().is_none());
    let _up = TcpListener::bind(&at).unwrap();
    assert!(until("wait to end", PATIENCE, || child.try_wait().unwrap()).unwrap().success());
}

#[test]
fn a_port_with_a_path_behind_it_is_a_url_and_schemes_have_no_case() {
    let at = server(|mut stream| {
        let mut request = [0; 4096];
        let length = std::io::Read::read(&mut stream, &mut request).unwrap();
        let status = if request[..length].starts_with(b"GET /health ") { "200 OK" } else { "404 No" };
        let _ = std::io::Write::write_all(
            &mut stream,
            format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n").as_bytes(),
        );
    });
    #[rustfmt::skip]
    let cases = [
        (format!("wait -w 5s {at}/health"),        0),
        (format!("wait -w 1s {at}/other"),         124),
        (format!("probe {at}/health"),             0),
        (format!("probe HTTP://{at}/health"),      0),
        (format!("wait -w 5s TCP://{at}"),         0),
        (format!("check HTTP://{at}/health"),      0),
        (format!("connect {at}/health"),           2),
    ];
    for (line, status) in cases {
        let run = netdiag(&line, b"");
        assert_eq!(run.status, status, "{line}: {run}");
    }
}

#[test]
fn mistakes_are_found_before_anything_is_waited_for() {
    let run = netdiag("wait 127.0.0.1:1 gopher://h:1", b"");
    assert!(run.status == 2 && run.stderr.contains("unknown scheme"), "{run}");
    assert_eq!(netdiag("wait", b"").status, 2);
    assert_eq!(netdiag("wait 1 --pid-alive 0", b"").status, 2);
}
