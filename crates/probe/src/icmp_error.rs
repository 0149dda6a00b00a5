//! What routers and hosts say by ICMP of why nothing gets there: one vocabulary, whatever it is about.
//!
//! The kernel makes an error of the call of it, and keeps in the socket's error queue who said what (`IP_RECVERR`, `ip(7)`); for
//! TCP it does so since Linux 6.1. What it says itself, of a neighbour that does not answer, comes the same way.

use std::fmt;
use std::net::IpAddr;
use std::os::fd::{AsFd, AsRawFd};

use netdiag_text::{Message, Trusted, message};
use nix::libc::{SO_EE_ORIGIN_ICMP, SO_EE_ORIGIN_ICMP6, sock_extended_err, sockaddr_in6};
use nix::sys::socket::{ControlMessageOwned, MsgFlags, recvmsg, setsockopt, sockopt};

/// A reason, and who gave it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct IcmpError {
    /// Why nothing gets there.
    pub reason: IcmpReason,
    /// Who said so; absent where the kernel does not tell.
    pub by: Option<IpAddr>,
}

/// Why nothing gets there (RFC 792, RFC 1812 §5.2.7, RFC 4443).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum IcmpReason {
    /// A router has no route to the network.
    NetUnreachable,
    /// The host does not answer on its network.
    HostUnreachable,
    /// The host does not speak the protocol.
    ProtocolUnreachable,
    /// Nobody listens at the port, or a firewall says so.
    PortUnreachable,
    /// A firewall or a policy forbids it.
    Prohibited,
    /// The packet went through too many routers, perhaps round in circles.
    HopLimit,
    /// Fragments were lost on the way.
    Reassembly,
    /// The packet was too large for a link, and was not to be fragmented.
    TooBig,
    /// Something in the packet was not understood.
    Malformed,
    /// Another type and code.
    Other(u8, u8),
}

impl IcmpReason {
    /// The reason of an IPv4 message.
    pub fn of_v4(kind: u8, code: u8) -> Self {
        match (kind, code) {
            (3, 0 | 5 | 6 | 11) => Self::NetUnreachable,
            (3, 1 | 7 | 8 | 12) => Self::HostUnreachable,
            (3, 2) => Self::ProtocolUnreachable,
            (3, 3) => Self::PortUnreachable,
            (3, 4) => Self::TooBig,
            (3, 9 | 10 | 13..=15) => Self::Prohibited,
            (11, 0) => Self::HopLimit,
            (11, 1) => Self::Reassembly,
            (12, _) => Self::Malformed,
            _ => Self::Other(kind, code),
        }
    }

    /// The reason of an IPv6 message.
    pub fn of_v6(kind: u8, code: u8) -> Self {
        match (kind, code) {
            (1, 0 | 2) => Self::NetUnreachable,
            (1, 3) => Self::HostUnreachable,
            (4, 1) => Self::ProtocolUnreachable,
            (1, 4) => Self::PortUnreachable,
            (2, _) => Self::TooBig,
            (1, 1 | 5 | 6) => Self::Prohibited,
            (3, 0) => Self::HopLimit,
            (3, 1) => Self::Reassembly,
            (4, _) => Self::Malformed,
            _ => Self::Other(kind, code),
        }
    }

    /// One word, the same in every version, and the same as that of an error that means the same.
    pub fn word(self) -> &'static str {
        match self {
            Self::NetUnreachable => "net-unreachable",
            Self::HostUnreachable => "host-unreachable",
            Self::ProtocolUnreachable => "protocol-unreachable",
            Self::PortUnreachable => "refused",
            Self::Prohibited => "prohibited",
            Self::HopLimit => "hop-limit",
            Self::Reassembly => "reassembly",
            Self::TooBig => "too-big",
            Self::Malformed => "parameter-problem",
            Self::Other(..) => "icmp",
        }
    }
}

