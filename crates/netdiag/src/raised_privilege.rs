//! What the program was given beyond what its caller has, by set-user-id, set-group-id or file capabilities, and giving it up.
//!
//! This is the first thing the program does, before anything a caller says is read but the name of the tool: every other file may
//! take it that what this process can do its caller could do as well. Only a tool that opens ICMP sockets for its caller keeps
//! something, `cap_net_raw` and nothing else, permitted and not in effect; no tool keeps a user or group that is not the caller's.

use std::io;

use caps::errors::CapsError;
use caps::{CapSet, Capability, CapsHashSet};
use nix::sys::prctl;
use nix::unistd::{getgid, getresgid, getresuid, getuid, setresgid, setresuid};
use rustix::thread::{CapabilitiesSecureBits, capabilities_secure_bits};

/// What a tool may keep of raised privilege.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Keeps {
    Nothing,
    /// `cap_net_raw`, permitted only.
    RawSockets,
}

/// Leaves this process its caller's user, group and capabilities, and what the tool `keeps` of those that were raised.
///
/// The superuser, whom the kernel gives every capability, keeps them: they are his own.
///
/// # Errors
/// A system call that failed, by name. The program must then end.
pub(crate) fn give_up(keeps: Keeps) -> Result<(), (&'static str, io::Error)> {
    let other_user = become_caller(keeps)?;
    if getuid().is_root() && !is_root_in_name_only()? {
        return Ok(());
    }
    let permitted = caps::read(None, CapSet::Permitted).map_err(of_capget)?;
    let mut own = CapsHashSet::new();
    for capability in &permitted {
        // Without set-user-id and file capabilities these are all that a program starts with.
        if caps::has_cap(None, CapSet::Ambient, *capability)
            .map_err(|error| ("prctl", io::Error::other(error)))?
        {
            own.insert(*capability);
        }
    }
    let mut kept = own.clone();
    if keeps == Keeps::RawSockets && permitted.contains(&Capability::CAP_NET_RAW) {
        kept.insert(Capability::CAP_NET_RAW);
    }
    caps::set(None, CapSet::Effective, &own).map_err(of_capset)?;
    // Said even where nothing is permitted that has a name here: a newer kernel may know more capabilities.
    caps::set(None, CapSet::Permitted, &kept).map_err(of_capset)?;
    if other_user || permitted != own {
        caps::clear(None, CapSet::Inheritable).map_err(of_capset)?;
    }
    Ok(())
}

/// Makes all users and groups of this process the real ones, and says whether they were not.
fn become_caller(keeps: Keeps) -> Result<bool, (&'static str, io::Error)> {
    let (user, group) = (getuid(), getgid());
    let groups = getresgid().map_err(|errno| ("getresgid", errno.into()))?;
    let users = getresuid().map_err(|errno| ("getresuid", errno.into()))?;
    let other_group = groups.effective != group || groups.saved != group;
    let other_user = users.effective != user || users.saved != user;
    // The group first: it may take the user's privilege.
    if other_group {
        setresgid(group, group, group).map_err(|errno| ("setresgid", errno.into()))?;
    }
    if other_user {
        let keep = |keep| prctl::set_keepcaps(keep).map_err(|errno| ("prctl", errno.into()));
        keep(keeps == Keeps::RawSockets)?;
        setresuid(user, user, user).map_err(|errno| ("setresuid", errno.into()))?;
        keep(false)?;
    }
    Ok(other_user || other_group)
}

/// Whether user 0 gets no capability from being user 0.
fn is_root_in_name_only() -> Result<bool, (&'static str, io::Error)> {
    let bits = capabilities_secure_bits().map_err(|errno| ("prctl", errno.into()))?;
    Ok(bits.contains(CapabilitiesSecureBits::NO_ROOT))
}

fn of_capget(error: CapsError) -> (&'static str, io::Error) {
    ("capget", io::Error::other(error))
}

fn of_capset(error: CapsError) -> (&'static str, io::Error) {
    ("capset", io::Error::other(error))
}
