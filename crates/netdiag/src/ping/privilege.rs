//! Capabilities for exactly as long as they are needed, then none for good.
//!
//! The file capability is permitted-only (`cap_net_raw+p`), so it must be raised around the calls that need it; by the time
//! anything is read from the network this process has no privilege left that a reply could make use of.

use std::io;

use caps::{CapSet, Capability, CapsHashSet};
use nix::sys::prctl;
use nix::unistd::getuid;

/// The network capabilities this process was started with, out of effect until they are used.
#[must_use]
pub(crate) struct Privilege(CapsHashSet);

impl Privilege {
    /// Gives up everything but `cap_net_raw` and `cap_net_admin`, and puts these out of effect.
    pub(crate) fn take() -> io::Result<Self> {
        let permitted = caps::read(None, CapSet::Permitted).map_err(io::Error::other)?;
        let wanted = [Capability::CAP_NET_RAW, Capability::CAP_NET_ADMIN];
        let held: CapsHashSet =
            wanted.into_iter().filter(|capability| permitted.contains(capability)).collect();
        caps::clear(None, CapSet::Effective).map_err(io::Error::other)?;
        caps::set(None, CapSet::Permitted, &held).map_err(io::Error::other)?;
        Ok(Self(held))
    }

    /// Runs `task` with the capabilities in effect. Without any it still runs: the refused call says what is missing.
    pub(crate) fn raised<T>(&self, task: impl FnOnce() -> T) -> T {
        if self.0.is_empty() {
            return task();
        }
        let _ = caps::set(None, CapSet::Effective, &self.0);
        let result = task();
        // To fail here would be to stay privileged for a moment longer; `drop_for_good` reports it.
        let _ = caps::clear(None, CapSet::Effective);
        result
    }

    /// Drops every capability, and forbids gaining new ones. No user or group but the caller's is left since the program began.
    pub(super) fn drop_for_good(self) -> io::Result<()> {
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
