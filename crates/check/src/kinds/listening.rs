//! Where somebody listens, or ought to or not: ports and addresses, or the path of a unix socket.
//!
//! An address means what is sent to it arrives, so a wildcard is at every address of its family, and the one of IPv6 at those of
//! IPv4 as well unless it keeps to its own.

use std::net::IpAddr;
use std::ops::RangeInclusive;

use netdiag_probe::Family;
use netdiag_sockdiag::filter::Glob;
use netdiag_sockdiag::{State, States};
use netdiag_text::{Message, Ours, Tell, message};
use schemars::JsonSchema;
use serde::Deserialize;

use super::command::command;
use crate::file::{Complaint, Placed};
use crate::snapshot::{Needs, Snapshot, Socket, Table, View};

/// Ports as written.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
pub(super) enum Ports {
    /// One port.
    One(u16),
    /// Ports and ranges: `443`, `5005,9000-9100`.
    List(String),
}

/// Addresses as written.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
pub(super) enum Addresses {
    /// One address: `127.0.0.1`, `::`.
    One(String),
    /// Several.
    Many(Vec<String>),
}

/// A place as written.
#[derive(Debug, Default)]
pub(super) struct Written {
    pub(super) proto: Option<Placed<Table>>,
    pub(super) port: Option<Placed<Ports>>,
    pub(super) path: Option<Placed<String>>,
    pub(super) address: Option<Placed<Addresses>>,
}

/// A place.
#[derive(Debug)]
pub(super) struct Spot {
    pub(super) table: Table,
    /// None for unix sockets.
    pub(super) ports: Vec<RangeInclusive<u16>>,
    /// Any will do where there is none.
    pub(super) addresses: Vec<IpAddr>,
    /// The family to keep to.
    family: Option<Family>,
    path: Option<Glob>,
}

impl Written {
    /// Decides.
    pub(super) fn spot(&self, family: Option<Family>) -> Result<Spot, Complaint> {
        let usual = if self.path.is_some() { Table::Unix } else { Table::Tcp };
        let table = self.proto.as_ref().map_or(usual, |proto| proto.value);
        let path = match (table, &self.path, &self.port) {
            (Table::Unix, Some(path), None) if path.value.starts_with('/') && path.value.contains('\0') => {
                return Err(Complaint::new(&path.span, "a path has no NUL byte"));
            }
            (Table::Unix, Some(path), None) => Some(Glob::new(path.value.clone().into_bytes())),
            (Table::Unix, _, Some(port)) => {
                return Err(Complaint::new(&port.span, "unix sockets have a `path` in place of a port"));
            }
            (Table::Unix, None, None) => return Err(self.missing("path")),
            (_, Some(path), _) => {
                return Err(Complaint::new(
                    &path.span,
                    "only unix sockets have a path; others have a `port`",
                ));
            }
            _ => None,
        };
        if let Some(proto) = self.proto.as_ref().filter(|proto| proto.value == Table::Raw) {
            return Err(Complaint::new(&proto.span, "raw sockets have no ports"));
        }
        let ports = match (&self.port, table) {
            (_, Table::Unix) => Vec::new(),
            (None, _) => return Err(self.missing("port")),
            (Some(port), _) => ports(port)?,
        };
        let addresses = self.address.as_ref().map(addresses).transpose()?.unwrap_or_default();
        if let Some(address) = self.address.as_ref().filter(|_| table == Table::Unix) {
            return Err(Complaint::new(&address.span, "unix sockets have no addresses but their paths"));
        }
        Ok(Spot { table, ports, addresses, family, path })
    }

    fn missing(&self, key: &str) -> Complaint {
        let span = self.proto.as_ref().map_or(0..0, |proto| proto.span.clone());
        Complaint::new(&span, message!("the key `{}` is missing", Ours(key)))
    }
}

