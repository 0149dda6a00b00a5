//! One of the classic ten columns, and what it looks like.
//!
//! An address and its port are two columns that meet at the colon.

/// A column, in order.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Column {
    Netid,
    State,
    RecvQ,
    SendQ,
    Local,
    LocalPort,
    Peer,
    PeerPort,
    Process,
    /// What has no column of its own: details, timers, protocol internals.
    Ext,
}

/// What every column looks like.
pub(crate) struct Style {
    pub(crate) header: &'static str,
    pub(crate) right: bool,
    /// Blanks that keep it from the column before.
    pub(crate) gap: usize,
}

impl Column {
    pub(crate) const ALL: [Self; 10] = [
        Self::Netid,
        Self::State,
        Self::RecvQ,
        Self::SendQ,
        Self::Local,
        Self::LocalPort,
        Self::Peer,
        Self::PeerPort,
        Self::Process,
        Self::Ext,
    ];

    #[rustfmt::skip]
    pub(crate) fn style(self) -> Style {
        let (header, right, gap) = match self {
            Self::Netid     => ("Netid",          false, 0),
            Self::State     => ("State",          false, 1),
            Self::RecvQ     => ("Recv-Q",         false, 1),
            Self::SendQ     => ("Send-Q",         false, 1),
            Self::Local     => ("Local Address:", true,  1),
            Self::LocalPort => ("Port",           false, 0),
            Self::Peer      => ("Peer Address:",  true,  1),
            Self::PeerPort  => ("Port",           false, 0),
            Self::Process   => ("Process",        false, 0),
            Self::Ext       => ("",               false, 0),
        };
        Style { header, right, gap }
    }
}
