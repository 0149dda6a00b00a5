//! Links, addresses, routes and neighbours, by rtnetlink.
//!
//! Each request runs on a thread inside the host with a runtime of its own: an rtnetlink connection
//! belongs to the namespace it was opened in, whoever uses it later.

use std::fs;
use std::future::Future;
use std::net::{IpAddr, Ipv6Addr, SocketAddrV6, UdpSocket};
use std::os::fd::AsRawFd;
use std::pin::pin;

use futures_util::TryStreamExt;
use nix::net::if_::if_nametoindex;
use rtnetlink::packet_route::link::{InfoData, InfoVeth, LinkAttribute, LinkMessage, State};
use rtnetlink::packet_route::route::{RouteProtocol, RouteScope, RouteType};
use rtnetlink::packet_route::rule::{RuleAction, RuleAttribute};
use rtnetlink::packet_route::{AddressFamily, IpProtocol};
use rtnetlink::{Handle, LinkMessageBuilder, LinkUnspec, LinkVeth, RouteMessageBuilder, RouteNextHopBuilder};

use crate::until::PATIENCE;
use crate::{Error, Host, until};

/// Where a route leads.
#[derive(Clone, Copy, Debug)]
pub enum Hop<'a> {
    /// To the neighbour with this address.
    Via(&'a str),
    /// To the neighbours with these addresses, shared evenly.
    Among(&'a [&'a str]),
    /// Out of this interface, onto the link.
    Through(&'a str),
    /// Nowhere, silently (`EINVAL` to local senders).
    Blackhole,
    /// Nowhere, with a host-unreachable (`EHOSTUNREACH` to local senders).
    Unreachable,
    /// Nowhere, with an administratively-prohibited (`EACCES` to local senders).
    Prohibit,
}

impl Host {
    /// Adds an address such as `192.0.2.1/24` or `2001:db8::1/64` to an interface that is up; it is usable
    /// when this returns.
    ///
    /// # Errors
    /// [`Error::Address`], or [`Error::Netlink`] with the kernel's reason.
    pub fn address(&self, interface: &str, address: &str) -> Result<(), Error> {
        let (ip, length) = with_prefix_length(address)?;
        let index = self.index(interface)?;
        let change = format!("adding {address} to {interface}");
        self.netlink(change, |to| async move { to.address().add(index, ip, length).execute().await })?;
        match ip {
            IpAddr::V6(ip) => self.wait_local(SocketAddrV6::new(ip, 0, 0, index)),
            IpAddr::V4(_) => Ok(()),
        }
    }

    /// Adds a route to a prefix such as `198.51.100.0/24`; `0.0.0.0/0` and `::/0` are the defaults.
    ///
    /// # Errors
    /// [`Error::Address`], or [`Error::Netlink`] with the kernel's reason.
    pub fn route(&self, prefix: &str, hop: Hop<'_>) -> Result<(), Error> {
        let route = self.leading(route_to(prefix)?, hop)?;
        let change = format!("adding a route to {prefix} {hop:?}");
        self.netlink(change, |to| async move { to.route().add(route.build()).execute().await })
    }

    /// Adds a route to a prefix that ICMP packets of its family take and no others (`ip rule add ipproto icmp`), once a family.
    ///
    /// # Errors
    /// [`Error::Address`], or [`Error::Netlink`] with the kernel's reason.
    pub fn route_of_icmp(&self, prefix: &str, hop: Hop<'_>) -> Result<(), Error> {
        let (ip, _) = with_prefix_length(prefix)?;
        let route = self.leading(route_to(prefix)?, hop)?.table_id(TABLE_OF_ICMP);
        self.netlink(format!("adding a route of ICMP to {prefix} {hop:?}"), |to| async move {
            to.route().add(route.build()).execute().await?;
            let rule = to.rule().add().table_id(TABLE_OF_ICMP).action(RuleAction::ToTable);
            match ip {
                IpAddr::V4(_) => {
                    let mut rule = rule.v4();
                    rule.message_mut().attributes.push(RuleAttribute::IpProtocol(IpProtocol::Icmp));
                    rule.execute().await
                }
                IpAddr::V6(_) => {
                    let mut rule = rule.v6();
                    rule.message_mut().attributes.push(RuleAttribute::IpProtocol(IpProtocol::Other(ICMPV6)));
                    rule.execute().await
                }
            }
        })
    }

