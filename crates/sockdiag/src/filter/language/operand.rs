//! Operands: addresses, ports, interfaces and what else a predicate compares with.
//!
//! What an operand means depends on its family: `unix:`, `link:`, `netlink:`, `vsock:`, `inet:` or `inet6:` in front of it, else
//! the family the options imply. Missing parts of an IPv4 address are zeros, so `127` is 127.0.0.0.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::filter::{AddressFamily, Glob, Host, Prefix};

use super::defaults::Defaults;
use super::error::FilterErrorKind;
use super::names::NameLookup;
use super::number::{integer, natural};
use super::protocols;

/// What stands for an end of a socket.
#[derive(Debug, Eq, PartialEq)]
pub(super) enum Operand {
    /// Whatever it is.
    Any,
    /// Only the port counts.
    Port(i64),
    /// One of these.
    Hosts(Vec<Host>),
}

/// Reads operands.
pub(super) struct Operands<'a> {
    pub(super) setting: Defaults,
    pub(super) names: &'a dyn NameLookup,
    /// Whether hosts may be looked up.
    pub(super) lookup: bool,
}

impl Operands<'_> {
    /// The family of an operand, if it is known, and the operand without the prefix that says so.
    pub(super) fn family<'t>(&self, text: &'t [u8]) -> (Option<AddressFamily>, &'t [u8]) {
        let prefixed = PREFIXES.iter().find_map(|&(prefix, family)| {
            // Where patterns are expected, only their own prefix is no part of one.
            let pattern = self.setting.family == Some(AddressFamily::UNIX) && family != AddressFamily::UNIX;
            let rest = text.strip_prefix(prefix.as_bytes()).filter(|_| !pattern)?;
            Some((Some(family), rest))
        });
        prefixed.unwrap_or((self.setting.family, text))
    }

    /// The operand of `src` and `dst`.
    pub(super) fn host(&self, text: &[u8]) -> Result<Operand, FilterErrorKind> {
        let (family, text) = self.family(text);
        if family == Some(AddressFamily::UNIX) {
            return Ok(unix(text));
        }
        let text = str::from_utf8(text).map_err(|_| FilterErrorKind::Address)?;
        let one = |host| Ok(Operand::Hosts(vec![host]));
        match family {
            Some(AddressFamily::LINK) => {
                let (protocol, interface) = pair(text);
                let protocol =
                    protocol.map(|name| link_protocol(name).ok_or(FilterErrorKind::Address)).transpose()?;
                let interface =
                    interface.map(|name| self.interface(name).ok_or(FilterErrorKind::Address)).transpose()?;
                one(Host::Link { protocol, interface })
            }
            Some(AddressFamily::NETLINK) => {
                let (protocol, port) = pair(text);
                let protocol = protocol
                    .map(|name| netlink_protocol(name).ok_or(FilterErrorKind::Address))
                    .transpose()?;
                let port = port.map(|port| netlink_port(port).ok_or(FilterErrorKind::Address)).transpose()?;
                one(Host::Netlink { protocol, port })
            }
            Some(AddressFamily::VSOCK) => {
                let (cid, port) = pair(text);
                let number = |text: &str| unsigned(text).ok_or(FilterErrorKind::Address);
                one(Host::Vsock { cid: cid.map(number).transpose()?, port: port.map(number).transpose()? })
            }
            _ => self.inet(text, family),
        }
    }

    /// The operand of `sport` and `dport`.
    pub(super) fn port(&self, text: &[u8]) -> Result<Operand, FilterErrorKind> {
        let (family, text) = self.family(text);
        if family == Some(AddressFamily::UNIX) {
            return Ok(unix(text));
        }
        let text = str::from_utf8(text).map_err(|_| FilterErrorKind::Address)?;
        let text = text.strip_prefix(':').unwrap_or(text);
        if matches!(text, "" | "*") {
            return Ok(Operand::Any);
        }
        let number = match family {
            Some(AddressFamily::LINK) => self.interface(text).map(i64::from),
            // As the port column shows it.
            Some(AddressFamily::NETLINK) => netlink_port(text).map(|port| (port as i32).into()),
            Some(AddressFamily::VSOCK) => unsigned(text).map(i64::from),
            _ => return Ok(self.inet_port(text)?.map_or(Operand::Any, Operand::Port)),
        };
        number.map(Operand::Port).ok_or(FilterErrorKind::Address)
    }

    /// The operand of `dev`.
    pub(super) fn interface(&self, name: &str) -> Option<u32> {
        let number = || unsigned(name.strip_prefix("if").unwrap_or(name)).filter(|&index| index != 0);
        self.names.interface(name).or_else(number)
    }

    /// `ADDRESS[/LENGTH][:PORT]`.
    fn inet(&self, text: &str, family: Option<AddressFamily>) -> Result<Operand, FilterErrorKind> {
        if let Some(bare) = self.bare(text) {
            return self.with_port(bare, None, family);
        }
        let (address, port) = if let Some(bracketed) = text.strip_prefix('[') {
            return self.bracketed(bracketed, family);
        } else if let Some(port) = text.strip_prefix('*') {
            ("", port.strip_prefix(':').unwrap_or(port))
        } else {
            split_port(text)
        };
        self.with_port(address, self.inet_port(port)?, family)
    }

    /// What follows a `[`. The prefix length may stand inside or, unlike upstream, outside.
    fn bracketed(&self, text: &str, family: Option<AddressFamily>) -> Result<Operand, FilterErrorKind> {
        let (address, rest) = text.split_once(']').ok_or(FilterErrorKind::Address)?;
        let port = |text: &str| self.inet_port(text.strip_prefix(':').unwrap_or(text));
        match rest.strip_prefix('/') {
            Some(rest) if !address.contains('/') => {
                let (len, rest) = rest.split_at(rest.find(':').unwrap_or(rest.len()));
                self.with_port(&format!("{address}/{len}"), port(rest)?, family)
            }
            _ => self.with_port(address, port(rest)?, family),
        }
    }

    /// The text itself if it is an IPv6 address that cannot be one with a port behind it, as upstream would divide it.
    fn bare<'t>(&self, text: &'t str) -> Option<&'t str> {
        text.parse::<Ipv6Addr>().ok()?;
        let (address, port) = split_port(text);
        let divided = address.parse::<Ipv6Addr>().is_ok() && self.inet_port(port).is_ok();
        (!divided).then_some(text)
    }

    fn with_port(
        &self,
        address: &str,
        port: Option<i64>,
        family: Option<AddressFamily>,
    ) -> Result<Operand, FilterErrorKind> {
        let Some(prefixes) = self.prefixes(address, family)? else {
            return Ok(port.map_or(Operand::Any, Operand::Port));
        };
        Ok(Operand::Hosts(prefixes.into_iter().map(|prefix| Host::Inet { prefix, port }).collect()))
    }

    /// Where an address is; `None` when it may be anywhere.
    fn prefixes(
        &self,
        text: &str,
        family: Option<AddressFamily>,
    ) -> Result<Option<Vec<Prefix>>, FilterErrorKind> {
        if matches!(text, "" | "*") {
            return Ok(None);
        }
        if matches!(text, "default" | "any" | "all") {
            let everything = match family {
                Some(AddressFamily::INET) => Prefix::new(Ipv4Addr::UNSPECIFIED.into(), 0),
                Some(AddressFamily::INET6) => Prefix::new(Ipv6Addr::UNSPECIFIED.into(), 0),
                _ => None,
            };
            return Ok(everything.map(|prefix| vec![prefix]));
        }
        let of_family = |address: &IpAddr| match family {
            Some(AddressFamily::INET) => address.is_ipv4(),
            Some(AddressFamily::INET6) => address.is_ipv6(),
            _ => true,
        };
        let wrong = || FilterErrorKind::Prefix(text.to_owned());
        let (address, len) = text.split_once('/').map_or((text, None), |(address, len)| (address, Some(len)));
        if let Some(literal) = literal(address).filter(of_family) {
            let prefix = match len {
                Some(len) => mask(len).and_then(|len| Prefix::new(literal, len)).ok_or_else(wrong)?,
                None => Prefix::host(literal),
            };
            return Ok(Some(vec![prefix]));
        }
        if !self.lookup || !could_be_a_host(text) {
            return Err(wrong());
        }
        let mut found: Vec<Prefix> = Vec::new();
        let unasked = |reason| FilterErrorKind::Host { name: text.to_owned(), reason };
        for prefix in self.names.hosts(text).map_err(unasked)?.into_iter().filter(of_family).map(Prefix::host)
        {
            if !found.contains(&prefix) {
                found.push(prefix);
            }
        }
        if found.is_empty() { Err(wrong()) } else { Ok(Some(found)) }
    }

    /// A port by number or service name; `None` for any. The number may be one no port has.
    fn inet_port(&self, text: &str) -> Result<Option<i64>, FilterErrorKind> {
        if matches!(text, "" | "*") {
            return Ok(None);
        }
        if let Some(number) = integer(text).filter(|&number| i32::try_from(number).is_ok()) {
            return Ok(Some(number));
        }
        let Defaults { tcp, udp, .. } = self.setting;
        let by = |protocol, wanted: bool| wanted.then(|| self.names.port(text, protocol)).flatten();
        match (by("tcp", tcp || !udp), by("udp", udp)) {
            (Some(tcp), Some(udp)) if tcp != udp => Err(FilterErrorKind::AmbiguousPort(text.to_owned())),
            (Some(port), _) | (None, Some(port)) => Ok(Some(port.into())),
            (None, None) => Err(FilterErrorKind::Port(text.to_owned())),
        }
    }
}

