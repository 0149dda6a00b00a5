//! One run of `ss`, ours or the installed one, and the rows it printed.
//!
//! Ours is started through a link named `ss`, because that is what makes it that program: `netdiag ss` has other messages.

use std::io;
use std::os::unix::fs::symlink;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Command, Output};
use std::sync::LazyLock;

use netdiag_lab::Host;
use tempfile::TempDir;

/// What a run left behind.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Run {
    /// The exit status; `None` if a signal ended it.
    pub(super) status: Option<i32>,
    pub(super) stdout: String,
    pub(super) stderr: String,
}

impl Run {
    pub(super) fn new(output: Output) -> Self {
        Self {
            status: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Standard output, cut into the words of each line.
    pub(super) fn rows(&self) -> Vec<Vec<&str>> {
        self.stdout.lines().map(|line| line.split_whitespace().collect()).collect()
    }
}

/// Our program under the name `ss`, given the words of `line`.
pub(super) fn ours(host: &Host, line: &str) -> Run {
    run(host, link().args(words(line)))
}

/// The `ss` of this machine.
pub(super) fn installed(host: &Host, line: &str) -> Run {
    run(host, plain(Command::new("ss")).args(words(line)))
}

/// Ours under the name `ss`, without words.
pub(super) fn link() -> Command {
    static LINKS: LazyLock<(TempDir, PathBuf)> = LazyLock::new(|| {
        let directory = tempfile::tempdir().unwrap();
        let link = directory.path().join("ss");
        symlink(env!("CARGO_BIN_EXE_netdiag"), &link).unwrap();
        (directory, link)
    });
    let mut command = plain(Command::new(&LINKS.1));
    command.arg0("ss");
    command
}

/// A command whose environment does not depend on who runs the tests.
pub(super) fn plain(mut command: Command) -> Command {
    command.env_remove("COLUMNS").env("LC_ALL", "C");
    command
}

/// Runs it in the host to its end.
pub(super) fn run(host: &Host, command: &mut Command) -> Run {
    let output = host.output(command).unwrap_or_else(|error| match error.kind() {
        io::ErrorKind::NotFound => {
            panic!("there is no {:?} to compare with: apt-get install iproute2", command.get_program())
        }
        _ => panic!("{command:?}: {error}"),
    });
    Run::new(output)
}

/// What our program prints for a line that must succeed without a word on standard error, as rows of words.
#[track_caller]
pub(super) fn lists(host: &Host, line: &str) -> Vec<Vec<String>> {
    let run = ours(host, line);
    assert_eq!((run.status, run.stderr.as_str()), (Some(0), ""), "ss {line}");
    run.rows().into_iter().map(|row| row.into_iter().map(str::to_owned).collect()).collect()
}

/// Cuts a line as a shell does: at blanks outside single quotes.
pub(super) fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quoted = false;
    for character in line.chars() {
        match character {
            '\'' => {
                quoted = !quoted;
                word.get_or_insert_default();
            }
            ' ' if !quoted => words.extend(word.take()),
            _ => word.get_or_insert_default().push(character),
        }
    }
    words.extend(word);
    words
}

#[test]
fn a_line_is_cut_as_a_shell_does() {
    assert_eq!(words("-t  'sport = :22' '' a'b c'd"), ["-t", "sport = :22", "", "ab cd"]);
}