fn ports(written: &Placed<Ports>) -> Result<Vec<RangeInclusive<u16>>, Complaint> {
    let text = match &written.value {
        Ports::One(0) => return Err(Complaint::new(&written.span, "nobody can listen on port 0")),
        Ports::One(port) => return Ok(vec![*port..=*port]),
        Ports::List(text) => text,
    };
    let port = |text: &str| text.trim().parse::<u16>().ok().filter(|port| *port != 0);
    let range = |part: &str| match part.split_once('-') {
        Some((first, last)) => Some(port(first)?..=port(last)?).filter(|range| !range.is_empty()),
        None => port(part).map(|port| port..=port),
    };
    let mut ranges = Vec::new();
    for part in text.split(',') {
        let wrong = || {
            let message = message!("`{}` is neither a port nor a range of ports", part.trim());
            Complaint::new(&written.span, message).help("ports are written 443, or \"5005,9000-9100\"")
        };
        ranges.push(range(part).ok_or_else(wrong)?);
    }
    Ok(ranges)
}

fn addresses(written: &Placed<Addresses>) -> Result<Vec<IpAddr>, Complaint> {
    let texts = match &written.value {
        Addresses::One(text) => std::slice::from_ref(text),
        Addresses::Many(texts) => texts,
    };
    let address = |text: &String| {
        let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
        bare.parse().map_err(|_| Complaint::new(&written.span, message!("`{}` is no address", text)))
    };
    texts.iter().map(address).collect()
}

impl Spot {
    /// The sockets that wait for peers in its table.
    pub(super) fn needs(&self) -> Needs {
        let states = match self.table {
            Table::Udp => States::only(State::CLOSE),
            Table::Unix => States::LISTENING,
            _ => States::only(State::LISTEN),
        };
        Needs::of(&[self.table], states)
    }

    /// Those who listen at one of its ports, or at its path, whatever their addresses are.
    pub(super) fn near<'s>(&self, snapshot: &'s Snapshot) -> Vec<Socket<'s>> {
        let here = |socket: &Socket<'_>| {
            socket.table == self.table
                && match (&self.path, socket.view) {
                    (Some(path), View::Unix(unix)) => unix.name().is_some_and(|name| path.matches(name)),
                    (None, View::Inet(inet)) => self.has(inet.local_port()),
                    _ => false,
                }
        };
        snapshot.listening().filter(here).collect()
    }

    /// Whether what is sent to one of its addresses arrives at a socket that is [near](Self::near).
    pub(super) fn reaches(&self, socket: &Socket<'_>) -> bool {
        let serves = match (self.family, socket.local()) {
            (None, _) | (_, None) => true,
            (Some(Family::V4), Some(local)) => {
                local.is_ipv4() || mapped(local.ip()) || socket.takes(IpAddr::from([0, 0, 0, 0]))
            }
            (Some(Family::V6), Some(local)) => local.is_ipv6() && !mapped(local.ip()),
        };
        serves && (self.addresses.is_empty() || self.addresses.iter().any(|address| socket.takes(*address)))
    }

    fn has(&self, port: u16) -> bool {
        self.ports.iter().any(|range| range.contains(&port))
    }

    /// `tcp 443,9000-9100 at 0.0.0.0, ::`.
    pub(super) fn words(&self) -> Message {
        let place = match &self.path {
            Some(path) => path.to_text().into_owned(),
            None => ranges(&self.ports),
        };
        let at = match self.addresses.is_empty() {
            true => "".into(),
            false => message!(" at {}", list(self.addresses.iter())),
        };
        message!("{} {}{}", Ours(self.table.word()), place, at)
    }

    /// The command that lists what is there.
    pub(super) fn hint(&self) -> Message {
        if let Some(path) = &self.path {
            return command("netdiag ss -xlp src", None, &[&message!("unix:{}", path.to_text())]);
        }
        let range = |range: &RangeInclusive<u16>| match range.start() == range.end() {
            true => message!("sport = :{}", range.start()),
            false => message!("( sport >= :{} and sport <= :{} )", range.start(), range.end()),
        };
        let few = Message::join(self.ports.iter().take(FEW).map(range), " or ");
        command(message!("netdiag ss -{}lnp", self.table.option()), None, &[&few])
    }
}

fn mapped(address: IpAddr) -> bool {
    matches!(address, IpAddr::V6(address) if address.to_ipv4_mapped().is_some())
}

/// `443,9000-9100`.
pub(super) fn ranges(ranges: &[RangeInclusive<u16>]) -> String {
    let words = ranges.iter().map(|range| match range.start() == range.end() {
        true => range.start().to_string(),
        false => format!("{}-{}", range.start(), range.end()),
    });
    words.collect::<Vec<_>>().join(",")
}

