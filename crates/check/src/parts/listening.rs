//! Where somebody listens, or ought to or not: ports and addresses, or the path of a unix socket.
//!
//! An address means what is sent to it arrives, so a wildcard is at every address of its family, and the one of IPv6 at those of
//! IPv4 as well unless it keeps to its own. A path means it leads to the socket from here: its name alone is no proof.

use std::ffi::OsStr;
use std::net::IpAddr;
use std::ops::RangeInclusive;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use netdiag_host::{InterfaceNames, Snapshot, Socket, any_known};
use netdiag_probe::Family;
use netdiag_sockdiag::filter::Glob;
use netdiag_sockdiag::{State, States};
use netdiag_text::port::BadPort;
use netdiag_text::{Message, MessagePart, Trusted, message, port};
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer};

use crate::finding::Unmeasured;
use crate::needs::Needs;
use crate::parts::command::command;
use crate::parts::destination::address;
use crate::parts::holder;
use crate::proto::Proto;
use crate::source::{Complaint, Placed, Scalar, Several, several};

/// Ports as written.
#[derive(Clone, Debug, JsonSchema)]
#[schemars(untagged)]
pub(crate) enum Ports {
    /// One port.
    One(u16),
    /// Ports and ranges: `443`, `5005,9000-9100`.
    List(String),
}

/// Addresses as written.
#[derive(Clone, Debug, JsonSchema)]
#[schemars(untagged)]
pub(crate) enum Addresses {
    /// One address: `127.0.0.1`, `::`.
    One(String),
    /// Several.
    Many(Vec<String>),
}

impl Several for Ports {
    const WANTED: &'static str = "a port, or ports and ranges as text: \"443,9000-9100\"";

    fn of(written: Scalar) -> Option<Result<Self, Message>> {
        match written {
            Scalar::Integer(number) => Some(match u16::try_from(number) {
                Ok(port) => Ok(Self::One(port)),
                Err(_) => Err(message!("{} is not among the ports, which are 1 to 65535", number)),
            }),
            Scalar::Text(text) => Some(Ok(Self::List(text))),
            _ => None,
        }
    }
}

impl<'de> Deserialize<'de> for Ports {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        several(deserializer)
    }
}

impl Several for Addresses {
    const WANTED: &'static str = "an address as text, or a list of them";

    fn of(written: Scalar) -> Option<Result<Self, Message>> {
        match written {
            Scalar::Text(text) => Some(Ok(Self::One(text))),
            Scalar::Texts(texts) => Some(Ok(Self::Many(texts))),
            _ => None,
        }
    }
}

impl<'de> Deserialize<'de> for Addresses {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        several(deserializer)
    }
}

/// A place as written.
#[derive(Debug, Default)]
pub(crate) struct Written {
    pub(crate) proto: Option<Placed<Proto>>,
    pub(crate) port: Option<Placed<Ports>>,
    pub(crate) path: Option<Placed<String>>,
    pub(crate) address: Option<Placed<Addresses>>,
}

/// A place.
#[derive(Debug)]
pub(crate) struct Spot {
    pub(crate) proto: Proto,
    /// None for unix sockets.
    pub(crate) ports: Vec<RangeInclusive<u16>>,
    /// Any will do where there is none.
    pub(crate) addresses: Vec<IpAddr>,
    /// The family to keep to.
    family: Option<Family>,
    path: Option<Glob>,
}

impl Written {
    /// Decides.
    pub(crate) fn spot(&self, family: Option<Family>) -> Result<Spot, Complaint> {
        let usual = if self.path.is_some() { Proto::Unix } else { Proto::Tcp };
        let proto = self.proto.as_ref().map_or(usual, |proto| proto.value);
        let path = match (proto, &self.path, &self.port) {
            (Proto::Unix, Some(path), None) if path.value.starts_with('/') && path.value.contains('\0') => {
                return Err(Complaint::new(&path.span, "a path has no NUL byte"));
            }
            (Proto::Unix, Some(path), None) => Some(Glob::new(path.value.clone().into_bytes())),
            (Proto::Unix, _, Some(port)) => {
                return Err(Complaint::new(&port.span, "unix sockets have a `path` in place of a port"));
            }
            (Proto::Unix, None, None) => return Err(self.missing("path")),
            (_, Some(path), _) => {
                return Err(Complaint::new(
                    &path.span,
                    "only unix sockets have a path; others have a `port`",
                ));
            }
            _ => None,
        };
        if let Some(proto) = self.proto.as_ref().filter(|proto| proto.value == Proto::Raw) {
            return Err(Complaint::new(&proto.span, "raw sockets have no ports"));
        }
        let ports = match (&self.port, proto) {
            (_, Proto::Unix) => Vec::new(),
            (None, _) => return Err(self.missing("port")),
            (Some(port), _) => ports(port)?,
        };
        let addresses = self.address.as_ref().map(addresses).transpose()?.unwrap_or_default();
        if let Some(address) = self.address.as_ref().filter(|_| proto == Proto::Unix) {
            return Err(Complaint::new(&address.span, "unix sockets have no addresses but their paths"));
        }
        Ok(Spot { proto, ports, addresses, family, path })
    }

