//! The network capabilities: in effect for exactly as long as a socket call needs them, and given up for good by [`Privilege`].
//!
//! A file capability may be permitted only (`cap_net_raw+p`), so it is raised around the calls that take it, by those who make
//! them. Whatever is in effect already stays so: that is the caller's to end.

use std::io;

use caps::{CapSet, Capability, CapsHashSet};
use nix::sys::prctl;

/// What a process needs to open ICMP sockets, and nothing else.
const NETWORK: [Capability; 2] = [Capability::CAP_NET_RAW, Capability::CAP_NET_ADMIN];

/// Runs `task` with the capabilities that open, bind and mark ICMP sockets in effect on this thread, where they are permitted.
/// Without any it still runs: the refused call says what is missing.
pub(crate) fn raised<T>(task: impl FnOnce() -> T) -> T {
    let lacking =
        |capability: &Capability| !matches!(caps::has_cap(None, CapSet::Effective, *capability), Ok(true));
    let raised: Vec<Capability> = NETWORK
        .into_iter()
        .filter(lacking)
        .filter(|capability| caps::raise(None, CapSet::Effective, *capability).is_ok())
        .collect();
    let result = task();
    for capability in raised {
        // To fail here would be to stay privileged for a moment longer; whoever gives it up for good is told.
        let _ = caps::drop(None, CapSet::Effective, capability);
    }
    result
}

/// The network capabilities of this thread, out of effect but where a socket is opened, and to be given up once it is.
///
/// By the time anything is read from the network no privilege is to be left that a reply could make use of.
#[derive(Debug)]
#[must_use = "it has to be given up"]
pub struct Privilege(());

impl Privilege {
    /// Gives up all capabilities but `cap_net_raw` and `cap_net_admin`, and puts these out of effect.
    ///
    /// # Errors
    /// What capget(2) or capset(2) answered.
    pub fn take() -> io::Result<Self> {
        let permitted = caps::read(None, CapSet::Permitted).map_err(io::Error::other)?;
        let held: CapsHashSet =
            NETWORK.into_iter().filter(|capability| permitted.contains(capability)).collect();
        caps::clear(None, CapSet::Effective).map_err(io::Error::other)?;
        caps::set(None, CapSet::Permitted, &held).map_err(io::Error::other)?;
        Ok(Self(()))
    }

    /// Gives up every capability, and forbids gaining new ones.
    ///
    /// # Errors
    /// What capset(2) or prctl(2) answered; something may be left then, and nothing should be read from the network.
    pub fn drop_for_good(self) -> io::Result<()> {
        for set in [CapSet::Effective, CapSet::Permitted, CapSet::Inheritable] {
            caps::clear(None, set).map_err(io::Error::other)?;
        }
        prctl::set_no_new_privs()?;
        Ok(())
    }
}