/// The first few of them, and how many more there are.
pub(super) fn list<T: Tell>(items: impl Iterator<Item = T>) -> Message {
    let all: Vec<T> = items.collect();
    let more = all.len().saturating_sub(FEW);
    let shown = Message::join(all.into_iter().take(FEW), ", ");
    match more {
        0 => shown,
        _ => message!("{} and {} more", shown, more),
    }
}

/// Sockets by place and holder: `127.0.0.1:443 by nginx (pid 7)`.
pub(super) fn sockets<'s>(
    snapshot: &Snapshot,
    sockets: impl Iterator<Item = &'s Socket<'s>>,
    names: bool,
) -> Message {
    list(sockets.map(|socket| {
        let holders = if names { snapshot.holders(socket.inode()) } else { String::new() };
        match holders.is_empty() {
            true => socket.place().into(),
            false => message!("{} by {}", socket.place(), holders),
        }
    }))
}

/// How many are named.
const FEW: usize = 5;

#[cfg(test)]
mod tests {
    use super::*;

    fn written(port: &str, address: &[&str]) -> Written {
        let placed = |value| Placed { span: 3..9, value };
        let addresses = address.iter().map(|address| (*address).to_owned()).collect();
        Written {
            port: Some(placed(Ports::List(port.to_owned()))),
            address: (!address.is_empty())
                .then_some(Placed { span: 20..29, value: Addresses::Many(addresses) }),
            ..Written::default()
        }
    }

    #[test]
    fn places_are_read() {
        #[rustfmt::skip]
        let cases: [(&str, &[&str], Result<&str, usize>); 8] = [
            ("443",            &[],                Ok("tcp 443")),
            (" 443 , 9000-9100", &["0.0.0.0", "[::]"], Ok("tcp 443,9000-9100 at 0.0.0.0, ::")),
            ("0",              &[],                Err(3)),
            ("9-8",            &[],                Err(3)),
            ("70000",          &[],                Err(3)),
            ("",               &[],                Err(3)),
            ("1,,2",           &[],                Err(3)),
            ("1",              &["localhost"],     Err(20)),
        ];
        for (port, address, expected) in cases {
            let spot = written(port, address).spot(None).map(|spot| spot.words());
            assert_eq!(
                spot.as_ref().map(Message::unshown).map_err(|complaint| complaint.span.start),
                expected,
                "{port}"
            );
        }
    }

    #[test]
    fn a_unix_socket_has_a_path_and_no_port() {
        let path = || Some(Placed { span: 40..44, value: "/run/*".to_owned() });
        let spot = Written { path: path(), ..Written::default() }.spot(None).unwrap();
        assert_eq!(
            (spot.words().unshown(), spot.hint().unshown()),
            ("unix /run/*", "netdiag ss -xlp src 'unix:/run/*'")
        );
        let unix = || Some(Placed { span: 5..11, value: Table::Unix });
        let tcp = || Some(Placed { span: 5..11, value: Table::Tcp });
        #[rustfmt::skip]
        let cases = [
            (Written { proto: unix(), ..written("1", &[]) },                    "in place of a port"),
            (Written { proto: unix(), ..Written::default() },                   "`path` is missing"),
            (Written { proto: tcp(), path: path(), ..Written::default() },      "only unix sockets"),
            (Written { proto: tcp(), ..Written::default() },                    "`port` is missing"),
            (Written { path: path(), address: written("1", &["::"]).address, ..Written::default() }, "no addresses"),
        ];
        for (written, words) in cases {
            let complaint = written.spot(None).unwrap_err();
            assert!(complaint.message.unshown().contains(words), "{complaint:?}");
        }
    }

    #[test]
    fn hints_list_what_is_there() {
        let hint = |port| written(port, &[]).spot(None).unwrap().hint();
        assert_eq!(hint("443"), "netdiag ss -tlnp 'sport = :443'");
        assert_eq!(hint("1,5-9"), "netdiag ss -tlnp 'sport = :1 or ( sport >= :5 and sport <= :9 )'");
        let path = Some(Placed { span: 40..44, value: "/run/it's".to_owned() });
        let spot = Written { path, ..Written::default() }.spot(None).unwrap();
        assert_eq!(spot.hint(), r"netdiag ss -xlp src 'unix:/run/it'\''s'");
    }
}
