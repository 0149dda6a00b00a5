//! Network capabilities in effect for exactly as long as a socket call needs them.
//!
//! A file capability may be permitted only (`cap_net_raw+p`); it must then be raised around the calls that take it. Whatever is
//! in effect already stays so: that is the caller's to end.

use caps::{CapSet, Capability};

/// Runs `task` with the capabilities that open, bind and mark ICMP sockets in effect on this thread, where they are permitted.
/// Without any it still runs: the refused call says what is missing.
pub(crate) fn raised<T>(task: impl FnOnce() -> T) -> T {
    let lacking =
        |capability: &Capability| !matches!(caps::has_cap(None, CapSet::Effective, *capability), Ok(true));
    let raised: Vec<Capability> = [Capability::CAP_NET_RAW, Capability::CAP_NET_ADMIN]
        .into_iter()
        .filter(lacking)
        .filter(|capability| caps::raise(None, CapSet::Effective, *capability).is_ok())
        .collect();
    let result = task();
    for capability in raised {
        // Nothing more can be done where it cannot be lowered: this thread goes on with what it was permitted anyway.
        let _ = caps::drop(None, CapSet::Effective, capability);
    }
    result
}
