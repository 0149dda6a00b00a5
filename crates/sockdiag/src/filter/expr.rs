//! A filter as written: a tree of predicates.
//!
//! An empty `And` is true and an empty `Or` is false, so constants need no variant of their own.

use std::cmp::Ordering;
use std::ops::RangeInclusive;

use super::address_family::AddressFamily;
use super::host::Host;

/// What a socket must be like.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Expr {
    /// All of them.
    And(Vec<Self>),
    /// At least one of them.
    Or(Vec<Self>),
    /// The opposite.
    Not(Box<Self>),
    /// One property.
    Is(Predicate),
}

/// One property of a socket. What a socket does not have, or the kernel does not tell, compares as false.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Predicate {
    /// The address of an end, perhaps with its port.
    Host(Side, Host),
    /// The number an end has besides its address: a port; the index of the interface for `link`, the inode for `unix`.
    /// It is compared as it is, so a port is never above 65535 or below 0.
    Port(Side, Comparison, i64),
    /// The interface it is bound to, by index; 0 is none.
    Interface(u32),
    /// `SO_MARK`: whether `mark & mask == value`. Only the kernel knows, and it tells only those with `CAP_NET_ADMIN`.
    Mark {
        /// What is to be left.
        value: u32,
        /// Of these bits.
        mask: u32,
    },
    /// The control group it was made in, by id: the inode of the group's directory.
    Cgroup(u64),
    /// The kernel chose the port or name. For inet sockets it is one of these (`net.ipv4.ip_local_port_range`) that was not
    /// asked for; the latter only the kernel can tell.
    Autobound(RangeInclusive<u16>),
    /// A number: one that every family has, or one that TCP has of a connection; a time is in nanoseconds, a limit the number of its
    /// [`SendLimit`](crate::SendLimit).
    Number(Quantity, Comparison, u64),
    /// One of these processes holds it.
    Held(HeldSockets),
    /// The address family.
    Family(AddressFamily),
    /// The name of its kind, as [`Subject::netid`](super::Subject::netid) has it.
    Netid(Box<str>),
}

/// Which end of a socket.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Side {
    /// `src`, `sport`.
    Local,
    /// `dst`, `dport`.
    Remote,
}

/// How two numbers compare.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Comparison {
    Equal,
    NotEqual,
    AtLeast,
    AtMost,
    Above,
    Below,
}

/// A number sockets have.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Quantity {
    /// The owner's user id.
    Uid,
    /// The inode `/proc/PID/fd` links name.
    Inode,
    /// What tells it from every other socket since boot.
    Cookie,
    /// Bytes not yet read, or connections not yet accepted.
    RecvQ,
    /// Bytes not yet acknowledged, or how many connections may wait.
    SendQ,
    /// Segments TCP has ever sent again; listeners send none.
    Retrans,
    /// TCP's smoothed round-trip time.
    Rtt,
    /// For how long a TCP connection has moved no data.
    Idle,
    /// What holds TCP's sender back.
    Limited,
}

/// Sockets found in the hands of processes, when somebody looked.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct HeldSockets {
    /// The condition as written, such as `pid = 1`.
    pub words: Box<str>,
    inodes: Box<[u32]>,
}

impl Expr {
    /// True of every socket.
    pub const ALWAYS: Self = Self::And(Vec::new());
    /// True of none.
    pub const NEVER: Self = Self::Or(Vec::new());

    /// The same for sockets of which `known` knows some properties already: what is known is no longer asked.
    #[must_use]
    pub fn given(&self, known: &impl Fn(&Predicate) -> Option<bool>) -> Self {
        match self {
            Self::And(parts) => Self::all(parts.iter().map(|part| part.given(known))),
            Self::Or(parts) => Self::any(parts.iter().map(|part| part.given(known))),
            Self::Not(part) => part.given(known).negated(),
            Self::Is(predicate) => match known(predicate) {
                Some(true) => Self::ALWAYS,
                Some(false) => Self::NEVER,
                None => self.clone(),
            },
        }
    }

    /// Whether some predicate in it is such a one.
    pub fn mentions(&self, such: &impl Fn(&Predicate) -> bool) -> bool {
        match self {
            Self::And(parts) | Self::Or(parts) => parts.iter().any(|part| part.mentions(such)),
            Self::Not(part) => part.mentions(such),
            Self::Is(predicate) => such(predicate),
        }
    }

    /// Whether it asks what TCP knows of a connection, which the kernel tells only if it is asked for.
    pub fn asks_tcp_info(&self) -> bool {
        self.mentions(&|predicate| match predicate {
            Predicate::Number(quantity, ..) => quantity.is_of_tcp(),
            _ => false,
        })
    }

