//! Port numbers as service names, and when a port has none; protocol numbers as protocol names.
//!
//! Names are those of `/etc/services`: other sources a system may be set up to ask (NIS, LDAP) are not. A port the kernel
//! hands out by itself is always a number, because there a name would be chance.

use std::fs;
use std::ops::RangeInclusive;

use netdiag_host::Table;
use netdiag_sockdiag::filter::language::ephemeral_ports;

/// What this machine calls its ports.
#[derive(Debug)]
pub(crate) struct Services {
    /// Ports without names: `net.ipv4.ip_local_port_range`.
    ephemeral: RangeInclusive<u16>,
    tcp: Names,
    udp: Names,
    protocols: Names,
}

/// Names by port, sorted, one per port.
type Names = Vec<(u16, Box<str>)>;

impl Services {
    /// Reads the system's files; what cannot be read leaves ports as numbers, or the range as upstream assumes it.
    pub(crate) fn of_this_system() -> Self {
        let read = |file| String::from_utf8_lossy(&fs::read(file).unwrap_or_default()).into_owned();
        Self::new(ephemeral_ports(), &read("/etc/services"), &read("/etc/protocols"))
    }

    /// From the contents of the files.
    pub(super) fn new(ephemeral: RangeInclusive<u16>, services: &str, protocols: &str) -> Self {
        Self {
            ephemeral,
            tcp: names(services, "tcp"),
            udp: names(services, "udp"),
            protocols: protocol_names(protocols),
        }
    }

    /// The name of a port, if it has one.
    #[inline]
    pub(crate) fn name(&self, table: Table, port: u16) -> Option<&str> {
        if self.ephemeral.contains(&port) {
            return None;
        }
        // MPTCP's, SCTP's and DCCP's ports are called like TCP's.
        name(if table == Table::Udp { &self.udp } else { &self.tcp }, port)
    }

    /// The name of an IP protocol, if it has one.
    pub(crate) fn protocol(&self, number: u16) -> Option<&str> {
        name(&self.protocols, number)
    }
}

#[inline]
fn name(names: &Names, number: u16) -> Option<&str> {
    let at = names.binary_search_by_key(&number, |&(number, _)| number).ok()?;
    Some(&names.get(at)?.1)
}

/// The first name of every port of a protocol, from lines like `http 80/tcp www # web`.
fn names(services: &str, protocol: &str) -> Names {
    sorted(services, |value| {
        let (port, of) = value.split_once('/')?;
        (of == protocol).then_some(port.parse().ok()?)
    })
}

/// The first name of every IP protocol, from lines like `icmp 1 ICMP # messages`.
fn protocol_names(protocols: &str) -> Names {
    sorted(protocols, |number| number.parse().ok())
}

/// Names by what `read` makes of the second word of each line.
fn sorted(file: &str, read: impl Fn(&str) -> Option<u16>) -> Names {
    let entry = |line: &str| {
        let mut words = line.split('#').next()?.split_whitespace();
        let name = words.next()?;
        Some((read(words.next()?)?, name.into()))
    };
    let mut names: Names = file.lines().filter_map(entry).collect();
    // A stable sort, so the first name in the file stays the first of its port.
    names.sort_by_key(|&(port, _)| port);
    names.dedup_by_key(|&mut (port, _)| port);
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_protocol_has_its_first_name() {
        let services = Services::new(1024..=4999, "", "ip 0 IP # pseudo\nicmp 1 ICMP\nhopopt 0\nbad\n");
        let names = [0, 1, 2].map(|number| services.protocol(number));
        assert_eq!(names, [Some("ip"), Some("icmp"), None]);
    }

    #[test]
    fn a_port_has_the_first_name_of_its_protocol_unless_it_is_ephemeral() {
        let file = "# comment\nhttp\t80/tcp\twww # web\nweb 80/tcp\ndomain 53/udp\ndomain2 53/tcp\nbad\nworse 99999/tcp\nalt 40000/tcp\nedge 60999/tcp\n";
        let services = Services::new(32_768..=60_999, file, "");
        #[rustfmt::skip]
        let cases = [
            (Table::Tcp, 80,     Some("http")),
            (Table::Udp, 80,     None),
            (Table::Udp, 53,     Some("domain")),
            (Table::Tcp, 53,     Some("domain2")),
            (Table::Tcp, 40_000, None),
            (Table::Tcp, 60_999, None),
            (Table::Tcp, 81,     None),
            (Table::Sctp, 80,    Some("http")),
        ];
        for (table, port, name) in cases {
            assert_eq!(services.name(table, port), name, "{table:?} {port}");
        }
    }
}
