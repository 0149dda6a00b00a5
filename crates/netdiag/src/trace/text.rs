//! Traces as text: a line for each hop as soon as it has settled, then the path in a sentence.
//!
//! One path is written at a time; the lines of the others wait until it is their turn.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::time::Duration;

use netdiag_echo::{HopReport, Responder, TraceEvent, Verdict};
use netdiag_text::duration::Series;
use netdiag_text::terminal::padded;

use super::figures::Figures;
use super::headline::headline;
use super::mtu::{PathMtu, note, sentence};
use super::names::Who;
use super::notes::{notes, said};
use super::paths;
use super::pings::pinged;
use super::render::{Item, Outcome, Traced};
use crate::ping::address::number;
use crate::render::Renderer;

/// Text on `out`.
pub(super) struct Text<W> {
    out: W,
    who: Who,
    /// What is written before each path.
    titles: Vec<String>,
    /// Lines of paths whose turn has not come.
    held_back: Vec<String>,
    /// How often a change of route was told, by path and distance.
    changes: BTreeMap<(usize, u8), u32>,
    quiet: bool,
    /// Whether hops are told of at the end only, as their MTU is not known before.
    at_end: bool,
}

impl<W: Write> Text<W> {
    pub(super) fn new(out: W, who: Who, titles: Vec<String>, (quiet, at_end): (bool, bool)) -> Self {
        let held_back = vec![String::new(); titles.len()];
        Self { out, who, held_back, titles, changes: BTreeMap::new(), quiet, at_end }
    }

    /// How long a name may be waited for: nobody else's probes may wait for it.
    const fn patience(&self) -> Duration {
        if self.titles.len() > 1 { Duration::ZERO } else { NAME_PATIENCE }
    }

    fn lines(&mut self, report: &HopReport, figures: &Figures, mtu: Option<&PathMtu>) -> String {
        let patience = self.patience();
        let mut responders: Vec<&Responder> = report.hop.responders.iter().collect();
        responders.sort_by_key(|responder| std::cmp::Reverse(responder.answers));
        let who = match responders.first() {
            Some(responder) => self.who.words(responder.address, patience),
            None => "*".to_owned(),
        };
        let distance = report.hop.distance;
        let counts = match report.verdict {
            // Its own silence is no figure of the path.
            Verdict::Quiet { .. } => "-".to_owned(),
            _ => format!("{}/{}", report.hop.asked.answered, report.hop.asked.decided()),
        };
        let mut line = format!("{distance:>2}  {}  {counts:>7}", padded(&who, WHO));
        if let Some(times) = times(report, figures) {
            line += &format!("  {}", Series(times));
        }
        let mut words = notes(report);
        words.extend(note(mtu, distance));
        words.extend(responders.first().into_iter().flat_map(|responder| said(responder, distance)));
        if !words.is_empty() {
            line += &format!("  {}", words.join(", "));
        }
        line.push('\n');
        for responder in responders.iter().skip(1) {
            let who = self.who.words(responder.address, patience);
            let mut words = vec![format!("{} answers", responder.answers)];
            words.extend(said(responder, distance));
            line += &format!("    {}  {}\n", padded(&who, WHO), words.join(", "));
        }
        line
    }

    fn write(&mut self, index: usize, lines: &str) -> io::Result<()> {
        if index > 0 {
            self.held_back.get_mut(index).into_iter().for_each(|held| held.push_str(lines));
            return Ok(());
        }
        self.out.write_all(lines.as_bytes())?;
        self.out.flush()
    }
}

impl<W: Write> Renderer<Traced> for Text<W> {
    fn header(&mut self) -> io::Result<()> {
        let title = self.titles.first().filter(|_| !self.quiet).cloned().unwrap_or_default();
        self.write(0, &title)
    }

    fn item(&mut self, Item { index, event, figures }: Item<'_>) -> io::Result<()> {
        match event {
            TraceEvent::Answer(answer) => self.who.prepare(answer.from),
            TraceEvent::Settled(report) if !self.quiet && !self.at_end => {
                let lines = self.lines(report, figures, None);
                return self.write(index, &lines);
            }
            TraceEvent::RouteChanged { round, distance, before, after } if !self.quiet => {
                let told = self.changes.entry((index, *distance)).or_default();
                *told += 1;
                if *told > MOST_CHANGES {
                    return Ok(());
                }
                let round = round + 1;
                let words = format!("    round {round}: hop {distance} is now {}", number(*after));
                return self.write(index, &format!("{words}, was {}\n", number(*before)));
            }
            _ => {}
        }
        Ok(())
    }

    fn end(&mut self, outcomes: &[Outcome]) -> io::Result<()> {
        for (index, outcome) in outcomes.iter().enumerate() {
            if index > 0 && !self.quiet {
                let title = self.titles.get(index).cloned().unwrap_or_default();
                let lines = self.held_back.get(index).cloned().unwrap_or_default();
                self.out.write_all(format!("\n{title}{lines}").as_bytes())?;
            }
            if self.at_end && !self.quiet {
                for report in &outcome.hops {
                    let lines = self.lines(report, &outcome.figures, outcome.mtu.as_ref());
                    self.out.write_all(lines.as_bytes())?;
                }
            }
            let blank = if self.quiet { "" } else { "\n" };
            let mut words = format!("{blank}{}\n", headline(outcome));
            words.extend(outcome.mtu.iter().map(|mtu| format!("{}\n", sentence(mtu))));
            for (distance, statistics) in &outcome.pings {
                words += &format!("hop {distance} itself: {}\n", pinged(statistics));
            }
            if let Some(found) = &outcome.paths {
                words += &paths::text::paths(found, &outcome.target.words(), &mut self.who, self.quiet);
            }
            self.out.write_all(words.as_bytes())?;
        }
        self.out.flush()
    }
}

/// The shortest, the middle and the longest round trip.
pub(super) fn times(report: &HopReport, figures: &Figures) -> Option<[Duration; 3]> {
    let median = figures.percentile(report.hop.distance, 50.0)?;
    Some([report.hop.rtts.min()?, median, report.hop.rtts.max()?])
}

/// What stands above a path.
pub(super) fn title(to: &str, from: SocketAddr, what: &str) -> String {
    format!("trace to {to} from {}, {what}\n", number(from))
}

/// Routers that share traffic packet by packet change the route each round; the sentence has how often.
const MOST_CHANGES: u32 = 3;
/// Columns of a name and an address.
pub(super) const WHO: usize = 32;
/// By now most names are known.
pub(super) const NAME_PATIENCE: Duration = Duration::from_millis(500);
