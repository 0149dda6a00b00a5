//! What the kernel's network stack counts, by the names that the files below `/proc/net` have for it: `TcpExt.ListenOverflows`.
//!
//! Counters belong to the network namespace, but some numbers of `sockstat` are the whole machine's; see
//! [`Counters::is_of_the_machine`]. What devices count is not here: [`Link::counters`](crate::Link::counters) has it, as `/proc/net/dev`
//! would, with the number that tells a device from the one made after it.
//!
//! The procfs crate reads some of these files into structs of fixed fields. They have no place for what a newer kernel counts, and no way to
//! say that an older one does not, so that counters could not be asked for by name.

use std::collections::BTreeMap;
use std::path::Path;
use std::{fs, io};

use crate::{CutShort, Host, Namespace, NamespaceId, Part, UnknownGrowth, counter_growth};

/// One reading of the counters.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Counters {
    /// Whose they are, where that can be told.
    namespace: Option<NamespaceId>,
    values: BTreeMap<Box<str>, u64>,
}

/// A file of counters below `/proc/net`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum CounterFile {
    /// IPv4's protocols: groups `Ip`, `Icmp`, `IcmpMsg`, `Tcp`, `Udp`, `UdpLite`.
    Snmp,
    /// More of the same: groups `TcpExt`, `IpExt`, `MPTcpExt`.
    Netstat,
    /// IPv6's protocols: groups `Ip6`, `Icmp6`, `Udp6`, `UdpLite6`.
    Snmp6,
    /// Numbers of sockets: groups `sockets`, `TCP`, `UDP`, `UDPLITE`, `RAW`, `FRAG`.
    Sockstat,
    /// Numbers of IPv6's sockets: groups `TCP6`, `UDP6`, `UDPLITE6`, `RAW6`, `FRAG6`.
    Sockstat6,
}

impl CounterFile {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Snmp, Self::Netstat, Self::Snmp6, Self::Sockstat, Self::Sockstat6];

    /// What it is called below `/proc/net`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Snmp => "snmp",
            Self::Netstat => "netstat",
            Self::Snmp6 => "snmp6",
            Self::Sockstat => "sockstat",
            Self::Sockstat6 => "sockstat6",
        }
    }
}

impl Host {
    /// The counters of its network namespace, as they are now.
    ///
    /// Files of protocols that this kernel has not are no loss; only IPv4's are everywhere.
    pub fn counters(&self) -> Part<Counters> {
        self.part(|| {
            let mut part = Part::whole(Counters::default());
            part.known.namespace = Namespace::of_this_thread().ok().and_then(|namespace| namespace.id().ok());
            for file in CounterFile::ALL {
                let path = self.proc_root().net(file.name());
                match part.known.read(file, &path) {
                    Err(error) if error.kind() == io::ErrorKind::NotFound && file != CounterFile::Snmp => {}
                    Err(error) => part.cut_short = Some(CutShort::unreadable(path, error)),
                    Ok(()) => {}
                }
            }
            part
        })
    }
}

impl Counters {
    /// Adds what a file tells, wherever it is. Columns without a name or a value are passed over.
    ///
    /// # Errors
    /// That the file cannot be read.
    pub fn read(&mut self, file: CounterFile, path: &Path) -> io::Result<()> {
        self.take_file(file, &fs::read_to_string(path)?);
        Ok(())
    }

    pub(crate) fn take_file(&mut self, file: CounterFile, text: &str) {
        match file {
            CounterFile::Snmp | CounterFile::Netstat => self.take_table(text),
            CounterFile::Snmp6 => self.take_list(text),
            CounterFile::Sockstat | CounterFile::Sockstat6 => self.take_levels(text),
        }
    }

    /// The value of a counter; `None` if this kernel does not count it.
    pub fn get(&self, name: &str) -> Option<u64> {
        self.values.get(name).copied().or_else(|| comes_later(name).then_some(0))
    }

    /// All names in this reading.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.values.keys().map(|name| &**name)
    }

    /// How much a counter grew since `before`, which was read earlier.
    ///
    /// # Errors
    /// Why it is not known: the readings are of different namespaces, or the counter is missing or went backwards.
    pub fn growth_since(&self, before: &Self, name: &str) -> Result<u64, UnknownGrowth> {
        if self.namespace != before.namespace {
            return Err(UnknownGrowth::Recreated);
        }
        counter_growth(before.get(name), self.get(name))
    }

    /// Whether what has this name goes up and down, so that its growth means nothing.
    pub fn is_level(name: &str) -> bool {
        let group = name.split_once('.').map_or(name, |(group, _)| group);
        let sockstat =
            group == "sockets" || group.chars().all(|letter| letter.is_ascii_uppercase() || letter == '6');
        sockstat || CONFIGURED.contains(&name)
    }

    /// Whether what has this name is the whole machine's, whichever network namespace it is read in.
    pub fn is_of_the_machine(name: &str) -> bool {
        matches!(name, "TCP.orphan" | "TCP.alloc" | "TCP.mem" | "UDP.mem")
    }

    fn take(&mut self, name: String, value: &str) {
        // What is negative is no counter: -1 stands for no limit.
        if let Ok(value) = value.parse() {
            self.values.insert(name.into(), value);
        }
    }

    /// `Tcp: Name …` and below it `Tcp: value …`: by name, never by column.
    fn take_table(&mut self, text: &str) {
        let mut lines = text.lines();
        while let (Some(names), Some(values)) = (lines.next(), lines.next()) {
            let (Some((group, names)), Some((_, values))) = (names.split_once(':'), values.split_once(':'))
            else {
                continue;
            };
            for (name, value) in names.split_whitespace().zip(values.split_whitespace()) {
                self.take(format!("{group}.{name}"), value);
            }
        }
    }

    /// `Udp6RcvbufErrors 5`: called `Udp6.RcvbufErrors` as everywhere else.
    fn take_list(&mut self, text: &str) {
        for line in text.lines() {
            let mut words = line.split_whitespace();
            let (Some(name), Some(value)) = (words.next(), words.next()) else { continue };
            let name = match name.split_once('6') {
                Some((protocol, counter)) => format!("{protocol}6.{counter}"),
                None => name.to_owned(),
            };
            self.take(name, value);
        }
    }

    /// `TCP: inuse 5 orphan 0`.
    fn take_levels(&mut self, text: &str) {
        for (group, words) in text.lines().filter_map(|line| line.split_once(':')) {
            let mut words = words.split_whitespace();
            while let (Some(name), Some(value)) = (words.next(), words.next()) {
                self.take(format!("{group}.{name}"), value);
            }
        }
    }
}