fn unix(pattern: &[u8]) -> Operand {
    if pattern.is_empty() {
        return Operand::Any;
    }
    Operand::Hosts(vec![Host::Unix(Glob::new(pattern))])
}

/// The port is what follows the last colon, but a colon before the prefix length is the address's.
fn split_port(text: &str) -> (&str, &str) {
    let from = text.find('/').unwrap_or(0);
    match text[from..].rfind(':') {
        Some(colon) => (&text[..from + colon], &text[from + colon + 1..]),
        None => (text, ""),
    }
}

/// The two halves of `A[:B]`, without those that are left open.
fn pair(text: &str) -> (Option<&str>, Option<&str>) {
    let (first, second) = text.split_once(':').unwrap_or((text, ""));
    let given = |half| Some(half).filter(|half| !matches!(*half, "" | "*"));
    (given(first), given(second))
}

fn literal(text: &str) -> Option<IpAddr> {
    ipv4(text).map(IpAddr::V4).or_else(|| text.parse().ok().map(IpAddr::V6))
}

/// One to four numbers.
fn ipv4(text: &str) -> Option<Ipv4Addr> {
    let mut octets = [0; 4];
    let mut room = octets.iter_mut();
    for part in text.split('.') {
        *room.next()? = natural(part.strip_prefix('+').unwrap_or(part))?.try_into().ok()?;
    }
    Some(octets.into())
}

