//! The command lines other programs call `ss` with, and what each reads out of the answer.
//!
//! What stands behind the pipe there, a line of awk or grep, is a function here. The installed program is asked too: a reading
//! it does not satisfy would be a mistake of ours.

use super::program::{Run, installed, ours};
use super::scene::Scene;
use crate::guard;

struct Caller {
    who: &'static str,
    line: &'static str,
    /// What it makes of standard output.
    reads: fn(&str) -> bool,
}

/// Where the installed program lists the family named last only.
const BOTH_FAMILIES: &str = "--all --numeric --processes --ipv4 --ipv6";

#[rustfmt::skip]
const CALLERS: &[Caller] = &[
    Caller { who: "Serverspec",     line: "-tunl",                              reads: |out| grep(out, ":22 ") && !grep(out, ":2 ") },
    Caller { who: "Serverspec",     line: "-tnl4",                              reads: |out| grep(out, ":6379 ") && !grep(out, "[::1]:25 ") },
    Caller { who: "Serverspec",     line: "-tnl6",                              reads: |out| grep(out, "[::1]:25 ") && !grep(out, ":6379 ") },
    Caller { who: "Serverspec",     line: "-unl4",                              reads: |out| grep(out, ":5353 ") },
    Caller { who: "Serverspec",     line: "-unl6",                              reads: |out| grep(out, ":123 ") },
    Caller { who: "Datadog",        line: "--numeric --tcp --all --ipv4",       reads: |out| counts(out, "State") == 1 && counts(out, "SYN-RECV") == 1 && counts(out, "TIME-WAIT") == 1 },
    Caller { who: "Datadog",        line: "--numeric --tcp --all --ipv6",       reads: |out| counts(out, "State") == 1 && counts(out, "LAST-ACK") == 1 },
    Caller { who: "Datadog",        line: "--numeric --udp --all --ipv6",       reads: |out| out.lines().count() - 1 == 5 },
    Caller { who: "YunoHost",       line: "--numeric --listening --tcp --udp",  reads: |out| column(out, 5).any(|word| word.ends_with(":22")) },
    Caller { who: "Appsmith",       line: "--all --numeric --tcp",              reads: appsmith },
    Caller { who: "Lynis",          line: "-u -a -n",                           reads: |out| lynis(out, "127.0.0.1:5353") },
    Caller { who: "Lynis",          line: "-t -a -n",                           reads: |out| lynis(out, "*:443") },
    Caller { who: "monitoring",     line: "-lntuH",                             reads: |out| !out.is_empty() && column(out, 1).all(|word| word == "tcp" || word == "udp") },
    Caller { who: "monitoring",     line: "-Htun state established",            reads: |out| !out.is_empty() && out.lines().all(|line| line.split_whitespace().count() == 5) },
    Caller { who: "Kubernetes",     line: "-ant46 'sport = :443'",              reads: |out| starts(out, "LISTEN") },
    Caller { who: "Kubernetes",     line: "-ant46 'sport = :444'",              reads: |out| !out.is_empty() && !out.lines().skip(1).any(|line| line.contains("LISTEN")) },
    Caller { who: "kernel tests",   line: "-lnt -o 'sport = :6379'",            reads: |out| grep(out, "6379") },
    Caller { who: "kernel tests",   line: "-lnt -o 'sport = :12345'",           reads: |out| !out.is_empty() && !grep(out, "12345") },
    Caller { who: "kernel tests",   line: "--ipv4 -lnt -o 'sport = :8081'",     reads: |out| grep(out, "8081") },
    Caller { who: "systemd units",  line: "-H -t -l -n sport = :6379",          reads: |out| out.lines().any(|line| line.starts_with("LISTEN") && line.contains(":6379")) },
    Caller { who: "InSpec",         line: "-tulpen",                            reads: inspec },
    Caller { who: "InSpec",         line: "-tulpen '( dport = 25 or sport = 25 )'", reads: |out| inspec(out) && out.lines().skip(1).all(|line| grep(line, ":25 ")) },
    Caller { who: "looking glass",  line: "-Hintp",                             reads: |out| grep(out, " rtt:") && grep(out, " cwnd:") },
    Caller { who: "CIS",            line: "-plntu",                             reads: cis },
    Caller { who: "ssh-agent relay", line: "-a",                                reads: |out| grep(out, "/stream.sock ") },
    Caller { who: "Wazuh",          line: "-tulpna",                            reads: |out| pids(out) && grep(out, "users:((") },
    Caller { who: "Insights",       line: "-tunap",                             reads: pids },
    Caller { who: "Insights",       line: "-tunlp",                             reads: pids },
    Caller { who: "monitoring",     line: "-Htlnp",                             reads: |out| pids(out) && !grep(out, "State") },
    Caller { who: "monitoring",     line: "-xlpnH",                             reads: |out| pids(out) && column(out, 5).any(|word| word.ends_with("/stream.sock")) },
    Caller { who: "monitoring",     line: "-tinH state established '( sport = :21 )'", reads: two_lines_each },
    Caller { who: "operators",      line: "-K dst 203.0.113.9 dport = 22",      reads: |out| out.lines().count() == 1 },
    Caller { who: "operators",      line: "--kill -nt dst 203.0.113.9",         reads: |out| out.lines().count() == 1 },
    Caller { who: "operators",      line: "--kill --tcp state TIME-WAIT sport = :2002", reads: |out| out.lines().count() == 1 },
    Caller { who: "operators",      line: "-Hntl4 src 127.0.0.1 sport ge 8081 sport le 9080", reads: |out| locals(out) == ["127.0.0.1:8081", "127.0.0.1:9080"] },
    Caller { who: "operators",      line: "-Hntl '( src 127.0.0.1 or src [::1] )' and '( sport >= 25 and sport <= 8081 )'", reads: |out| locals(out) == ["127.0.0.1:25", "127.0.0.1:4433", "127.0.0.1:6379", "127.0.0.1:8081", "[::1]:25"] },
    Caller { who: "operators",      line: "--no-header -eipn dst 198.51.100.2", reads: |out| grep(out, "198.51.100.2:") && grep(out, "users:((") && grep(out, "ino:") && grep(out, "rto:") },
    Caller { who: "an alias",       line: BOTH_FAMILIES, reads: |out| grep(out, "127.0.0.1:6379") && grep(out, "[::1]:25") && pids(out) },
];

