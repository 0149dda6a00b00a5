//! [`HopMtuSearch`]: the largest packet that comes to each hop of a path, and where larger ones end.
//!
//! A router whose hop a probe's hop limit names answers it whatever its next link takes; so a size that comes to one hop and not to the
//! next is stopped in between. The socket must neither divide packets nor go by what the kernel knows of the path
//! ([`PathMtuDiscovery::Probe`](crate::PathMtuDiscovery::Probe)).

mod config;
mod event;
mod question;
mod stairs;

use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use nix::errno::Errno;

pub use self::config::{HopMtuConfig, MtuPlace};
pub use self::event::{HopMtu, HopMtuEvent, HopMtus, MtuStep};
use self::question::Question;
use self::stairs::{Outcome, Stairs};
use super::bounds::{LARGEST, Stopped, base};
use crate::engine::{Engine, Input, LocalRefusal, Step};
use crate::path::{ProbeKind, believed};
use crate::payload::{Payload, Quoted};
use crate::probe::{Answer, AnswerKind, Family, Ident, Probe, Seq};
use crate::window::Window;
use crate::wire::level;

/// The engine of one search.
#[derive(Debug)]
pub struct HopMtuSearch {
    config: HopMtuConfig,
    payload: Payload,
    stairs: Stairs,
    question: Option<Question>,
    window: Window,
    newest: u64,
    longest: Duration,
    transmitted: u64,
    start: Option<Instant>,
    events: VecDeque<HopMtuEvent>,
    is_cut: bool,
}

impl HopMtuSearch {
    /// A search that starts at its first [`poll`](Engine::poll).
    pub fn new(config: HopMtuConfig) -> Self {
        let base = base(Family::of(config.to));
        Self {
            payload: Payload { size: LARGEST, secret: Some(config.secret), pattern: Vec::new() },
            stairs: Stairs::new(config.places.clone(), config.small, base),
            question: None,
            window: Window::default(),
            newest: 0,
            longest: config.longest,
            transmitted: 0,
            start: None,
            events: VecDeque::new(),
            is_cut: false,
            config,
        }
    }

    /// What is known so far.
    pub fn outcome(&self) -> HopMtus {
        let found = self.stairs.found();
        HopMtus {
            complete: found.complete && !self.is_cut,
            is_cut: self.is_cut,
            transmitted: self.transmitted,
            ..found
        }
    }

    fn patience(&self) -> Duration {
        (self.longest * 4).max(SHORTEST_PATIENCE).min(self.config.timeout)
    }

    fn conclude(&mut self, outcome: Option<Outcome>) {
        let Some(outcome) = outcome else { return };
        if let Some(question) = self.question.take() {
            self.stairs.record(question.size, outcome);
        }
    }

    /// The next probe of the question, if its time has come.
    fn send(&mut self, now: Instant) -> Option<Probe> {
        let question = self.question.as_mut()?;
        if question.due.is_some_and(|due| now < due) {
            return None;
        }
        let is_small = question.is_small_next();
        self.newest += 1;
        let seq = Seq(self.newest);
        self.window.open(seq);
        question.under_way = Some((seq, now, is_small));
        question.sent += 1;
        let size = if is_small { self.config.small } else { question.size };
        Some(Probe {
            hop_limit: Some(question.place.distance),
            flow: self.config.to.is_ipv4().then_some(self.config.flow),
            ..Probe::new(self.config.to, seq, size.saturating_sub(self.config.headers()))
        })
    }

    fn answered(&mut self, now: Instant, answer: &Answer<'_>) {
        if answer.probe.ident != self.config.ident {
            return;
        }
        let Some((seq, Some(_))) = believed(self.config.to.ip(), &self.payload, &mut self.window, answer)
        else {
            return;
        };
        let Some(question) = self.question.as_mut() else { return };
        let Some((_, _, is_small)) = question.under_way.filter(|(under_way, ..)| *under_way == seq) else {
            return;
        };
        if let AnswerKind::Icmp { error, data, .. } = answer.kind
            && error.is_too_big()
        {
            let authenticated = self.payload.quoted(seq, data) == Quoted::Proven;
            return self.too_big(answer.from, error.info, authenticated);
        }
        if let Some(sent) = self.window.departure(seq) {
            self.longest = self.longest.max(sent.as_lived(&answer.at));
        }
        let Some(question) = self.question.as_mut() else { return };
        let outcome = if is_small { question.small_answered(now) } else { Some(Outcome::Passed) };
        self.conclude(outcome);
    }

