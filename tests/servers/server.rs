//! A running `netdiag serve`, stopped when its handle is dropped.
//!
//! It tells its ports only once all of it listens, so whoever has the handle can connect. What it logs is collected as it
//! comes: that a client has ended says nothing about whether the server has noticed.

use std::io::{self, BufRead, BufReader, Read};
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use netdiag_lab::until;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

/// Far more than anything here takes.
pub(crate) const PATIENCE: Duration = Duration::from_secs(120);

pub(crate) struct Server {
    pub(crate) child: Child,
    /// Where it listens, as it says.
    pub(crate) listeners: Vec<String>,
    log: Arc<Mutex<Vec<u8>>>,
    reader: Option<JoinHandle<()>>,
    _stdout: BufReader<ChildStdout>,
}

/// How a server ended.
pub(crate) struct Ended {
    pub(crate) status: ExitStatus,
    /// What it wrote on standard error.
    pub(crate) log: String,
}

impl Server {
    /// Serves at `addresses`, one listener each, started wherever `spawn` does it.
    pub(crate) fn spawn(
        kind: &str,
        addresses: &[&str],
        options: &[&str],
        spawn: impl FnOnce(&mut Command) -> io::Result<Child>,
    ) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_netdiag"));
        // A directory comes before the addresses.
        command.arg("serve").args(kind.split(' ')).args(addresses).args(options);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = spawn(&mut command).unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut stderr = child.stderr.take().unwrap();
        let log = Arc::new(Mutex::new(Vec::new()));
        let collected = Arc::clone(&log);
        let reader = std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(length @ 1..) = stderr.read(&mut buffer) {
                collected.lock().unwrap().extend_from_slice(&buffer[..length]);
            }
        });
        let mut listeners = Vec::new();
        for _ in addresses {
            let mut line = String::new();
            stdout.read_line(&mut line).unwrap();
            if line.is_empty() {
                reader.join().unwrap();
                panic!("{command:?} ended: {}", String::from_utf8_lossy(&log.lock().unwrap()));
            }
            listeners.push(line.trim_end().split_once(' ').unwrap().1.to_owned());
        }
        Self { child, listeners, log, reader: Some(reader), _stdout: stdout }
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill(Pid::from_raw(self.child.id().cast_signed()), signal).unwrap();
    }

    /// Waits until it has ended.
    pub(crate) fn ended(mut self) -> Ended {
        let status = until("the server to end", PATIENCE, || self.child.try_wait().unwrap()).unwrap();
        self.reader.take().unwrap().join().unwrap();
        Ended { status, log: self.logged() }
    }

    /// Waits until it has logged `part` so many times.
    pub(crate) fn logs(&self, part: &str, times: usize) {
        let found = || (self.logged().matches(part).count() >= times).then_some(());
        until(format!("{part:?}"), PATIENCE, found)
            .unwrap_or_else(|late| panic!("{late}; so far: {}", self.logged()));
    }

    /// What it has logged so far.
    pub(crate) fn logged(&self) -> String {
        String::from_utf8(self.log.lock().unwrap().clone()).unwrap()
    }

    /// Tells it to stop and waits until it has.
    pub(crate) fn stop(self) -> Ended {
        self.signal(Signal::SIGTERM);
        self.ended()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
