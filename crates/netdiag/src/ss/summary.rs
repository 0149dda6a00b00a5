//! How many sockets there are, from the counters in `/proc/net` (`-s`).
//!
//! The counts of allocated and orphaned TCP sockets are the whole machine's, all others this network namespace's: where the
//! machine's cannot be this namespace's alone, what would be computed from them is left out instead of nonsense.

use std::env;
use std::fs;
use std::io::{self, Write};
use std::path::PathBuf;

use netdiag_host::ProcRoot;

/// The counters, by what they count.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Summary {
    used: u64,
    established: u64,
    tcp: Tcp,
    /// Of IPv4 and IPv6: RAW, UDP, TCP, FRAG.
    transports: [[u64; 2]; 4],
}

#[derive(Debug, Default, PartialEq)]
struct Tcp {
    /// The machine's.
    allocated: u64,
    /// The machine's.
    orphaned: u64,
    time_wait: u64,
}

impl Summary {
    /// Reads the files of this system, or those named in the environment; what cannot be read counts as zero.
    pub(crate) fn of_this_system() -> Self {
        let file = |variable, name| {
            let path =
                env::var_os(variable).map_or_else(|| ProcRoot::of_environment().file(name), PathBuf::from);
            fs::read_to_string(path).unwrap_or_default()
        };
        Self::new(
            &file("PROC_NET_SOCKSTAT", "net/sockstat"),
            &file("PROC_NET_SOCKSTAT6", "net/sockstat6"),
            &file("PROC_NET_SNMP", "net/snmp"),
        )
    }

    fn new(v4: &str, v6: &str, snmp: &str) -> Self {
        let both = |name: &str| [counter(v4, name, "inuse"), counter(v6, &format!("{name}6"), "inuse")];
        Self {
            used: counter(v4, "sockets", "used"),
            established: established(snmp),
            tcp: Tcp {
                allocated: counter(v4, "TCP", "alloc"),
                orphaned: counter(v4, "TCP", "orphan"),
                time_wait: counter(v4, "TCP", "tw"),
            },
            transports: ["RAW", "UDP", "TCP", "FRAG"].map(both),
        }
    }

    /// Writes it as upstream does, blanks at line ends included.
    pub(crate) fn write(&self, out: &mut impl Write) -> io::Result<()> {
        let [raw, udp, tcp, fragments] = self.transports;
        writeln!(out, "Total: {}", self.used)?;
        self.write_tcp(out)?;
        writeln!(out, "\nTransport Total     IP        IPv6")?;
        let sockets = [0, 1].map(|family| raw[family] + udp[family] + tcp[family]);
        for (name, [v4, v6]) in
            [("RAW", raw), ("UDP", udp), ("TCP", tcp), ("INET", sockets), ("FRAG", fragments)]
        {
            writeln!(out, "{name}\t  {:<9} {v4:<9} {v6:<9}", v4 + v6)?;
        }
        writeln!(out)
    }

    fn write_tcp(&self, out: &mut impl Write) -> io::Result<()> {
        let Tcp { allocated, orphaned, time_wait } = self.tcp;
        let in_use = self.transports[2].iter().sum::<u64>();
        let established = self.established;
        if allocated > self.used {
            let total = in_use + time_wait;
            return writeln!(out, "TCP:   {total} (estab {established}, timewait {time_wait})");
        }
        // Upstream's figure, kept: what is allocated and in no table, and what is in TIME-WAIT.
        let closed = (allocated + time_wait).saturating_sub(in_use);
        let total = allocated + time_wait;
        writeln!(
            out,
            "TCP:   {total} (estab {established}, closed {closed}, orphaned {orphaned}, timewait {time_wait})"
        )
    }
}

/// The number behind `key` in the line `name: key number key number`.
fn counter(file: &str, name: &str, key: &str) -> u64 {
    let line = file.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    let mut words = line.unwrap_or_default().split_whitespace();
    words.find(|&word| word == key).and_then(|_| words.next()?.parse().ok()).unwrap_or_default()
}

/// `CurrEstab` of `Tcp`: one line names the counters, the next has them.
fn established(snmp: &str) -> u64 {
    let mut lines = snmp.lines().filter_map(|line| line.strip_prefix("Tcp: "));
    let (Some(names), Some(numbers)) = (lines.next(), lines.next()) else {
        return 0;
    };
    let mut pairs = names.split_whitespace().zip(numbers.split_whitespace());
    pairs
        .find(|(name, _)| *name == "CurrEstab")
        .and_then(|(_, number)| number.parse().ok())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SNMP: &str =
        "Ip: Forwarding\nIp: 1\nTcp: RtoMin MaxConn CurrEstab InSegs\nTcp: 200 -1 3 99\nUdp: x\nUdp: 1\n";
    const V6: &str =
        "TCP6: inuse 2\nUDP6: inuse 1\nUDPLITE6: inuse 7\nRAW6: inuse 1\nFRAG6: inuse 0 memory 0\n";

    fn text(v4: &str, v6: &str, snmp: &str) -> String {
        let mut out = Vec::new();
        Summary::new(v4, v6, snmp).write(&mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn counters_are_laid_out_as_upstream_does() {
        let v4 = "sockets: used 40\nTCP: inuse 5 orphan 1 tw 2 alloc 9 mem 1\nUDP: inuse 4 mem 1\nUDPLITE: inuse 7\nRAW: inuse 0\nFRAG: inuse 3 memory 0\n";
        let expected = "\
Total: 40
TCP:   11 (estab 3, closed 4, orphaned 1, timewait 2)

Transport Total     IP        IPv6
RAW\t  1         0         1        \nUDP\t  5         4         1        \nTCP\t  7         5         2        \
\nINET\t  13        9         4        \nFRAG\t  3         3         0        \n\n";
        assert_eq!(text(v4, V6, SNMP), expected);
    }

    #[test]
    fn the_machines_counters_do_not_pass_for_the_namespaces() {
        let foreign = "sockets: used 18\nTCP: inuse 5 orphan 1 tw 2 alloc 200046 mem 1\n";
        assert_eq!(text(foreign, V6, SNMP).lines().nth(1), Some("TCP:   9 (estab 3, timewait 2)"));
        let odd = "sockets: used 18\nTCP: inuse 5 orphan 0 tw 0 alloc 3 mem 1\n";
        assert_eq!(
            text(odd, V6, SNMP).lines().nth(1),
            Some("TCP:   3 (estab 3, closed 0, orphaned 0, timewait 0)"),
            "never negative"
        );
    }

    #[test]
    fn what_cannot_be_read_counts_as_zero() {
        for (v4, snmp) in [
            ("", ""),
            ("sockets: used\nTCP: alloc x", "Tcp: CurrEstab"),
            ("sockets: used -1", "Tcp: CurrEstab\nTcp:"),
        ] {
            assert_eq!(Summary::new(v4, "", snmp), Summary::default());
        }
    }
}