    /// All of `parts`, without those that are always true; a single one stands for itself.
    pub(super) fn all(parts: impl IntoIterator<Item = Self>) -> Self {
        let mut kept = Vec::new();
        for part in parts {
            match part.constant() {
                Some(false) => return Self::NEVER,
                Some(true) => {}
                None => kept.push(part),
            }
        }
        if kept.len() == 1 { kept.remove(0) } else { Self::And(kept) }
    }

    /// Any of `parts`, without those that are never true; a single one stands for itself.
    pub(super) fn any(parts: impl IntoIterator<Item = Self>) -> Self {
        let mut kept = Vec::new();
        for part in parts {
            match part.constant() {
                Some(true) => return Self::ALWAYS,
                Some(false) => {}
                None => kept.push(part),
            }
        }
        if kept.len() == 1 { kept.remove(0) } else { Self::Or(kept) }
    }

    pub(super) fn negated(self) -> Self {
        match self.constant() {
            Some(true) => Self::NEVER,
            Some(false) => Self::ALWAYS,
            None => Self::Not(self.into()),
        }
    }

    /// Its value, if it has one without looking at a socket.
    pub fn constant(&self) -> Option<bool> {
        match self {
            Self::And(parts) if parts.is_empty() => Some(true),
            Self::Or(parts) if parts.is_empty() => Some(false),
            _ => None,
        }
    }
}

impl Comparison {
    /// Whether `left` compares so to `right`.
    #[inline]
    pub fn holds<T: Ord>(self, left: T, right: T) -> bool {
        let ordering = left.cmp(&right);
        match self {
            Self::Equal => ordering == Ordering::Equal,
            Self::NotEqual => ordering != Ordering::Equal,
            Self::AtLeast => ordering != Ordering::Less,
            Self::AtMost => ordering != Ordering::Greater,
            Self::Above => ordering == Ordering::Greater,
            Self::Below => ordering == Ordering::Less,
        }
    }
}

impl Quantity {
    /// Whether it is part of what TCP knows of a connection ([`TcpInfo`](crate::TcpInfo)).
    pub fn is_of_tcp(self) -> bool {
        match self {
            Self::Retrans | Self::Rtt | Self::Idle | Self::Limited => true,
            Self::Uid | Self::Inode | Self::Cookie | Self::RecvQ | Self::SendQ => false,
        }
    }
}

impl HeldSockets {
    /// `words` say which processes; `inodes` are those of their sockets, in any order.
    pub fn new(words: impl Into<Box<str>>, mut inodes: Vec<u32>) -> Self {
        inodes.sort_unstable();
        inodes.dedup();
        Self { words: words.into(), inodes: inodes.into() }
    }

    /// Whether the socket is among them.
    pub fn contains(&self, inode: u32) -> bool {
        inode != 0 && self.inodes.binary_search(&inode).is_ok()
    }
}

impl From<Predicate> for Expr {
    fn from(predicate: Predicate) -> Self {
        Self::Is(predicate)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is(uid: u64) -> Expr {
        Predicate::Number(Quantity::Uid, Comparison::Equal, uid).into()
    }

    #[test]
    fn what_is_known_is_not_asked() {
        let inet: Expr = Predicate::Family(AddressFamily::INET).into();
        let not = |expr: Expr| Expr::Not(expr.into());
        #[rustfmt::skip]
        let cases = [
            // expression,                                          inet,           not inet
            (inet.clone(),                                          Expr::ALWAYS,   Expr::NEVER),
            (not(inet.clone()),                                     Expr::NEVER,    Expr::ALWAYS),
            (Expr::And(vec![inet.clone(), is(1)]),                  is(1),          Expr::NEVER),
            (Expr::Or(vec![is(1), inet.clone()]),                   Expr::ALWAYS,   is(1)),
            (not(Expr::And(vec![inet.clone(), is(1)])),             not(is(1)),     Expr::ALWAYS),
            (Expr::Or(vec![not(inet), Expr::And(vec![is(1), is(2)])]),
                                                                    Expr::And(vec![is(1), is(2)]), Expr::ALWAYS),
        ];
        for (expr, yes, no) in cases {
            let given = |truth| {
                expr.given(&move |predicate| matches!(predicate, Predicate::Family(_)).then_some(truth))
            };
            assert_eq!((given(true), given(false)), (yes, no), "{expr:?}");
        }
    }

    #[test]
    fn a_socket_nobody_holds_is_in_no_hands() {
        let held = HeldSockets::new("pid = 1", vec![9, 0, 3, 9]);
        assert_eq!([0, 3, 4, 9].map(|inode| held.contains(inode)), [false, true, false, true]);
    }
}
