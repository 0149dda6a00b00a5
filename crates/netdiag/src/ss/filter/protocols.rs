//! The protocols of packet and netlink sockets by name.

use super::super::{ethertypes, netlink_names};

/// The number of an Ethernet protocol (`ETH_P_*`), in any case.
pub(super) fn link(name: &str) -> Option<u16> {
    match name {
        _ if name.eq_ignore_ascii_case("ipv4") => Some(0x800),
        _ => {
            let known = ethertypes::NAMES.iter().find(|(_, known)| known.eq_ignore_ascii_case(name));
            known.map(|&(number, _)| number)
        }
    }
}

/// The number of a netlink protocol (`NETLINK_*`).
pub(super) fn netlink(name: &str) -> Option<u8> {
    netlink_names::BUILT_IN.iter().find(|(_, known)| *known == name).map(|&(number, _)| number)
}
