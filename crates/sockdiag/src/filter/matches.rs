//! What an expression means: the oracle of everything that decides faster.

use super::expr::{Expr, Predicate, Quantity, Side};
use super::subject::{End, Subject};
use crate::state::State;
use crate::tcp_info::TcpInfo;

impl Expr {
    /// Whether the socket is meant.
    pub fn matches(&self, subject: &Subject<'_>) -> bool {
        match self {
            Self::And(parts) => parts.iter().all(|part| part.matches(subject)),
            Self::Or(parts) => parts.iter().any(|part| part.matches(subject)),
            Self::Not(part) => !part.matches(subject),
            Self::Is(predicate) => predicate.matches(subject),
        }
    }
}

impl Predicate {
    /// Whether the socket has this property.
    pub fn matches(&self, subject: &Subject<'_>) -> bool {
        match *self {
            Self::Host(side, ref host) => host.contains(subject.end(side)),
            Self::Port(side, comparison, number) => {
                subject.end(side).port().is_some_and(|port| comparison.holds(port, number))
            }
            Self::Interface(index) => subject.interface == index,
            Self::Mark { value, mask } => subject.mark.is_some_and(|mark| mark & mask == value),
            Self::Cgroup(id) => subject.cgroup == Some(id),
            Self::Autobound(ref ephemeral) => match subject.local {
                // Where it is not known whether the port was asked for, most that have such a port did not.
                End::Inet { port, .. } => subject.port_asked_for != Some(true) && ephemeral.contains(&port),
                ref other => name_chosen(other),
            },
            Self::Number(quantity, comparison, number) => {
                subject.quantity(quantity).is_some_and(|value| comparison.holds(value, number))
            }
            Self::Held(ref held) => held.contains(subject.inode),
            Self::Family(family) => subject.family == family,
            Self::Netid(ref netid) => subject.netid == &**netid,
        }
    }
}

impl<'a> Subject<'a> {
    pub(super) fn end(&self, side: Side) -> &End<'a> {
        match side {
            Side::Local => &self.local,
            Side::Remote => &self.remote,
        }
    }

    fn quantity(&self, quantity: Quantity) -> Option<u64> {
        match quantity {
            Quantity::Uid => self.uid.map(u64::from),
            Quantity::Inode => Some(self.inode.into()),
            Quantity::Cookie => self.cookie,
            Quantity::RecvQ => self.rqueue.map(u64::from),
            Quantity::SendQ => self.wqueue.map(u64::from),
            Quantity::Retrans => self.tcp.filter(has_sent)?.total_retrans().map(u64::from),
            Quantity::Rtt => Some(u64::from(self.tcp?.rtt()?) * 1000),
            Quantity::Idle => Some(u64::from(self.tcp?.idle()?) * 1_000_000),
            Quantity::Limited => Some(self.tcp?.send_limit()? as u64),
        }
    }
}

/// A listener has numbers of its connections in the places of its own.
fn has_sent(info: &TcpInfo<'_>) -> bool {
    info.state() != Some(State::LISTEN.0)
}

