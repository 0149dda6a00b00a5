//! One run of a ping inside a host: what is typed, what comes out, and what can be compared of it.
//!
//! A name other than `netdiag` is our program called by that name; [`Program::Installed`] is the one on the PATH.

use std::fmt;
use std::process::{Command, Output};

use netdiag_lab::Host;
use snapbox::{Assert, IntoData};

/// Which ping.
#[derive(Clone, Copy)]
pub(crate) enum Program {
    /// `netdiag ping`.
    Netdiag,
    /// Our binary under another name: `ping`, `ping4`, `ping6`.
    Linked(&'static str),
    /// The `ping` of iputils.
    Installed,
}

impl Program {
    /// The command that `words`, separated by blanks, make with it; nothing of the environment gets in. `''` is an empty word.
    pub(crate) fn command(self, words: &str) -> Command {
        let mut command = match self {
            Self::Netdiag => ours("netdiag"),
            Self::Linked(name) => ours(name),
            Self::Installed => Command::new("ping"),
        };
        if let Self::Netdiag = self {
            command.arg("ping");
        }
        let words = words.split_whitespace().map(|word| if word == "''" { "" } else { word });
        command.args(words).env_clear().env("LC_ALL", "C");
        if let (Self::Installed, Some(path)) = (self, std::env::var_os("PATH")) {
            command.env("PATH", path);
        }
        command
    }
}

/// `netdiag` with that tool and words; nothing of the environment gets in.
pub(crate) fn netdiag(words: &str) -> Command {
    let mut command = ours("netdiag");
    command.args(words.split_whitespace()).env_clear().env("LC_ALL", "C");
    command
}

fn ours(name: &str) -> Command {
    use std::os::unix::process::CommandExt;
    let mut command = Command::new(env!("CARGO_BIN_EXE_netdiag"));
    command.arg0(name);
    command
}

/// What a finished run left.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    /// The exit status, or the signal that ended it.
    pub(crate) end: String,
}

/// One line about an echo reply.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Reply {
    pub(crate) seq: u64,
    pub(crate) ttl: u64,
    /// The round-trip time, in milliseconds.
    pub(crate) millis: f64,
    pub(crate) duplicate: bool,
}

/// Runs our program as `ping` in `host` to its end.
pub(crate) fn ping(host: &Host, words: &str) -> Run {
    run(host, &mut Program::Linked("ping").command(words))
}

/// Runs `netdiag` with these words in `host` to its end.
pub(crate) fn run_netdiag(host: &Host, words: &str) -> Run {
    run(host, &mut netdiag(words))
}

pub(crate) fn run(host: &Host, command: &mut Command) -> Run {
    let output = host.output(command);
    output.unwrap_or_else(|error| panic!("{}: {error}", command.get_program().display())).into()
}

impl From<Output> for Run {
    fn from(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).unwrap();
        let end = output.status.to_string();
        Self { stdout: text(output.stdout), stderr: text(output.stderr), end }
    }
}

impl Run {
    pub(crate) fn replies(&self) -> Vec<Reply> {
        let lines =
            self.stdout.lines().filter(|line| line.contains(" bytes from ") && line.contains(" time="));
        lines.map(Reply::parse).collect()
    }

    /// The line of counts, its time left out.
    pub(crate) fn counts(&self) -> &str {
        let line = self.stdout.lines().find(|line| line.contains("packets transmitted"));
        let line = line.unwrap_or_else(|| panic!("no summary: {self}"));
        line.rsplit_once(", time ").map_or(line, |(counts, _)| counts)
    }

    /// min, avg, max and mdev, in milliseconds.
    pub(crate) fn figures(&self) -> [f64; 4] {
        let line = self.stdout.lines().find_map(|line| line.strip_prefix(FIGURES));
        let line = line.unwrap_or_else(|| panic!("no figures: {self}"));
        let figures = line.split(" ms").next().unwrap().split('/');
        let figures: Vec<f64> = figures.map(|figure| figure.parse().unwrap()).collect();
        figures.try_into().unwrap_or_else(|_| panic!("not four figures: {self}"))
    }

