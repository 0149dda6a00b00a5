//! A filter as the kernel runs it (`INET_DIAG_REQ_BYTECODE`): operations that each say how far to jump on yes and on no.
//!
//! Jumps count bytes from the operation they belong to. Landing exactly at the end accepts a socket; anywhere beyond it
//! refuses.

#![cfg_attr(not(test), warn(clippy::indexing_slicing))]

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::address_family::AddressFamily;
use super::host::Prefix;
use super::subject::{End, Subject};

/// A program, made by [`Expr::plan`](super::Expr::plan); never longer than an attribute can be.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Bytecode(pub(super) Box<[u8]>);

impl Bytecode {
    /// The program in the kernel's byte order: the payload of the attribute.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Runs the program as the kernel does. Only inet sockets fit it.
    pub fn matches(&self, subject: &Subject<'_>) -> bool {
        let mut rest = &*self.0;
        while !rest.is_empty() {
            let Some((op, arguments)) = Op::read(rest) else {
                return false;
            };
            let step = if holds(op.code, arguments, subject).unwrap_or(false) {
                usize::from(op.yes)
            } else {
                usize::from(op.no)
            };
            match rest.get(step..) {
                // A step of nothing would be taken for ever.
                Some(after) if step > 0 => rest = after,
                _ => return false,
            }
        }
        true
    }
}

/// `struct inet_diag_bc_op`: how each operation begins.
#[derive(Clone, Copy, Debug)]
pub(super) struct Op {
    pub(super) code: u8,
    pub(super) yes: u8,
    pub(super) no: u16,
}

impl Op {
    /// Bytes of it.
    pub(super) const LEN: usize = 4;

    pub(super) fn read(bytes: &[u8]) -> Option<(Self, &[u8])> {
        let (&[code, yes, a, b], arguments) = bytes.split_first_chunk()?;
        Some((Self { code, yes, no: u16::from_ne_bytes([a, b]) }, arguments))
    }
}

/// Operation codes (`INET_DIAG_BC_*`).
pub(super) mod code {
    pub(in super::super) const JMP: u8 = 1;
    pub(in super::super) const S_GE: u8 = 2;
    pub(in super::super) const S_LE: u8 = 3;
    pub(in super::super) const D_GE: u8 = 4;
    pub(in super::super) const D_LE: u8 = 5;
    pub(in super::super) const AUTO: u8 = 6;
    pub(in super::super) const S_COND: u8 = 7;
    pub(in super::super) const D_COND: u8 = 8;
    pub(in super::super) const DEV_COND: u8 = 9;
    pub(in super::super) const MARK_COND: u8 = 10;
    pub(in super::super) const S_EQ: u8 = 11;
    pub(in super::super) const D_EQ: u8 = 12;
    pub(in super::super) const CGROUP_COND: u8 = 13;
}

/// What the kernel's interpreter answers to one operation; `None` when its arguments are cut short.
fn holds(code: u8, arguments: &[u8], subject: &Subject<'_>) -> Option<bool> {
    // The port of a comparison sits where the next operation's jump would be.
    let port = || Some(i64::from(Op::read(arguments)?.0.no));
    let word = |at: usize| Some(u32::from_ne_bytes(*arguments.get(at..)?.first_chunk()?));
    let local = subject.local.port();
    let remote = subject.remote.port();
    Some(match code {
        code::JMP => false,
        code::S_GE => local? >= port()?,
        code::S_LE => local? <= port()?,
        code::S_EQ => local? == port()?,
        code::D_GE => remote? >= port()?,
        code::D_LE => remote? <= port()?,
        code::D_EQ => remote? == port()?,
        code::AUTO => subject.port_asked_for != Some(true),
        code::S_COND => at_host(arguments, &subject.local)?,
        code::D_COND => at_host(arguments, &subject.remote)?,
        code::DEV_COND => subject.interface == word(0)?,
        code::MARK_COND => subject.mark? & word(4)? == word(0)?,
        code::CGROUP_COND => subject.cgroup? == u64::from_ne_bytes(*arguments.first_chunk()?),
        // `INET_DIAG_BC_NOP`
        _ => true,
    })
}

/// `struct inet_diag_hostcond`: family, prefix length, padding, port or -1, address.
fn at_host(arguments: &[u8], end: &End<'_>) -> Option<bool> {
    let (&[family, len, _, _], rest) = arguments.split_first_chunk()?;
    let (&port, address) = rest.split_first_chunk()?;
    let port = i32::from_ne_bytes(port);
    if port != -1 && Some(i64::from(port)) != end.port() {
        return Some(false);
    }
    let address: IpAddr = match AddressFamily(family) {
        AddressFamily::INET => Ipv4Addr::from(*address.first_chunk::<4>()?).into(),
        AddressFamily::INET6 => Ipv6Addr::from(*address.first_chunk::<16>()?).into(),
        _ => return Some(true),
    };
    let End::Inet { address: actual, .. } = *end else {
        return Some(false);
    };
    Some(Prefix::new(address, len)?.contains(actual))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::strategy;
    use super::*;

    proptest! {
        #[test]
        fn any_program_ends(bytes in proptest::collection::vec(0u8..20, 0..200), subject in strategy::subject()) {
            let _ = Bytecode(bytes.into()).matches(&subject);
        }
    }
}