impl<'a> FromIterator<(&'a str, u64)> for Counters {
    /// A reading of no namespace in particular.
    fn from_iter<I: IntoIterator<Item = (&'a str, u64)>>(values: I) -> Self {
        let values = values.into_iter().map(|(name, value)| (name.into(), value)).collect();
        Self { namespace: None, values }
    }
}

/// Whether the kernel lists it only once it has counted any: until then it is 0.
fn comes_later(name: &str) -> bool {
    let kind = name.strip_prefix("IcmpMsg.").or_else(|| name.strip_prefix("Icmp6."));
    let number = kind.and_then(|kind| kind.strip_prefix("InType").or_else(|| kind.strip_prefix("OutType")));
    number.is_some_and(|number| number.parse::<u8>().is_ok())
}

/// Levels and settings among the counters.
const CONFIGURED: [&str; 6] =
    ["Tcp.CurrEstab", "Tcp.RtoAlgorithm", "Tcp.RtoMin", "Tcp.RtoMax", "Ip.Forwarding", "Ip.DefaultTTL"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_read_by_name() {
        let mut read = Counters::default();
        read.take_table("Ip: Forwarding DefaultTTL\nIp: 1 64\nTcp: MaxConn OutSegs Odd\nTcp: -1 7\nbroken\n");
        read.take_list(
            "Udp6RcvbufErrors                 \t3\nIp6InReceives 18446744073709551615\nodd\nIp6Odd x\n",
        );
        read.take_levels("sockets: used 12\nTCP: inuse 4 orphan 0 tw\nTCP6: inuse 1\n");
        #[rustfmt::skip]
        let cases = [
            ("Ip.Forwarding", Some(1)), ("Tcp.OutSegs", Some(7)), ("Tcp.MaxConn", None), ("Udp6.RcvbufErrors", Some(3)),
            ("Ip6.InReceives", Some(u64::MAX)), ("sockets.used", Some(12)), ("TCP.orphan", Some(0)), ("TCP.tw", None),
            ("TCP6.inuse", Some(1)), ("Tcp.Odd", None), ("Ip6.Odd", None), ("IcmpMsg.InType8", Some(0)),
        ];
        for (name, value) in cases {
            assert_eq!(read.get(name), value, "{name}");
        }
        assert_eq!(read.names().count(), 9);
    }

    #[test]
    fn counters_grow_and_levels_do_not() {
        let of = |pairs: &[(&'static str, u64)]| pairs.iter().copied().collect::<Counters>();
        #[rustfmt::skip]
        let cases = [
            (of(&[("a", 5)]),        of(&[("a", 9)]),                "a",               Ok(4)),
            (of(&[]),                of(&[("a", 2)]),                "a",               Err(UnknownGrowth::Absent)),
            (of(&[]),                of(&[("IcmpMsg.InType8", 2)]),  "IcmpMsg.InType8", Ok(2)),
            (of(&[("a", u64::MAX)]), of(&[("a", 3)]),                "a",               Err(UnknownGrowth::WentBackwards { before: u64::MAX, after: 3 })),
        ];
        for (before, after, name, expected) in cases {
            assert_eq!(after.growth_since(&before, name), expected, "{before:?} {after:?}");
        }
        #[rustfmt::skip]
        let levels = [
            ("TCP.tw", true), ("FRAG6.memory", true), ("sockets.used", true), ("Tcp.CurrEstab", true), ("Tcp.OutSegs", false),
            ("TcpExt.ListenDrops", false), ("Udp6.InErrors", false),
        ];
        for (name, level) in levels {
            assert_eq!(Counters::is_level(name), level, "{name}");
        }
    }

    #[test]
    fn another_namespace_counts_for_itself() {
        let before = Host::here().counters().known;
        let mut after = before.clone();
        assert_eq!(after.growth_since(&before, "Tcp.OutSegs"), Ok(0));
        after.namespace = None;
        assert_eq!(after.growth_since(&before, "Tcp.OutSegs"), Err(UnknownGrowth::Recreated));
    }

    #[test]
    fn a_copy_is_as_good_as_the_kernel() {
        let root = tempfile::tempdir().unwrap();
        let host = Host::here().with_proc_root(crate::ProcRoot::at(root.path()));
        let empty = host.counters();
        assert!(
            matches!(&empty.cut_short, Some(CutShort::Unreadable { path, .. }) if path.ends_with("net/snmp"))
        );
        fs::create_dir(root.path().join("net")).unwrap();
        fs::write(root.path().join("net/snmp"), "Tcp: OutSegs\nTcp: 7\n").unwrap();
        let copy = host.counters();
        assert!(copy.is_whole());
        assert_eq!((copy.known.get("Tcp.OutSegs"), copy.known.get("TcpExt.X")), (Some(7), None));
    }
}
