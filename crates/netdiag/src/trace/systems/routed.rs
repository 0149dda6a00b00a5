//! Which addresses are routed between networks.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Whether an address belongs to one network of the Internet: none of those that the registries of special-purpose addresses keep
/// for something else (RFC 6890).
pub(crate) fn is_routed(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => !SPECIAL_V4.iter().any(|(block, bits)| {
            let shift = 32 - bits;
            v4.to_bits() >> shift == block.to_bits() >> shift
        }),
        // Of all addresses, 2000::/3 are given out.
        IpAddr::V6(v6) => {
            v6.to_bits() >> 125 == 1
                && !SPECIAL_V6.iter().any(|(block, bits)| {
                    let shift = 128 - bits;
                    v6.to_bits() >> shift == block.to_bits() >> shift
                })
        }
    }
}

#[rustfmt::skip]
const SPECIAL_V4: [(Ipv4Addr, u32); 14] = [
    (Ipv4Addr::new(0, 0, 0, 0),       8),
    (Ipv4Addr::new(10, 0, 0, 0),      8),
    (Ipv4Addr::new(100, 64, 0, 0),   10),
    (Ipv4Addr::new(127, 0, 0, 0),     8),
    (Ipv4Addr::new(169, 254, 0, 0),  16),
    (Ipv4Addr::new(172, 16, 0, 0),   12),
    (Ipv4Addr::new(192, 0, 0, 0),    24),
    (Ipv4Addr::new(192, 0, 2, 0),    24),
    (Ipv4Addr::new(192, 168, 0, 0),  16),
    (Ipv4Addr::new(198, 18, 0, 0),   15),
    (Ipv4Addr::new(198, 51, 100, 0), 24),
    (Ipv4Addr::new(203, 0, 113, 0),  24),
    (Ipv4Addr::new(224, 0, 0, 0),     4),
    (Ipv4Addr::new(240, 0, 0, 0),     4),
];

/// Within what is given out: documentation, and what stands for an address of IPv4.
#[rustfmt::skip]
const SPECIAL_V6: [(Ipv6Addr, u32); 4] = [
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32),
    (Ipv6Addr::new(0x2001, 0x2, 0, 0, 0, 0, 0, 0),   48),
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0),     16),
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0),     20),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_belongs_to_nobody_is_not_routed() {
        let special = [
            "10.99.1.1",
            "100.64.0.1",
            "100.127.255.255",
            "127.0.0.1",
            "169.254.1.1",
            "172.31.0.1",
            "192.0.2.1",
            "192.168.1.1",
            "198.18.0.1",
            "198.51.100.1",
            "203.0.113.9",
            "224.0.0.1",
            "255.255.255.255",
            "0.0.0.0",
            "::1",
            "::",
            "fe80::1",
            "fd99::1",
            "ff02::1",
            "2001:db8::1",
            "3fff::1",
            "::ffff:8.8.8.8",
            "64:ff9b::1",
        ];
        for address in special {
            assert!(!is_routed(address.parse().unwrap()), "{address}");
        }
        let routed = [
            "1.1.1.1",
            "100.63.255.255",
            "100.128.0.1",
            "172.32.0.1",
            "198.20.0.1",
            "2001:4860::1",
            "2606::1",
            "2a00::1",
        ];
        for address in routed {
            assert!(is_routed(address.parse().unwrap()), "{address}");
        }
    }
}
