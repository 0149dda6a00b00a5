//! What is not known of sockets, as a finding says it: it is neither as expected nor otherwise.

use netdiag_host::{CutShort, Snapshot};
use netdiag_probe::Counted;

use crate::finding::{Finding, Unmeasured};
use crate::proto::Proto;

/// A finding that says so if not all sockets of these kinds could be listed.
pub(super) fn incomplete(snapshot: &Snapshot, protos: &[Proto]) -> Option<Finding> {
    let cut_short = |proto: &Proto| {
        snapshot.cut_short(proto.tables().iter().copied()).map(|(subset, why)| (*proto, subset, why))
    };
    let (proto, subset, why) = protos.iter().find_map(cut_short)?;
    let (reason, remedy) = match why {
        CutShort::Malformed(some) => {
            (format!("{} of the kernel cannot be read", Counted(*some, "record")), None)
        }
        CutShort::Unsupported => {
            (why.to_string(), subset.module().map(|module| format!("modprobe {module}")))
        }
        CutShort::Exhausted { .. } => {
            (why.to_string(), Some("raise the limit of open files (ulimit -n)".to_owned()))
        }
        _ => (why.to_string(), None),
    };
    Some(Finding::unmeasured(format!("{} sockets: {reason}", proto.word()), remedy))
}

/// That it is not known who holds a socket, and why.
pub(super) fn holders(why: &CutShort) -> Unmeasured {
    let (reason, remedy) = match why {
        CutShort::Withheld(1) => {
            ("a process of others keeps its files from us, and may hold such a socket".to_owned(), PRIVILEGE)
        }
        CutShort::Withheld(many) => (
            format!("{many} processes of others keep their files from us, and may hold such a socket"),
            PRIVILEGE,
        ),
        CutShort::Hidden(_) => (format!("{why}, who may hold such a socket"), PRIVILEGE),
        why => (
            format!("not all processes could be looked at: {why}"),
            "see whether /proc is mounted and descriptors are left",
        ),
    };
    Unmeasured { reason, remedy: Some(remedy.to_owned()) }
}

const PRIVILEGE: &str = "run it as root, or with cap_sys_ptrace and cap_dac_read_search";
