//! The raw form: a line for each probe that leaves, each address that answers, and each answer, as they happen.
//!
//! Places are counted from zero, numbers of probes from 33000. All hops of a round leave at once, so numbers of hops that are not
//! asked are left out.

use std::io::{self, Write};
use std::net::IpAddr;

use netdiag_echo::{HopAnswer, TraceEvent};

use super::page::{Page, Traced};
use super::statistics::Statistics;
use crate::render::Renderer;

/// Lines on `out`.
pub(super) struct Raw<'a, W> {
    out: W,
    page: &'a mut Page,
    first: u8,
    /// Of each distance from the first on.
    hops: Vec<Told>,
}

/// What was told of a hop.
#[derive(Clone, Debug, Default)]
struct Told {
    current: Option<IpAddr>,
    named: bool,
}

impl<'a, W: Write> Raw<'a, W> {
    /// Of a trace by these hop limits.
    pub(super) fn new(out: W, page: &'a mut Page, first: u8, last: u8) -> Self {
        let hops = (first..=last).map(|_| Told::default()).collect();
        Self { out, page, first, hops }
    }

    fn number(&self, round: u64, distance: u8) -> u64 {
        let probe = round * self.hops.len() as u64 + u64::from(distance - self.first);
        FIRST + probe % (LAST - FIRST)
    }

    fn answer(&mut self, answer: &HopAnswer, statistics: &Statistics) -> io::Result<()> {
        let (from, place) = (answer.from.ip(), answer.distance - 1);
        self.page.who.prepare(from);
        let number = self.number(answer.round, answer.distance);
        let Some(told) = self.hops.get_mut(usize::from(answer.distance - self.first)) else { return Ok(()) };
        if told.current != Some(from) {
            told.current = Some(from);
            let hop = statistics.at(answer.distance);
            let responder = hop.and_then(|hop| hop.responders.iter().find(|known| known.address == from));
            let labels = responder.filter(|_| self.page.mpls).into_iter().flat_map(|known| &known.labels);
            writeln!(self.out, "h {place} {from}")?;
            for label in labels {
                let (class, bottom) = (label.traffic_class, u8::from(label.is_bottom));
                writeln!(self.out, "m {place} {} {class} {bottom} {}", label.label, label.ttl)?;
            }
        }
        if let Some(name) = self.page.who.name(from).filter(|_| !told.named) {
            told.named = true;
            writeln!(self.out, "d {place} {name}")?;
        }
        writeln!(self.out, "p {place} {} {number}", answer.rtt.as_micros())?;
        self.out.flush()
    }
}

impl<W: Write> Renderer<Traced> for Raw<'_, W> {
    fn item(&mut self, (event, statistics): (&TraceEvent, &Statistics)) -> io::Result<()> {
        match event {
            TraceEvent::Sent { round, distance } => {
                writeln!(self.out, "x {} {}", distance - 1, self.number(*round, *distance))?;
                self.out.flush()
            }
            TraceEvent::Answer(answer) if !answer.is_duplicate => self.answer(answer, statistics),
            _ => Ok(()),
        }
    }

    fn end(&mut self, _: &Statistics) -> io::Result<()> {
        self.out.flush()
    }
}

/// The numbers that upstream gives probes, over and over.
const FIRST: u64 = 33_000;
const LAST: u64 = 65_536;
