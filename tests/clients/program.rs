//! Our program, run to its end, bounded in time.

use std::fmt;
use std::io::Write;
use std::process::{Command, Output, Stdio};
use std::thread;
use std::time::Duration;

use netdiag_lab::until;

pub(crate) const NETDIAG: &str = env!("CARGO_BIN_EXE_netdiag");

/// Far more than any of these takes.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// What a run left behind.
pub(crate) struct Run {
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: String,
    pub(crate) status: i32,
}

impl Run {
    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.stdout).unwrap()
    }
}

impl fmt::Display for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = String::from_utf8_lossy(&self.stdout);
        write!(f, "---- stdout\n{text}---- stderr\n{}---- status {}", self.stderr, self.status)
    }
}

/// Runs `netdiag` with the words of `line`, `input` as its input.
pub(crate) fn netdiag(line: &str, input: &[u8]) -> Run {
    words(&line.split_whitespace().collect::<Vec<_>>(), input)
}

/// The same, for words with blanks in them.
pub(crate) fn words(words: &[&str], input: &[u8]) -> Run {
    let mut command = Command::new(NETDIAG);
    command.args(words).env_clear().env("LC_ALL", "C");
    let output = run(&mut command, input);
    Run {
        stdout: output.stdout,
        stderr: String::from_utf8(output.stderr).unwrap(),
        status: output.status.code().expect("it is not killed"),
    }
}

/// Runs any program with `input`.
pub(crate) fn run(command: &mut Command, input: &[u8]) -> Output {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let id = nix::unistd::Pid::from_raw(child.id().cast_signed());
    let mut stdin = child.stdin.take().unwrap();
    thread::scope(|scope| {
        // Who is not interested in the rest says so by leaving.
        scope.spawn(move || stdin.write_all(input));
        let waiter = scope.spawn(move || child.wait_with_output().unwrap());
        let ended = until("the program to end", PATIENCE, || waiter.is_finished().then_some(()));
        if let Err(late) = ended {
            nix::sys::signal::kill(id, nix::sys::signal::Signal::SIGKILL).unwrap();
            panic!("{command:?}: {late}");
        }
        waiter.join().unwrap()
    })
}

/// Bytes of every value, in no simple pattern.
pub(crate) fn noise(length: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_u32;
    let next = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        (state >> 11) as u8
    };
    std::iter::repeat_with(next).take(length).collect()
}
