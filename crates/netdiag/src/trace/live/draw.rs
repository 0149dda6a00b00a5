//! Draws a [`View`]: the same view is the same screen.
//!
//! What a short terminal has no line for goes in this order: the keys, the sentence, the title, the headings.

use netdiag_echo::{HopReport, Verdict};
use netdiag_text::terminal::width;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier, Style};

use super::columns::Column;
use super::hop_view::HopView;
use super::view::{PathView, View};
use super::widths::{BARS, GAP, fitted};
use crate::trace::headline::headline;

/// What scrolling has to know of what was drawn.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct Page {
    /// Lines that there was room for.
    pub(super) lines: usize,
    /// Lines above the first, no more than leave the last one at the bottom.
    pub(super) scroll: usize,
}

/// A line of the list: a cell for each column, its colour beside it.
type Row = Vec<(String, Style)>;

/// Draws all of it.
pub(super) fn draw(buffer: &mut Buffer, area: Rect, view: &View) -> Page {
    let Some(path) = view.paths.get(view.selected) else { return Page::default() };
    let mut lines = area.rows();
    if area.height >= 4 {
        let bold = Style::new().add_modifier(Modifier::BOLD);
        lines.next().into_iter().for_each(|line| text(buffer, line, &title(view, path), bold, view));
    }
    let below = [(5, headline(&path.outcome)), (6, footer(view))];
    for (_, words) in below.iter().rev().filter(|(least, _)| area.height >= *least) {
        lines.next_back().into_iter().for_each(|line| text(buffer, line, words, Style::new(), view));
    }
    let mut list = lines.collect::<Vec<_>>();
    if view.show.help {
        let help: Vec<Row> = HELP.iter().map(|(key, does)| help(key, does)).collect();
        return scrolled(buffer, &list, &help, &[KEYS, area.width.into()], view);
    }
    let rows = rows(view, path);
    let columns = columns(view, &rows, area.width.into());
    if area.height >= 3 && !list.is_empty() {
        heading(buffer, list.remove(0), &columns, view);
    }
    let cells = |row: &Row| -> Row {
        let shown = columns.iter().filter_map(|(place, column, width)| {
            let (cell, style) = row.get(*place)?;
            Some((aligned(*column, cell, *width), *style))
        });
        shown.collect()
    };
    let rows: Vec<Row> = rows.iter().map(cells).collect();
    let widths: Vec<usize> = columns.iter().map(|(.., width)| *width).collect();
    scrolled(buffer, &list, &rows, &widths, view)
}

/// Which columns there is room for: their places, and how wide they are.
fn columns(view: &View, rows: &[Row], room: usize) -> Vec<(usize, Column, usize)> {
    let wanted: Vec<(Column, usize)> = (view.columns.iter().enumerate())
        .map(|(place, column)| {
            let cells = rows.iter().filter_map(|row| row.get(place)).map(|(cell, _)| width(cell)).max();
            let wanted = if *column == Column::Recent { BARS } else { cells.unwrap_or_default() };
            (*column, wanted.max(width(column.heading())))
        })
        .collect();
    let shown = fitted(&wanted, room).into_iter();
    let place = |column| view.columns.iter().position(|other| *other == column);
    shown.filter_map(|(column, width)| Some((place(column)?, column, width))).collect()
}

/// Draws as many rows as there are lines, from where it is scrolled to.
fn scrolled(buffer: &mut Buffer, lines: &[Rect], rows: &[Row], widths: &[usize], view: &View) -> Page {
    let scroll = view.scroll.min(rows.len().saturating_sub(lines.len()));
    for (line, row) in lines.iter().zip(rows.iter().skip(scroll)) {
        let mut x = 0;
        for ((cell, style), width) in row.iter().zip(widths) {
            put(buffer, *line, x, cell, *width, if view.has_color { *style } else { Style::new() });
            x += width + GAP;
        }
    }
    Page { lines: lines.len(), scroll }
}

fn put(buffer: &mut Buffer, line: Rect, x: usize, words: &str, width: usize, style: Style) {
    let Some(x) = u16::try_from(x).ok().filter(|x| *x < line.width) else { return };
    let room = width.min(usize::from(line.width - x));
    buffer.set_stringn(line.x + x, line.y, words, room, style);
}

fn text(buffer: &mut Buffer, line: Rect, words: &str, style: Style, view: &View) {
    put(buffer, line, 0, &view.charset.spelled(words), line.width.into(), style);
}

