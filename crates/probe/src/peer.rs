//! Who is at the other end of a unix socket (`SO_PEERCRED`).
//!
//! That is who called `listen`, as it was then: the process may have given its place to another, and handed the socket on.

use std::os::fd::AsFd;

use nix::sys::socket::{getsockopt, sockopt};

/// The one who listens.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Peer {
    /// Its process; absent where that is of a namespace we cannot see into.
    pub pid: Option<u32>,
    /// Its effective user.
    pub uid: u32,
    /// Its effective group.
    pub gid: u32,
}

impl Peer {
    pub(crate) fn of(socket: &impl AsFd) -> Option<Self> {
        let credentials = getsockopt(socket, sockopt::PeerCredentials).ok()?;
        let pid = u32::try_from(credentials.pid()).ok().filter(|pid| *pid != 0);
        Some(Self { pid, uid: credentials.uid(), gid: credentials.gid() })
    }
}
