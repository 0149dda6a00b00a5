//! Lists a selection table by table, and says of each what it was not told.
//!
//! One table that cannot be listed does not keep the others from being listed; it shows in the exit status.

use std::io;

use netdiag_host::{CutShort, FamilyTable, ListOutcome, ListRequest, ListSource, Sockets, Table};
use netdiag_sockdiag::filter::Expr;

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
    let parts: Vec<_> = wanted.selection.family_tables().collect();
    // Both families of TCP are one list.
    for parts in parts.chunk_by(|part, next| part.table == Table::Tcp && next.table == Table::Tcp) {
        for (part, notice) in list_parts(sources, parts, wanted, renderer)? {
            if let Some(Notice::CutShort(CutShort::Unsupported)) = notice {
                unsupported.push(part);
                continue;
            }
            known = true;
            if let Some(notice) = notice {
                renderer.notice(part, &notice);
                notify(part, notice);
            }
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

/// Lists parts of one table; tells of each why it is not whole.
fn list_parts(
    sources: &mut Sources<'_>,
    parts: &[FamilyTable],
    wanted: Wanted<'_>,
    renderer: &mut impl Renderer,
) -> io::Result<Vec<(FamilyTable, Option<Notice>)>> {
    let Some(&first) = parts.first() else { return Ok(Vec::new()) };
    if let Some(recording) = sources.recording.take_if(|_| first.table == Table::Tcp) {
        // One file holds both families, and is read once.
        sources.explain.iter().for_each(|explain| explain.recorded(first));
        let notice = recording.show(&wanted.selection.families, wanted.filter, renderer)?;
        return Ok(vec![(first, notice)]);
    }
    let filters: Vec<Expr> = parts.iter().map(|part| wanted.filter.of(*part)).collect();
    let mut listed = Vec::new();
    let requests: Vec<_> =
        parts.iter().zip(&filters).map(|(part, filter)| request(*part, wanted, filter)).collect();
    // Of those there are none.
    let (none, asked): (Vec<_>, Vec<_>) =
        requests.into_iter().partition(|request| request.filter.constant() == Some(false));
    listed.extend(none.iter().map(|request| (request.family_table, None)));
    for (part, ListOutcome { source, cut_short }) in outcomes(sources, &asked, renderer)? {
        sources.explain.iter().for_each(|explain| explain.source(part, &source));
        // Who names files knows what they leave out.
        let cut_short = cut_short.filter(|_| source != ListSource::NoNamedFile);
        listed.push((part, cut_short.map(Notice::CutShort)));
    }
    Ok(listed)
}

fn request<'a>(family_table: FamilyTable, wanted: Wanted<'_>, filter: &'a Expr) -> ListRequest<'a> {
    let Wanted { selection, scope, details, .. } = wanted;
    let (tables, states, details) = (selection.tables, selection.states, details.extras());
    ListRequest { family_table, tables, states, details, filter, scope }
}

/// Lists what requests for one table ask for.
fn outcomes(
    sources: &mut Sources<'_>,
    requests: &[ListRequest<'_>],
    renderer: &mut impl Renderer,
) -> io::Result<Vec<(FamilyTable, ListOutcome)>> {
    let Sources { sockets, explain, .. } = sources;
    let mut visitor = Visiting(renderer);
    if requests.first().is_some_and(|request| request.family_table.table == Table::Tcp) {
        let listing = sockets.list_tcp(requests, &mut visitor)?;
        explain.iter().for_each(|explain| explain.walks(&listing));
        return Ok(listing.outcomes);
    }
    let listed =
        requests.iter().map(|request| Ok((request.family_table, sockets.list(request, &mut visitor)?)));
    listed.collect()
}