    fn missing(&self, key: &str) -> Complaint {
        let span = self.proto.as_ref().map_or(0..0, |proto| proto.span.clone());
        Complaint::new(&span, message!("the key `{}` is missing", Trusted(key)))
    }
}

fn ports(written: &Placed<Ports>) -> Result<Vec<RangeInclusive<u16>>, Complaint> {
    let text = match &written.value {
        Ports::One(0) => return Err(Complaint::new(&written.span, "nobody can listen on port 0")),
        Ports::One(port) => return Ok(vec![*port..=*port]),
        Ports::List(text) => text,
    };
    let range = |part: &str| {
        let message = match port::range(part) {
            Ok(range) if *range.start() != 0 => return Ok(range),
            Ok(_) | Err(BadPort::OutOfRange) => {
                message!("`{}` is not among the ports, which are 1 to 65535", part)
            }
            Err(_) => message!("`{}` is neither a port nor a range of ports", part),
        };
        Err(Complaint::new(&written.span, message).help("ports are written 443, or \"5005,9000-9100\""))
    };
    text.split(',').map(|part| range(part.trim())).collect()
}

fn addresses(written: &Placed<Addresses>) -> Result<Vec<IpAddr>, Complaint> {
    let texts = match &written.value {
        Addresses::One(text) => std::slice::from_ref(text),
        Addresses::Many(texts) => texts,
    };
    texts.iter().map(|text| address(text, &written.span)).collect()
}

impl Spot {
    /// The sockets of its kind that wait for peers.
    pub(crate) fn needs(&self) -> Needs {
        let states = match self.proto {
            Proto::Udp => States::only(State::CLOSE),
            Proto::Unix => States::LISTENING,
            _ => States::only(State::LISTEN),
        };
        netdiag_host::Needs::of(self.proto.tables().iter().copied(), states).into()
    }

    /// Those who listen at one of its ports, or may at its path, whatever their addresses are.
    pub(crate) fn near<'s>(&self, snapshot: &'s Snapshot) -> Vec<Socket<'s>> {
        let here = |socket: &Socket<'_>| {
            self.proto.has(socket)
                && match &self.path {
                    Some(path) => is_at(path, snapshot, socket) != Some(false),
                    None => socket.local().is_some_and(|local| self.has(local.port())),
                }
        };
        snapshot.listening().filter(here).collect()
    }

    /// Whether what is sent to one of its addresses, or to its path, arrives at a socket that is [near](Self::near); `None` if that is
    /// not known.
    pub(crate) fn reaches(&self, snapshot: &Snapshot, socket: &Socket<'_>) -> Option<bool> {
        if let Some(path) = &self.path {
            return is_at(path, snapshot, socket);
        }
        let served = self.family.map_or(Some(true), |family| serves(family, socket));
        let taken = match self.addresses.is_empty() {
            true => Some(true),
            false => any_known(self.addresses.iter().map(|address| socket.takes(*address))),
        };
        match (served, taken) {
            (Some(false), _) | (_, Some(false)) => Some(false),
            (Some(true), Some(true)) => Some(true),
            _ => None,
        }
    }

    /// Why it is not known of some of these sockets which of its addresses they take, if it is not.
    pub(crate) fn unknown(&self, snapshot: &Snapshot, near: &[Socket<'_>]) -> Option<Unmeasured> {
        let open = |socket: &&Socket<'_>| {
            self.reaches(snapshot, socket).is_none()
                || self.addresses.iter().any(|address| socket.takes(*address).is_none())
        };
        near.iter().find(open).map(unknown)
    }

    fn has(&self, port: u16) -> bool {
        self.ports.iter().any(|range| range.contains(&port))
    }

    /// `tcp 443,9000-9100 at 0.0.0.0, ::`.
    pub(crate) fn words(&self) -> Message {
        let place = match &self.path {
            Some(path) => path.to_text().into_owned(),
            None => ranges(&self.ports),
        };
        let at = match self.addresses.is_empty() {
            true => "".into(),
            false => message!(" at {}", list(self.addresses.iter())),
        };
        message!("{} {}{}", Trusted(self.proto.word()), place, at)
    }

    /// The command that lists what is there.
    pub(crate) fn hint(&self) -> Message {
        if let Some(path) = &self.path {
            return command("netdiag ss -xlp src", None, &[&message!("unix:{}", path.to_text())]);
        }
        let range = |range: &RangeInclusive<u16>| match range.start() == range.end() {
            true => message!("sport = :{}", range.start()),
            false => message!("( sport >= :{} and sport <= :{} )", range.start(), range.end()),
        };
        let few = Message::join(self.ports.iter().take(FEW).map(range), " or ");
        command(message!("netdiag ss -{}lnp", self.proto.option()), None, &[&few])
    }
}

