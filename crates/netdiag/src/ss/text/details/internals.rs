//! Which protocol's internals a socket has, and what stands before all of them: memory use.
//!
//! What the kernel sent is shown; what it was not asked for is not there.

use netdiag_host::Table;
use netdiag_sockdiag::{InetAttrs, MemInfo, OldMemInfo, State};

use super::super::super::cells::Cell;
use super::super::super::details::Details;
use super::{mptcp, sctp, tcp, ulp};

/// Whose words the internals are in.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Internals {
    /// The protocol has none.
    None,
    /// TCP's, and those of protocols that tell nothing.
    Tcp,
    Mptcp,
    Sctp,
}

impl Internals {
    #[inline]
    pub(super) fn of(table: Table) -> Self {
        match table {
            Table::Udp => Self::None,
            Table::Mptcp => Self::Mptcp,
            Table::Sctp => Self::Sctp,
            _ => Self::Tcp,
        }
    }

    pub(super) fn write(self, cell: &mut Cell<'_>, details: Details, state: State, attrs: &InetAttrs<'_>) {
        match (attrs.mem_info(), attrs.old_mem_info()) {
            (Some(memory), _) => skmem(cell, memory),
            (None, Some(memory)) => mem(cell, memory),
            (None, None) => {}
        }
        match self {
            Self::None => {}
            Self::Tcp => {
                if let Some(info) = attrs.tcp_info() {
                    tcp::write(cell, details, state, info, attrs);
                }
                ulp::write(cell, attrs);
            }
            Self::Mptcp => mptcp::write(cell, attrs),
            Self::Sctp => sctp::write(cell, attrs),
        }
    }
}

/// Writes ` skmem:(…)`.
pub(in super::super) fn skmem(cell: &mut Cell<'_>, memory: MemInfo<'_>) {
    cell.number(b" skmem:(r", memory.rmem_alloc().unwrap_or(0));
    cell.number(b",rb", memory.rcvbuf().unwrap_or(0));
    cell.number(b",t", memory.wmem_alloc().unwrap_or(0));
    cell.number(b",tb", memory.sndbuf().unwrap_or(0));
    cell.number(b",f", memory.fwd_alloc().unwrap_or(0).cast_unsigned());
    cell.number(b",w", memory.wmem_queued().unwrap_or(0));
    cell.number(b",o", memory.optmem().unwrap_or(0));
    if let Some(backlog) = memory.backlog() {
        cell.number(b",bl", backlog);
    }
    if let Some(drops) = memory.drops() {
        cell.number(b",d", drops);
    }
    cell.byte(b')');
}

fn mem(cell: &mut Cell<'_>, memory: OldMemInfo<'_>) {
    cell.number(b" mem:(r", memory.rmem().unwrap_or(0));
    cell.number(b",w", memory.wmem().unwrap_or(0));
    cell.number(b",f", memory.fmem().unwrap_or(0).cast_unsigned());
    cell.number(b",t", memory.tmem().unwrap_or(0));
    cell.byte(b')');
}
