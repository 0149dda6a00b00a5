//! What is drawn of a path, or of all of them: a column for each hop, what is thought of it, and lines for what leads where.
//!
//! It is decided here once; `dot.rs` and `svg.rs` only write it. Verdicts are words, and colours beside them.

use netdiag_echo::{HopReport, PathHop, Responder, Verdict};
use netdiag_text::duration::Short;

use crate::ping::address::number;
use crate::trace::headline::headline;
use crate::trace::names::NAME_PATIENCE;
use crate::trace::names::Who;
use crate::trace::paths::found::Found;
use crate::trace::paths::sentence::{doubt, sentence};
use crate::trace::render::Outcome;
use crate::trace::verdict_word::word;

/// One path, or all to one host.
pub(super) struct Drawing {
    pub(super) title: String,
    pub(super) sentences: Vec<String>,
    pub(super) columns: Vec<Column>,
    pub(super) lines: Vec<Line>,
}

/// One distance.
pub(super) struct Column {
    pub(super) headings: Vec<String>,
    pub(super) boxes: Vec<Place>,
}

/// Somebody.
pub(super) struct Place {
    pub(super) words: Vec<String>,
    pub(super) look: Look,
}

/// What is thought of it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Look {
    /// Nothing, or all is well but for nobody's figures.
    Plain,
    Fine,
    Quiet,
    Lossy,
    Doubtful,
}

impl Look {
    const fn of(verdict: &Verdict) -> Self {
        match verdict {
            Verdict::Ok => Self::Fine,
            Verdict::Quiet { .. } => Self::Quiet,
            Verdict::LossFromHere { .. } => Self::Lossy,
            _ => Self::Doubtful,
        }
    }

    /// Between light and dark, to be seen on either.
    pub(super) const fn color(self) -> &'static str {
        match self {
            Self::Plain => "#7d8590",
            Self::Fine => "#2da44e",
            Self::Quiet => "#3b8fd4",
            Self::Lossy => "#e5534b",
            Self::Doubtful => "#b87fd9",
        }
    }
}

/// What leads from a box to one in the next column.
pub(super) struct Line {
    pub(super) column: usize,
    pub(super) from: usize,
    pub(super) to: usize,
    /// How many flows; `None` where they do not tell.
    pub(super) flows: Option<usize>,
    /// Which part of the flows of the next column; 1 where they do not tell.
    pub(super) share: f64,
    pub(super) is_certain: bool,
}

impl Drawing {
    pub(super) fn of(outcome: &Outcome, who: &mut Who) -> Self {
        let host =
            Place { words: vec!["this host".to_owned(), number(outcome.target.from)], look: Look::Plain };
        let mut drawing = Self {
            title: format!("to {}", outcome.target.words()),
            sentences: vec![headline(outcome)],
            columns: vec![Column { headings: vec![String::new()], boxes: vec![host] }],
            lines: Vec::new(),
        };
        drawing.sentences.extend(outcome.paths.as_ref().map(sentence));
        match outcome.paths.as_ref().filter(|found| !found.graph.hops.is_empty()) {
            Some(found) => drawing.draw_all(outcome, found, who),
            None => outcome.hops.iter().for_each(|report| drawing.draw_hop(report, outcome, who)),
        }
        drawing
    }

    /// Draws one hop of the path that was traced, and lines from the hop before.
    fn draw_hop(&mut self, report: &HopReport, outcome: &Outcome, who: &mut Who) {
        let responders = &report.hop.responders;
        let mut boxes: Vec<Place> =
            responders.iter().map(|responder| answering(report, responder, outcome, who)).collect();
        if boxes.is_empty() {
            let words = vec!["*".to_owned(), figures(report)];
            boxes.push(Place { words, look: Look::of(&report.verdict) });
        }
        let column = self.columns.len() - 1;
        let before = self.columns.last().map_or(0, |column| column.boxes.len());
        for from in 0..before {
            for to in 0..boxes.len() {
                // One flow tells who is there, not who leads to whom.
                let is_certain = before == 1 || boxes.len() == 1;
                self.lines.push(Line { column, from, to, flows: None, share: 1.0, is_certain });
            }
        }
        self.columns.push(Column { headings: vec![format!("hop {}", report.hop.distance)], boxes });
    }

    fn draw_all(&mut self, outcome: &Outcome, found: &Found, who: &mut Who) {
        found.prepare_names(who);
        for hop in &found.graph.hops {
            let column = self.columns.len() - 1;
            for link in found.graph.links_to(hop.distance) {
                let flows = (!link.flows.is_empty()).then_some(link.flows.len());
                let share = flows.map_or(1.0, |flows| flows as f64 / f64::from(hop.asked.max(1)));
                let (from, to, is_certain) = (link.from.unwrap_or(0), link.to, link.is_certain);
                self.lines.push(Line { column, from, to, flows, share, is_certain });
            }
            let report = outcome.hops.iter().find(|report| report.hop.distance == hop.distance);
            let boxes = (0..hop.nodes.len()).map(|at| node(hop, at, report, outcome, who)).collect();
            let ways = (hop.nodes.len() > 1).then(|| format!(", {} ways", hop.nodes.len()));
            let heading = format!("hop {}{}", hop.distance, ways.unwrap_or_default());
            self.columns.push(Column { headings: [heading].into_iter().chain(doubt(hop)).collect(), boxes });
        }
    }
}

/// Somebody who was found among all paths; what the trace says of it, if that met it.
fn node(hop: &PathHop, at: usize, report: Option<&HopReport>, outcome: &Outcome, who: &mut Who) -> Place {
    let found = hop.nodes.get(at);
    let address = found.and_then(|node| node.address);
    let flows = found.map_or(0, |node| node.flows.len());
    let met = report.and_then(|report| {
        let is_it =
            |responder: &&Responder| address.is_some_and(|address| address.ip() == responder.address.ip());
        Some((report, report.hop.responders.iter().find(is_it)?))
    });
    let mut drawn = match (met, address, report) {
        (Some((report, responder)), ..) => answering(report, responder, outcome, who),
        (None, Some(address), _) => Place { words: named(address, who), look: Look::Plain },
        (None, None, Some(report)) if report.hop.responders.is_empty() => {
            Place { words: vec!["*".to_owned(), figures(report)], look: Look::of(&report.verdict) }
        }
        (None, None, _) => Place { words: vec!["*".to_owned()], look: Look::Plain },
    };
    drawn.words.push(if flows == 1 { "1 flow".to_owned() } else { format!("{flows} flows") });
    drawn
}

/// Somebody who answered the trace.
fn answering(report: &HopReport, responder: &Responder, outcome: &Outcome, who: &mut Who) -> Place {
    let mut words = named(responder.address, who);
    words.push(match report.hop.responders.len() {
        1 => figures(report),
        _ => format!("{} answers, {}", responder.answers, word(&report.verdict)),
    });
    let median = outcome.figures.percentile(report.hop.distance, 50.0);
    words.extend(median.map(|median| Short(median).to_string()));
    Place { words, look: Look::of(&report.verdict) }
}

fn figures(report: &HopReport) -> String {
    format!("{}/{} {}", report.hop.asked.answered, report.hop.asked.decided(), word(&report.verdict))
}

/// The name, if there is one, and the number.
fn named(address: std::net::SocketAddr, who: &mut Who) -> Vec<String> {
    who.name(address, NAME_PATIENCE).into_iter().chain([number(address)]).collect()
}
