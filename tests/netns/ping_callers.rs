//! Programs that call `ping` by that name and read what it writes: their command lines, and the shapes they look for.
//!
//! Any word on standard error is a failure to some of them, so there must be none.

use std::os::unix::fs::symlink;
use std::process::Command;
use std::thread;

use netdiag_lab::{Lab, Path, Pick, Plan, Way};
use nix::sys::signal::Signal;
use regex::Regex;
use tempfile::TempDir;

use crate::guard;
use crate::ping_run::run;
use crate::ping_running::Running;

/// A directory of links to our program, alone on the PATH.
struct Links(TempDir);

impl Links {
    fn new() -> Self {
        let links = tempfile::tempdir().unwrap();
        for name in ["ping", "ping4", "ping6"] {
            symlink(env!("CARGO_BIN_EXE_netdiag"), links.path().join(name)).unwrap();
        }
        Self(links)
    }

    fn command(&self, line: &str) -> Command {
        let (program, words) = line.split_once(' ').unwrap();
        let mut command = Command::new(program);
        command.args(words.split(' ')).env_clear().env("PATH", self.0.path()).env("LC_ALL", "C");
        command
    }
}

/// A command line, and what must be found in the lines of its output.
struct Call {
    line: &'static str,
    /// The probes the wire loses.
    lost: &'static [u64],
    status: u8,
    /// A regular expression and how many lines it must be found in.
    finds: &'static [(&'static str, usize)],
}

impl Call {
    fn works(&self, path: &Path, links: &Links) {
        let Self { line, lost, status, finds } = self;
        path.wire.replan(Way::There, Plan { loss: Pick::Nth(lost.to_vec()), ..Plan::default() });
        let run = run(&path.client, &mut links.command(line));
        assert_eq!((run.stderr.as_str(), run.end), ("", format!("exit status: {status}")), "{line}");
        for (shape, times) in *finds {
            let found = Regex::new(shape).unwrap();
            let found = run.stdout.lines().filter(|line| found.is_match(line)).count();
            assert_eq!(found, *times, "{line}: {shape}: {}", run.stdout);
        }
    }
}

fn path() -> Path {
    Path::new(&Lab::new().unwrap(), Plan::default(), Plan::default()).unwrap()
}

const TTL: &str = r"(ttl|hlim)=(\d+)";
const COUNTS: &str = r"^\d+ packets transmitted, \d+ received, \d+(\.\d+)?% packet loss, time \d+ms$";
const COUNTS_AND_ERRORS: &str = r"^\d+ packets transmitted, \d+ received, \+\d+ errors, \d+% packet loss";
const WORDY_COUNTS: &str = r"^(?P<tx>\d+) \w+ \w+, (?P<rx>\d+) \w+, (?P<pkt_loss>\d+)% ";
/// Four words before the figures.
const FIGURES: &str = r"^rtt min/avg/max/mdev = \d+\.\d+/\d+\.\d+/\d+\.\d+/\d+\.\d+ ms$";
const TIME: &str = r"^64 bytes from .*time=(?P<ms>\d+)(?:\.(?P<ns>\d+))? *ms$";
const STAMPED: &str = r"^\[([0-9]+\.[0-9]+)\](?:.*icmp_.eq=([0-9]+))?.*time=([0-9]+(?:\.[0-9]+)?) ms$";
const NO_ANSWER: &str = r"^no answer yet for icmp_seq=\d+$";

