//! The programs that tests and comparisons call: what they are called, which Debian package has each, and who needs it.
//!
//! This is the only list of them; `sh`, `bash`, coreutils and the like are taken to be everywhere. A program of another make can have the right name: where that happens, what it says of
//! itself decides.

use std::env;
use std::ffi::OsString;
use std::fmt;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Result, ensure};

/// A program somebody else wrote.
pub(crate) struct Program {
    /// What it is called; the path of a file, if it is one that programs read.
    pub(crate) name: &'static str,
    /// The Debian package it comes with.
    pub(crate) package: &'static str,
    /// Whether the rest of the package is unwelcome: large, or a service that starts at once.
    pub(crate) alone: bool,
    /// A word to call it with, and what one of the right make says then.
    says: Says,
    /// The chores that need it.
    chores: &'static [Chore],
    /// Where it is called, and what for.
    used: &'static str,
}

/// A chore that calls other people's programs.
#[derive(Clone, Copy, Eq, PartialEq)]
pub(crate) enum Chore {
    /// `cargo xtask test`, and so `cargo xtask ci`.
    Test,
    /// `cargo xtask bench`.
    Bench,
}

const TEST: &[Chore] = &[Chore::Test];
const BENCH: &[Chore] = &[Chore::Bench];
const BOTH: &[Chore] = &[Chore::Test, Chore::Bench];

type Says = Option<(&'static str, &'static str)>;

const fn program(
    name: &'static str,
    package: &'static str,
    chores: &'static [Chore],
    says: Says,
    used: &'static str,
) -> Program {
    Program { name, package, alone: false, says, chores, used }
}

#[rustfmt::skip]
const PROGRAMS: [Program; 21] = [
    program("ping",     "iputils-ping",   BOTH,  Some(("-V", "iputils")),  "netns: what it prints is what ours prints"),
    program("ss",       "iproute2",       BOTH,  Some(("-V", "iproute2")), "netns: what it prints is what ours prints"),
    program("mtr",      "mtr-tiny",       TEST,  None,                     "netns: what it prints is what ours prints"),
    program("traceroute", "traceroute",   BOTH,  None,                     "netns: what it prints is what ours prints"),
    program("tracepath", "iputils-tracepath", TEST, None,                  "netns: what it prints is what ours prints"),
    program("nft",      "nftables",       TEST,  None,                     "netns: a firewall that drops and refuses"),
    program("nc",       "netcat-openbsd", BOTH,  Some(("-h", "OpenBSD")),  "clients, servers: the peer of every byte"),
    program("socat",    "socat",          TEST,  None,                     "clients, servers: peers on every kind of socket"),
    program("curl",     "curl",           TEST,  None,                     "servers: asks our HTTP server"),
    program("chromium", "chromium",       TEST,  None,                     "servers: loads a page from our HTTP server"),
    program("nginx",    "nginx-light",    BOTH,  None,                     "clients, netns: answers our HTTP client"),
    program("dnsmasq",  "dnsmasq-base",   TEST,  None,                     "netns: answers our DNS client"),
    program("openssl",  "openssl",        TEST,  None,                     "clients, servers: the other end of TLS"),
    program("python3",  "python3",        BOTH,  None,                     "clients, servers, netns: peers, readers of reports"),
    program("xmllint",  "libxml2-utils",  TEST,  None,                     "clients, netns: validates JUnit reports"),
    program("prove",    "perl",           TEST,  None,                     "clients, netns: reads TAP reports"),
    program("/etc/services", "netbase",   TEST,  None,                     "probe, sockdiag, netns: names of ports"),
    program("setpriv",  "util-linux",     TEST,  None,                     "cli: what another user sees"),
    // The whole package is 330 MB and a service that starts at once.
    Program { alone: true, ..program("promtool", "prometheus", TEST, None, "clients, netns: reads metrics") },
    program("wrk",      "wrk",            BENCH, None,                     "asks HTTP servers as fast as they answer"),
    program("strace",   "strace",         BENCH, None,                     "counts system calls"),
];

/// Where Debian has servers and firewalls, which is not on everybody's path.
const SYSTEM: [&str; 3] = ["/usr/local/sbin", "/usr/sbin", "/sbin"];

impl Program {
    fn is_here(&self) -> bool {
        if self.name.starts_with('/') {
            return Path::new(self.name).exists();
        }
        let Some(path) = find(self.name) else { return false };
        let Some((word, expected)) = self.says else { return true };
        let output = Command::new(path).arg(word).stdin(Stdio::null()).output();
        output.is_ok_and(|output| {
            [output.stdout, output.stderr].iter().any(|text| String::from_utf8_lossy(text).contains(expected))
        })
    }
}

impl fmt::Display for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "  {:<13} {:<14} {}", self.name, self.package, self.used)
    }
}

/// The programs a chore needs and this machine lacks.
pub(crate) fn missing(chore: Chore) -> Vec<&'static Program> {
    PROGRAMS.iter().filter(|program| program.chores.contains(&chore) && !program.is_here()).collect()
}

/// Fails with all that are missing at once, and `remedy`.
pub(crate) fn require(missing: &[&Program], remedy: &str) -> Result<()> {
    ensure!(missing.is_empty(), "{}\n{remedy}", listed(missing));
    Ok(())
}

/// A line for each: its name, its Debian package, who needs it.
pub(crate) fn listed(missing: &[&Program]) -> String {
    let lines: Vec<String> = missing.iter().map(ToString::to_string).collect();
    format!("this machine lacks (program, Debian package, needed by):\n{}", lines.join("\n"))
}

/// Where `name` is, if it can be called.
pub(crate) fn find(name: &str) -> Option<PathBuf> {
    env::split_paths(&path()).map(|directory| directory.join(name)).find(|path| is_program(path))
}

fn is_program(path: &Path) -> bool {
    path.metadata().is_ok_and(|file| file.is_file() && file.permissions().mode() & 0o111 != 0)
}

/// The caller's `PATH` and what Debian leaves out of it, for whatever calls these programs.
pub(crate) fn path() -> OsString {
    let inherited = env::var_os("PATH").unwrap_or_default();
    let more = SYSTEM.iter().map(PathBuf::from);
    let directories: Vec<PathBuf> = env::split_paths(&inherited).chain(more).collect();
    // Only a directory with a colon in its name cannot be joined, and those came apart above.
    env::join_paths(directories).unwrap_or(inherited)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_found_by_name_and_by_what_it_says() {
        let echo = |says| program("echo", "coreutils", TEST, says, "").is_here();
        assert!(echo(None));
        assert!(echo(Some(("of the right make", "right"))));
        assert!(!echo(Some(("of another make", "right"))));
        assert!(!program("no-such-program", "none", TEST, None, "").is_here());
        assert!(program("/proc/self/status", "none", TEST, None, "").is_here());
        assert!(!program("/no/such/file", "none", TEST, None, "").is_here());
    }

    #[test]
    fn all_that_are_missing_are_named_at_once() {
        let lacking =
            [program("one", "first", TEST, None, "a test"), program("two", "second", TEST, None, "another")];
        let error = require(&lacking.iter().collect::<Vec<_>>(), "do this").unwrap_err().to_string();
        let lines: Vec<&str> = error.lines().skip(1).map(str::trim).collect();
        assert_eq!(
            lines,
            ["one           first          a test", "two           second         another", "do this"]
        );
        assert!(require(&[], "do this").is_ok());
    }
}
