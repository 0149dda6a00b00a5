//! What this host does now, as far as a check file can hold it to that.
//!
//! Datagram sockets on ports the kernel deals out are clients waiting for an answer, not services.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::ops::RangeInclusive;

use netdiag_host::{CutShort, Needs, Part, Table, name_servers};
use netdiag_sockdiag::States;

use super::gateway::{Gateway, gateways};

/// The facts.
#[derive(Debug)]
pub(super) struct Host {
    /// By protocol, port and address.
    pub(super) listeners: BTreeMap<Position, Listener>,
    /// One of a version of IP at most.
    pub(super) gateways: Part<Vec<Gateway>>,
    pub(super) resolvers: Vec<IpAddr>,
}

/// Where somebody listens.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) struct Position {
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
    /// Asks the kernel. Where it does not say which ports it deals out, none is taken for such a one.
    pub(super) fn this() -> Result<Self, CutShort> {
        let host = netdiag_host::Host::here();
        let dealt = host.local_port_range().ok();
        // A host without the file has no name server to tell of.
        let resolvers = name_servers().unwrap_or_default();
        Ok(Self { listeners: listeners(&host, dealt.as_ref())?, gateways: gateways(&host), resolvers })
    }
}

fn listeners(
    host: &netdiag_host::Host,
    dealt: Option<&RangeInclusive<u16>>,
) -> Result<BTreeMap<Position, Listener>, CutShort> {
    let tables = [(Table::Tcp, Protocol::Tcp), (Table::Udp, Protocol::Udp)];
    let needs = Needs::of(tables.map(|(table, _)| table), States::LISTENING) | Needs::OWNERS;
    let snapshot = host.snapshot(&needs);
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
        let passing = dealt.is_some_and(|dealt| dealt.contains(&local.port()));
        if passing && protocol == Protocol::Udp {
            continue;
        }
        let names = snapshot
            .owners
            .of(socket.inode())
            .map(|owner| String::from_utf8_lossy(&owner.task.comm).into_owned());
        let place = Position { protocol, port: local.port(), address: local.ip() };
        listeners.entry(place).or_insert_with(|| Listener { process: names.last(), passing });
    }
    Ok(listeners)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listener_is_found_with_its_process() {
        let socket = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = socket.local_addr().unwrap();
        let host = Host::this().unwrap();
        let place = Position { protocol: Protocol::Tcp, port: address.port(), address: address.ip() };
        let comm = std::fs::read_to_string("/proc/self/comm").unwrap();
        assert_eq!(host.listeners[&place].process.as_deref(), Some(comm.trim_end()));
    }
}
