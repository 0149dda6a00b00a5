//! How `netdiag wait` ends: by a signal, with a process, or as the command that takes its place.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, Output, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use netdiag_lab::until;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::fed::PATIENCE;
use crate::peer::address;
use crate::program::{NETDIAG, netdiag};
use crate::scripted::{pour, server};
use crate::wait::{closed, last};

/// Starts `command`, which becomes netdiag, and waits until that holds signals back.
fn waiting(command: &mut Command) -> Child {
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let holds = || {
        let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
        // While a thread is being made, all signals are.
        mask(&status, "SigBlk") & (TERM | WINCH) == TERM
    };
    until("signals to be held back", PATIENCE, || holds().then_some(())).unwrap();
    child
}

/// A set of signals in what `/proc/PID/status` says (`proc(5)`).
fn mask(status: &str, name: &str) -> u64 {
    let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(":\t"));
    u64::from_str_radix(line.unwrap(), 16).unwrap()
}

const HUP: u64 = 1 << (Signal::SIGHUP as u64 - 1);
const TERM: u64 = 1 << (Signal::SIGTERM as u64 - 1);
const WINCH: u64 = 1 << (Signal::SIGWINCH as u64 - 1);

fn signal(child: &Child, signal: Signal) {
    kill(Pid::from_raw(child.id().cast_signed()), signal).unwrap();
}

fn end(mut child: Child) -> Output {
    until("wait to end", PATIENCE, || child.try_wait().unwrap()).unwrap();
    child.wait_with_output().unwrap()
}

#[test]
fn a_signal_ends_waiting_with_the_last_errors() {
    for (number, ending) in [(1, Signal::SIGHUP), (2, Signal::SIGINT), (15, Signal::SIGTERM)] {
        let at = closed();
        let child = waiting(Command::new(NETDIAG).args(["wait", &at, "--", "echo", "up"]));
        signal(&child, ending);
        let output = end(child);
        assert_eq!(output.status.code(), Some(128 + number));
        assert_eq!(output.stdout, b"");
        let text = String::from_utf8(output.stderr).unwrap();
        assert!(text.starts_with(&format!("netdiag: not ready when {ending} came\n\n  target ")), "{text}");
    }
}

#[test]
fn signals_reach_the_command_as_they_would_without_us() {
    let at = closed();
    let script = format!(
        "trap '' HUP; exec {NETDIAG} wait -q {at} -- sh -c 'cat /proc/self/status; kill -TERM $$; sleep 60'"
    );
    let child = waiting(Command::new("sh").args(["-c", &script]));
    // Who ignores it did so for the command, too.
    signal(&child, Signal::SIGHUP);
    let _up = TcpListener::bind(&at).unwrap();
    let output = end(child);
    assert_eq!(output.status.signal(), Some(Signal::SIGTERM as i32), "{output:?}");
    let status = String::from_utf8(output.stdout).unwrap();
    assert_eq!((mask(&status, "SigIgn") & (HUP | TERM), mask(&status, "SigBlk")), (HUP, 0));
}

#[test]
fn the_command_inherits_no_file_of_ours() {
    let up = TcpListener::bind(address()).unwrap();
    let directory = tempfile::tempdir().unwrap();
    let absent = format!("unix:{}", directory.path().join("s").display());
    let at = up.local_addr().unwrap().to_string();
    let pid = std::process::id().to_string();
    let list = ["ls", "-l", "/proc/self/fd"];
    // A watch of each sort is open when the command begins.
    let mut waiting = Command::new(NETDIAG);
    waiting
        .args(["wait", "-q", "--any", "--stable", "3", "--pid-alive", &pid, &absent, &at, "--"])
        .args(list);
    assert_eq!(held(&mut waiting), held(Command::new(list[0]).args(&list[1..])));
}

/// What files without a path there are in a listing of them.
fn held(command: &mut Command) -> Vec<String> {
    let output = end(command.stdout(Stdio::piped()).spawn().unwrap());
    let listing = String::from_utf8(output.stdout).unwrap();
    assert!(listing.contains(" 0 -> "), "{listing}");
    let targets = listing.lines().filter_map(|line| Some(line.split_once(" -> ")?.1.to_owned()));
    targets.filter(|target| target.starts_with("socket:") || target.starts_with("anon_inode:")).collect()
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
fn a_look_ends_whatever_the_server_does() {
    let counts = [(); 3].map(|()| Arc::new(AtomicUsize::new(0)));
    let counting = |number: usize, serve: fn(TcpStream)| {
        let count = Arc::clone(&counts[number]);
        server(move |stream| {
            count.fetch_add(1, Relaxed);
            serve(stream);
        })
    };
    let silent = counting(0, |mut stream| drop(stream.read_to_end(&mut Vec::new())));
    let round = counting(1, |stream| {
        let _ = (&stream).read(&mut [0; 4096]);
        let _ = (&stream).write_all(
            b"HTTP/1.1 302 Found\r\nlocation: /\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
        );
    });
    let endless = counting(2, |stream| {
        let _ = (&stream).read(&mut [0; 4096]);
        let _ = (&stream).write_all(b"HTTP/1.1 200 OK\r\n\r\n");
        pour(&stream, &[b'x'; 10_000]);
    });
    let [silent, round, endless] = [silent, round, endless].map(|at| format!("http://{at}/"));
    let child = waiting(Command::new(NETDIAG).args(["wait", "-w", "1h", &silent, &round, &endless]));
    // Each has been looked at again.
    let again = || {
        (counts[0].load(Relaxed) > 1 && counts[1].load(Relaxed) > 21 && counts[2].load(Relaxed) > 1)
            .then_some(())
    };
    until("second looks", PATIENCE, again).unwrap();
    signal(&child, Signal::SIGTERM);
    let text = String::from_utf8(end(child).stderr).unwrap();
    for words in ["timed out", "20 redirects, as many as were allowed", "a body of more than 10485760 bytes"]
    {
        assert!(text.contains(words), "{words}: {text}");
    }
}