/// Whether an end outside inet has the kind of name nobody asks for.
fn name_chosen(end: &End<'_>) -> bool {
    match *end {
        End::Unix { name: [], .. } => true,
        End::Unix { name: [0 | b'@', digits @ ..], .. } => {
            digits.len() == 5 && digits.iter().all(u8::is_ascii_hexdigit)
        }
        End::Link { protocol, interface } => protocol == 0 && interface == 0,
        End::Netlink { port, .. } => (port as i32) < 0,
        // Up to here ports are privileged.
        End::Vsock { port, .. } => port > 1023,
        End::Unix { .. } | End::Inet { .. } | End::None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::super::{AddressFamily, Comparison, Glob, HeldSockets, Host};
    use super::*;

    const NOTHING: Subject<'_> = Subject {
        family: AddressFamily::UNIX,
        netid: "u_str",
        local: End::None,
        remote: End::None,
        interface: 0,
        mark: None,
        cgroup: None,
        uid: None,
        inode: 7,
        cookie: None,
        rqueue: Some(5),
        wqueue: None,
        port_asked_for: None,
        tcp: None,
    };

    #[test]
    fn what_is_not_told_compares_as_false() {
        let number = |quantity, comparison| Predicate::Number(quantity, comparison, 5);
        #[rustfmt::skip]
        let cases = [
            (number(Quantity::RecvQ, Comparison::AtLeast),        true),
            (number(Quantity::RecvQ, Comparison::Above),          false),
            (number(Quantity::SendQ, Comparison::Equal),          false),
            (number(Quantity::SendQ, Comparison::NotEqual),       false),
            (number(Quantity::Uid, Comparison::NotEqual),         false),
            (number(Quantity::Inode, Comparison::Above),          true),
            (Predicate::Port(Side::Local, Comparison::AtMost, 9), false),
            (Predicate::Mark { value: 0, mask: 0 },               false),
            (Predicate::Held(HeldSockets::new("pid = 1", vec![7])),      true),
            (Predicate::Family(AddressFamily::UNIX),              true),
            (Predicate::Netid("u_dgr".into()),                    false),
        ];
        for (predicate, expected) in cases {
            assert_eq!(predicate.matches(&NOTHING), expected, "{predicate:?}");
        }
    }

    #[test]
    fn what_tcp_does_not_know_is_on_neither_side() {
        let mut info = [0; 192];
        info[0] = State::ESTABLISHED.0;
        let numbers = [(44, 9000), (52, 7000), (68, 1500), (100, 3)];
        numbers.iter().for_each(|&(at, number)| info[at..at + 4].copy_from_slice(&u32::to_ne_bytes(number)));
        let known = Subject { tcp: Some(TcpInfo::new(&info)), ..NOTHING };
        let mut waits = info;
        waits[0] = State::LISTEN.0;
        waits[68..72].fill(0);
        let listener = Subject { tcp: Some(TcpInfo::new(&waits)), ..NOTHING };
        #[rustfmt::skip]
        let cases = [
            (Quantity::Retrans, 3),
            (Quantity::Rtt,     1_500_000),
            (Quantity::Idle,    7_000_000_000),
            (Quantity::Limited, crate::SendLimit::App as u64),
        ];
        for (quantity, number) in cases {
            for comparison in
                [Comparison::Equal, Comparison::NotEqual, Comparison::AtLeast, Comparison::Below]
            {
                let predicate = Predicate::Number(quantity, comparison, number);
                let expected = matches!(comparison, Comparison::Equal | Comparison::AtLeast);
                assert_eq!(predicate.matches(&known), expected, "{predicate:?}");
                assert!(!predicate.matches(&NOTHING) && !predicate.matches(&listener), "{predicate:?}");
            }
        }
    }

    #[test]
    fn every_family_has_names_nobody_asked_for() {
        let autobound = Predicate::Autobound(32_768..=60_999);
        let unix = |name| End::Unix { name, inode: 1 };
        let inet = |port| End::Inet { address: std::net::Ipv4Addr::LOCALHOST.into(), port };
        #[rustfmt::skip]
        let cases = [
            (unix(b""),                                true),
            (unix(b"\x00f71aa"),                       true),
            (unix(b"@f71aa"),                          true),
            (unix(b"@f71ag"),                          false),
            (unix(b"@f71aab"),                         false),
            (unix(b"/f71aa"),                          false),
            (End::Link { protocol: 0, interface: 0 },  true),
            (End::Link { protocol: 3, interface: 0 },  false),
            (End::Netlink { protocol: 0, port: !0 },   true),
            (End::Netlink { protocol: 0, port: 9 },    false),
            (End::Vsock { cid: 1, port: 1023 },        false),
            (End::Vsock { cid: 1, port: 1024 },        true),
            (inet(32_767),                             false),
            (inet(32_768),                             true),
            (End::None,                                false),
        ];
        for (local, expected) in cases {
            assert_eq!(autobound.matches(&Subject { local, ..NOTHING }), expected, "{local:?}");
        }
        let asked = Subject { local: inet(40_000), port_asked_for: Some(true), ..NOTHING };
        assert!(!autobound.matches(&asked));
    }

    #[test]
    fn a_part_left_out_may_be_anything() {
        let link = End::Link { protocol: 0x800, interface: 2 };
        let netlink = End::Netlink { protocol: 16, port: 0 };
        let vsock = End::Vsock { cid: 3, port: 22 };
        let unix = End::Unix { name: b"\x00a\x00b", inode: 4 };
        #[rustfmt::skip]
        let cases = [
            (Host::Link { protocol: None, interface: None },       link,    true),
            (Host::Link { protocol: Some(0x800), interface: None }, link,   true),
            (Host::Link { protocol: None, interface: Some(3) },    link,    false),
            (Host::Link { protocol: None, interface: None },       netlink, false),
            (Host::Netlink { protocol: Some(16), port: Some(0) },  netlink, true),
            (Host::Netlink { protocol: Some(15), port: None },     netlink, false),
            (Host::Vsock { cid: None, port: Some(22) },            vsock,   true),
            (Host::Vsock { cid: Some(2), port: Some(22) },         vsock,   false),
            (Host::Unix(Glob::new(*b"@A@*")),                      unix,    true),
            (Host::Unix(Glob::new(*b"/*")),                        unix,    false),
        ];
        for (host, end, expected) in cases {
            assert_eq!(host.contains(&end), expected, "{host:?} {end:?}");
        }
    }
}
