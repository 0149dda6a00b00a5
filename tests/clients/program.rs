//! Our program, run to its end, bounded in time.

use std::fmt;
use std::process::Command;

use crate::fed::run;

pub(crate) const NETDIAG: &str = env!("CARGO_BIN_EXE_netdiag");

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
