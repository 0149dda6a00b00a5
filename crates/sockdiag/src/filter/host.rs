//! Addresses as filters write them, one form per family.
//!
//! An IPv4 prefix also holds the mapped IPv6 addresses (`::ffff:a.b.c.d`) a v6 socket shows for v4 peers; a mapped prefix
//! does not hold IPv4 addresses. So the kernel decides, and so do we.

use std::net::IpAddr;

use super::glob::Glob;
use super::subject::End;

/// What an end's address must be like. A part that is `None` may be anything.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Host {
    /// IPv4 or IPv6.
    Inet {
        /// Where the address is.
        prefix: Prefix,
        /// The port, any number; beyond 16 bits there is no such socket.
        port: Option<i64>,
    },
    /// The name of a unix socket, `@` for every NUL of an abstract one; the empty name is that of an unnamed socket.
    Unix(Glob),
    /// A packet socket.
    Link {
        /// `ETH_P_*`.
        protocol: Option<u16>,
        /// The interface's index.
        interface: Option<u32>,
    },
    /// A netlink socket.
    Netlink {
        /// `NETLINK_*`.
        protocol: Option<u8>,
        /// The port id, by convention a process id; 0 is the kernel.
        port: Option<u32>,
    },
    /// A vsock socket.
    Vsock {
        /// The context id.
        cid: Option<u32>,
        /// The port.
        port: Option<u32>,
    },
}

impl Host {
    /// Whether this end is there. Addresses of other families are not.
    pub fn contains(&self, end: &End<'_>) -> bool {
        match (self, *end) {
            (&Self::Inet { prefix, port }, End::Inet { address, port: actual }) => {
                port.is_none_or(|port| port == i64::from(actual)) && prefix.contains(address)
            }
            (Self::Unix(glob), End::Unix { name, .. }) => glob.matches(name),
            (&Self::Link { protocol, interface }, End::Link { protocol: p, interface: i }) => {
                same(protocol, p) && same(interface, i)
            }
            (&Self::Netlink { protocol, port }, End::Netlink { protocol: p, port: n }) => {
                same(protocol, p) && same(port, n)
            }
            (&Self::Vsock { cid, port }, End::Vsock { cid: c, port: p }) => same(cid, c) && same(port, p),
            _ => false,
        }
    }
}

fn same<T: PartialEq>(wanted: Option<T>, actual: T) -> bool {
    wanted.is_none_or(|wanted| wanted == actual)
}

/// An address and how many of its leading bits count.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Prefix {
    address: IpAddr,
    len: u8,
}

impl Prefix {
    /// The first `len` bits of `address`; `None` when it has not so many. Bits beyond may be set and do not count.
    pub fn new(address: IpAddr, len: u8) -> Option<Self> {
        (len <= bits(address)).then_some(Self { address, len })
    }

    /// Just this address.
    pub fn host(address: IpAddr) -> Self {
        Self { address, len: bits(address) }
    }

    /// The address as given.
    pub fn address(self) -> IpAddr {
        self.address
    }

    /// How many bits count.
    #[expect(clippy::len_without_is_empty, reason = "no bits are a prefix too: of everything")]
    pub fn len(self) -> u8 {
        self.len
    }

    /// Whether all bits count.
    pub fn is_host(self) -> bool {
        self.len == bits(self.address)
    }

    /// Whether `address` begins with these bits.
    #[inline]
    pub fn contains(self, address: IpAddr) -> bool {
        let common = match (self.address, address) {
            (IpAddr::V4(a), IpAddr::V4(b)) => (a.to_bits() ^ b.to_bits()).leading_zeros(),
            (IpAddr::V6(a), IpAddr::V6(b)) => (a.to_bits() ^ b.to_bits()).leading_zeros(),
            (IpAddr::V4(a), IpAddr::V6(b)) => match b.to_ipv4_mapped() {
                Some(b) => (a.to_bits() ^ b.to_bits()).leading_zeros(),
                None => return false,
            },
            (IpAddr::V6(_), IpAddr::V4(_)) => return false,
        };
        common >= u32::from(self.len)
    }
}

fn bits(address: IpAddr) -> u8 {
    if address.is_ipv4() { 32 } else { 128 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_holds_what_begins_alike() {
        #[rustfmt::skip]
        let cases = [
            ("10.0.0.0",  8,   "10.255.0.1",        true),
            ("10.9.9.9",  8,   "10.255.0.1",        true),
            ("10.0.0.0",  8,   "11.0.0.0",          false),
            ("10.0.0.0",  8,   "::ffff:10.1.2.3",   true),
            ("10.0.0.0",  8,   "::10.1.2.3",        false),
            ("0.0.0.0",   0,   "::1",               false),
            ("0.0.0.0",   0,   "::ffff:1.2.3.4",    true),
            ("1.2.3.4",   32,  "1.2.3.4",           true),
            ("1.2.3.4",   31,  "1.2.3.5",           true),
            ("fe80::",    10,  "fe80::1",           true),
            ("fe80::",    10,  "febf::1",           true),
            ("fe80::",    10,  "fec0::1",           false),
            ("::",        0,   "::1",               true),
            ("::",        0,   "1.2.3.4",           false),
            ("::ffff:0:0", 96, "1.2.3.4",           false),
        ];
        for (prefix, len, address, expected) in cases {
            let prefix = Prefix::new(prefix.parse().unwrap(), len).unwrap();
            assert_eq!(prefix.contains(address.parse().unwrap()), expected, "{prefix:?} {address}");
        }
        assert_eq!(Prefix::new("1.2.3.4".parse().unwrap(), 33), None);
        assert_eq!(Prefix::new("::".parse().unwrap(), 129), None);
    }
}