/// A prefix length: a number, or the netmask that has so many bits.
fn mask(text: &str) -> Option<u8> {
    if let Some(len) = integer(text) {
        return len.try_into().ok();
    }
    let mask = ipv4(text)?.to_bits();
    let len = mask.leading_ones();
    (mask.count_ones() == len).then_some(len as u8)
}

/// Whether it is worth asking for: numbers and operators are no names.
fn could_be_a_host(text: &str) -> bool {
    let named = |char: char| char.is_alphanumeric() || matches!(char, '.' | '-' | '_');
    text.chars().all(named) && text.chars().any(char::is_alphabetic)
}

fn link_protocol(name: &str) -> Option<u16> {
    protocols::link(name).or_else(|| natural(name)?.try_into().ok())
}

fn netlink_protocol(name: &str) -> Option<u8> {
    protocols::netlink(name).or_else(|| natural(name)?.try_into().ok())
}

/// Port ids are shown signed, so both ways of writing one are taken.
fn netlink_port(text: &str) -> Option<u32> {
    if text == "kernel" {
        return Some(0);
    }
    unsigned(text).or_else(|| i32::try_from(integer(text)?).ok().map(i32::cast_unsigned))
}

pub(super) fn unsigned(text: &str) -> Option<u32> {
    natural(text)?.try_into().ok()
}

/// In the order upstream tries them.
const PREFIXES: [(&str, AddressFamily); 6] = [
    ("unix:", AddressFamily::UNIX),
    ("link:", AddressFamily::LINK),
    ("netlink:", AddressFamily::NETLINK),
    ("vsock:", AddressFamily::VSOCK),
    ("inet:", AddressFamily::INET),
    ("inet6:", AddressFamily::INET6),
];
