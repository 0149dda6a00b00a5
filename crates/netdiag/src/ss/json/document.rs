//! What stands around the sockets: how many there are, and why the list may not be whole.
//!
//! What this kernel cannot have is told, too, and is not missing.

use netdiag_host::{CutShort, FamilyTable};
use netdiag_text::strerror;

use super::totals::Totals;
use crate::json::record::record;
use crate::json::{ErrorRecord, Notice, of_call};
use crate::ss::notice::Notice as Cause;

record! {
    /// What a list is about.
    About {
    } maybe {
        /// What sockets are counted by, with `--count-by`: there are groups then, and no sockets.
        count_by: Vec<&'static str>,
    }
}

record! {
    /// What a list of sockets came to.
    Listed {
        /// How many sockets were listed, or counted.
        count: u64,
    } maybe {
        /// How many sockets there are, listed or not (`-s`).
        summary: Totals,
        /// Sockets that are of further groups, which are not told apart (`--count-by`); the list is not complete then.
        further: u64,
    }
}

/// What kept a part of a list from being whole, as JSON.
pub(crate) fn notice(part: FamilyTable, cause: &Cause) -> Notice {
    let (error, missing) = match cause {
        Cause::CutShort(why) => (of_cut(why), missing(why)),
        Cause::Untold(source) => {
            let message = format!("{source} does not tell what the filter asks for");
            (ErrorRecord::new("not-measured", message), None)
        }
        Cause::Unreplayable(error) => (ErrorRecord::new("malformed", format!("$TCPDIAG_FILE {error}")), None),
    };
    Notice {
        missing,
        netid: Some(part.table.netid()),
        family: Some(part.family.name()),
        ..Notice::from(error)
    }
}

/// Why not all owners are known, as JSON.
pub(crate) fn unknown_owners(why: &CutShort) -> Notice {
    Notice::from(ErrorRecord { kind: "unknown-owners", ..of_cut(why) })
}

/// That events came faster than they were told of.
pub(crate) fn overrun() -> Notice {
    Notice::new("overrun", "events were lost: they came faster than they were shown")
}

/// That not all groups are told apart.
pub(crate) fn further() -> Notice {
    Notice::new("too-many", "there are more groups than are told apart")
}

fn of_cut(why: &CutShort) -> ErrorRecord {
    match why {
        CutShort::Exhausted { call, source } | CutShort::Refused { call, source } => {
            ErrorRecord { message: why.to_string(), ..of_call(call, source) }
        }
        CutShort::Unreadable { path, source } => ErrorRecord {
            call: None,
            message: format!("cannot read {}: {}", path.display(), strerror(source)),
            ..of_call("open", source)
        },
        why => ErrorRecord::new(kind(why), why.to_string()),
    }
}

fn kind(why: &CutShort) -> &'static str {
    match why {
        CutShort::Interrupted => "changed",
        CutShort::Malformed(_) => "malformed",
        CutShort::Unsupported => "unsupported",
        CutShort::TooMany(_) => "too-many",
        CutShort::Withheld(_) | CutShort::Hidden(_) => "prohibited",
        _ => "os",
    }
}

/// How many records could not be read, each of which is a missing socket.
fn missing(why: &CutShort) -> Option<u64> {
    if let CutShort::Malformed(count) = why { Some(*count) } else { None }
}

pub(crate) const SCHEMA: &str = "netdiag.ss/1";
