//! Capabilities for exactly as long as sockets are opened, then none for good.
//!
//! The file capability is permitted-only (`cap_net_raw+p`), so it must be raised before the `socket` call; afterwards nothing
//! this process reads from the network can make use of any privilege it was started with.

use std::io;

use caps::{CapSet, Capability};
use nix::sys::prctl;
use nix::unistd::{geteuid, getuid, setuid};

/// Proof that `cap_net_raw` has been raised, as far as it was permitted.
#[must_use]
pub(super) struct Privilege(());

impl Privilege {
    /// Makes `cap_net_raw` effective if it is permitted; without it the `socket` call says what is missing.
    pub(super) fn raise() -> Self {
        let _ = caps::raise(None, CapSet::Effective, Capability::CAP_NET_RAW);
        Self(())
    }

    /// Drops every capability and any set-user-id identity, and forbids gaining new ones.
    pub(super) fn drop_for_good(self) -> io::Result<()> {
        if geteuid() != getuid() {
            setuid(getuid())?;
        }
        for set in [CapSet::Effective, CapSet::Permitted, CapSet::Inheritable] {
            caps::clear(None, set).map_err(io::Error::other)?;
        }
        prctl::set_no_new_privs()?;
        Ok(())
    }
}

/// Whether the caller is the superuser, who alone may ping faster than others; capabilities do not count.
pub(super) fn is_root() -> bool {
    getuid().is_root()
}

/// Whether a refusal cannot be for want of the set-user-id bit.
pub(super) fn is_effective_root() -> bool {
    geteuid().is_root()
}
