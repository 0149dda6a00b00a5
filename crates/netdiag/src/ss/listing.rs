//! Lists a selection table by table, and says of each what it was not told.
//!
//! One table that cannot be listed does not keep the others from being listed; it shows in the exit status.

use std::io;

use netdiag_host::{CutShort, FamilyTable, ListOutcome, ListRequest, ListSource, Sockets, Table};

use super::explain::Explain;
use super::filter::ListingFilter;
use super::notice::Notice;
use super::recording::Recording;
use super::render::{Renderer, Visiting};
use super::wanted::Wanted;

/// Where sockets are told of.
pub(crate) struct Sources<'a> {
    pub(crate) sockets: Sockets,
    /// What is shown of TCP in place of all else.
    pub(crate) recording: Option<Recording>,
    /// Who wants to know where they were told of.
    pub(crate) explain: Option<Explain<'a>>,
}

/// Lists what of the selection the filter lets through, asking the kernel for no more than it may be; `notify` learns what
/// went wrong with which part. That the kernel does not know a kind of socket is told only if it knows none of those chosen,
/// or to those who want to know.
///
/// # Errors
/// Only those of the renderer's output.
pub(crate) fn list(
    sources: &mut Sources<'_>,
    wanted: Wanted<'_>,
    renderer: &mut impl Renderer,
    mut notify: impl FnMut(FamilyTable, Notice),
) -> io::Result<()> {
    let mut unsupported = Vec::new();
    let mut known = false;
    let recorded = sources.recording.is_some();
    for part in wanted.selection.family_tables() {
        let notice = if part.table == Table::Tcp && recorded {
            // One file holds both families, and is read once.
            let Some(recording) = sources.recording.take() else { continue };
            sources.explain.iter().for_each(|explain| explain.recorded(part));
            recording.show(&wanted.selection.families, wanted.filter, renderer)?
        } else {
            match list_part(sources, part, wanted, renderer)? {
                Some(Notice::CutShort(CutShort::Unsupported)) => {
                    unsupported.push(part);
                    continue;
                }
                notice => notice,
            }
        };
        known = true;
        if let Some(notice) = notice {
            renderer.notice(part, &notice);
            notify(part, notice);
        }
    }
    let mut last = None;
    for part in unsupported {
        let notice = Notice::CutShort(CutShort::Unsupported);
        renderer.notice(part, &notice);
        // What helps for one family of a table helps for both.
        if !known && sources.explain.is_none() && last.replace(part.table) != Some(part.table) {
            notify(part, notice);
        }
    }
    Ok(())
}

/// Lists one part; tells why it is not whole.
fn list_part(
    sources: &mut Sources<'_>,
    family_table: FamilyTable,
    wanted: Wanted<'_>,
    renderer: &mut impl Renderer,
) -> io::Result<Option<Notice>> {
    let Wanted { selection, filter, scope, details } = wanted;
    let expr = filter.of(family_table);
    if expr.constant() == Some(false) {
        return Ok(None);
    }
    let (tables, states) = (selection.tables, selection.states);
    let request =
        ListRequest { family_table, tables, states, details: details.extras(), filter: &expr, scope };
    let ListOutcome { source, cut_short } = sources.sockets.list(&request, &mut Visiting(renderer))?;
    sources.explain.iter().for_each(|explain| explain.source(family_table, &source));
    if let (Table::Tcp, true, ListSource::File(file) | ListSource::NamedFile(file)) =
        (family_table.table, expr.asks_tcp_info(), &source)
        && cut_short.is_none()
    {
        return Ok(Some(Notice::Untold(file.display().to_string())));
    }
    // Who names files knows what they leave out.
    Ok(if source == ListSource::NoNamedFile { None } else { cut_short.map(Notice::CutShort) })
}
