//! What the checks of a run want to know of sockets, together.

use std::ops::BitOr;

use netdiag_sockdiag::States;

use super::socket::Table;

/// What is to be asked of the kernel.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Needs {
    /// By table; none where nobody wants it.
    pub(crate) states: [u32; Table::ALL.len()],
    /// What TCP knows of connections.
    pub(crate) info: bool,
    /// What sockets dropped.
    pub(crate) memory: bool,
    /// Who holds them.
    pub(crate) owners: bool,
    /// Since when they have been in their states.
    pub(crate) ages: bool,
}

impl Needs {
    /// Sockets of these tables in these states.
    pub(crate) fn of(tables: &[Table], states: States) -> Self {
        let mut needs = Self::default();
        for table in tables {
            needs.states[*table as usize] |= states.0;
        }
        needs
    }

    /// Which sockets of a table.
    pub(crate) fn states(&self, table: Table) -> States {
        States(self.states[table as usize])
    }
}

impl BitOr for Needs {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self {
            states: std::array::from_fn(|at| self.states[at] | other.states[at]),
            info: self.info || other.info,
            memory: self.memory || other.memory,
            owners: self.owners || other.owners,
            ages: self.ages || other.ages,
        }
    }
}
