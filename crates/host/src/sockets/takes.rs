//! Whether what is sent to an address of this machine reaches a socket.
//!
//! Being bound to that address, or to a wildcard, is not all: the wildcard of IPv6 takes IPv4 unless it was told not to, and a socket
//! bound to a device takes only what comes in by it.

use std::net::IpAddr;

use netdiag_sockdiag::{InetAttrs, InetSocket};

use super::socket::Socket;
use super::table::Table;
use crate::part::any_known;

impl Socket<'_> {
    /// Whether what is sent to `address` reaches it; an unspecified address stands for all of its family, which only a wildcard takes.
    ///
    /// `None` where that is not known: it is bound to a device, and by which one things come in depends on who sends them; or
    /// whether a wildcard of IPv6 takes IPv4 was not told, as it is in no file. Files do not tell devices either: a socket that was
    /// read from one is taken to be bound to none.
    pub fn takes(&self, address: IpAddr) -> Option<bool> {
        let Self::Inet(table, socket) = self else { return Some(false) };
        let more = match table {
            // An endpoint can have many addresses, of both families.
            Table::Sctp => InetAttrs::new(socket.attrs).locals(),
            _ => None,
        };
        let mut bound =
            std::iter::once(socket.local().ip()).chain(more.into_iter().flatten().map(|it| it.ip()));
        let fits = any_known(bound.by_ref().map(|local| fits(local, address, socket)));
        match (fits, socket.interface()) {
            (Some(false), _) | (_, 0) => fits,
            // It says itself which device it is of.
            (fits, _) if is_link_local(address) && socket.local().ip() == address => fits,
            (fits, device) => {
                is_served(device, address).and_then(|served| if served { fits } else { Some(false) })
            }
        }
    }
}

/// Whether an address a socket is bound to takes in another.
fn fits(local: IpAddr, address: IpAddr, socket: &InetSocket<'_>) -> Option<bool> {
    match (local, address) {
        (IpAddr::V6(own), IpAddr::V4(_)) if own.is_unspecified() => socket.v6only().map(|only| !only),
        (IpAddr::V6(own), IpAddr::V4(wanted)) => Some(own.to_ipv4_mapped() == Some(wanted)),
        (IpAddr::V4(_), IpAddr::V6(_)) => Some(false),
        _ => Some(local.is_unspecified() || local == address),
    }
}

/// Whether what is sent to `address` comes in by a device; `None` if that depends on who sends it.
fn is_served(device: u32, address: IpAddr) -> Option<bool> {
    match (address.is_unspecified(), address.is_loopback()) {
        // All addresses are never those of one device.
        (true, _) => Some(false),
        (_, true) => Some(device == LOOPBACK),
        _ => None,
    }
}

fn is_link_local(address: IpAddr) -> bool {
    matches!(address, IpAddr::V6(address) if address.is_unicast_link_local())
}

/// The index of loopback, in every network namespace (`LOOPBACK_IFINDEX`).
const LOOPBACK: u32 = 1;

#[cfg(test)]
mod tests {
    use netdiag_sockdiag::{Attr, Query, State, inet};

    use super::*;

    fn head(local: &str, interface: u32) -> inet::Head {
        inet::Head { interface, ..inet::Head::new(local.parse().unwrap(), State::LISTEN) }
    }

    fn takes(local: &str, interface: u32, v6only: Option<bool>, addresses: &[&str]) -> Vec<Option<bool>> {
        let mut record = Vec::new();
        head(local, interface).write_to(&mut record);
        if let Some(only) = v6only {
            Attr { kind: inet::SKV6ONLY, payload: &[u8::from(only)] }.write_to(&mut record);
        }
        let socket = Socket::Inet(Table::Tcp, netdiag_sockdiag::InetRequest::view(&record).unwrap());
        addresses.iter().map(|address| socket.takes(address.parse().unwrap())).collect()
    }

    #[test]
    fn a_wildcard_of_ipv6_takes_ipv4_unless_told_not_to() {
        let (yes, no) = (Some(true), Some(false));
        #[rustfmt::skip]
        let cases = [
            // bound to,              v6only,       0.0.0.0, 127.0.0.1, ::,  ::1
            ("0.0.0.0:1",             None,         [yes,    yes,       no,  no]),
            ("127.0.0.1:1",           None,         [no,     yes,       no,  no]),
            ("[::]:1",                Some(false),  [yes,    yes,       yes, yes]),
            ("[::]:1",                Some(true),   [no,     no,        yes, yes]),
            ("[::]:1",                None,         [None,   None,      yes, yes]),
            ("[::1]:1",               Some(false),  [no,     no,        no,  yes]),
            ("[::ffff:127.0.0.1]:1",  Some(false),  [no,     yes,       no,  no]),
        ];
        for (local, v6only, expected) in cases {
            assert_eq!(
                takes(local, 0, v6only, &["0.0.0.0", "127.0.0.1", "::", "::1"]),
                expected,
                "{local} {v6only:?}"
            );
        }
    }

    #[test]
    fn a_socket_bound_to_a_device_takes_what_comes_in_by_it() {
        let (yes, no) = (Some(true), Some(false));
        #[rustfmt::skip]
        let cases = [
            // bound to,     device, 0.0.0.0, 127.0.0.1, 10.0.0.1, ::1,  fe80::1
            ("0.0.0.0:1",    1,      [no,     yes,       None,     no,   no]),
            ("0.0.0.0:1",    7,      [no,     no,        None,     no,   no]),
            ("10.0.0.1:1",   7,      [no,     no,        None,     no,   no]),
            ("127.0.0.1:1",  7,      [no,     no,        no,       no,   no]),
            ("[::]:1",       7,      [no,     no,        None,     no,   None]),
            ("[fe80::1]:1",  7,      [no,     no,        no,       no,   yes]),
        ];
        for (local, device, expected) in cases {
            let addresses = ["0.0.0.0", "127.0.0.1", "10.0.0.1", "::1", "fe80::1"];
            assert_eq!(takes(local, device, Some(false), &addresses), expected, "{local} {device}");
        }
    }

    #[test]
    fn an_endpoint_of_sctp_is_at_all_its_addresses() {
        let mut record = Vec::new();
        head("10.0.0.1:1", 0).write_to(&mut record);
        let address = |last: u8| [&2u16.to_ne_bytes()[..], &[0, 1, 10, 0, 0, last], &[0; 120]].concat();
        let payload = [address(1), address(2)].concat();
        Attr { kind: inet::LOCALS, payload: &payload }.write_to(&mut record);
        let view = netdiag_sockdiag::InetRequest::view(&record).unwrap();
        let takes = |table, address: &str| Socket::Inet(table, view).takes(address.parse().unwrap());
        assert_eq!(takes(Table::Sctp, "10.0.0.2"), Some(true));
        assert_eq!(takes(Table::Sctp, "10.0.0.3"), Some(false));
        assert_eq!(takes(Table::Tcp, "10.0.0.2"), Some(false), "to others it is another attribute");
    }
}
