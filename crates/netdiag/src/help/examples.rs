//! Three examples for each tool, and where more is: what its help ends with.
//!
//! They are command lines for a shell. Tests read each of them with our own parser, and run those that loopback is enough for.

use std::fmt::Write as _;

use anstyle::Style;

/// The end of a tool's help.
pub(super) struct Ending {
    /// The tool; empty for `netdiag` itself.
    pub(super) tool: &'static str,
    /// What is to be known, and the command line that tells.
    pub(super) examples: [(&'static str, &'static str); 3],
    /// Topics of `netdiag help`, the tool's own page first.
    pub(super) topics: &'static [&'static str],
}

/// Adds the examples of a tool to its help, below headings of this style.
pub(super) fn add(text: &mut String, heading: Style, tool: Option<&str>) {
    let Some(ending) = ENDINGS.iter().find(|ending| ending.tool == tool.unwrap_or_default()) else { return };
    let mut write =
        |words: std::fmt::Arguments<'_>| text.write_fmt(words).expect("a string takes everything");
    write(format_args!("\n{heading}Examples:{heading:#}\n"));
    for (question, line) in ending.examples {
        write(format_args!("  # {question}\n  {line}\n"));
    }
    write(format_args!("\n{heading}More:{heading:#} {}\n", ending.more()));
}

impl Ending {
    /// Where more is.
    fn more(&self) -> String {
        let all = |before: &str, after: &str, between: &str| {
            let words = self.topics.iter().map(|topic| format!("{before}{topic}{after}"));
            words.collect::<Vec<_>>().join(between)
        };
        match self.tool.is_empty() {
            true => "netdiag help lists all topics; docs/README.md".to_owned(),
            false => format!("netdiag help {}; {}", all("", "", "|"), all("docs/", ".md", ", ")),
        }
    }
}