#[test]
fn callers_read_what_they_look_for() {
    guard::namespace();
    let host = Scene::shared().host();
    let mut wrong = Vec::new();
    for caller in CALLERS {
        let satisfied = |run: &Run| run.status == Some(0) && (caller.reads)(&run.stdout);
        let run = ours(host, caller.line);
        if !satisfied(&run) || !run.stderr.is_empty() {
            wrong.push(format!("{} cannot read `ss {}`", caller.who, caller.line));
        }
        if caller.line != BOTH_FAMILIES && !satisfied(&installed(host, caller.line)) {
            wrong.push(format!("{} cannot read the installed `ss {}`", caller.who, caller.line));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// `grep -F`
fn grep(out: &str, text: &str) -> bool {
    out.lines().any(|line| line.contains(text))
}

/// `grep ^START`
fn starts(out: &str, start: &str) -> bool {
    out.lines().any(|line| line.starts_with(start))
}

/// `awk '{ print $N }'`
fn column(out: &str, n: usize) -> impl Iterator<Item = &str> {
    out.lines().map(move |line| line.split_whitespace().nth(n - 1).unwrap_or(""))
}

/// `cut -d ' ' -f 1 | sort | uniq -c`: how often the first column is `word`.
fn counts(out: &str, word: &str) -> usize {
    out.lines().filter(|line| line.split(' ').next() == Some(word)).count()
}

/// `awk '$1 == "LISTEN" && $4 ~ /^.*:(80|443)$/'`
fn appsmith(out: &str) -> bool {
    let found = out.lines().filter(|line| line.split_whitespace().next() == Some("LISTEN"));
    let found = found.filter_map(|line| line.split_whitespace().nth(3));
    found.filter(|local| local.ends_with(":80") || local.ends_with(":443")).count() == 2
}

/// `awk '{ print $4 }' | grep -v Local`
fn lynis(out: &str, local: &str) -> bool {
    column(out, 4).filter(|word| *word == "Local").count() == 1 && column(out, 4).any(|word| word == local)
}

/// Every row's seventh field is its owners; the row itself tells which listener keeps v4 out.
fn inspec(out: &str) -> bool {
    out.lines().skip(1).all(|line| {
        let users = line.split_whitespace().nth(6).unwrap_or("");
        users.starts_with("users:((\"") && users.ends_with("))") && line.contains(" ino:")
    }) && out.lines().any(|line| line.contains("[::1]:25 ") && line.contains(" v6only:1"))
}

/// `grep -P -- ':25\b' | grep -Pv -- '\h+(127\.0\.0\.1|\[?::1\]?):25\b'`: mail for this machine only.
fn cis(out: &str) -> bool {
    let mail: Vec<&str> = out.lines().filter(|line| line.contains(":25 ")).collect();
    mail.len() == 2 && mail.iter().all(|line| line.contains(" 127.0.0.1:25 ") || line.contains(" [::1]:25 "))
}

/// Whether every socket with an owner names it as `pid=N,`, and there is one.
fn pids(out: &str) -> bool {
    let this = format!(",pid={},fd=", std::process::id());
    out.contains(&this)
        && out.lines().filter(|line| line.contains("users:")).all(|line| line.contains(",pid="))
}

/// A row, then a line of it that begins with a tab.
fn two_lines_each(out: &str) -> bool {
    let lines: Vec<&str> = out.lines().collect();
    lines.len() == 4 && lines.chunks(2).all(|pair| pair[0].contains(":21") && pair[1].starts_with('\t'))
}

/// The fourth column, sorted.
fn locals(out: &str) -> Vec<&str> {
    let mut locals: Vec<_> = column(out, 4).collect();
    locals.sort_unstable();
    locals
}
