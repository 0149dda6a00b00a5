//! What the live view shows: a value that events and keys change, and that `draw.rs` draws.
//!
//! It knows no terminal and no clock. What a key asks of the run is given back as an [`Order`].

use std::time::Duration;

use netdiag_echo::{HopAnswer, HopReport, PathReport, TraceEvent};
use netdiag_text::Charset;
use netdiag_text::duration::Short;

use super::columns::Column;
use super::hop_view::{Called, HopView};
use super::keys::Key;
use super::recent::Recent;
use crate::ping::address::number;
use crate::trace::figures::Figures;
use crate::trace::names::Who;
use crate::trace::notes::{labels_said, notes, said};
use crate::trace::render::Outcome;
use crate::trace::target::Target;

/// Everything that is shown.
pub(super) struct View {
    pub(super) columns: Vec<Column>,
    /// What is sent and how often, in words.
    pub(super) what: String,
    pub(super) paths: Vec<PathView>,
    /// Which of them is shown.
    pub(super) selected: usize,
    /// Lines above the first that is shown.
    pub(super) scroll: usize,
    /// Lines that a page has.
    pub(super) page: usize,
    pub(super) sort: Option<Sort>,
    pub(super) show: Show,
    pub(super) is_paused: bool,
    pub(super) message: Option<String>,
    pub(super) has_color: bool,
    pub(super) charset: Charset,
    /// Why the protocol stays as it is.
    pub(super) protocol: &'static str,
}

/// What there is to see beside the figures.
#[derive(Clone, Copy, Debug)]
pub(super) struct Show {
    pub(super) names: bool,
    pub(super) systems: bool,
    pub(super) labels: bool,
    pub(super) help: bool,
}

/// The order of hops.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Sort {
    pub(super) by: Column,
    pub(super) is_descending: bool,
}

/// One path.
pub(super) struct PathView {
    pub(super) outcome: Outcome,
    /// Beside the hops of the outcome.
    pub(super) hops: Vec<HopView>,
    /// By distance.
    recent: Vec<Recent>,
    figures: Figures,
}

/// What a key asks of whoever runs it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Order {
    Stop,
    Pause(bool),
    Reset,
    /// The shell's turn.
    Suspend,
    /// All of the screen anew.
    Redraw,
}

impl PathView {
    pub(super) fn new(target: Target) -> Self {
        Self {
            outcome: Outcome::so_far(target, PathReport::default()),
            hops: Vec::new(),
            recent: vec![Recent::default(); usize::from(u8::MAX) + 1],
            figures: Figures::default(),
        }
    }

    pub(super) fn recent(&self, distance: u8) -> Option<&Recent> {
        self.recent.get(usize::from(distance))
    }

    fn note(&mut self, event: &TraceEvent) {
        self.figures.record(event);
        match event {
            TraceEvent::Answer(HopAnswer { round, distance, rtt, is_duplicate: false, .. }) => {
                let recent = self.recent.get_mut(usize::from(*distance));
                recent.into_iter().for_each(|recent| recent.answered(*round, *rtt));
            }
            TraceEvent::Silent { round, distance } => {
                let recent = self.recent.get_mut(usize::from(*distance));
                recent.into_iter().for_each(|recent| recent.silent(*round));
            }
            TraceEvent::Reset => {
                self.recent.fill(Recent::default());
                self.stands(PathReport::default(), &mut Who::default());
            }
            _ => {}
        }
    }

    /// Takes in how it stands.
    fn stands(&mut self, report: PathReport, who: &mut Who) {
        let figures = &self.figures;
        let hop = |report: &HopReport| {
            let distance = report.hop.distance;
            HopView {
                median: figures.percentile(distance, 50.0),
                p95: figures.percentile(distance, 95.0),
                who: called(report, who),
            }
        };
        self.hops = report.hops.iter().map(hop).collect();
        self.outcome = Outcome::so_far(self.outcome.target.clone(), report);
    }
}

/// Who answers at a hop, whoever answers most first.
fn called(report: &HopReport, who: &mut Who) -> Vec<Called> {
    let mut responders: Vec<_> = report.hop.responders.iter().collect();
    responders.sort_by_key(|responder| std::cmp::Reverse(responder.answers));
    let called = |responder: &netdiag_echo::Responder| {
        let labels = labels_said(responder);
        let mut said = said(responder, report.hop.distance);
        said.retain(|words| !labels.contains(words));
        Called {
            address: Some(responder.address),
            name: who.name(responder.address, Duration::ZERO),
            system: who.system(responder.address.ip(), Duration::ZERO).map(|system| format!("[{system}]")),
            said,
            labels,
        }
    };
    responders.into_iter().map(called).collect()
}

