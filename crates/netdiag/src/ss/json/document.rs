//! What stands around the sockets: which schema this is, and whether the list is whole.
//!
//! Both come as one document's first and last keys, or as the first and last of the lines.

use netdiag_host::{CutShort, FamilyTable};

use super::totals::Totals;
use crate::json::record::record;
use crate::ss::notice::Notice as Cause;

record! {
    /// What comes first.
    Begin {
        /// The schema; a change that breaks readers changes the number, new keys do not.
        #[schemars(extend("const" = SCHEMA))]
        schema: &'static str,
        /// The version of netdiag that wrote this.
        netdiag: &'static str,
    } maybe {
        /// What sockets are counted by, with `--count-by`: there are groups then in place of sockets.
        count_by: Vec<&'static str>,
    }
}

record! {
    /// What comes last. Output that breaks off before it is not a whole list.
    End<'a> {
        /// How many sockets were listed, or counted.
        count: u64,
        /// Whether all are there that were asked for and that this kernel has: no dump failed, was interrupted or held
        /// records that could not be read; and all who hold them, where that was asked for.
        complete: bool,
        /// What went wrong, at most once for each table of each family.
        notices: &'a [Notice],
    } maybe {
        /// Why processes may hold these sockets that are not told of, in words: where owners are shown (`-p`), or the filter asks
        /// for them.
        unknown_owners: &'a str,
        /// How many sockets there are, listed or not (`-s`).
        summary: Totals,
        /// Sockets that are of further groups, which are not told apart (`--count-by`); the list is not complete then.
        further: u64,
    }
}

record! {
    /// Something that went wrong with a part of the list.
    Notice {
        /// What it is: sockets changed while they were listed, so that some may be missing or doubled; records could not be
        /// read; this kernel does not know such sockets; the kernel could not be asked or did not answer to the end.
        #[schemars(extend("enum" = ["interrupted", "malformed", "unsupported", "failed"]))]
        kind: &'static str,
        /// Which sockets, by the word of the Netid column.
        netid: &'static str,
        /// Of which family.
        family: &'static str,
    } maybe {
        /// How many records could not be read (`malformed`); each is a missing socket.
        records: u64,
        /// Why it failed (`failed`), in words.
        error: String,
    }
}

impl Begin {
    pub(crate) const HERE: Self = Self { schema: SCHEMA, netdiag: env!("CARGO_PKG_VERSION"), count_by: None };
}

impl Notice {
    pub(crate) fn new(part: FamilyTable, cause: &Cause) -> Self {
        let (kind, records, error) = match cause {
            Cause::CutShort(CutShort::Interrupted) => ("interrupted", None, None),
            Cause::CutShort(CutShort::Malformed(count)) => ("malformed", Some(*count), None),
            Cause::CutShort(CutShort::Unsupported) => ("unsupported", None, None),
            Cause::CutShort(why @ CutShort::Unreadable { .. }) => {
                ("failed", None, Some(format!("cannot read {why}")))
            }
            Cause::CutShort(why) => ("failed", None, Some(why.to_string())),
            Cause::Untold(source) => {
                ("failed", None, Some(format!("{source} does not tell what the filter asks for")))
            }
            Cause::Unreplayable(error) => ("failed", None, Some(format!("$TCPDIAG_FILE {error}"))),
        };
        Self { kind, netid: part.table.netid(), family: part.family.name(), records, error }
    }

    /// Whether sockets may be missing because of this.
    pub(crate) fn leaves_gaps(&self) -> bool {
        self.kind != "unsupported"
    }
}

pub(crate) const SCHEMA: &str = "netdiag.ss/1";
