//! What the checks of a run want to know of sockets, together.

use std::ops::BitOr;

/// What is to be known of this host's sockets.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Needs {
    /// What is to be asked of the kernel.
    pub(crate) sockets: netdiag_host::Needs,
    /// Since when they have been in their states, which only one look after the other can tell.
    pub(crate) ages: bool,
}

impl Needs {
    /// Who holds them, if that is to be known.
    pub(crate) fn owners_if(wanted: bool) -> Self {
        if wanted { netdiag_host::Needs::OWNERS.into() } else { Self::default() }
    }
}

impl From<netdiag_host::Needs> for Needs {
    fn from(sockets: netdiag_host::Needs) -> Self {
        Self { sockets, ages: false }
    }
}

impl BitOr for Needs {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self { sockets: self.sockets | other.sockets, ages: self.ages || other.ages }
    }
}