/// A cell where its column has it; bars show their end.
fn aligned(column: Column, cell: &str, columns: usize) -> String {
    let over = width(cell).saturating_sub(columns);
    match column {
        Column::Recent => cell.chars().skip(over).collect(),
        _ if column.is_figure() => format!("{}{cell}", " ".repeat(columns.saturating_sub(width(cell)))),
        _ => cell.to_owned(),
    }
}

fn heading(buffer: &mut Buffer, line: Rect, columns: &[(usize, Column, usize)], view: &View) {
    let mut x = 0;
    for (_, column, columns) in columns {
        let is_sorted = view.sort.is_some_and(|sort| sort.by == *column);
        let mark = if is_sorted { Modifier::REVERSED } else { Modifier::BOLD };
        let words = aligned(*column, column.heading(), *columns);
        put(buffer, line, x, &words, *columns, Style::new().add_modifier(mark));
        x += columns + GAP;
    }
}

fn title(view: &View, path: &PathView) -> String {
    let outcome = &path.outcome;
    let mut words = format!("trace to {}, {}, round {}", outcome.target.words(), view.what, outcome.rounds);
    if view.paths.len() > 1 {
        words = format!("[{}/{}] {words}", view.selected + 1, view.paths.len());
    }
    if view.is_paused {
        words = format!("PAUSED  {words}");
    }
    words
}

fn footer(view: &View) -> String {
    let others = if view.paths.len() > 1 { "  Tab next host" } else { "" };
    view.message.clone().unwrap_or_else(|| {
        format!("q quit  p pause  r reset  n names  z AS  e MPLS  < > s sort{others}  ? help")
    })
}

fn rows(view: &View, path: &PathView) -> Vec<Row> {
    view.hops().into_iter().flat_map(|(report, hop)| rows_of(view, path, report, hop)).collect()
}

/// A line for each who answers at a hop; the figures are in the first.
fn rows_of(view: &View, path: &PathView, report: &HopReport, hop: &HopView) -> Vec<Row> {
    let spelled = |words: String| view.charset.spelled(&words).into_owned();
    let first = view.columns.iter().map(|column| {
        let words = match column {
            Column::Host => hop.who.first().map_or_else(|| "*".to_owned(), |called| view.host(called)),
            Column::Notes => view.notes(report, hop.who.first()),
            Column::Recent => {
                path.recent(report.hop.distance).map(|recent| recent.bars(BARS)).unwrap_or_default()
            }
            column => column.cell(hop, report),
        };
        let is_judged = *column == Column::Verdict && report.hop.asked.decided() > 0;
        (spelled(words), if is_judged { Style::new().fg(color(&report.verdict)) } else { Style::new() })
    });
    let mut rows: Vec<Row> = vec![first.collect()];
    rows.extend(hop.who.iter().skip(1).map(|called| {
        let cells = view.columns.iter().map(|column| match column {
            Column::Host => spelled(view.host(called)),
            Column::Notes => spelled(view.said(called).join(", ")),
            _ => String::new(),
        });
        cells.map(|cell| (cell, Style::new())).collect()
    }));
    rows
}

/// As in a table.
const fn color(verdict: &Verdict) -> Color {
    match verdict {
        Verdict::Ok => Color::Green,
        Verdict::Quiet { .. } => Color::Cyan,
        Verdict::LossFromHere { .. } => Color::Red,
        _ => Color::Magenta,
    }
}

fn help(key: &str, does: &str) -> Row {
    vec![(key.to_owned(), Style::new()), (does.to_owned(), Style::new())]
}

/// Columns of a key's name.
const KEYS: usize = 12;

#[rustfmt::skip]
const HELP: [(&str, &str); 14] = [
    ("q, Ctrl-C",  "end, and print what was measured"),
    ("p, blank",   "pause: nothing is sent until it is pressed again"),
    ("r",          "begin anew: forget what was measured so far"),
    ("n",          "names and addresses, or addresses alone"),
    ("z",          "AS numbers, where --as says from where"),
    ("e",          "the MPLS labels that routers tell of"),
    ("u",          "why the protocol stays as it is"),
    ("<, >",       "sort by the column to the left, to the right"),
    ("s",          "turn the order round"),
    ("up, down",   "scroll by a line"),
    ("PgUp, PgDn", "scroll by a page; Home and End as far as it goes"),
    ("Tab",        "the next host"),
    ("Ctrl-Z",     "the shell's turn; fg comes back"),
    ("?, Esc",     "this page, and back"),
];
