//! [`Trace`]: the way to a target hop by hop, all hops of a round asked at once.
//!
//! A probe is known by its number alone, which says its round and its hop limit. What comes back is believed to say which probe
//! it is about, and an echo reply only if the run's secret is in it; what the table of send times does not know is counted as
//! foreign.

mod answers;
mod chance;
mod config;
mod end;
mod event;
mod fisher;
mod hop;
mod meaning;
mod overheard;
mod own_ports;
mod proof;
mod quoted;
mod reach;
mod report;
mod rounds;
mod slowly;
mod verdict;
mod waiting;

use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

pub(crate) use self::chance::vanish_by_chance;
pub use self::config::{Glance, ProbeKind, TraceConfig};
pub use self::end::PathEnd;
pub use self::event::{HopAnswer, TraceEvent};
pub use self::hop::{Hop, Responder, Tally};
pub use self::meaning::AnswerMeaning;
pub(crate) use self::proof::{believed, proven};
pub use self::quoted::Quoted;
use self::reach::Reach;
pub use self::report::{HopReport, PathReport};
use self::rounds::{Phase, Place, Rounds};
pub(crate) use self::slowly::SLOW;
pub use self::verdict::Verdict;
use crate::engine::{Engine, Input, LocalRefusal, Step};
use crate::probe::{Ident, Probe, Seq};
use crate::stamp::SendCall;
use crate::window::{Fate, Window};
use crate::wire::level;

/// The engine of one trace.
#[derive(Debug)]
pub struct Trace {
    config: TraceConfig,
    rounds: Rounds,
    reach: Reach,
    /// From the first distance to the last there can be.
    hops: Vec<Hop>,
    window: Window,
    start: Option<Instant>,
    /// The oldest probe of which nothing has come yet.
    open: Seq,
    /// When everything that had arrived by then had been handed over.
    seen: Option<Instant>,
    longest: Option<Duration>,
    last_sent: Option<Instant>,
    foreign: u64,
    /// Answers that may be about any of several probes.
    ambiguous: u64,
    /// Hops that have settled.
    settled: u8,
    events: VecDeque<TraceEvent>,
    /// When the owner wanted it to end.
    stopped: Option<Instant>,
    /// The first round that counts.
    since: u64,
}

impl Trace {
    /// A run that starts at its first [`poll`](Engine::poll), which is not before `now`.
    pub fn new(config: TraceConfig, now: Instant) -> Self {
        Self {
            rounds: Rounds::new(&config, now),
            reach: Reach::new(config.last, config.give_up),
            hops: (config.first..=config.last).map(|distance| Hop::new(distance, 0)).collect(),
            window: Window::default(),
            start: None,
            open: Seq::FIRST,
            seen: None,
            longest: None,
            last_sent: None,
            foreign: 0,
            ambiguous: 0,
            settled: config.first.saturating_sub(1),
            events: VecDeque::new(),
            stopped: None,
            since: 0,
            config,
        }
    }

    /// The hops of the path: up to the target, or the last that answers.
    pub fn hops(&self) -> &[Hop] {
        let length = (usize::from(self.reach.length()) + 1).saturating_sub(self.config.first.into());
        self.hops.get(..length).unwrap_or(&self.hops)
    }

    /// What is to be thought of each of the [hops](Self::hops).
    pub fn verdicts(&self) -> Vec<Verdict> {
        verdict::judge(self.hops(), self.is_reached())
    }

    /// How the path ends.
    pub fn end(&self) -> PathEnd {
        let Some(end) = self.reach.end() else { return PathEnd::Silent(self.reach.length()) };
        let last = self.hops().last();
        let has_reached = last.is_some_and(|hop| {
            hop.responders.iter().any(|responder| responder.meaning == AnswerMeaning::Reached)
        });
        if has_reached { PathEnd::Reached(end) } else { PathEnd::Refused(end) }
    }

    /// The first distance at which a router answers that also answers farther away, with others in between, and that distance:
    /// packets go round in a loop.
    pub fn path_loop(&self) -> Option<(u8, u8)> {
        hop::find_loop(self.hops())
    }

    /// Rounds that have begun, without those asked slowly.
    pub const fn rounds(&self) -> u64 {
        self.rounds.measured().saturating_sub(self.since)
    }

    /// Messages that were about no probe of this run, or forged.
    pub const fn foreign(&self) -> u64 {
        self.foreign
    }

    /// What it was asked for.
    pub(crate) const fn config(&self) -> &TraceConfig {
        &self.config
    }

    /// Probes that the system refused to send, also those beyond the end of the path, and why it refused the last of them.
    pub fn unsent(&self) -> (u64, Option<i32>) {
        let refused = self.hops.iter().filter(|hop| hop.unsent > 0);
        refused.fold((0, None), |(count, _), hop| (count + hop.unsent, hop.refusal))
    }

