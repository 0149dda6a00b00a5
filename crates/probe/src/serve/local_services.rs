//! Whether a datagram comes from a service on this host, which would answer the answer.
//!
//! The kernel does not tell services from clients. Its clients have ports of a range of their own, unless somebody chose another for
//! them, and services that had theirs chosen by the kernel as well are known to each other: each holds an abstract unix socket named
//! after its port. Neither says anything of other hosts.

use std::io;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::ops::RangeInclusive;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{self, UnixDatagram};
use std::time::{Duration, Instant};

/// What is known of them, as one listener sees it.
#[derive(Debug)]
pub(super) struct LocalServices<'a> {
    /// The ports of this server.
    siblings: &'a [u16],
    /// The ports that clients get; `None` if nobody knows.
    clients: Option<RangeInclusive<u16>>,
    /// The latest sender, what it was, and when: one that sends much is not asked about each time.
    latest: Option<(SocketAddr, bool, Instant)>,
    /// Tells others that here is one.
    _sign: Option<UnixDatagram>,
}

impl<'a> LocalServices<'a> {
    /// For the service at `port`, one of `siblings`; there is none at port 0.
    pub(super) fn new(port: u16, siblings: &'a [u16], clients: Option<RangeInclusive<u16>>) -> Self {
        // Where there are no unix sockets, or another address of the host has the same port, others see less, or enough.
        let sign = sign(port).and_then(|name| UnixDatagram::bind_addr(&name)).ok().filter(|_| port != 0);
        Self { siblings, clients, latest: None, _sign: sign }
    }

    /// Whether one sends from this address.
    pub(super) fn have(&mut self, from: SocketAddr) -> bool {
        let now = Instant::now();
        match self.latest {
            Some((latest, is_one, at)) if latest == from && now - at < KEPT => is_one,
            _ => {
                let is_one = self.is_at(from.port()) && is_own(from.ip());
                self.latest = Some((from, is_one, now));
                is_one
            }
        }
    }

    /// Whether one would be at this port, if it is one of this host.
    fn is_at(&self, port: u16) -> bool {
        let of_clients = self.clients.as_ref().is_none_or(|clients| clients.contains(&port));
        !of_clients || self.siblings.contains(&port) || has_sign(port)
    }
}

/// Whether an address is one of this host's: only then can a socket have it.
fn is_own(address: IpAddr) -> bool {
    address.is_loopback() || UdpSocket::bind((address, 0)).is_ok()
}

fn has_sign(port: u16) -> bool {
    sign(port).and_then(|name| UnixDatagram::unbound()?.connect_addr(&name)).is_ok()
}

/// The name of the socket that says that there is a service at this port, in this network namespace.
fn sign(port: u16) -> io::Result<net::SocketAddr> {
    net::SocketAddr::from_abstract_name(format!("netdiag/service/udp/{port}"))
}

/// How long a sender is taken for what it was.
const KEPT: Duration = Duration::from_secs(1);

#[cfg(test)]
mod tests {
    use super::*;

    /// A port that was just free, and whose sign so is too.
    fn port() -> u16 {
        UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
    }

    #[test]
    fn services_of_this_host_are_known_by_their_ports() {
        let (ours, other, sibling) = (port(), port(), port());
        let siblings = [ours, sibling];
        let mut services = LocalServices::new(ours, &siblings, Some(1024..=u16::MAX));
        let mut have =
            |address: &str, port: u16| services.have((address.parse::<IpAddr>().unwrap(), port).into());
        assert!(have("127.0.0.1", 53) && have("::1", 1023) && have("127.0.0.1", sibling));
        assert!(!have("127.0.0.1", 1024) && !have("127.0.0.1", other));
        // The same ports of another host (RFC 5737) may be a client's there.
        assert!(!have("192.0.2.1", 53) && !have("192.0.2.1", sibling));
        let another = LocalServices::new(other, &[], None);
        let mut unaware = LocalServices::new(ours, &[], None);
        assert!(unaware.have(([127, 0, 0, 1], other).into()));
        drop(another);
        let mut later = LocalServices::new(ours, &[], None);
        assert!(!later.have(([127, 0, 0, 1], other).into()));
        assert!(!later.have(([127, 0, 0, 1], 53).into()));
    }
}
