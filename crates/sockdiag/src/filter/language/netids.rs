//! The kinds of sockets as the Netid column of `ss` names them.
//!
//! A filter may only ask for one of these, so that a typing error is not a filter that nothing passes.

/// What the Netid column may show.
pub(super) const NETIDS: [&str; 20] = [
    "tcp", "udp", "raw", "icmp6", "mptcp", "dccp", "sctp", "u_str", "u_dgr", "u_seq", "p_raw", "p_dgr", "nl",
    "v_str", "v_dgr", "ti_st", "ti_dg", "ti_rd", "ti_sq", "xdp",
];
