//! `--count-by`: how many sockets have which properties in common, in place of a list of them.
//!
//! Sockets are counted as they come, and nothing of them is kept but the groups.

mod format;
mod groups;
mod key;
mod labels;
mod listeners;
mod reader;
mod text;
mod value;

use std::io;

use netdiag_host::{CutShort, FamilyTable, Socket};
use netdiag_text::Exit;

pub(crate) use self::format::{Group, GroupFormat, Total};
pub(crate) use self::groups::Groups;
pub(crate) use self::key::Key;
pub(crate) use self::labels::{Labels, shown};
pub(crate) use self::listeners::Listeners;
use self::reader::Reader;
pub(crate) use self::reader::{peer, process};
pub(crate) use self::text::Columns;
pub(crate) use self::value::Value;
use super::messages;
use super::names::Names;
use super::notice::Notice;
use super::render::{Renderer, Sockets};
use crate::invocation::Invocation;
use crate::render;

/// Counts the sockets of a list for a format of groups.
pub(crate) struct Counting<'a, F> {
    reader: Reader,
    groups: Groups<Vec<Value>>,
    /// Of the socket at hand.
    group: Vec<Value>,
    format: F,
    call: &'a Invocation,
}

impl<'a, F: GroupFormat> Counting<'a, F> {
    /// By these keys, which `names` has what it takes to know.
    pub(crate) fn new(
        keys: Vec<Key>,
        names: Names,
        listeners: Listeners,
        format: F,
        call: &'a Invocation,
    ) -> Self {
        let reader = Reader { keys, names, listeners };
        Self { reader, groups: Groups::default(), group: Vec::new(), format, call }
    }
}

impl<F: GroupFormat> render::Renderer<Sockets> for Counting<'_, F> {
    fn header(&mut self) -> io::Result<()> {
        self.format.header()
    }

    fn item(&mut self, socket: Socket<'_>) -> io::Result<()> {
        self.reader.read(&socket, &mut self.group);
        self.groups.add(&self.group);
        Ok(())
    }

    fn end(&mut self, (): ()) -> io::Result<()> {
        let counted = self.groups.finish();
        let total = Total { sockets: counted.sockets(), further: counted.further };
        let mut labels = Labels::new(&mut self.reader.names);
        for (values, count) in &counted.groups {
            self.format.group(&Group { count: *count, values }, &mut labels)?;
        }
        if total.further > 0 {
            let words = format_args!(
                "only the first {} groups are told apart; {} sockets are of others",
                groups::MOST,
                total.further
            );
            messages::failure(self.call, Exit::Success, words)
                .hint("count by fewer keys, or choose sockets by a filter")
                .report(self.call);
        }
        self.format.end(total)
    }
}

impl<F: GroupFormat> Renderer for Counting<'_, F> {
    fn begin(&mut self) {
        self.groups.settle();
        self.reader.names.begin();
    }

    fn retract(&mut self) -> bool {
        self.groups.take_back();
        true
    }

    fn notice(&mut self, part: FamilyTable, notice: &Notice) {
        self.format.notice(part, notice);
    }

    fn unknown_owners(&mut self, why: &CutShort) {
        self.format.unknown_owners(why);
    }
}
