//! Links, addresses, routes and neighbours, by rtnetlink.
//!
//! Each change runs on a thread inside the host with a runtime of its own: an rtnetlink connection
//! belongs to the namespace it was opened in, whoever uses it later.

use std::future::Future;
use std::net::IpAddr;
use std::os::fd::AsRawFd;

use nix::ifaddrs::getifaddrs;
use nix::net::if_::{InterfaceFlags, if_nametoindex};
use rtnetlink::packet_route::link::{InfoData, InfoVeth, LinkMessage};
use rtnetlink::packet_route::route::RouteType;
use rtnetlink::{Handle, LinkMessageBuilder, LinkUnspec, LinkVeth, RouteMessageBuilder};

use crate::until::PATIENCE;
use crate::{Error, Host, until};

/// Where a route leads.
#[derive(Clone, Copy, Debug)]
pub enum Hop<'a> {
    /// To the neighbour with this address.
    Via(&'a str),
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
    /// Adds an address such as `192.0.2.1/24` or `2001:db8::1/64`, usable at once.
    ///
    /// # Errors
    /// [`Error::Address`], or [`Error::Netlink`] with the kernel's reason.
    pub fn address(&self, interface: &str, address: &str) -> Result<(), Error> {
        let (ip, length) = with_prefix_length(address)?;
        let index = self.index(interface)?;
        let change = format!("adding {address} to {interface}");
        self.change(change, |to| async move {
            to.address().add(index, ip, length).execute().await
        })
    }

    /// Adds a route to a prefix such as `198.51.100.0/24`; `0.0.0.0/0` and `::/0` are the defaults.
    ///
    /// # Errors
    /// [`Error::Address`], or [`Error::Netlink`] with the kernel's reason.
    pub fn route(&self, prefix: &str, hop: Hop<'_>) -> Result<(), Error> {
        let (ip, length) = with_prefix_length(prefix)?;
        let route = RouteMessageBuilder::<IpAddr>::new();
        let route = route
            .destination_prefix(ip, length)
            .map_err(|_| Error::Address(prefix.to_owned()))?;
        let route = match hop {
            Hop::Via(gateway) => {
                let address = gateway.parse().map_err(|_| Error::Address(gateway.to_owned()))?;
                route
                    .gateway(address)
                    .map_err(|_| Error::Address(gateway.to_owned()))?
            }
            Hop::Through(interface) => route.output_interface(self.index(interface)?),
            Hop::Blackhole => route.kind(RouteType::BlackHole),
            Hop::Unreachable => route.kind(RouteType::Unreachable),
            Hop::Prohibit => route.kind(RouteType::Prohibit),
        };
        let change = format!("adding a route to {prefix} {hop:?}");
        self.change(change, |to| async move {
            to.route().add(route.build()).execute().await
        })
    }

    /// Adds a permanent neighbour entry: no ARP or neighbour discovery for `address` any more.
    ///
    /// # Errors
    /// [`Error::Address`], or [`Error::Netlink`] with the kernel's reason.
    pub fn neighbour(&self, interface: &str, address: &str, link_address: [u8; 6]) -> Result<(), Error> {
        let ip = address.parse().map_err(|_| Error::Address(address.to_owned()))?;
        let index = self.index(interface)?;
        self.change(
            format!("adding neighbour {address} on {interface}"),
            |to| async move {
                to.neighbours()
                    .add(index, ip)
                    .link_layer_address(&link_address)
                    .replace()
                    .execute()
                    .await
            },
        )
    }

    /// Brings an interface up.
    ///
    /// # Errors
    /// [`Error::Os`] if there is no such interface.
    pub fn up(&self, interface: &str) -> Result<(), Error> {
        let index = self.index(interface)?;
        self.set(
            format!("bringing up {interface}"),
            LinkUnspec::new_with_index(index).up().build(),
        )
    }

    /// Takes an interface down; its IPv6 addresses and its routes are gone with that.
    ///
    /// # Errors
    /// [`Error::Os`] if there is no such interface.
    pub fn down(&self, interface: &str) -> Result<(), Error> {
        let index = self.index(interface)?;
        self.set(
            format!("taking down {interface}"),
            LinkUnspec::new_with_index(index).down().build(),
        )
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

    /// Makes a veth pair with one end here and the other in `peer`, both up and running.
    pub(crate) fn veth(&self, interface: &str, peer: &Self, peer_interface: &str) -> Result<(), Error> {
        let far_end = LinkUnspec::new_with_name(peer_interface)
            .setns_by_fd(peer.net().as_raw_fd())
            .build();
        let pair = LinkMessageBuilder::<LinkVeth>::new(interface, peer_interface)
            .set_info_data(InfoData::Veth(InfoVeth::Peer(far_end)))
            .build();
        let change = format!("making veth {interface} with {peer_interface} in {}", peer.name());
        self.change(change, |to| async move { to.link().add(pair).execute().await })?;
        self.up(interface)?;
        peer.up(peer_interface)?;
        self.wait_running(interface)?;
        peer.wait_running(peer_interface)
    }

    pub(crate) fn wait_running(&self, interface: &str) -> Result<(), Error> {
        let running = || {
            let mut addresses = getifaddrs().ok()?;
            addresses
                .any(|a| a.interface_name == interface && a.flags.contains(InterfaceFlags::IFF_RUNNING))
                .then_some(())
        };
        self.run(|| {
            until(
                format!("{interface} of {} to run", self.name()),
                PATIENCE,
                running,
            )
        })
    }

    fn set(&self, change: String, message: LinkMessage) -> Result<(), Error> {
        self.change(change, |to| async move { to.link().set(message).execute().await })
    }

    fn change<F>(&self, change: String, ask: impl FnOnce(Handle) -> F + Send) -> Result<(), Error>
    where
        F: Future<Output = Result<(), rtnetlink::Error>>,
    {
        let answer = self.run(|| {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_io()
                .build()?;
            runtime.block_on(async {
                let (connection, handle, _) = rtnetlink::new_connection()?;
                let connection = tokio::spawn(connection);
                let answer = ask(handle).await;
                connection.abort();
                Ok(answer)
            })
        });
        let answer = answer.map_err(Error::os("opening an rtnetlink connection"))?;
        answer.map_err(|source| Error::Netlink {
            change: format!("{}: {change}", self.name()),
            source,
        })
    }
}

fn with_prefix_length(text: &str) -> Result<(IpAddr, u8), Error> {
    let parsed = || {
        let (address, length) = text.split_once('/')?;
        Some((address.parse().ok()?, length.parse().ok()?))
    };
    parsed().ok_or_else(|| Error::Address(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::with_prefix_length;

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
