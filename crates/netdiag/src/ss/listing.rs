//! Lists a selection table by table, and says of each what it was not told.
//!
//! One table that cannot be listed does not keep the others from being listed; it shows in the exit status.

use std::io;

use netdiag_host::{
    CutShort, DividedVisitor, FamilyTable, ListOutcome, ListRequest, ListSource, Sockets, Table, TcpBegun,
};
use netdiag_sockdiag::filter::Expr;

use super::explain::Explain;
use super::filter::ListingFilter;
use super::notice::Notice;
use super::recording::Recording;
use super::render::{Apart, Renderer, Visiting};
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
    let of_tcp = |part: &FamilyTable| part.table == Table::Tcp;
    let lists: Vec<_> = parts.chunk_by(|part, next| of_tcp(part) && of_tcp(next)).collect();
    let mut begun = None;
    if sources.recording.is_none()
        && let Some(parts) = lists.iter().skip(1).find(|parts| parts.iter().all(of_tcp))
    {
        // What is before it is listed meanwhile.
        let requests = Requests::new(parts, wanted);
        begun = sources.sockets.begin_tcp(&requests.asked(), Visiting(renderer).helper());
    }
    for parts in lists {
        let begun = if parts.iter().all(of_tcp) { begun.take() } else { None };
        for (part, notice) in list_parts(sources, parts, begun, wanted, renderer)? {
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

/// Lists parts of one table, of which some may have been begun; tells of each why it is not whole.
fn list_parts(
    sources: &mut Sources<'_>,
    parts: &[FamilyTable],
    begun: Option<TcpBegun<Apart>>,
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
    let requests = Requests::new(parts, wanted);
    let none = requests.parts.iter().filter(|(_, filter)| filter.constant() == Some(false));
    let mut listed: Vec<_> = none.map(|(part, _)| (*part, None)).collect();
    for (part, ListOutcome { source, cut_short }) in outcomes(sources, &requests.asked(), begun, renderer)? {
        sources.explain.iter().for_each(|explain| explain.source(part, &source));
        if let (Table::Tcp, true, ListSource::File(file) | ListSource::NamedFile(file)) =
            (part.table, wanted.filter.of(part).asks_tcp_info(), &source)
            && cut_short.is_none()
        {
            listed.push((part, Some(Notice::Untold(file.display().to_string()))));
            continue;
        }
        // Who names files knows what they leave out.
        let cut_short = cut_short.filter(|_| source != ListSource::NoNamedFile);
        listed.push((part, cut_short.map(Notice::CutShort)));
    }
    Ok(listed)
}

/// Parts of one table, each with what of the filter is about it.
struct Requests<'a> {
    parts: Vec<(FamilyTable, Expr)>,
    wanted: Wanted<'a>,
}

impl<'a> Requests<'a> {
    fn new(parts: &[FamilyTable], wanted: Wanted<'a>) -> Self {
        Self { parts: parts.iter().map(|part| (*part, wanted.filter.of(*part))).collect(), wanted }
    }

    /// What is asked for. Where the filter lets nothing through, that is nothing.
    fn asked(&self) -> Vec<ListRequest<'_>> {
        let Wanted { selection, scope, details, .. } = self.wanted;
        let (tables, states, details) = (selection.tables, selection.states, details.extras());
        let some = self.parts.iter().filter(|(_, filter)| filter.constant() != Some(false));
        some.map(|(part, filter)| ListRequest { family_table: *part, tables, states, details, filter, scope })
            .collect()
    }
}

/// Lists what requests for one table ask for.
fn outcomes(
    sources: &mut Sources<'_>,
    requests: &[ListRequest<'_>],
    begun: Option<TcpBegun<Apart>>,
    renderer: &mut impl Renderer,
) -> io::Result<Vec<(FamilyTable, ListOutcome)>> {
    let Sources { sockets, explain, .. } = sources;
    let mut visitor = Visiting(renderer);
    if requests.first().is_some_and(|request| request.family_table.table == Table::Tcp) {
        let listing = sockets.list_tcp(requests, begun, &mut visitor)?;
        explain.iter().for_each(|explain| explain.walks(&listing));
        return Ok(listing.outcomes);
    }
    let listed =
        requests.iter().map(|request| Ok((request.family_table, sockets.list(request, &mut visitor)?)));
    listed.collect()
}