    fn leading(
        &self,
        route: RouteMessageBuilder<IpAddr>,
        hop: Hop<'_>,
    ) -> Result<RouteMessageBuilder<IpAddr>, Error> {
        Ok(match hop {
            Hop::Via(gateway) => {
                let address = gateway.parse().map_err(|_| Error::Address(gateway.to_owned()))?;
                route.gateway(address).map_err(|_| Error::Address(gateway.to_owned()))?
            }
            Hop::Among(gateways) => {
                let next = |gateway: &&str| {
                    let address: IpAddr = gateway.parse().ok()?;
                    let family = if address.is_ipv4() { AddressFamily::Inet } else { AddressFamily::Inet6 };
                    Some(RouteNextHopBuilder::new(family).via(address).ok()?.build())
                };
                let next = gateways
                    .iter()
                    .map(|gateway| next(gateway).ok_or_else(|| Error::Address((*gateway).to_owned())));
                route.multipath(next.collect::<Result<_, _>>()?)
            }
            Hop::Through(interface) => route.output_interface(self.index(interface)?),
            Hop::Blackhole => route.kind(RouteType::BlackHole),
            Hop::Unreachable => route.kind(RouteType::Unreachable),
            Hop::Prohibit => route.kind(RouteType::Prohibit),
        })
    }

    /// Takes an address added by [`address`](Self::address) away again.
    ///
    /// # Errors
    /// [`Error::Address`], or [`Error::Netlink`] if it is not there.
    pub fn remove_address(&self, interface: &str, address: &str) -> Result<(), Error> {
        let (ip, length) = with_prefix_length(address)?;
        let index = self.index(interface)?;
        self.netlink(format!("removing {address} from {interface}"), |to| async move {
            // Asking the kernel which it has fills in what else tells them apart.
            let found = to.address().get().set_link_index_filter(index).set_prefix_length_filter(length);
            let found = pin!(found.set_address_filter(ip).execute()).try_next().await?;
            to.address().del(found.unwrap_or_default()).execute().await
        })
    }

    /// Takes the route to a prefix away again, wherever it leads.
    ///
    /// # Errors
    /// [`Error::Address`], or [`Error::Netlink`] if there is none.
    pub fn remove_route(&self, prefix: &str) -> Result<(), Error> {
        let mut route = route_to(prefix)?.build();
        // These are filters here, and the builder's are narrower than a removal needs.
        (route.header.scope, route.header.protocol) = (RouteScope::NoWhere, RouteProtocol::Unspec);
        route.header.kind = RouteType::Unspec;
        self.netlink(format!("removing the route to {prefix}"), |to| async move {
            to.route().del(route).execute().await
        })
    }

    /// Adds a permanent neighbour entry: no ARP or neighbour discovery for `address` any more.
    ///
    /// # Errors
    /// [`Error::Address`], or [`Error::Netlink`] with the kernel's reason.
    pub fn neighbour(&self, interface: &str, address: &str, link_address: [u8; 6]) -> Result<(), Error> {
        let ip = address.parse().map_err(|_| Error::Address(address.to_owned()))?;
        let index = self.index(interface)?;
        self.netlink(format!("adding neighbour {address} on {interface}"), |to| async move {
            to.neighbours().add(index, ip).link_layer_address(&link_address).replace().execute().await
        })
    }

    /// Brings an interface up.
    ///
    /// # Errors
    /// [`Error::Os`] if there is no such interface.
    pub fn up(&self, interface: &str) -> Result<(), Error> {
        let index = self.index(interface)?;
        self.set(format!("bringing up {interface}"), LinkUnspec::new_with_index(index).up().build())
    }

