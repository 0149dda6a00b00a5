//! How many sockets there are, from the kernel's counters (`-s`).
//!
//! The numbers of allocated and orphaned TCP sockets are the whole machine's, all others this network namespace's. Upstream computes with
//! them as if they were one: as `ss` we print what it prints; as `netdiag ss` the machine's are told apart and computed with nowhere.

use std::env;
use std::io::{self, Write};
use std::path::PathBuf;

use netdiag_host::{CounterFile, Counters, Host};
use netdiag_text::table::{self, Cell, Heading, Look};
use netdiag_text::{Exit, strerror};

use super::json::{InUse, Totals, Versions};
use super::messages;
use crate::failure::Failure;
use crate::invocation::Invocation;

/// The counters, and the files that cannot be read.
#[derive(Debug, Default)]
pub(crate) struct Summary {
    counters: Counters,
    /// Whether this kernel has no IPv6, so that there are no sockets of it.
    only_v4: bool,
    unread: Vec<(CounterFile, PathBuf, io::Error)>,
    /// Whether it is to be what upstream prints.
    classic: bool,
}

impl Summary {
    /// Reads the files of this network namespace, or those named in the environment.
    pub(crate) fn read(host: &Host, call: &Invocation) -> Self {
        let mut summary = Self { classic: call.linked, ..Self::default() };
        for (file, variable) in FILES {
            let path = env::var_os(variable).map_or_else(|| host.proc_root().net(file.name()), PathBuf::from);
            match summary.counters.read(file, &path) {
                Err(error) if file == CounterFile::Sockstat6 && error.kind() == io::ErrorKind::NotFound => {
                    summary.only_v4 = true;
                }
                Err(error) => summary.unread.push((file, path, error)),
                Ok(()) => {}
            }
        }
        summary
    }

    /// What cannot be read. As `ss` it is told in upstream's words, and zeros are shown for it; else it is the end.
    pub(crate) fn complain(&self, call: &Invocation) -> Result<(), Failure> {
        for (file, path, error) in &self.unread {
            let (error, path) = (strerror(error), path.display());
            let what = match file {
                _ if !self.classic => {
                    return Err(messages::failure(call, Exit::CouldNot, format_args!("{path}: {error}")));
                }
                CounterFile::Sockstat => "get_sockstat",
                CounterFile::Snmp => "get_snmpstat",
                _ => continue,
            };
            messages::failure(call, Exit::Success, format_args!("{what}: {error}")).report(call);
        }
        Ok(())
    }

    /// Writes it in upstream's form, blanks at line ends included.
    pub(crate) fn write(&self, out: &mut impl Write) -> io::Result<()> {
        writeln!(out, "Total: {}", self.shown(self.number("sockets.used")))?;
        writeln!(out, "TCP:   {}", if self.classic { self.tcp_as_upstream() } else { self.tcp() })?;
        writeln!(out, "\nTransport Total     IP        IPv6")?;
        for (name, [sum, v4, v6]) in self.transports() {
            writeln!(out, "{name}\t  {sum:<9} {v4:<9} {v6:<9}")?;
        }
        writeln!(out)
    }

    /// The rows of the table: all, IPv4's, IPv6's.
    fn transports(&self) -> impl Iterator<Item = (&'static str, [String; 3])> {
        TRANSPORTS.into_iter().map(|(name, groups)| {
            let [v4, v6] = ["", "6"].map(|family| {
                let of = |group: &&str| self.number(&format!("{group}{family}.inuse"));
                groups.iter().map(of).sum::<Option<i64>>()
            });
            (name, [plus(v4, v6), v4, v6].map(|figure| self.shown(figure)))
        })
    }

    /// The same as a table for people, under a line for each of the first two.
    pub(crate) fn table(&self, screen: Option<usize>, look: Look) -> String {
        let headings =
            ["Transport", "Total", "IP", "IPv6"].map(|name| Heading { name, figures: name != "Transport" });
        let rows = self
            .transports()
            .map(|(name, figures)| [Cell::new(name)].into_iter().chain(figures.map(Cell::new)));
        let table = table::lay_out(&headings, rows, screen, look);
        format!("Total: {}\nTCP:   {}\n\n{table}\n", self.shown(self.number("sockets.used")), self.tcp())
    }

