//! What is not known of sockets, as a finding says it: it is neither as expected nor otherwise.

use netdiag_host::{CutShort, Snapshot};
use netdiag_probe::Counted;
use netdiag_text::{Trusted, message};

use crate::finding::{Finding, Unmeasured};
use crate::proto::Proto;

/// A finding that says so if not all sockets of these kinds could be listed.
pub(crate) fn incomplete(snapshot: &Snapshot, protos: &[Proto]) -> Option<Finding> {
    let cut_short = |proto: &Proto| {
        snapshot.cut_short(proto.tables().iter().copied()).map(|(subset, why)| (*proto, subset, why))
    };
    let (proto, subset, why) = protos.iter().find_map(cut_short)?;
    let reason = match why {
        CutShort::Malformed(some) => message!("{} of the kernel cannot be read", Counted(*some, "record")),
        why => why.message(),
    };
    let remedy = match why {
        CutShort::Unsupported => subset.module().map(|module| message!("modprobe {}", Trusted(module))),
        CutShort::Exhausted { .. } => Some("raise the limit of open files (ulimit -n)".into()),
        _ => None,
    };
    Some(Finding::unmeasured(message!("{} sockets: {}", Trusted(proto.word()), reason), remedy))
}

/// That it is not known who holds a socket, and why.
pub(crate) fn holders(why: &CutShort) -> Unmeasured {
    let reason = match why {
        CutShort::Withheld(1) => {
            "a process of others keeps its files from us, and may hold such a socket".into()
        }
        CutShort::Withheld(many) => {
            message!("{} processes of others keep their files from us, and may hold such a socket", many)
        }
        CutShort::Hidden(_) => message!("{}, who may hold such a socket", why.message()),
        why => message!("not all processes could be looked at: {}", why.message()),
    };
    Unmeasured { reason, remedy: Some(why.owners_remedy().into()) }
}
