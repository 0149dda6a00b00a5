//! The protocols of packet and netlink sockets by name.

use crate::ethertypes;

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
    NETLINK.iter().find(|(_, known)| *known == name).map(|&(number, _)| number)
}

/// What netlink protocols are called where the system has no names of its own for them.
pub const NETLINK: [(u8, &str); 21] = [
    (0, "rtnl"),
    (1, "unused"),
    (2, "usersock"),
    (3, "fw"),
    (4, "tcpdiag"),
    (5, "nflog"),
    (6, "xfrm"),
    (7, "selinux"),
    (8, "iscsi"),
    (9, "audit"),
    (10, "fiblookup"),
    (11, "connector"),
    (12, "nft"),
    (13, "ip6fw"),
    (14, "dec-rt"),
    (15, "uevent"),
    (16, "genl"),
    (18, "scsi-trans"),
    (19, "ecryptfs"),
    (20, "rdma"),
    (21, "crypto"),
];