    /// The same for JSON.
    pub(crate) fn totals(&self) -> Totals {
        let number = |name: &str| self.number(name)?.try_into().ok();
        let versions = |group: &str| Versions {
            inet: number(&format!("{group}.inuse")),
            inet6: number(&format!("{group}6.inuse")),
        };
        Totals {
            states: None,
            in_use: InUse {
                tcp: versions("TCP"),
                udp: versions("UDP"),
                raw: versions("RAW"),
                frag: versions("FRAG"),
            },
            all_sockets: number("sockets.used"),
            tcp_established: number("Tcp.CurrEstab"),
            tcp_time_wait: number("TCP.tw"),
            machine_tcp_allocated: number("TCP.alloc"),
            machine_tcp_orphaned: number("TCP.orphan"),
        }
    }

    /// TCP's sockets of this network namespace, then what is known of the machine's.
    fn tcp(&self) -> String {
        let waiting = self.number("TCP.tw");
        let figures = [
            plus(self.in_use(), waiting),
            self.number("Tcp.CurrEstab"),
            waiting,
            self.number("TCP.alloc"),
            self.number("TCP.orphan"),
        ];
        let [all, established, waiting, allocated, orphaned] = figures.map(|figure| self.shown(figure));
        format!(
            "{all} (estab {established}, timewait {waiting}); whole machine: allocated {allocated}, orphaned {orphaned}"
        )
    }

    /// What is allocated and in no table counts as closed, and what is in TIME-WAIT, whosever it is.
    fn tcp_as_upstream(&self) -> String {
        let number = |name: &str| self.number(name).unwrap_or_default();
        let (allocated, waiting) = (number("TCP.alloc"), number("TCP.tw"));
        format!(
            "{} (estab {}, closed {}, orphaned {}, timewait {waiting})",
            allocated + waiting,
            number("Tcp.CurrEstab"),
            allocated - (number("TCP.inuse") + number("TCP6.inuse") - waiting),
            number("TCP.orphan"),
        )
    }

    fn in_use(&self) -> Option<i64> {
        plus(self.number("TCP.inuse"), self.number("TCP6.inuse"))
    }

    fn number(&self, name: &str) -> Option<i64> {
        let none = (self.only_v4 && name.ends_with("6.inuse")).then_some(0);
        self.counters.get(name).and_then(|number| number.try_into().ok()).or(none)
    }

    /// What is not known is 0 upstream.
    fn shown(&self, figure: Option<i64>) -> String {
        let unknown = if self.classic { "0" } else { "?" };
        figure.map_or_else(|| unknown.to_owned(), |figure| figure.to_string())
    }
}

fn plus(one: Option<i64>, other: Option<i64>) -> Option<i64> {
    Some(one? + other?)
}

/// The lines of the table, and the groups of counters that are added up in each.
const TRANSPORTS: [(&str, &[&str]); 5] = [
    ("RAW", &["RAW"]),
    ("UDP", &["UDP"]),
    ("TCP", &["TCP"]),
    ("INET", &["RAW", "UDP", "TCP"]),
    ("FRAG", &["FRAG"]),
];

