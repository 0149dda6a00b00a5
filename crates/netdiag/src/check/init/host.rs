//! What this host does now, as far as a check file can hold it to that.
//!
//! Datagram sockets on ports the kernel deals out are clients waiting for an answer, not services.

use std::collections::BTreeMap;
use std::fs;
use std::net::IpAddr;
use std::ops::RangeInclusive;

use netdiag_host::{CutShort, Needs, Table};
use netdiag_sockdiag::States;

use super::gateway::{self, Gateway};

/// The facts.
#[derive(Debug, Default)]
pub(super) struct Host {
    /// By protocol, port and address.
    pub(super) listeners: BTreeMap<Place, Listener>,
    /// One of a family at most.
    pub(super) gateways: Vec<Gateway>,
    pub(super) resolvers: Vec<IpAddr>,
}

/// Where somebody listens.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) struct Place {
    pub(super) protocol: Protocol,
    pub(super) port: u16,
    pub(super) address: IpAddr,
}

#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum Protocol {
    Tcp,
    Udp,
}

/// Who does.
#[derive(Debug, Eq, PartialEq)]
pub(super) struct Listener {
    /// The name of a process; none is known of those we may not look at.
    pub(super) process: Option<String>,
    /// Whether the kernel deals such ports out, so that it may be another one next time.
    pub(super) passing: bool,
}

impl Host {
    /// Asks the kernel; a file that is not there has nothing to tell.
    pub(super) fn this() -> Result<Self, CutShort> {
        let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
        let ways = [gateway::v4(&read("/proc/net/route")), gateway::v6(&read("/proc/net/ipv6_route"))];
        // The others are taken only when the first is gone.
        let first = |ways: Vec<Gateway>| ways.into_iter().min_by_key(|way| way.metric);
        let gateways = ways.into_iter().filter_map(first).collect();
        let resolvers = resolvers(&read("/etc/resolv.conf"));
        let dealt = dealt(&read("/proc/sys/net/ipv4/ip_local_port_range"));
        Ok(Self { listeners: listeners(&dealt)?, gateways, resolvers })
    }
}

fn listeners(dealt: &RangeInclusive<u16>) -> Result<BTreeMap<Place, Listener>, CutShort> {
    let tables = [(Table::Tcp, Protocol::Tcp), (Table::Udp, Protocol::Udp)];
    let needs = Needs::of(tables.map(|(table, _)| table), States::LISTENING) | Needs::OWNERS;
    let snapshot = netdiag_host::Host::here().snapshot(&needs);
    // A file that leaves some out would not hold this host to them.
    if let Some((_, why)) = snapshot.cut_short(tables.map(|(table, _)| table)) {
        return Err(why.clone());
    }
    let mut listeners = BTreeMap::new();
    for socket in snapshot.listening() {
        let protocol = tables
            .into_iter()
            .find_map(|(table, protocol)| (socket.table() == Some(table)).then_some(protocol));
        let Some((protocol, local)) = protocol.zip(socket.local()) else { continue };
        let passing = dealt.contains(&local.port());
        if passing && protocol == Protocol::Udp {
            continue;
        }
        let names = snapshot
            .owners
            .of(socket.inode())
            .map(|owner| String::from_utf8_lossy(&owner.task.comm).into_owned());
        let place = Place { protocol, port: local.port(), address: local.ip() };
        listeners.entry(place).or_insert_with(|| Listener { process: names.last(), passing });
    }
    Ok(listeners)
}

/// The addresses of `nameserver` lines (`resolv.conf(5)`), without zones.
fn resolvers(text: &str) -> Vec<IpAddr> {
    let address = |line: &str| {
        let mut words = line.split_whitespace();
        let word = words.next().filter(|word| *word == "nameserver").and_then(|_| words.next())?;
        word.split_once('%').map_or(word, |(address, _)| address).parse().ok()
    };
    text.lines().filter_map(address).collect()
}

/// The ports the kernel deals out; the usual ones where it does not say.
fn dealt(text: &str) -> RangeInclusive<u16> {
    let mut numbers = text.split_whitespace().map_while(|word| word.parse().ok());
    match numbers.next().zip(numbers.next()) {
        Some((first, last)) => first..=last,
        None => 32_768..=60_999,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_the_system_are_read() {
        let text =
            "# nameserver 9.9.9.9\nnameserver 10.0.0.53\n nameserver  fe80::1%eth0\nnameserver\nsearch x\n";
        let expected: Vec<IpAddr> = ["10.0.0.53", "fe80::1"].map(|it| it.parse().unwrap()).into();
        assert_eq!(resolvers(text), expected);
        assert_eq!((dealt("1024\t65000\n"), dealt("junk")), (1024..=65_000, 32_768..=60_999));
    }

    #[test]
    fn a_listener_is_found_with_its_process() {
        let socket = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = socket.local_addr().unwrap();
        let host = Host::this().unwrap();
        let place = Place { protocol: Protocol::Tcp, port: address.port(), address: address.ip() };
        let comm = fs::read_to_string("/proc/self/comm").unwrap();
        assert_eq!(host.listeners[&place].process.as_deref(), Some(comm.trim_end()));
    }
}
