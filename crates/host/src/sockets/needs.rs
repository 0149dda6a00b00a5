//! What is to be known of sockets: the less, the cheaper a snapshot.

use std::ops::BitOr;

use netdiag_sockdiag::States;

use super::list_request::SocketDetails;
use super::table::{Family, Table};
use super::tables::Tables;

/// What is to be asked of the kernel, once for all who want to know.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Needs {
    /// By table; none where nobody wants it.
    states: [u32; Table::ALL.len()],
    tcp_info: bool,
    memory: bool,
    owners: bool,
}

impl Needs {
    /// Nothing.
    pub const NONE: Self =
        Self { states: [0; Table::ALL.len()], tcp_info: false, memory: false, owners: false };
    /// What TCP knows of connections.
    pub const TCP_INFO: Self = Self { tcp_info: true, ..Self::NONE };
    /// How much memory sockets use, and how much they dropped.
    pub const MEMORY: Self = Self { memory: true, ..Self::NONE };
    /// Who holds them.
    pub const OWNERS: Self = Self { owners: true, ..Self::NONE };

    /// Sockets of these tables in these states.
    pub fn of(tables: impl IntoIterator<Item = Table>, states: States) -> Self {
        let mut needs = Self::NONE;
        for table in tables {
            if let Some(wanted) = needs.states.get_mut(table as usize) {
                *wanted |= states.0;
            }
        }
        needs
    }

    /// Which sockets of a table.
    pub fn states(&self, table: Table) -> States {
        States(self.states.get(table as usize).copied().unwrap_or_default())
    }

    /// Whether somebody wants to know who holds them.
    pub(crate) fn owners(&self) -> bool {
        self.owners
    }

    /// Tables of which there are any to look at.
    pub(crate) fn tables(&self) -> Tables {
        Table::ALL.into_iter().filter(|table| !self.states(*table).is_empty()).collect()
    }

    /// Which sockets of a family: the kernel asks for all types of one that is not an IP family together.
    pub(crate) fn states_of(&self, table: Table, family: Family) -> States {
        match family.is_inet() {
            true => self.states(table),
            false => family.tables().map(|table| self.states(table)).fold(States::NONE, BitOr::bitor),
        }
    }

    /// What to learn of the sockets of a table. Where a unix socket is bound is told always: its name does not say.
    pub(crate) fn details(&self, table: Table) -> SocketDetails {
        let identity = table.families().contains(&Family::Unix);
        SocketDetails {
            info: self.tcp_info && table == Table::Tcp,
            memory: self.memory,
            identity,
            ..SocketDetails::default()
        }
    }
}

impl From<SocketDetails> for Needs {
    /// Of what is to be learnt, only what TCP knows and memory use are kept of snapshots.
    fn from(SocketDetails { info, memory, .. }: SocketDetails) -> Self {
        Self { tcp_info: info, memory, ..Self::NONE }
    }
}

impl BitOr for Needs {
    type Output = Self;

    /// What both want to know.
    fn bitor(self, other: Self) -> Self {
        let mut states = self.states;
        states.iter_mut().zip(other.states).for_each(|(states, others)| *states |= others);
        Self {
            states,
            tcp_info: self.tcp_info || other.tcp_info,
            memory: self.memory || other.memory,
            owners: self.owners || other.owners,
        }
    }
}

#[cfg(test)]
mod tests {
    use netdiag_sockdiag::State;

    use super::*;

    #[test]
    fn needs_add_up() {
        let listeners = Needs::of([Table::Tcp, Table::UnixStream], States::only(State::LISTEN));
        let bound = Needs::OWNERS | Needs::of([Table::UnixDgram], States::only(State::CLOSE));
        let both = listeners | bound;
        assert_eq!(
            both.tables().iter().collect::<Vec<_>>(),
            [Table::UnixStream, Table::UnixDgram, Table::Tcp]
        );
        assert_eq!(both.states_of(Table::UnixStream, Family::Unix), States::LISTENING);
        assert_eq!(both.states_of(Table::Tcp, Family::Inet6), States::only(State::LISTEN));
        assert!(both.owners && !both.tcp_info && both.states(Table::Udp).is_empty());
    }
}