impl IcmpError {
    /// What it says, the address told apart from our words.
    pub(crate) fn message(&self) -> Message {
        let reason = self.reason.to_string();
        match self.by {
            Some(by) => message!("{}; {} says so", Trusted(&reason), by),
            None => Trusted(&reason).into(),
        }
    }
}

impl fmt::Display for IcmpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.reason.fmt(f)?;
        self.by.map_or(Ok(()), |by| write!(f, "; {by} says so"))
    }
}

impl fmt::Display for IcmpReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NetUnreachable => "network unreachable: a router has no route there",
            Self::HostUnreachable => "host unreachable: it does not answer on its network",
            Self::ProtocolUnreachable => "the host does not speak the protocol",
            Self::PortUnreachable => "connection refused",
            Self::Prohibited => "not permitted: a firewall or a policy forbids it",
            Self::HopLimit => "too many routers on the way: they may send it round in circles",
            Self::Reassembly => "fragments were lost on the way",
            Self::TooBig => "too large for a link on the way",
            Self::Malformed => "something in the packet was not understood",
            Self::Other(kind, code) => return write!(f, "an ICMP message of type {kind}, code {code}"),
        })
    }
}

/// Has the kernel keep what is said about a socket's packets. It is told of temporary troubles as well then.
pub(crate) fn keep(socket: &impl AsFd, to: IpAddr, kept: bool) {
    // Without it there is only less to tell.
    let _ = match to {
        IpAddr::V4(_) => setsockopt(socket, sockopt::Ipv4RecvErr, &kept),
        IpAddr::V6(_) => setsockopt(socket, sockopt::Ipv6RecvErr, &kept),
    };
}

/// What was said first of what is kept, if anything was.
pub(crate) fn kept(socket: &impl AsFd) -> Option<IcmpError> {
    let fd = socket.as_fd().as_raw_fd();
    loop {
        let mut control = nix::cmsg_space!(sock_extended_err, sockaddr_in6);
        let flags = MsgFlags::MSG_ERRQUEUE | MsgFlags::MSG_DONTWAIT;
        let message = recvmsg::<()>(fd, &mut [], Some(&mut control), flags).ok()?;
        let said = message.cmsgs().ok()?.find_map(|control| match control {
            ControlMessageOwned::Ipv4RecvErr(error, by) if error.ee_origin == SO_EE_ORIGIN_ICMP => {
                let by = by.map(|by| IpAddr::from(u32::from_be(by.sin_addr.s_addr).to_be_bytes()));
                Some(IcmpError { reason: IcmpReason::of_v4(error.ee_type, error.ee_code), by })
            }
            ControlMessageOwned::Ipv6RecvErr(error, by) if error.ee_origin == SO_EE_ORIGIN_ICMP6 => {
                let by = by.map(|by| IpAddr::from(by.sin6_addr.s6_addr));
                Some(IcmpError { reason: IcmpReason::of_v6(error.ee_type, error.ee_code), by })
            }
            _ => None,
        });
        if said.is_some() {
            return said;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_event_has_one_name_in_both_families() {
        #[rustfmt::skip]
        let cases = [
            // IPv4,   IPv6,    word
            ((3, 0),   (1, 0),  "net-unreachable"),
            ((3, 1),   (1, 3),  "host-unreachable"),
            ((3, 2),   (4, 1),  "protocol-unreachable"),
            ((3, 3),   (1, 4),  "refused"),
            ((3, 13),  (1, 1),  "prohibited"),
            ((3, 10),  (1, 6),  "prohibited"),
            ((11, 0),  (3, 0),  "hop-limit"),
            ((11, 1),  (3, 1),  "reassembly"),
            ((3, 4),   (2, 0),  "too-big"),
            ((12, 0),  (4, 0),  "parameter-problem"),
            ((42, 7),  (42, 7), "icmp"),
        ];
        for (v4, v6, word) in cases {
            let words = [IcmpReason::of_v4(v4.0, v4.1).word(), IcmpReason::of_v6(v6.0, v6.1).word()];
            assert_eq!(words, [word, word], "{v4:?} {v6:?}");
        }
    }
}
