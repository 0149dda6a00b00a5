//! Ports as service names and service names as ports; protocol numbers as protocol names.
//!
//! Names are those of `/etc/services` and `/etc/protocols`: other sources a system may be set up to ask (NIS, LDAP) are not. A port the
//! kernel hands out by itself is always a number, because there a name would be chance.

use std::fs;
use std::ops::RangeInclusive;

/// What this machine calls its ports and protocols.
#[derive(Clone, Debug)]
pub struct Services {
    /// Ports without names.
    unnamed: RangeInclusive<u16>,
    tcp: Names,
    udp: Names,
    protocols: Names,
}

/// Names by port, sorted, one per port.
type Names = Vec<(u16, Box<str>)>;

/// Whose ports are meant.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Transport {
    /// TCP's, and those of protocols whose ports are called like TCP's.
    Tcp,
    /// UDP's.
    Udp,
}

impl Services {
    /// Reads the system's files; what cannot be read leaves numbers without names, as the ports in `unnamed` are in any case.
    pub fn of_this_system(unnamed: RangeInclusive<u16>) -> Self {
        Self::new(unnamed, &text(SERVICES), &text("/etc/protocols"))
    }

    /// From the contents of the files.
    pub fn new(unnamed: RangeInclusive<u16>, services: &str, protocols: &str) -> Self {
        Self {
            unnamed,
            tcp: names(services, "tcp"),
            udp: names(services, "udp"),
            protocols: protocol_names(protocols),
        }
    }

    /// The name of a port, if it has one.
    #[inline]
    pub fn name(&self, transport: Transport, port: u16) -> Option<&str> {
        if self.unnamed.contains(&port) {
            return None;
        }
        let names = match transport {
            Transport::Tcp => &self.tcp,
            Transport::Udp => &self.udp,
        };
        name(names, port)
    }

    /// The name of an IP protocol, if it has one.
    pub fn protocol(&self, number: u16) -> Option<&str> {
        name(&self.protocols, number)
    }
}

/// The port of a service by a protocol (`tcp`), by its name or another it goes by.
pub fn service_port(service: &str, protocol: &str) -> Option<u16> {
    port_in(&text(SERVICES), service, protocol)
}

pub(crate) fn port_in(services: &str, service: &str, protocol: &str) -> Option<u16> {
    services.lines().find_map(|line| {
        let mut words = line.split('#').next()?.split_whitespace();
        let name = words.next()?;
        let (port, of) = words.next()?.split_once('/')?;
        let named = of == protocol && (name == service || words.any(|alias| alias == service));
        if named { port.parse().ok() } else { None }
    })
}

fn text(file: &str) -> String {
    String::from_utf8_lossy(&fs::read(file).unwrap_or_default()).into_owned()
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

const SERVICES: &str = "/etc/services";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_has_a_port_by_any_of_its_names() {
        let file = "# http 1/tcp\nhttp\t80/tcp\twww # web\ndomain 53/udp\nworse 99999/tcp\n";
        #[rustfmt::skip]
        let cases = [
            ("http", "tcp", Some(80)), ("www",    "tcp", Some(80)), ("http",  "udp", None),
            ("web",  "tcp", None),     ("domain", "udp", Some(53)), ("worse", "tcp", None),
        ];
        for (service, protocol, expected) in cases {
            assert_eq!(port_in(file, service, protocol), expected, "{service}/{protocol}");
        }
    }

    #[test]
    fn a_protocol_has_its_first_name() {
        let services = Services::new(1024..=4999, "", "ip 0 IP # pseudo\nicmp 1 ICMP\nhopopt 0\nbad\n");
        let names = [0, 1, 2].map(|number| services.protocol(number));
        assert_eq!(names, [Some("ip"), Some("icmp"), None]);
    }

    #[test]
    fn a_port_has_the_first_name_of_its_protocol_unless_the_kernel_hands_it_out() {
        let file = "# comment\nhttp\t80/tcp\twww # web\nweb 80/tcp\ndomain 53/udp\ndomain2 53/tcp\nbad\nworse 99999/tcp\nalt 40000/tcp\nedge 60999/tcp\n";
        let services = Services::new(32_768..=60_999, file, "");
        #[rustfmt::skip]
        let cases = [
            (Transport::Tcp, 80,     Some("http")),
            (Transport::Udp, 80,     None),
            (Transport::Udp, 53,     Some("domain")),
            (Transport::Tcp, 53,     Some("domain2")),
            (Transport::Tcp, 40_000, None),
            (Transport::Tcp, 60_999, None),
            (Transport::Tcp, 81,     None),
        ];
        for (transport, port, name) in cases {
            assert_eq!(services.name(transport, port), name, "{transport:?} {port}");
        }
    }
}