/// Whether a unix socket is at a path: the path leads to it, or, of a pattern, the path it was bound to does, which fits.
fn is_at(path: &Glob, snapshot: &Snapshot, socket: &Socket<'_>) -> Option<bool> {
    let unix = socket.unix()?;
    match unix.name() {
        Some(name) if path.matches(name) => match name.first() {
            Some(0) => Some(true),
            _ => snapshot.is_reachable(socket),
        },
        // It may have been bound by another name of the same file.
        _ if path.as_bytes().starts_with(b"/") => {
            snapshot.is_at(Path::new(OsStr::from_bytes(path.as_bytes())), &unix)
        }
        _ => Some(false),
    }
}

/// Whether a socket serves a family, whatever it is bound to.
fn serves(family: Family, socket: &Socket<'_>) -> Option<bool> {
    let Some(inet) = socket.inet() else { return Some(true) };
    let local = inet.local().ip();
    match (family, local) {
        (Family::V4, IpAddr::V4(_)) => Some(true),
        (Family::V6, IpAddr::V4(_)) => Some(false),
        (_, IpAddr::V6(_)) if mapped(local) => Some(family == Family::V4),
        (Family::V6, IpAddr::V6(_)) => Some(true),
        (Family::V4, IpAddr::V6(_)) if local.is_unspecified() => inet.v6only().map(|only| !only),
        (Family::V4, IpAddr::V6(_)) => Some(false),
    }
}

/// Why it is not known what a socket takes.
fn unknown(socket: &Socket<'_>) -> Unmeasured {
    let place = socket.place();
    let (reason, remedy) = match socket.inet() {
        Some(inet) if inet.interface() != 0 => {
            let mut names = InterfaceNames::default();
            let device = String::from_utf8_lossy(names.name(inet.interface()));
            let reason =
                message!("{} is bound to device {}, and takes only what comes in by it", place, device);
            (reason, Some("leave `address` out".into()))
        }
        Some(_) => (message!("this kernel does not tell whether {} takes IPv4 as well", place), None),
        None => (message!("it cannot be told whether {} leads to its socket", place), None),
    };
    Unmeasured { reason, remedy }
}

fn mapped(address: IpAddr) -> bool {
    matches!(address, IpAddr::V6(address) if address.to_ipv4_mapped().is_some())
}

/// `443,9000-9100`.
pub(crate) fn ranges(ranges: &[RangeInclusive<u16>]) -> String {
    let words = ranges.iter().map(|range| match range.start() == range.end() {
        true => range.start().to_string(),
        false => format!("{}-{}", range.start(), range.end()),
    });
    words.collect::<Vec<_>>().join(",")
}

/// The first few of them, and how many more there are.
pub(crate) fn list<T: MessagePart>(items: impl Iterator<Item = T>) -> Message {
    let all: Vec<T> = items.collect();
    let more = all.len().saturating_sub(FEW);
    let shown = Message::join(all.into_iter().take(FEW), ", ");
    match more {
        0 => shown,
        _ => message!("{} and {} more", shown, more),
    }
}

/// Sockets by place and holder: `127.0.0.1:443 by nginx (pid 7)`.
pub(crate) fn sockets<'s>(
    snapshot: &Snapshot,
    sockets: impl Iterator<Item = &'s Socket<'s>>,
    names: bool,
) -> Message {
    list(sockets.map(|socket| {
        let holders =
            if names { holder::names(&snapshot.owners, socket.inode()) } else { Message::default() };
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
        let unix = || Some(Placed { span: 5..11, value: Proto::Unix });
        let tcp = || Some(Placed { span: 5..11, value: Proto::Tcp });
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