#[rustfmt::skip]
const CALLS: &[Call] = &[
    // telegraf
    Call { line: "ping -c 2 -n -s 16 -i 0.3 -W 1 -w 5 10.0.2.1",      lost: &[],     status: 0, finds: &[(TTL, 2), (COUNTS, 1), (FIGURES, 1)] },
    Call { line: "ping -c 3 -n -s 16 -i 0.3 -W 1 10.0.2.1",           lost: &[2],    status: 0, finds: &[(TTL, 2), (COUNTS, 1), (FIGURES, 1)] },
    Call { line: "ping -c 1 -n -s 16 -W 0.2 10.0.2.1",                lost: &[1],    status: 1, finds: &[(TTL, 0), (COUNTS, 1), (FIGURES, 0)] },
    Call { line: "ping -c 2 -n -s 16 -i 0.3 -I eth0 fd00:2::1",       lost: &[],     status: 0, finds: &[(TTL, 2), (COUNTS, 1), (FIGURES, 1)] },
    // monitoring-plugins
    Call { line: "ping -n -U -w 10 -c 1 10.0.2.1",                    lost: &[],     status: 0, finds: &[(COUNTS, 1), (FIGURES, 1)] },
    Call { line: "ping -4 -n -U -w 10 -c 1 10.0.2.1",                 lost: &[],     status: 0, finds: &[(COUNTS, 1), (FIGURES, 1)] },
    Call { line: "ping6 -n -U -w 10 -c 1 fd00:2::1",                  lost: &[],     status: 0, finds: &[(COUNTS, 1), (FIGURES, 1)] },
    Call { line: "ping -6 -n -U -w 1 -c 1 fd00:2::1",                 lost: &[1],    status: 1, finds: &[(COUNTS, 1), (FIGURES, 0)] },
    Call { line: "ping -n -U -w 10 -c 1 10.0.1.77",                   lost: &[],     status: 1, finds: &[(COUNTS_AND_ERRORS, 1), ("Destination Host Unreachable", 1)] },
    // flent, which counts by a deadline
    Call { line: "ping -n -D -i 0.20 -w 70 -c 3 10.0.2.1",             lost: &[],     status: 0, finds: &[(STAMPED, 3), (r"min/avg/max(?:/mdev)? = ([0-9]+\.[0-9]+)/([0-9]+\.[0-9]+)/([0-9]+\.[0-9]+)", 1)] },
    // kernel selftests
    Call { line: "ping 10.0.2.1 -c 10 -i 0.3 -w 5",                   lost: &[],     status: 0, finds: &[] },
    Call { line: "ping6 -c 3 fd00:2::1 -i 0.3 -w 5",                  lost: &[],     status: 0, finds: &[] },
    Call { line: "ping -q -M want -i 0.1 -w 1 -s 1400 10.0.2.1",      lost: &[],     status: 0, finds: &[(TTL, 0)] },
    Call { line: "ping6 -q -i 0.1 -w 1 -s 1400 fd00:2::1",            lost: &[],     status: 0, finds: &[(TTL, 0)] },
    Call { line: "ping -c 1 -w 1 10.0.2.1",                           lost: &[1, 2], status: 1, finds: &[] },
    // LTP
    Call { line: "ping -f -p 000102030405060708090a0b0c0d0e0f -c 20 10.0.2.1", lost: &[], status: 0, finds: &[("^PATTERN: 0x000102030405060708090a0b0c0d0e0f$", 1)] },
    Call { line: "ping -c 3 -i 0 10.0.2.1",                           lost: &[],     status: 0, finds: &[] },
    // vyos.vyos.vyos_ping
    Call { line: "ping -c 2 -i 0.1 10.0.2.1",                         lost: &[2],    status: 0, finds: &[(WORDY_COUNTS, 1), ("^rtt", 1)] },
    // spatie/ping
    Call { line: "ping -c 3 -W 1 -O -i 0.5 10.0.2.1",                 lost: &[2],    status: 0, finds: &[(NO_ANSWER, 1), (TIME, 2), (COUNTS, 1)] },
    // thousands of scripts
    Call { line: "ping -c 1 -W 1 10.0.2.1",                           lost: &[],     status: 0, finds: &[(TIME, 1), (r"(\d+) packets transmitted, (\d+) received", 1), (r"(\d+(?:\.\d+)?)% packet loss", 1)] },
    Call { line: "ping -q -c 1 10.0.2.1",                             lost: &[],     status: 0, finds: &[(TIME, 0), (FIGURES, 1)] },
    Call { line: "ping4 -c 1 10.0.2.1",                               lost: &[],     status: 0, finds: &[(TIME, 1)] },
];

#[test]
fn what_callers_look_for_is_there() {
    guard::namespace();
    let links = Links::new();
    // Most of the time goes by waiting for deadlines.
    thread::scope(|scope| {
        for calls in CALLS.chunks(6) {
            scope.spawn(|| {
                let path = path();
                path.client.sysctl("net/ipv4/neigh/eth0/retrans_time_ms", 50).unwrap();
                calls.iter().for_each(|call| call.works(&path, &links));
            });
        }
    });
}

#[test]
fn a_graph_sees_replies_and_their_absence() {
    guard::namespace();
    let (path, links) = (path(), Links::new());
    let version = run(&path.client, &mut links.command("ping -V"));
    assert!(version.stdout.contains("iputils") && version.stderr.is_empty(), "{version}");
    let (time, absence) = (Regex::new(TIME).unwrap(), Regex::new(NO_ANSWER).unwrap());
    for line in ["ping -O -i0.5 -4 10.0.2.1", "ping -O -i0.5 -6 -I eth0 fd00:2::1"] {
        path.wire.replan(Way::There, Plan { loss: Pick::Nth(vec![2]), ..Plan::default() });
        let running = Running::start(&path.client, &mut links.command(line));
        running.says("\nno answer yet for icmp_seq=2\n");
        running.says("icmp_seq=3 ");
        running.signal(Signal::SIGINT);
        let run = running.finish();
        let figures = run.stdout.lines().filter(|line| line.starts_with("64 bytes from"));
        assert!(figures.clone().count() >= 2 && figures.clone().all(|line| time.is_match(line)), "{run}");
        assert_eq!(run.stdout.lines().filter(|line| absence.is_match(line)).count(), 1, "{run}");
        assert_eq!((run.stderr.as_str(), run.end.as_str()), ("", "exit status: 0"));
    }
}

#[test]
fn a_missing_interval_is_no_unknown_option() {
    guard::namespace();
    let host = Lab::new().unwrap().host("host").unwrap();
    let run = run(&host, &mut Links::new().command("ping -i"));
    assert!(run.stderr.starts_with("ping: option requires an argument -- 'i'\n"), "{run}");
    assert!(!run.stderr.contains("invalid option") && run.end == "exit status: 2", "{run}");
}