#[rustfmt::skip]
pub(super) const ENDINGS: &[Ending] = &[
    Ending { tool: "", topics: &[], examples: [
        ("Is a host reachable, how far is it, how steady?",      "netdiag ping -c 5 example.com"),
        ("Which programs listen on this machine?",               "netdiag ss -tulnp"),
        ("Write down how the network is, and hold it to that",   "netdiag check --init net.toml && netdiag check net.toml"),
    ] },
    Ending { tool: "ping", topics: &["ping", "json-ping", "compatibility"], examples: [
        ("Five probes, then the summary",                        "netdiag ping -c 5 example.com"),
        ("Fail unless loss and round trips keep to bounds",      "netdiag ping -q -c 100 -i 10ms --max-loss 1% --max-rtt-p99 20ms gateway"),
        ("Wait until a host answers, a minute at most",          "netdiag ping --until-reply --deadline 60s db"),
    ] },
    Ending { tool: "trace", topics: &["trace", "json-trace", "exit-statuses"], examples: [
        ("Where on the way are packets lost?",                   "netdiag trace example.com"),
        ("More rounds find smaller losses",                      "netdiag trace -c 100 -i 200ms example.com"),
        ("Fail unless the path keeps to bounds",                 "netdiag trace --max-loss 1% --max-hops 12 --not-via 192.0.2.7 db"),
    ] },
    Ending { tool: "mtr", topics: &["mtr", "trace", "compatibility"], examples: [
        ("Three rounds, then the report",                        "netdiag mtr -r -c 3 example.com"),
        ("Wide enough for names, with AS numbers",               "netdiag mtr -wz -c 3 example.com"),
        ("What a script reads",                                  "netdiag mtr -j -n -c 3 example.com"),
    ] },
    Ending { tool: "traceroute", topics: &["traceroute", "trace", "compatibility"], examples: [
        ("Which routers are on the way?",                        "netdiag traceroute example.com"),
        ("The way of TCP to a port, and whether it is open",     "netdiag traceroute -T -p 443 -O info example.com"),
        ("Labels, and where packets become too large",           "netdiag traceroute -n -e --mtu example.com"),
    ] },
    Ending { tool: "tracepath", topics: &["traceroute", "compatibility"], examples: [
        ("Which routers are on the way, and how long may packets be?", "netdiag tracepath example.com"),
        ("Names and addresses of the first eight",               "netdiag tracepath -b -m 8 example.com"),
        ("Begin with what Ethernet carries",                     "netdiag tracepath -n -l 1500 example.com"),
    ] },
    Ending { tool: "ss", topics: &["ss", "filter", "json"], examples: [
        ("Which programs listen on TCP ports?",                  "netdiag ss -tlnp"),
        ("Connections to a database, with round-trip times",     "netdiag ss -tin state established dport = 5432"),
        ("What piles up, and whose is it?",                      "netdiag ss -ta --count-by state,process"),
    ] },
    Ending { tool: "probe", topics: &["probe", "talk", "json-probe"], examples: [
        ("Which phase of a request takes the time?",             "netdiag probe https://example.com/health --expect-status 200"),
        ("How long does a connection take, twenty times?",       "netdiag probe -c 20 -i 100ms db:5432"),
        ("Talk to a mail server",                                r"netdiag probe mail.example.com:25 --expect '^220 .*\r\n' --send 'QUIT\r\n' --expect '^221 '"),
    ] },
    Ending { tool: "connect", topics: &["connect", "compatibility"], examples: [
        ("Which ports are open?",                                "netdiag connect -z db 22,5432,8000-8100 -w 2s"),
        ("Send a request, read the answer to its end",           r"printf 'GET / HTTP/1.0\r\n\r\n' | netdiag connect example.com:80"),
        ("Receive a file from one peer",                         "netdiag connect -l 127.0.0.1:7000 > received"),
    ] },
    Ending { tool: "serve", topics: &["serve", "json-serve"], examples: [
        ("Echo over TCP and UDP",                                "netdiag serve echo 127.0.0.1:7000 udp://127.0.0.1:7000"),
        ("Serve a directory on a free port, told by a file",     "netdiag serve http ./public 127.0.0.1:0 --port-file port"),
        ("Connections that stay in CLOSE-WAIT",                  "netdiag serve echo 127.0.0.1:7000 --never-close"),
    ] },
    Ending { tool: "check", topics: &["check", "check-host", "ci", "json-check"], examples: [
        ("Write a file of what this host does now",              "netdiag check --init net.toml"),
        ("Check a file, with a report for CI",                   "netdiag check net.toml -o junit=netdiag.xml"),
        ("Check without a file",                                 "netdiag check tcp://db:5432 'icmp://gateway?loss<=1%' 'listen:22'"),
    ] },
    Ending { tool: "wait", topics: &["wait", "json-wait", "exit-statuses"], examples: [
        ("Start the tests once the database takes connections",  "netdiag wait db:5432 -- ./run-tests"),
        ("Wait for any of two, ten seconds at most",             "netdiag wait --any --deadline 10s unix:/run/app.sock localhost:8080"),
        ("Wait until a server has gone",                         "netdiag wait --down localhost:8080"),
    ] },
    Ending { tool: "schema", topics: &["json", "check"], examples: [
        ("Complete check files in an editor",                    "netdiag schema check > check.schema.json"),
        ("What the JSON of ss can hold",                         "netdiag schema ss"),
        ("What reports of check hold",                           "netdiag schema check-report"),
    ] },
    Ending { tool: "help", topics: &["conventions", "exit-statuses", "compatibility"], examples: [
        ("What there is help on",                                "netdiag help"),
        ("The filter language of ss",                            "netdiag help filter"),
        ("The options of check, and what files may say",         "netdiag help check"),
    ] },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::help::topics::TOPICS;

    #[test]
    fn what_they_refer_to_is_there() {
        for Ending { tool, topics, .. } in ENDINGS {
            for topic in *topics {
                assert!(TOPICS.iter().any(|known| known.name == *topic), "{tool}: {topic}");
            }
        }
    }
}
