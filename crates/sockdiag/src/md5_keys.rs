//! The keys a TCP socket signs segments with (RFC 2385): `INET_DIAG_MD5SIG`.
//!
//! These are secrets; the kernel shows them only to who may administer the network.

#![cfg_attr(not(test), warn(clippy::indexing_slicing))]

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use netlink_packet_sock_diag::constants::{AF_INET, AF_INET6};

/// One key, and the peers it is for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[doc(alias = "tcp_diag_md5sig")]
pub struct Md5Key<'a> {
    /// The peers' network.
    #[doc(alias = "tcpm_addr")]
    pub address: IpAddr,
    /// How many bits of it count.
    #[doc(alias = "tcpm_prefixlen")]
    pub prefix_len: u8,
    /// The key itself: any bytes, 80 at most.
    #[doc(alias = "tcpm_key")]
    pub key: &'a [u8],
}

/// The keys of a socket, from the bytes of the attribute.
#[derive(Clone, Copy, Debug)]
pub struct Md5Keys<'a>(&'a [u8]);

impl<'a> Md5Keys<'a> {
    /// Reads `payload`; a key that is cut short at its end is not read.
    pub fn new(payload: &'a [u8]) -> Self {
        Self(payload)
    }
}

impl<'a> Iterator for Md5Keys<'a> {
    type Item = Md5Key<'a>;

    fn next(&mut self) -> Option<Md5Key<'a>> {
        while let Some((element, rest)) = self.0.split_first_chunk() {
            self.0 = rest;
            if let Some(key) = key(element) {
                return Some(key);
            }
        }
        None
    }
}

fn key(element: &[u8; ELEMENT]) -> Option<Md5Key<'_>> {
    let &[family, prefix_len, a, b, ..] = element;
    let address = element.get(4..)?;
    let len = usize::from(u16::from_ne_bytes([a, b]));
    let address = match family {
        AF_INET => Ipv4Addr::from(*address.first_chunk()?).into(),
        AF_INET6 => Ipv6Addr::from(*address.first_chunk::<16>()?).into(),
        _ => return None,
    };
    let key = element.get(20..)?;
    Some(Md5Key { address, prefix_len, key: key.get(..len).unwrap_or(key) })
}

/// Bytes of a `tcp_diag_md5sig`.
const ELEMENT: usize = 100;

#[cfg(test)]
mod tests {
    use super::*;

    fn element(family: u8, prefix_len: u8, address: [u8; 16], len: u16, key: &[u8]) -> Vec<u8> {
        let mut bytes = [&[family, prefix_len][..], &len.to_ne_bytes(), &address, key].concat();
        bytes.resize(ELEMENT, 0);
        bytes
    }

    #[test]
    fn keys_are_read_and_foreign_families_passed_over() {
        let v4 = [10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        let v6: Ipv6Addr = "2001:db8::".parse().unwrap();
        let array = [
            element(2, 8, v4, 2, b"k2"),
            element(9, 0, v4, 1, b"x"),
            element(10, 32, v6.octets(), 65535, &[7; 80]),
        ]
        .concat();
        let expected = [
            Md5Key { address: [10, 0, 0, 0].into(), prefix_len: 8, key: b"k2" },
            Md5Key { address: v6.into(), prefix_len: 32, key: &[7; 80] },
        ];
        assert_eq!(Md5Keys::new(&array).collect::<Vec<_>>(), expected);
        for len in 0..array.len() {
            assert_eq!(Md5Keys::new(&array[..len]).count(), usize::from(len >= ELEMENT), "{len}");
        }
    }
}