impl View {
    /// Takes in what happened on one of the paths.
    pub(super) fn note(&mut self, index: usize, event: &TraceEvent, who: &mut Who) {
        let Some(path) = self.paths.get_mut(index) else { return };
        path.note(event);
        match event {
            TraceEvent::Status(report) => path.stands(PathReport::clone(report), who),
            TraceEvent::AskingSlowly { hops, takes, .. } => {
                let routers = if *hops == 1 { "router" } else { "routers" };
                self.message = Some(format!("asking {hops} {routers} again, slowly: {}", Short(*takes)));
            }
            _ => {}
        }
    }

    /// Does what a key stands for; what it cannot do itself is given back.
    pub(super) fn press(&mut self, key: Key) -> Option<Order> {
        self.message = None;
        match key {
            Key::Char('q' | '\x03' | '\x1c') => return Some(Order::Stop),
            Key::Char('\x1a') => return Some(Order::Suspend),
            Key::Char('\x0c') => return Some(Order::Redraw),
            Key::Char('p' | ' ') => {
                self.is_paused = !self.is_paused;
                return Some(Order::Pause(self.is_paused));
            }
            Key::Char('r') => return Some(Order::Reset),
            Key::Char('u') => self.message = Some(self.protocol.to_owned()),
            Key::Char('n') => self.show.names = !self.show.names,
            Key::Char('z') => self.show.systems = !self.show.systems,
            Key::Char('e') => self.show.labels = !self.show.labels,
            Key::Char('?' | 'h') => (self.show.help, self.scroll) = (!self.show.help, 0),
            Key::Escape => (self.show.help, self.scroll) = (false, 0),
            Key::Char('s') => self.turn_round(),
            Key::Char('<') => self.sort_by_next(-1),
            Key::Char('>') => self.sort_by_next(1),
            Key::Up | Key::Char('k') => self.scroll = self.scroll.saturating_sub(1),
            Key::Down | Key::Char('j') => self.scroll += 1,
            Key::PageUp => self.scroll = self.scroll.saturating_sub(self.page.max(1)),
            Key::PageDown => self.scroll += self.page.max(1),
            Key::Home => self.scroll = 0,
            Key::End => self.scroll = usize::MAX / 2,
            Key::Tab => self.select(1),
            Key::BackTab => self.select(self.paths.len().saturating_sub(1)),
            Key::Char(_) => {}
        }
        None
    }

    fn select(&mut self, further: usize) {
        self.selected = (self.selected + further) % self.paths.len().max(1);
        self.scroll = 0;
    }

    fn turn_round(&mut self) {
        let Sort { by, is_descending } = self.sort.unwrap_or(Sort { by: Column::Hop, is_descending: false });
        self.sort = Some(Sort { by, is_descending: !is_descending });
    }

    fn sort_by_next(&mut self, step: isize) {
        let sortable: Vec<Column> =
            self.columns.iter().copied().filter(|column| column.is_figure()).collect();
        let is_descending = self.sort.is_some_and(|sort| sort.is_descending);
        let by = self.sort.map_or(Column::Hop, |sort| sort.by);
        let place = sortable.iter().position(|column| *column == by).unwrap_or_default();
        let next = (place + sortable.len()).saturating_add_signed(step).checked_rem(sortable.len());
        let by = next.and_then(|next| sortable.get(next)).copied();
        self.sort = by.map(|by| Sort { by, is_descending });
    }

    /// The hops of the path that is shown, in the order they are shown.
    pub(super) fn hops(&self) -> Vec<(&HopReport, &HopView)> {
        let Some(path) = self.paths.get(self.selected) else { return Vec::new() };
        let mut hops: Vec<_> = path.outcome.hops.iter().zip(&path.hops).collect();
        if let Some(Sort { by, is_descending }) = self.sort {
            let figure = |(report, hop): &(&HopReport, &HopView)| by.figure(hop, report);
            hops.sort_by(|one, other| match (figure(one), figure(other)) {
                (Some(one), Some(other)) if is_descending => other.total_cmp(&one),
                (Some(one), Some(other)) => one.total_cmp(&other),
                (one, other) => other.is_some().cmp(&one.is_some()),
            });
        }
        hops
    }

    /// What somebody who answers is called.
    pub(super) fn host(&self, called: &Called) -> String {
        let number = called.address.map(number).unwrap_or_default();
        let mut words = match called.name.as_ref().filter(|_| self.show.names) {
            Some(name) => format!("{name} ({number})"),
            None => number,
        };
        if let Some(system) = called.system.as_ref().filter(|_| self.show.systems) {
            words += &format!(" {system}");
        }
        words
    }

    /// What is to be noted of a hop beside the one who answers most.
    pub(super) fn notes(&self, report: &HopReport, called: Option<&Called>) -> String {
        let mut words = notes(report);
        words.extend(called.into_iter().flat_map(|called| self.said(called)));
        words.join(", ")
    }

    /// What somebody who answers says.
    pub(super) fn said(&self, called: &Called) -> Vec<String> {
        let labels = called.labels.iter().filter(|_| self.show.labels);
        labels.chain(&called.said).cloned().collect()
    }
}