    /// Takes an interface down; its IPv6 addresses and its routes are gone with that.
    ///
    /// # Errors
    /// [`Error::Os`] if there is no such interface.
    pub fn down(&self, interface: &str) -> Result<(), Error> {
        let index = self.index(interface)?;
        self.set(format!("taking down {interface}"), LinkUnspec::new_with_index(index).down().build())
    }

    /// Takes an interface away; of a veth pair, the other end goes with it.
    ///
    /// # Errors
    /// [`Error::Os`] if there is no such interface.
    pub fn remove(&self, interface: &str) -> Result<(), Error> {
        let index = self.index(interface)?;
        let change = format!("taking {interface} away");
        self.netlink(change, |from| async move { from.link().del(index).execute().await })
    }

    /// Sets an interface's MTU, in bytes of IP packet.
    ///
    /// # Errors
    /// [`Error::Netlink`] if the device does not take it.
    pub fn mtu(&self, interface: &str, bytes: u32) -> Result<(), Error> {
        let index = self.index(interface)?;
        self.set(
            format!("setting the MTU of {interface}"),
            LinkUnspec::new_with_index(index).mtu(bytes).build(),
        )
    }

    /// The kernel's number for an interface (its IPv6 scope).
    ///
    /// # Errors
    /// [`Error::Os`] if there is no such interface.
    pub fn index(&self, interface: &str) -> Result<u32, Error> {
        self.run(|| if_nametoindex(interface))
            .map_err(|errno| Error::os(format!("{}: interface {interface}", self.name()))(errno.into()))
    }

    /// Sets how many packets wait in a device. The ioctl for this is refused in user namespaces, this is not.
    pub(crate) fn queue_length(&self, interface: &str, packets: u32) -> Result<(), Error> {
        let index = self.index(interface)?;
        let message = LinkUnspec::new_with_index(index).txqueuelen(packets).build();
        self.set(format!("setting the queue length of {interface}"), message)
    }

    /// Makes a veth pair with one end here and the other in `peer`, both up and running.
    pub(crate) fn veth(&self, interface: &str, peer: &Self, peer_interface: &str) -> Result<(), Error> {
        let far_end = LinkUnspec::new_with_name(peer_interface).setns_by_fd(peer.net().as_raw_fd()).build();
        let pair = LinkMessageBuilder::<LinkVeth>::new(interface, peer_interface)
            .set_info_data(InfoData::Veth(InfoVeth::Peer(far_end)))
            .build();
        let change = format!("making veth {interface} with {peer_interface} in {}", peer.name());
        self.netlink(change, |to| async move { to.link().add(pair).execute().await })?;
        self.up(interface)?;
        peer.up(peer_interface)?;
        self.wait_operational(interface)?;
        peer.wait_operational(peer_interface)
    }

    /// Waits until a link is operational: of a pair, the end that came up first drops everything until
    /// the kernel has noticed that it has a carrier.
    ///
    /// # Errors
    /// [`Error::TimedOut`], or [`Error::Os`] if there is no such interface.
    pub fn wait_operational(&self, interface: &str) -> Result<(), Error> {
        let index = self.index(interface)?;
        until(format!("{interface} of {} to be operational", self.name()), PATIENCE, || {
            let state = self.netlink(format!("looking at {interface}"), |from| async move {
                let link = pin!(from.link().get().match_index(index).execute()).try_next().await?;
                Ok(link.is_some_and(|link| link.attributes.contains(&LinkAttribute::OperState(State::Up))))
            });
            match state {
                Ok(up) => up.then_some(Ok(())),
                Err(error) => Some(Err(error)),
            }
        })?
    }