    /// The number after `pipe`; 1 where nothing is said.
    pub(crate) fn pipe(&self) -> u64 {
        let number = self.stdout.lines().last().and_then(|line| line.split_once("pipe "));
        number.map_or(1, |(_, rest)| rest.split(',').next().unwrap().parse().unwrap())
    }

    /// The whole output must read as `expected`, where times are `T` and `[..]` is any part of a line.
    #[track_caller]
    pub(crate) fn reads(&self, expected: impl IntoData) {
        Assert::new().action_env("SNAPSHOTS").normalize_paths(false).eq(self.to_string(), expected);
    }
}

/// As a terminal would show it: standard error below a rule if there is any, then the end unless that is success. Times are
/// `T` and `pipe` is left out, because a busy machine changes both.
impl fmt::Display for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for line in self.stdout.lines() {
            writeln!(f, "{}", without_times(line))?;
        }
        if !self.stderr.is_empty() {
            write!(f, "---- stderr\n{}", self.stderr)?;
        }
        if self.end != SUCCESS { writeln!(f, "---- {}", self.end) } else { Ok(()) }
    }
}

impl Reply {
    fn parse(line: &str) -> Self {
        let number = |name| {
            let (_, rest) = line.split_once(name).unwrap_or_else(|| panic!("no{name} in {line}"));
            rest.split(' ').next().unwrap()
        };
        Self {
            seq: number(" icmp_seq=").parse().unwrap(),
            ttl: number(" ttl=").parse().unwrap(),
            millis: number(" time=").parse().unwrap(),
            duplicate: line.contains("(DUP!)"),
        }
    }
}

fn without_times(line: &str) -> String {
    let mut line = line.to_owned();
    // The time of day that -D puts in front, and the one a router stamps.
    if let Some((stamp, tail)) = line.strip_prefix('[').and_then(|rest| rest.split_once("] "))
        && stamp.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
    {
        line = format!("[T] {tail}");
    }
    if let Some((head, stamp)) = line.rsplit_once('\t')
        && !stamp.is_empty()
        && stamp.trim_start_matches('-').bytes().all(|byte| byte.is_ascii_digit())
    {
        line = format!("{head}\tT");
    }
    if let Some(head) = line.strip_suffix(" absolute") {
        line = format!("{} absolute", head.trim_end_matches(|c: char| c.is_ascii_digit()));
    }
    for (before, after) in [(" time=", " ms"), (", time ", "ms"), (FIGURES, " ms"), ("ipg/ewma ", " ms")] {
        if let Some((head, tail)) = line.split_once(before)
            && let Some((_, tail)) = tail.split_once(after)
        {
            line = format!("{head}{before}T{after}{tail}");
        }
    }
    if let Some((head, tail)) = line.split_once(" ms, pipe ") {
        let tail = tail.trim_start_matches(|c: char| c.is_ascii_digit());
        line = format!("{head} ms{tail}");
    }
    line
}

const FIGURES: &str = "rtt min/avg/max/mdev = ";
const SUCCESS: &str = "exit status: 0";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_times_are_left_out() {
        #[rustfmt::skip]
        let cases = [
            ("64 bytes from 10.0.2.1: icmp_seq=1 ttl=63 time=0.123 ms (DUP!)", "64 bytes from 10.0.2.1: icmp_seq=1 ttl=63 time=T ms (DUP!)"),
            ("3 packets transmitted, 0 received, 100% packet loss, time 12ms", "3 packets transmitted, 0 received, 100% packet loss, time Tms"),
            ("rtt min/avg/max/mdev = 0.1/0.2/0.3/0.0 ms, pipe 2, ipg/ewma 1.0/2.0 ms", "rtt min/avg/max/mdev = T ms, ipg/ewma T ms"),
            ("[1795233967.483164] 64 bytes from 10.0.2.1: icmp_seq=1",         "[T] 64 bytes from 10.0.2.1: icmp_seq=1"),
            ("TS: \t10.0.1.1\t14767896 absolute",                              "TS: \t10.0.1.1\t absolute"),
            ("From 10.0.1.254 icmp_seq=1 Time to live exceeded",               "From 10.0.1.254 icmp_seq=1 Time to live exceeded"),
        ];
        for (line, expected) in cases {
            assert_eq!(without_times(line), expected);
        }
    }
}