    /// Whether any probe has come to something, also beyond the end of the path.
    pub fn is_decided(&self) -> bool {
        self.hops.iter().any(|hop| hop.asked.decided() > 0)
    }

    /// Answers that name no probe, and came before probes went to ports that tell them apart.
    pub const fn ambiguous(&self) -> u64 {
        self.ambiguous
    }

    /// The target.
    pub const fn target(&self) -> SocketAddr {
        self.config.to
    }

    /// All hops, and what is thought of each.
    pub fn reports(&self) -> Vec<HopReport> {
        report::reports(self.hops(), self.verdicts(), self.config.interval)
    }

    /// How the path stands.
    pub fn report(&self) -> PathReport {
        PathReport {
            end: self.end(),
            hops: self.reports(),
            path_loop: self.path_loop(),
            rounds: self.rounds(),
            foreign: self.foreign,
            ambiguous: self.ambiguous(),
            unsent: self.unsent(),
            is_decided: self.is_decided(),
        }
    }

    /// Whether nothing is to be found out by asking more: the end answered everything, and whoever is before it all or nothing.
    fn is_plain(&self) -> bool {
        let ends = !matches!(self.end(), PathEnd::Silent(_));
        let is_whole = self.hops().last().is_some_and(|hop| hop.asked.silent == 0 && hop.unsent == 0);
        let is_told = |(hop, verdict): (&Hop, Verdict)| match verdict {
            Verdict::Ok => true,
            Verdict::Quiet { .. } => hop.asked.answered == 0,
            Verdict::LossFromHere { .. } | Verdict::Unknown { .. } => false,
        };
        ends && is_whole && self.hops().iter().zip(self.verdicts()).all(is_told)
    }

    fn is_reached(&self) -> bool {
        matches!(self.end(), PathEnd::Reached(_))
    }

    /// Forgets everything but which probes there were: what is still under way counts for nothing.
    fn reset(&mut self) {
        self.since = self.rounds.begun();
        let TraceConfig { first, last, give_up, .. } = self.config;
        self.hops = (first..=last).map(|distance| Hop::new(distance, self.since)).collect();
        self.reach = Reach::new(last, give_up);
        (self.foreign, self.ambiguous) = (0, 0);
        self.events.push_back(TraceEvent::Reset);
    }

    fn hop(&mut self, place: Place) -> Option<&mut Hop> {
        if place.round < self.since {
            return None;
        }
        self.hops.get_mut(usize::from(place.distance.checked_sub(self.config.first)?))
    }

    fn send_next(&mut self) -> Option<Probe> {
        loop {
            let (seq, place) = self.rounds.next_probe()?;
            self.window.open(seq);
            if self.rounds.is_asked(place) {
                let (to, size) = (self.destination(seq, place), self.config.size(place.round));
                let flow = self.config.flow_of(place.round, place.distance);
                return Some(Probe { hop_limit: Some(place.distance), flow, ..Probe::new(to, seq, size) });
            }
            // Nothing is to come of it.
            self.window.slot(seq).into_iter().for_each(|slot| slot.fate = Fate::Failed);
        }
    }

    fn sent(&mut self, seq: Seq, call: SendCall) {
        if self.window.slot(seq).is_none_or(|slot| slot.sent.is_some()) {
            return;
        }
        self.window.sent(seq, call);
        self.last_sent = Some(call.returned);
        let place = self.rounds.place(seq);
        let is_slow = self.rounds.is_slow(place);
        self.hop(place).into_iter().for_each(|hop| hop.tally(is_slow).sent += 1);
        if self.config.tells_all {
            let Place { round, distance } = place;
            self.events.push_back(TraceEvent::Sent { round, distance });
        }
    }

    fn not_sent(&mut self, seq: Seq, errno: Option<i32>, event: impl FnOnce(Place) -> TraceEvent) {
        let place = self.rounds.place(seq);
        if let Some(slot) = self.window.slot(seq).filter(|slot| slot.sent.is_none()) {
            slot.fate = Fate::Failed;
            self.hop(place).into_iter().for_each(|hop| (hop.unsent, hop.refusal) = (hop.unsent + 1, errno));
        }
        self.events.push_back(event(place));
    }

    fn send_failed(&mut self, seq: Seq, error: io::Error) {
        let errno = error.raw_os_error();
        self.not_sent(seq, errno, |Place { round, distance }| TraceEvent::SendFailed {
            round,
            distance,
            error,
        });
    }

    fn refused(&mut self, refused: LocalRefusal) {
        match refused.probe {
            Some(probe) => {
                self.not_sent(probe.seq, Some(refused.error.errno), |_| TraceEvent::Refused(refused.error));
            }
            None => self.events.push_back(TraceEvent::Refused(refused.error)),
        }
    }