    fn too_big(&mut self, from: SocketAddr, told: u32, authenticated: bool) {
        let Some(question) = self.question.as_mut() else { return };
        let told = usize::try_from(told).ok().filter(|told| *told > 0);
        let (distance, size) = (question.place.distance, question.size);
        self.events.push_back(HopMtuEvent::TooBig { distance, size, from, told, authenticated });
        let why = Stopped::TooBig { from, told, authenticated };
        // It may be forged: what was asked for may still come.
        question.why = Some(why);
        self.conclude(authenticated.then_some(Outcome::Stopped(why)));
    }

    fn not_sent(&mut self, probe: Probe, error: io::Error, mtu: Option<usize>) {
        let Some(question) = self.question.as_ref() else { return };
        if question.under_way.is_none_or(|(seq, ..)| seq != probe.seq) {
            return;
        }
        let size = probe.size + self.config.headers();
        if error.raw_os_error() == Some(Errno::EMSGSIZE as i32) {
            return self.conclude(Some(Outcome::Stopped(Stopped::Interface(mtu))));
        }
        let distance = question.place.distance;
        self.events.push_back(HopMtuEvent::SendFailed { distance, size, error });
    }

    fn refused_here(&mut self, refused: &LocalRefusal) {
        let Some(probe) = refused.probe else { return };
        let error = io::Error::from_raw_os_error(refused.error.errno);
        let mtu = usize::try_from(refused.error.info).ok().filter(|mtu| *mtu > 0);
        self.not_sent(probe, error, mtu);
    }

    fn over(&self) -> Option<Instant> {
        self.start.zip(self.config.deadline).and_then(|(start, deadline)| start.checked_add(deadline))
    }

    /// Has the next size tried; false if there is none.
    fn ask(&mut self) -> bool {
        let Some((place, size)) = self.stairs.next() else { return false };
        let question = Question::new(place.clone(), size);
        let distance = place.distance;
        self.question = Some(question);
        self.events.push_back(HopMtuEvent::Trying { distance, size });
        true
    }
}

impl Engine for HopMtuSearch {
    type Event = HopMtuEvent;

    fn poll(&mut self, now: Instant) -> Step<HopMtuEvent> {
        self.start.get_or_insert(now);
        if let Some(event) = self.events.pop_front() {
            return Step::Report(event);
        }
        let over = self.over();
        self.is_cut |= over.is_some_and(|over| now >= over) || self.newest >= MOST_PROBES;
        if self.is_cut {
            return Step::Done;
        }
        let patience = self.patience();
        let Some(question) = self.question.as_mut() else {
            return if self.ask() { self.poll(now) } else { Step::Done };
        };
        let until = |moment: Instant| Step::Wait(over.map_or(moment, |over| over.min(moment)));
        let Some((_, since, _)) = question.under_way else {
            let due = question.due.unwrap_or(now);
            return self.send(now).map_or_else(|| until(due), Step::Send);
        };
        if now < since + patience {
            return until(since + patience);
        }
        // Nothing is concluded before all that has arrived by now was taken in.
        if !question.asked {
            question.asked = true;
            return Step::Receive;
        }
        let outcome = question.silent(now);
        self.conclude(outcome);
        self.poll(now)
    }

    fn fill(&self, probe: &Probe, data: &mut [u8]) -> Ident {
        self.payload.write(probe.seq, data);
        if self.config.to.is_ipv6() && self.config.kind == ProbeKind::Echo {
            level(self.config.ident, probe.seq, data, self.config.flow as u16);
        }
        self.config.ident
    }

    fn handle(&mut self, now: Instant, input: Input<'_>) {
        match input {
            Input::Sent(probe, call) => {
                self.window.sent(probe.seq, call);
                self.transmitted += 1;
            }
            Input::Departed(probe, departure) => self.window.departed(probe.seq, departure),
            Input::SendFailed(probe, error) => self.not_sent(probe, error, None),
            Input::Answer(answer) => self.answered(now, &answer),
            Input::Refused(refused) => self.refused_here(&refused),
            Input::ReceiveFailed(error) => self.events.push_back(HopMtuEvent::ReceiveFailed(error)),
            Input::Stop => self.is_cut = true,
            Input::Pause(_) | Input::Reset | Input::Status | Input::Unnumbered(_) | Input::Quoted(_) => {}
        }
    }
}

/// Less than this is not waited for an answer, however fast others came: larger packets take longer on slow links.
const SHORTEST_PATIENCE: Duration = Duration::from_millis(250);
/// More probes than any search needs.
const MOST_PROBES: u64 = 2000;

#[cfg(test)]
mod tests;
