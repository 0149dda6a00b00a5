//! What becomes of each command line that the documents and the help show when it is run on loopback.
//!
//! A line that is in none of these lists has to end with status 0. One that is not run says why.

/// Lines that end otherwise, and how.
pub(crate) const STATUSES: &[(&str, i32)] = &[
    // It shows what a mistake is answered with.
    ("netdiag ss dport 22/tcp", 1),
    // It shows that one has to say which sockets.
    ("netdiag ss -K", 255),
    ("netdiag check -o jsonl sysctl:kernel.ostype?value=Plan9", 1),
    // Nobody listens at one of them.
    ("netdiag wait --format jsonl --deadline 1s 127.0.0.1:8000 127.0.0.1:9", 124),
    // Nothing had failed before.
    ("netdiag check net.toml --state last-run --failed", 2),
];

/// What lines have in them that may end with status 1 where a machine is busy: they bound time.
pub(crate) const HURRIED: &[&str] = &["--max-rtt", "check --init net.toml && netdiag check net.toml"];

/// Lines that go on until they are told to stop: what they write first is waited for.
pub(crate) const ENDLESS: &[&str] = &["netdiag serve ", "netdiag ping host"];

/// Lines that wait for somebody to connect to port 7000.
pub(crate) const WAITING: &[&str] = &["netdiag connect -l 127.0.0.1:7000"];

/// Pages of which no line is run.
pub(crate) const PAGES: &[(&str, &str)] = &[
    ("ARCHITECTURE.md", "its lines stand for any call of a tool"),
    ("docs/performance.md", "its lines need the sockets and networks of the bench"),
];

/// Lines that are not run.
pub(crate) const UNRUN: &[(&str, &str)] = &[
    ("netdiag check FILE…", "stands for any call with files"),
    ("netdiag check --init [FILE]", "stands for two calls, which are run"),
    ("netdiag probe --format json", "names an option, and no URL"),
    ("netdiag ping --find-mtu", "names an option, and no host"),
    (
        "netdiag probe dns://127.0.0.1/example.com?type=MX",
        "takes a name server; tests/clients/probe_dns.rs has one",
    ),
    (
        "netdiag probe --talk smtp.talk mail.example.com:25",
        "takes a mail server with STARTTLS; tests/clients/probe_talk.rs has one",
    ),
    ("netdiag check --healthcheck /etc/netdiag/health.toml", "a file of the reader's system"),
    (
        "netdiag check /etc/netdiag/net.toml --warn-only -o prom=/var/lib/prometheus/node-exporter/netdiag.prom",
        "files of the reader's system",
    ),
];

/// Whether a line is one of a list of beginnings.
pub(crate) fn begins(line: &str, list: &[&str]) -> bool {
    list.iter().any(|start| line.starts_with(start))
}