    /// Whether a conclusion may be drawn from what had not arrived by `moment`; if not, it is to be looked first.
    fn has_seen(&mut self, now: Instant, moment: Instant) -> bool {
        if self.seen.is_some_and(|seen| seen >= moment) {
            return true;
        }
        self.seen = Some(now);
        false
    }

    /// All probes of a phase have come to something.
    fn next_phase(&mut self, now: Instant) {
        let first_unsettled = match self.rounds.phase() {
            Phase::Glancing if !self.is_plain() => return self.rounds.go_on(now),
            Phase::Glancing => None,
            Phase::Measuring if self.config.confirms => {
                let (hops, verdicts, is_reached) = (self.hops().to_vec(), self.verdicts(), self.is_reached());
                self.rounds.ask_slowly(&self.config, &hops, &verdicts, is_reached, now)
            }
            Phase::Measuring | Phase::Slowly => None,
            Phase::Over => return,
        };
        match first_unsettled {
            Some((place, event)) => {
                self.events.push_back(event);
                self.settle(place);
            }
            None => {
                self.rounds.end();
                self.settle(usize::MAX);
            }
        }
    }

    /// Tells of the first hops of the list that they have settled.
    fn settle(&mut self, count: usize) {
        for report in self.reports().into_iter().take(count) {
            if report.hop.distance > self.settled {
                self.settled = report.hop.distance;
                self.events.push_back(TraceEvent::Settled(Box::new(report)));
            }
        }
    }
}

impl Engine for Trace {
    type Event = TraceEvent;

    fn poll(&mut self, now: Instant) -> Step<TraceEvent> {
        if let Some(event) = self.events.pop_front() {
            return Step::Report(event);
        }
        if self.rounds.phase() == Phase::Over {
            return Step::Done;
        }
        let start = *self.start.get_or_insert(now);
        let deadline = self.config.deadline.map(|deadline| start + deadline);
        let end = self.stopped.into_iter().chain(deadline).min();
        if let Some(end) = end.filter(|end| *end <= now) {
            if !self.has_seen(now, end) {
                return Step::Receive;
            }
            self.rounds.end();
            self.settle(usize::MAX);
            return self.poll(now);
        }
        let oldest = self.oldest_open();
        let expiry = oldest.flatten().map(|sent| sent + self.patience());
        if let Some(expiry) = expiry.filter(|expiry| *expiry <= now) {
            if !self.has_seen(now, expiry) {
                return Step::Receive;
            }
            let patience = self.patience();
            self.seen.and_then(|seen| seen.checked_sub(patience)).into_iter().for_each(|by| self.expire(by));
            return self.poll(now);
        }
        if let Some(probe) = self.send_next() {
            return Step::Send(probe);
        }
        if self.rounds.is_draining() && oldest.is_none() {
            self.next_phase(now);
            return self.poll(now);
        }
        if self.rounds.begin(now, &mut self.reach) {
            return self.poll(now);
        }
        let due = self.rounds.due();
        Step::Wait([due, expiry, deadline].into_iter().flatten().min().unwrap_or(now + self.config.timeout))
    }

    fn fill(&self, probe: &Probe, data: &mut [u8]) -> Ident {
        self.config.payload.write(probe.seq, data);
        if self.config.to.is_ipv6() && self.config.kind == ProbeKind::Echo {
            let flow = self.config.flow_in(self.rounds.place(probe.seq).round);
            level(self.config.ident, probe.seq, data, flow as u16);
        }
        self.config.ident
    }

    fn handle(&mut self, now: Instant, input: Input<'_>) {
        match input {
            _ if self.rounds.phase() == Phase::Over => {}
            Input::Sent(probe, call) => self.sent(probe.seq, call),
            Input::Departed(probe, departure) => self.window.departed(probe.seq, departure),
            Input::SendFailed(probe, error) => self.send_failed(probe.seq, error),
            Input::Answer(answer) => self.answered(&answer),
            Input::Unnumbered(answer) => self.unnumbered(&answer),
            Input::Quoted(quote) => self.overheard(&quote),
            Input::Refused(refused) => self.refused(refused),
            Input::ReceiveFailed(error) => self.events.push_back(TraceEvent::ReceiveFailed(error)),
            Input::Status => self.events.push_back(TraceEvent::Status(Box::new(self.report()))),
            Input::Pause(pause) => self.rounds.pause(pause),
            // Once they are asked slowly, all is said.
            Input::Reset if self.rounds.phase() != Phase::Slowly => self.reset(),
            Input::Reset => {}
            Input::Stop => self.stopped = self.stopped.or(Some(now)),
        }
    }
}

#[cfg(test)]
mod tests;
