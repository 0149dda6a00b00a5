//! A ping under way: to be waited for, signalled, and left without a reader.
//!
//! Nothing here waits longer than [`PATIENCE`], and what a failing test leaves running is killed.

use std::fs;
use std::io::Read;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use netdiag_lab::{Host, until};
use nix::sys::signal::{self, Signal};
use nix::unistd::Pid;

use crate::ping_run::{Program, Run};

/// Far longer than anything these tests wait for takes.
pub(crate) const PATIENCE: Duration = Duration::from_secs(120);

/// A run; dropping it kills it.
pub(crate) struct Running {
    child: Child,
    stdout: Stream,
    stderr: Stream,
}

impl Running {
    /// Starts our program as `ping` in `host` and collects what it writes.
    pub(crate) fn ping(host: &Host, words: &str) -> Self {
        Self::start(host, &mut Program::Linked("ping").command(words))
    }

    /// Starts `command` in `host` and collects what it writes.
    pub(crate) fn start(host: &Host, command: &mut Command) -> Self {
        Self::writing_to(host, command, Stdio::piped())
    }

    /// The same with standard output going elsewhere.
    pub(crate) fn writing_to(host: &Host, command: &mut Command, stdout: impl Into<Stdio>) -> Self {
        command.stdin(Stdio::null()).stdout(stdout).stderr(Stdio::piped());
        let mut child = host.spawn(command).unwrap();
        let (stdout, stderr) = (Stream::of(child.stdout.take()), Stream::of(child.stderr.take()));
        Self { child, stdout, stderr }
    }

    /// What `/proc/PID/status` says under a name.
    pub(crate) fn status(&self, name: &str) -> String {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let value = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(":\t"));
        value.unwrap_or_else(|| panic!("no {name} in {status}")).to_owned()
    }

    pub(crate) fn signal(&self, signal: Signal) {
        signal::kill(Pid::from_raw(self.child.id().cast_signed()), signal).unwrap();
    }

    /// Waits until standard output has `part` in it.
    pub(crate) fn says(&self, part: &str) {
        self.stdout.has(part);
    }

    /// Waits until standard output has `part` in it so many times.
    pub(crate) fn says_times(&self, part: &str, times: usize) {
        self.stdout.has_times(part, times);
    }

    /// Waits until standard error has `part` in it.
    pub(crate) fn complains(&self, part: &str) {
        self.stderr.has(part);
    }

    /// What standard output has been so far.
    pub(crate) fn said(&self) -> String {
        self.stdout.so_far()
    }

    pub(crate) fn is_over(&mut self) -> bool {
        self.child.try_wait().unwrap().is_some()
    }

    /// Waits for the end.
    pub(crate) fn finish(mut self) -> Run {
        let end = until("ping to end", PATIENCE, || self.child.try_wait().unwrap());
        let end = end.unwrap_or_else(|late| panic!("{late}; so far: {}", self.stdout.so_far())).to_string();
        Run { stdout: self.stdout.whole(), stderr: self.stderr.whole(), end }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Whichever fails: it has ended.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// What came out so far, and the thread that collects it.
struct Stream {
    bytes: Arc<Mutex<Vec<u8>>>,
    reader: JoinHandle<()>,
}

impl Stream {
    fn of(pipe: Option<impl Read + Send + 'static>) -> Self {
        let bytes = Arc::new(Mutex::new(Vec::new()));
        let collected = Arc::clone(&bytes);
        let reader = thread::spawn(move || {
            let (Some(mut pipe), mut buffer) = (pipe, [0; 4096]) else { return };
            while let Ok(length @ 1..) = pipe.read(&mut buffer) {
                collected.lock().unwrap().extend_from_slice(&buffer[..length]);
            }
        });
        Self { bytes, reader }
    }

    fn so_far(&self) -> String {
        String::from_utf8(self.bytes.lock().unwrap().clone()).unwrap()
    }

    fn has(&self, part: &str) {
        self.has_times(part, 1);
    }

    fn has_times(&self, part: &str, times: usize) {
        let found = || (self.so_far().matches(part).count() >= times).then_some(());
        until(format!("{times} times {part:?}"), PATIENCE, found)
            .unwrap_or_else(|late| panic!("{late}; so far: {}", self.so_far()));
    }

    fn whole(&self) -> String {
        until("the output to end", PATIENCE, || self.reader.is_finished().then_some(())).unwrap();
        self.so_far()
    }
}
