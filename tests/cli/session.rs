//! One command as a terminal would show it: what was typed, what came out, how it ended.
//!
//! The first word decides what is started: `netdiag` is the binary, anything else a link of that name to it, because a link
//! makes the binary that program.

use std::os::unix::fs::symlink;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Output};
use std::time::Duration;

use snapbox::{Assert, IntoData};

const NETDIAG: &str = env!("CARGO_BIN_EXE_netdiag");

/// Far more than any of these commands takes; one that waits for something that never comes is killed.
const PATIENCE: Duration = Duration::from_secs(120);

/// Runs `words` without a terminal; the session must read as `expected`.
///
/// `SNAPSHOTS=overwrite cargo test` writes what it reads into the test instead. `[..]` stands for any part of a line.
#[track_caller]
pub(crate) fn shows(words: &[&str], expected: impl IntoData) {
    reads(&session(words), expected);
}

/// For a session in which something had to be replaced first.
#[track_caller]
pub(crate) fn reads(session: &str, expected: impl IntoData) {
    // A backslash is ours, not a path's.
    let snapshot = Assert::new().action_env("SNAPSHOTS").normalize_paths(false);
    snapshot.eq(session, expected);
}

/// Runs `words` without a terminal and renders the session.
///
/// Standard error follows below a rule if there is any, then the exit status unless it is 0.
pub(crate) fn session(words: &[&str]) -> String {
    Surroundings::default().session(words)
}

/// Where a command runs: by default in the directory of the tests, with nothing on standard input and in the environment.
#[derive(Clone, Copy, Default)]
pub(crate) struct Surroundings<'a> {
    pub(crate) directory: Option<&'a Path>,
    pub(crate) environment: &'a [(&'a str, &'a str)],
    pub(crate) input: &'a str,
}

impl Surroundings<'_> {
    /// The same as [`session`].
    pub(crate) fn session(self, words: &[&str]) -> String {
        let links = tempfile::tempdir().unwrap();
        let program = if words[0] == "netdiag" {
            NETDIAG.into()
        } else {
            let link = links.path().join(words[0]);
            symlink(NETDIAG, &link).unwrap();
            link
        };
        let mut command = Command::new(program);
        command.arg0(words[0]).args(&words[1..]).env_clear().env("LC_ALL", "C.UTF-8");
        command.envs(self.environment.iter().copied());
        if let Some(directory) = self.directory {
            command.current_dir(directory);
        }
        let command = snapbox::cmd::Command::from_std(command).stdin(self.input).timeout(PATIENCE);
        rendered(words, &command.output().unwrap())
    }
}

fn rendered(words: &[&str], output: &Output) -> String {
    let mut shown = format!("$ {}\n", words.join(" "));
    shown.push_str(str::from_utf8(&output.stdout).unwrap());
    if !output.stderr.is_empty() {
        shown.push_str("---- stderr\n");
        shown.push_str(str::from_utf8(&output.stderr).unwrap());
    }
    if !output.status.success() {
        shown.push_str(&format!("---- {}\n", output.status));
    }
    shown
}
