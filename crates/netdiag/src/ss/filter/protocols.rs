//! The protocols of packet and netlink sockets by name.

/// The number of an Ethernet protocol (`ETH_P_*`), in any case.
pub(super) fn link(name: &str) -> Option<u16> {
    LINK.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|&(_, number)| number)
}

/// The number of a netlink protocol (`NETLINK_*`).
pub(super) fn netlink(name: &str) -> Option<u8> {
    NETLINK.iter().find(|(known, _)| *known == name).map(|&(_, number)| number)
}

#[rustfmt::skip]
const LINK: [(&str, u16); 54] = [
    ("loop", 0x60), ("pup", 0x200), ("pupat", 0x201), ("ip", 0x800), ("ipv4", 0x800), ("x25", 0x805), ("arp", 0x806),
    ("bpq", 0x8ff), ("ieeepup", 0xa00), ("ieeepupat", 0xa01), ("dec", 0x6000), ("dna_dl", 0x6001), ("dna_rc", 0x6002),
    ("dna_rt", 0x6003), ("lat", 0x6004), ("diag", 0x6005), ("cust", 0x6006), ("sca", 0x6007), ("rarp", 0x8035),
    ("atalk", 0x809b), ("aarp", 0x80f3), ("ipx", 0x8137), ("ipv6", 0x86dd), ("ppp_disc", 0x8863), ("ppp_ses", 0x8864),
    ("atmmpoa", 0x884c), ("atmfate", 0x8884), ("802_3", 0x1), ("ax25", 0x2), ("all", 0x3), ("802_2", 0x4), ("snap", 0x5),
    ("ddcmp", 0x6), ("wan_ppp", 0x7), ("ppp_mp", 0x8), ("localtalk", 0x9), ("can", 0xc), ("ppptalk", 0x10),
    ("tr_802_2", 0x11), ("mobitex", 0x15), ("control", 0x16), ("irda", 0x17), ("econet", 0x18), ("tipc", 0x88ca),
    ("profinet", 0x8892), ("aoe", 0x88a2), ("ethercat", 0x88a4), ("802.1Q", 0x8100), ("802.1ad", 0x88a8),
    ("mpls_uc", 0x8847), ("mpls_mc", 0x8848), ("teb", 0x6558), ("cfm", 0x8902), ("LLDP", 0x88cc),
];

#[rustfmt::skip]
const NETLINK: [(&str, u8); 21] = [
    ("rtnl", 0), ("unused", 1), ("usersock", 2), ("fw", 3), ("tcpdiag", 4), ("nflog", 5), ("xfrm", 6), ("selinux", 7),
    ("iscsi", 8), ("audit", 9), ("fiblookup", 10), ("connector", 11), ("nft", 12), ("ip6fw", 13), ("dec-rt", 14),
    ("uevent", 15), ("genl", 16), ("scsi-trans", 18), ("ecryptfs", 19), ("rdma", 20), ("crypto", 21),
];
