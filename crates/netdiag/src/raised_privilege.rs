//! What the program was given beyond what its caller has, by set-user-id, set-group-id or file capabilities, and giving it up.
//!
//! This is the first thing the program does, before anything a caller says is read but the name of the tool: every other file may
//! take it that what this process can do its caller could do as well. Only a tool that opens ICMP sockets for its caller keeps
//! something, `cap_net_raw` and nothing else, permitted and not in effect; no tool keeps a user or group that is not the caller's.

use std::io;

use nix::sys::prctl;
use nix::unistd::{getgid, getresgid, getresuid, getuid, setresgid, setresuid};
use rustix::io::Errno;
use rustix::thread::{
    CapabilitiesSecureBits, CapabilitySet, CapabilitySets, capabilities, capabilities_secure_bits,
    capability_is_in_ambient_set, set_capabilities,
};

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
    let was_another = become_caller(keeps)?;
    if getuid().is_root() && !is_root_in_name_only()? {
        return Ok(());
    }
    // All of them, those that only newer kernels know as well.
    let held = capabilities(None).map_err(of("capget"))?;
    let own = callers(held.permitted).map_err(of("prctl"))?;
    if !was_another && held.permitted == own {
        return Ok(());
    }
    let raised = match keeps {
        Keeps::Nothing => CapabilitySet::empty(),
        Keeps::RawSockets => held.permitted & CapabilitySet::NET_RAW,
    };
    let left =
        CapabilitySets { effective: own, permitted: own | raised, inheritable: CapabilitySet::empty() };
    set_capabilities(None, left).map_err(of("capset"))
}

/// Those that the caller passed on: without set-user-id and file capabilities a program starts with its ambient ones and no others.
fn callers(permitted: CapabilitySet) -> Result<CapabilitySet, Errno> {
    let mut own = CapabilitySet::empty();
    for capability in (0..u64::BITS).map(|number| CapabilitySet::from_bits_retain(1 << number)) {
        if permitted.contains(capability) && capability_is_in_ambient_set(capability)? {
            own |= capability;
        }
    }
    Ok(own)
}

/// Makes all users and groups of this process the real ones, and says whether they were not.
fn become_caller(keeps: Keeps) -> Result<bool, (&'static str, io::Error)> {
    let (user, group) = (getuid(), getgid());
    let groups = getresgid().map_err(of("getresgid"))?;
    let users = getresuid().map_err(of("getresuid"))?;
    let other_group = groups.effective != group || groups.saved != group;
    let other_user = users.effective != user || users.saved != user;
    // The group first: it may take the user's privilege.
    if other_group {
        setresgid(group, group, group).map_err(of("setresgid"))?;
    }
    if other_user {
        let keep = |keep| prctl::set_keepcaps(keep).map_err(of("prctl"));
        keep(keeps == Keeps::RawSockets)?;
        setresuid(user, user, user).map_err(of("setresuid"))?;
        keep(false)?;
    }
    Ok(other_user || other_group)
}

/// Whether user 0 gets no capability from being user 0.
fn is_root_in_name_only() -> Result<bool, (&'static str, io::Error)> {
    let bits = capabilities_secure_bits().map_err(of("prctl"))?;
    Ok(bits.contains(CapabilitiesSecureBits::NO_ROOT))
}

fn of<E: Into<io::Error>>(call: &'static str) -> impl Fn(E) -> (&'static str, io::Error) {
    move |error| (call, error.into())
}
