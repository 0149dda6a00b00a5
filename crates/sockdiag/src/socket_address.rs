//! Arrays of socket addresses, as SCTP lists the ends of an association.
//!
//! Every element is as long as the longest address there is (`sockaddr_storage`), whatever its family.

#![cfg_attr(not(test), warn(clippy::indexing_slicing))]

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

use netlink_packet_sock_diag::constants::{AF_INET, AF_INET6};

/// The IPv4 and IPv6 addresses of an array; others are passed over.
#[derive(Clone, Copy, Debug)]
pub struct SocketAddresses<'a>(&'a [u8]);

impl<'a> SocketAddresses<'a> {
    /// Reads `payload`; an element that is cut short at its end is not read.
    pub fn new(payload: &'a [u8]) -> Self {
        Self(payload)
    }
}

impl Iterator for SocketAddresses<'_> {
    type Item = SocketAddr;

    fn next(&mut self) -> Option<SocketAddr> {
        while let Some((element, rest)) = self.0.split_first_chunk() {
            self.0 = rest;
            if let Some(address) = address(element) {
                return Some(address);
            }
        }
        None
    }
}

/// The scope of a link-local address is not read.
fn address(element: &[u8; ELEMENT]) -> Option<SocketAddr> {
    let &[a, b, port_high, port_low, ..] = element;
    let port = u16::from_be_bytes([port_high, port_low]);
    match u8::try_from(u16::from_ne_bytes([a, b])).ok()? {
        AF_INET => Some((Ipv4Addr::from(*element.get(4..)?.first_chunk()?), port).into()),
        AF_INET6 => Some((Ipv6Addr::from(*element.get(8..)?.first_chunk::<16>()?), port).into()),
        _ => None,
    }
}

/// Bytes of a `sockaddr_storage`.
const ELEMENT: usize = 128;

#[cfg(test)]
mod tests {
    use super::*;

    fn element(family: u16, rest: &[u8]) -> Vec<u8> {
        let mut bytes = [&family.to_ne_bytes(), rest].concat();
        bytes.resize(ELEMENT, 0);
        bytes
    }

    #[test]
    fn addresses_of_both_families_are_read_and_others_passed_over() {
        let v6: Ipv6Addr = "2001:db8::1".parse().unwrap();
        let array = [
            element(2, &[0x1f, 0x90, 10, 0, 0, 1]),
            element(1, b"/path"),
            element(10, &[&[0, 7, 0, 0, 0, 0][..], &v6.octets()].concat()),
        ]
        .concat();
        let expected: [SocketAddr; 2] = [([10, 0, 0, 1], 8080).into(), (v6, 7).into()];
        assert_eq!(SocketAddresses::new(&array).collect::<Vec<_>>(), expected);
        for len in 0..array.len() {
            let whole = SocketAddresses::new(&array[..len]).count();
            assert_eq!(whole, usize::from(len >= ELEMENT), "{len}");
        }
    }
}