    /// Waits until the kernel takes in packets for an IPv6 address, which it decides on later, even
    /// without duplicate address detection.
    fn wait_local(&self, address: SocketAddrV6) -> Result<(), Error> {
        let local = || {
            let routes = fs::read_to_string("/proc/thread-self/net/ipv6_route").ok()?;
            routes.lines().any(|route| is_local_route(route, *address.ip())).then_some(())
        };
        let usable = || local().filter(|()| UdpSocket::bind(address).is_ok());
        self.run(|| until(format!("{address} of {} to be usable", self.name()), PATIENCE, usable))
    }

    fn set(&self, change: String, message: LinkMessage) -> Result<(), Error> {
        self.netlink(change, |to| async move { to.link().set(message).execute().await })
    }

    pub(crate) fn netlink<T, F>(
        &self,
        request: String,
        ask: impl FnOnce(Handle) -> F + Send,
    ) -> Result<T, Error>
    where
        T: Send,
        F: Future<Output = Result<T, rtnetlink::Error>>,
    {
        let answer = self.run(|| {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
            runtime.block_on(async {
                let (connection, handle, _) = rtnetlink::new_connection()?;
                let connection = tokio::spawn(connection);
                let answer = ask(handle).await;
                connection.abort();
                Ok(answer)
            })
        });
        let answer = answer.map_err(Error::os("opening an rtnetlink connection"))?;
        answer.map_err(|source| Error::Netlink { request: format!("{}: {request}", self.name()), source })
    }
}

fn route_to(prefix: &str) -> Result<RouteMessageBuilder<IpAddr>, Error> {
    let (ip, length) = with_prefix_length(prefix)?;
    let route = RouteMessageBuilder::<IpAddr>::new();
    route.destination_prefix(ip, length).map_err(|_| Error::Address(prefix.to_owned()))
}

/// A line of `/proc/net/ipv6_route`: destination and its length in hexadecimal, …, flags, device.
fn is_local_route(line: &str, address: Ipv6Addr) -> bool {
    let words: Vec<_> = line.split_ascii_whitespace().collect();
    let flags = words.get(8).and_then(|flags| u32::from_str_radix(flags, 16).ok());
    let to_address = words.starts_with(&[format!("{:032x}", address.to_bits()).as_str(), "80"]);
    to_address && flags.is_some_and(|flags| flags & RTF_LOCAL != 0)
}

fn with_prefix_length(text: &str) -> Result<(IpAddr, u8), Error> {
    let parsed = || {
        let (address, length) = text.split_once('/')?;
        Some((address.parse().ok()?, length.parse().ok()?))
    };
    parsed().ok_or_else(|| Error::Address(text.to_owned()))
}

/// Any that is not one of the kernel's own.
const TABLE_OF_ICMP: u32 = 100;
/// `IPPROTO_ICMPV6`, which is not among the names.
const ICMPV6: i32 = 58;
/// The flag of routes to the host itself, from `linux/ipv6_route.h`.
const RTF_LOCAL: u32 = 0x8000_0000;

#[cfg(test)]
mod tests {
    use super::{is_local_route, with_prefix_length};

    #[test]
    fn only_a_route_to_the_host_itself_is_local() {
        let address = "fd00::1".parse().unwrap();
        let zeros = "00000000000000000000000000000000";
        let line = |length, flags| {
            format!(
                "fd000000000000000000000000000001 {length} {zeros} 00 {zeros} 00000000 00000001 00000000 {flags}     tun0"
            )
        };
        assert!(is_local_route(&line("80", "80200001"), address));
        assert!(!is_local_route(&line("80", "00000001"), address));
        assert!(!is_local_route(&line("40", "80200001"), address));
        assert!(!is_local_route("", address));
    }

    #[test]
    fn an_address_without_a_prefix_length_is_refused() {
        #[rustfmt::skip]
        let cases = [
            ("192.0.2.1/24",   true),
            ("2001:db8::1/64", true),
            ("192.0.2.1",      false),
            ("192.0.2.1/x",    false),
            ("example/24",     false),
        ];
        for (text, good) in cases {
            assert_eq!(with_prefix_length(text).is_ok(), good, "{text}");
        }
    }
}