/// Where the numbers are, and the variables that name other places.
const FILES: [(CounterFile, &str); 3] = [
    (CounterFile::Sockstat, "PROC_NET_SOCKSTAT"),
    (CounterFile::Sockstat6, "PROC_NET_SOCKSTAT6"),
    (CounterFile::Snmp, "PROC_NET_SNMP"),
];

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::json::conformance::Conformance;

    const V4: &str = "sockets: used 40\nTCP: inuse 5 orphan 1 tw 2 alloc 98 mem 1\nUDP: inuse 4 mem 1\nUDPLITE: inuse 7\nRAW: inuse 0\nFRAG: inuse 3 memory 0\n";
    const V6: &str =
        "TCP6: inuse 2\nUDP6: inuse 1\nUDPLITE6: inuse 7\nRAW6: inuse 1\nFRAG6: inuse 0 memory 0\n";
    const SNMP: &str =
        "Ip: Forwarding\nIp: 1\nTcp: RtoMin MaxConn CurrEstab InSegs\nTcp: 200 -1 3 99\nUdp: x\nUdp: 1\n";

    fn summary(classic: bool, v4: &str, v6: Option<&str>, snmp: &str) -> Summary {
        let mut summary = Summary { classic, only_v4: v6.is_none(), ..Summary::default() };
        let file = tempfile::NamedTempFile::new().unwrap();
        let files = [
            (CounterFile::Sockstat, v4),
            (CounterFile::Sockstat6, v6.unwrap_or_default()),
            (CounterFile::Snmp, snmp),
        ];
        for (kind, text) in files {
            std::fs::write(file.path(), text).unwrap();
            summary.counters.read(kind, file.path()).unwrap();
        }
        summary
    }

    fn text(classic: bool, v4: &str, v6: Option<&str>, snmp: &str) -> String {
        let mut out = Vec::new();
        summary(classic, v4, v6, snmp).write(&mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn counters_are_laid_out_as_upstream_does() {
        let expected = "\
Total: 40
TCP:   100 (estab 3, closed 93, orphaned 1, timewait 2)

Transport Total     IP        IPv6
RAW\t  1         0         1        \nUDP\t  5         4         1        \nTCP\t  7         5         2        \
\nINET\t  13        9         4        \nFRAG\t  3         3         0        \n\n";
        assert_eq!(text(true, V4, Some(V6), SNMP), expected);
        let tcp = "TCP:   9 (estab 3, timewait 2); whole machine: allocated 98, orphaned 1";
        let ours = expected.replace("TCP:   100 (estab 3, closed 93, orphaned 1, timewait 2)", tcp);
        assert_eq!(text(false, V4, Some(V6), SNMP), ours);
    }

    #[test]
    fn the_machines_numbers_are_computed_with_as_upstream_does() {
        let odd = "sockets: used 18\nTCP: inuse 5 orphan 0 tw 0 alloc 3 mem 1\n";
        let line = text(true, odd, Some(V6), SNMP);
        assert_eq!(line.lines().nth(1), Some("TCP:   3 (estab 3, closed -4, orphaned 0, timewait 0)"));
    }

    #[test]
    fn what_is_not_known_is_no_zero_but_upstreams() {
        let v4 = "sockets: used\nTCP: inuse 1 alloc x\nUDP: inuse -1\nRAW: inuse 2\n";
        let ours = text(false, v4, None, "Tcp: CurrEstab");
        let lines: Vec<&str> = ours.lines().map(str::trim_end).collect();
        assert_eq!(
            lines[..2],
            ["Total: ?", "TCP:   ? (estab ?, timewait ?); whole machine: allocated ?, orphaned ?"]
        );
        assert_eq!(
            lines[4..7],
            ["RAW\t  2         2         0", "UDP\t  ?         ?         0", "TCP\t  1         1         0"]
        );
        assert!(!text(true, v4, None, "").contains('?'));
    }

    #[test]
    fn json_has_what_is_known_and_its_schema_says_so() {
        let conformance = Conformance::new(super::super::schema().to_value());
        let totals = |v4, v6, snmp| serde_json::to_value(summary(false, v4, v6, snmp).totals()).unwrap();
        let all = totals(V4, Some(V6), SNMP);
        assert_eq!(
            (&all["all_sockets"], &all["in_use"]["udp"]),
            (&json!(40), &json!({ "inet": 4, "inet6": 1 }))
        );
        let little = totals("UDP: inuse 4\n", None, "");
        let none = json!({ "inet6": 0 });
        assert_eq!(
            little,
            json!({ "in_use": { "tcp": none, "udp": { "inet": 4, "inet6": 0 }, "raw": none, "frag": none } })
        );
        for totals in [all, little] {
            conformance.definition("Totals", &totals).unwrap();
        }
    }
}
