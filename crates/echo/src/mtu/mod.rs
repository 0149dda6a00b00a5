//! [`MtuSearch`]: the largest packet that gets to a host and back unfragmented, found by echo requests that no router may divide.
//!
//! The socket must be one that neither divides packets nor goes by what the kernel knows of the path
//! ([`PathMtuDiscovery::Probe`](crate::PathMtuDiscovery::Probe)), or something else is measured. A reply is as long as its request, so
//! what is found holds both ways.

mod attempt;
mod bounds;
mod by_hop;
mod config;
mod event;

use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use nix::errno::Errno;

use self::attempt::{Attempt, Purpose};
pub use self::bounds::Stopped;
use self::bounds::{Bounds, LARGEST};
pub use self::by_hop::{HopMtu, HopMtuConfig, HopMtuEvent, HopMtuSearch, HopMtus, MtuPlace, MtuStep};
pub use self::config::MtuConfig;
pub use self::event::{MtuEvent, PathMtu};
use crate::engine::{Engine, Input, LocalRefusal, Step};
use crate::payload::{Payload, Quoted};
use crate::probe::{Answer, AnswerKind, Family, IcmpError, Ident, Probe, Seq};
use crate::window::Window;

/// The engine of one search.
#[derive(Debug)]
pub struct MtuSearch {
    config: MtuConfig,
    payload: Payload,
    bounds: Bounds,
    window: Window,
    /// Bytes of the probes' packets, and what became of them, in order.
    probes: Vec<Sent>,
    attempt: Option<Attempt>,
    /// Vanished sizes that have been given up for good.
    confirmed: Option<usize>,
    interface: Option<usize>,
    longest: Duration,
    start: Option<Instant>,
    last_sent: Option<Instant>,
    events: VecDeque<MtuEvent>,
    end: Option<End>,
}

/// One probe.
#[derive(Clone, Copy, Debug)]
struct Sent {
    size: usize,
    left: bool,
    answered: bool,
}

/// How a search ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum End {
    Found,
    /// Nothing is answered, or nothing any more.
    Silent,
    /// It was cut short.
    Cut,
}

impl MtuSearch {
    /// A search that starts at its first [`poll`](Engine::poll).
    pub fn new(config: MtuConfig) -> Self {
        let base = bounds::base(Family::of(config.to));
        let payload = Payload { size: LARGEST, secret: Some(config.secret), pattern: Vec::new() };
        Self {
            payload,
            bounds: Bounds::new(base),
            window: Window::default(),
            probes: Vec::new(),
            attempt: None,
            confirmed: None,
            interface: None,
            longest: Duration::ZERO,
            start: None,
            last_sent: None,
            events: VecDeque::new(),
            end: None,
            config,
        }
    }

    /// What is known so far.
    pub fn outcome(&self) -> PathMtu {
        let size = self.bounds.passed();
        let count = |which: &dyn Fn(&&Sent) -> bool| self.probes.iter().filter(which).count() as u64;
        PathMtu {
            size,
            stopped: self.bounds.stopped(),
            interface: self.interface,
            complete: self.end == Some(End::Found),
            is_cut: self.end == Some(End::Cut),
            transmitted: count(&|probe| probe.left),
            answered: count(&|probe| probe.answered),
            lost: count(&|probe| probe.left && !probe.answered && Some(probe.size) <= size),
        }
    }

    /// Decides what to try next, now that nothing is being tried.
    fn decide(&mut self) {
        if let Some(size) = self.bounds.next() {
            self.attempt = Some(Attempt::new(size, Purpose::Search));
            return;
        }
        match self.bounds.stopped() {
            // All of them may have been lost.
            Some((size, Stopped::Silence | Stopped::Refused { .. }))
                if self.bounds.passed().is_some() && self.confirmed != Some(size) =>
            {
                self.confirmed = Some(size);
                self.attempt = Some(Attempt::new(size, Purpose::Confirm));
            }
            _ if self.bounds.passed().is_some() => self.end = Some(End::Found),
            _ => self.end = Some(End::Silent),
        }
    }

    /// How long the answer to a probe of that attempt may take.
    fn patience(&self, purpose: Purpose) -> Duration {
        match purpose {
            Purpose::Search if !self.longest.is_zero() => {
                (self.longest * 4).max(SHORTEST_PATIENCE).min(self.config.timeout)
            }
            _ => self.config.timeout,
        }
    }

    /// How often a size is tried: what is lost of those that pass may be lost of others.
    fn tries(&self) -> u32 {
        let lost = u32::try_from(self.outcome().lost).unwrap_or(MOST_TRIES);
        self.config.tries.max(1).saturating_add(lost).min(MOST_TRIES.max(self.config.tries))
    }

    /// The probe of the attempt has come to nothing.
    fn missed(&mut self, mut attempt: Attempt) {
        if let Some(seq) = attempt.under_way.take().filter(|_| !attempt.is_told) {
            self.events.push_back(MtuEvent::Unanswered { seq, size: attempt.size });
        }
        attempt.is_told = false;
        attempt.asked = false;
        attempt.missed += 1;
        if attempt.missed < self.tries() {
            self.attempt = Some(attempt);
            return;
        }
        self.attempt = None;
        match attempt.purpose {
            // Nobody is there any more, or too much is lost to tell.
            Purpose::Control => self.end = Some(End::Silent),
            Purpose::Search | Purpose::Confirm => {
                self.bounds.stop(attempt.size, attempt.why.unwrap_or(Stopped::Silence));
                // That it is the size has to be shown by one that passes.
                if let Some(passed) = self.bounds.passed() {
                    self.attempt = Some(Attempt::new(passed, Purpose::Control));
                }
            }
        }
    }

    /// Packets of that size are stopped, and nobody need try again.
    fn stop(&mut self, size: usize, why: Stopped) {
        self.bounds.stop(size, why);
        if self.attempt.as_ref().is_some_and(|attempt| attempt.size == size) {
            self.attempt = None;
        }
    }

    fn probe(&self, seq: Seq) -> Option<Sent> {
        self.probes.get(usize::try_from(seq.0.checked_sub(1)?).ok()?).copied()
    }

    fn probe_mut(&mut self, seq: Seq) -> Option<&mut Sent> {
        self.probes.get_mut(usize::try_from(seq.0.checked_sub(1)?).ok()?)
    }

    fn answered(&mut self, answer: Answer<'_>) {
        if answer.probe.ident != self.config.ident {
            return;
        }
        let newest = Seq(self.probes.len() as u64);
        let Some(seq) = Seq::from_wire(answer.probe.seq, newest) else { return };
        let Some(Sent { size, .. }) = self.probe(seq) else { return };
        match answer.kind {
            AnswerKind::Reply { payload, intact, .. } => {
                let is_whole = payload.len() + self.config.headers() == size;
                if intact && is_whole && self.payload.proves(seq, payload) {
                    self.passed(seq, size, &answer);
                }
            }
            AnswerKind::Icmp { data, error, .. } if !error.is_advice() => {
                match self.payload.quoted(seq, data) {
                    Quoted::Foreign => {}
                    quoted => self.refused_there(seq, size, answer.from, error, quoted == Quoted::Proven),
                }
            }
            AnswerKind::Icmp { .. } | AnswerKind::Port(_) => {}
        }
    }

    fn passed(&mut self, seq: Seq, size: usize, answer: &Answer<'_>) {
        // A reply cannot precede its request.
        let Some(sent) = self.window.departure(seq) else { return };
        let Some(probe) = self.probe_mut(seq).filter(|probe| !probe.answered) else { return };
        probe.answered = true;
        let (rtt, clock) = sent.round_trip(&answer.at);
        self.longest = self.longest.max(sent.as_lived(&answer.at));
        self.bounds.pass(size);
        self.events.push_back(MtuEvent::Answered { seq, size, rtt, clock });
        // What is being tried may be known by that to pass, however late it comes.
        if self.attempt.as_ref().is_some_and(|attempt| attempt.size <= size) {
            self.attempt = None;
        }
    }

    fn refused_there(
        &mut self,
        seq: Seq,
        size: usize,
        from: SocketAddr,
        error: IcmpError,
        authenticated: bool,
    ) {
        let is_too_big = error.is_too_big();
        let told = usize::try_from(error.info).ok().filter(|told| *told > 0);
        let (event, why) = if is_too_big {
            let event = MtuEvent::TooBig { seq, size, from, told, authenticated };
            (event, Stopped::TooBig { from, told, authenticated })
        } else {
            (MtuEvent::Icmp { seq, size, from, error, authenticated }, Stopped::Refused { from, error })
        };
        self.events.push_back(event);
        if is_too_big && authenticated {
            return self.stop(size, why);
        }
        if let Some(mut attempt) = self.attempt.take_if(|attempt| attempt.under_way == Some(seq)) {
            (attempt.why, attempt.is_told) = (Some(why), true);
            match authenticated {
                // It may be another way the next time.
                true => self.missed(attempt),
                // It may be forged: what was asked for may still come.
                false => self.attempt = Some(attempt),
            }
        }
    }

    /// This host's own network refuses a probe.
    fn refused_here(&mut self, refused: &LocalRefusal) {
        let Some(probe) = refused.probe else { return };
        let error = io::Error::from_raw_os_error(refused.error.errno);
        let mtu = usize::try_from(refused.error.info).ok().filter(|mtu| *mtu > 0);
        self.not_sent(probe, error, mtu);
    }

    fn not_sent(&mut self, probe: Probe, error: io::Error, mtu: Option<usize>) {
        let size = probe.size + self.config.headers();
        if error.raw_os_error() == Some(Errno::EMSGSIZE as i32) {
            self.interface = mtu.or(self.interface);
            self.events.push_back(MtuEvent::TooLong { seq: probe.seq, size, mtu });
            return self.stop(size, Stopped::Interface(mtu));
        }
        self.events.push_back(MtuEvent::SendFailed { seq: probe.seq, size, error });
        if let Some(attempt) = self.attempt.as_mut().filter(|attempt| attempt.under_way == Some(probe.seq)) {
            attempt.is_told = true;
        }
    }

    /// The next probe of the attempt, if its time has come.
    fn send(&mut self, now: Instant) -> Option<Probe> {
        let (due, headers) = (self.due(), self.config.headers());
        let attempt = self.attempt.as_mut().filter(|attempt| attempt.under_way.is_none())?;
        if due.is_some_and(|due| now < due) {
            return None;
        }
        let seq = Seq(self.probes.len() as u64 + 1);
        attempt.under_way = Some(seq);
        attempt.since = Some(now);
        let size = attempt.size;
        self.probes.push(Sent { size, left: false, answered: false });
        self.window.open(seq);
        self.last_sent = Some(now);
        Some(Probe::new(self.config.to, seq, size - headers))
    }

    fn due(&self) -> Option<Instant> {
        self.last_sent.map(|sent| sent + self.config.interval)
    }

    fn over(&self) -> Option<Instant> {
        self.start.zip(self.config.deadline).and_then(|(start, deadline)| start.checked_add(deadline))
    }
}

impl Engine for MtuSearch {
    type Event = MtuEvent;

    fn poll(&mut self, now: Instant) -> Step<MtuEvent> {
        self.start.get_or_insert(now);
        if let Some(event) = self.events.pop_front() {
            return Step::Report(event);
        }
        if self.end.is_none() && self.over().is_some_and(|over| now >= over) {
            self.end = Some(End::Cut);
        }
        if self.end.is_none() && self.probes.len() >= MOST_PROBES {
            self.end = Some(End::Silent);
        }
        if self.end.is_some() {
            return Step::Done;
        }
        let Some(attempt) = self.attempt.as_mut() else {
            self.decide();
            return self.poll(now);
        };
        let (purpose, since) = (attempt.purpose, attempt.since);
        let ends = since.filter(|_| attempt.under_way.is_some());
        let Some(ends) = ends.map(|since| since + self.patience(purpose)) else {
            return match self.send(now) {
                Some(probe) => Step::Send(probe),
                None => Step::Wait(self.due().unwrap_or(now)),
            };
        };
        if now < ends {
            return Step::Wait(self.over().map_or(ends, |over| over.min(ends)));
        }
        // Nothing is concluded before all that has arrived by now was taken in.
        match self.attempt.take() {
            Some(attempt) if attempt.asked => {
                self.missed(attempt);
                self.poll(now)
            }
            attempt => {
                self.attempt = attempt.map(|attempt| Attempt { asked: true, ..attempt });
                Step::Receive
            }
        }
    }

    fn fill(&self, probe: &Probe, data: &mut [u8]) -> Ident {
        self.payload.write(probe.seq, data);
        self.config.ident
    }

    fn handle(&mut self, _: Instant, input: Input<'_>) {
        match input {
            _ if self.end.is_some() => {}
            Input::Sent(probe, call) => {
                self.window.sent(probe.seq, call);
                if let Some(sent) = self.probe_mut(probe.seq) {
                    sent.left = true;
                }
            }
            Input::Departed(probe, departure) => self.window.departed(probe.seq, departure),
            Input::SendFailed(probe, error) => self.not_sent(probe, error, None),
            Input::Answer(answer) => self.answered(answer),
            Input::Refused(refused) => self.refused_here(&refused),
            Input::ReceiveFailed(error) => self.events.push_back(MtuEvent::ReceiveFailed(error)),
            Input::Stop => self.end = Some(End::Cut),
            Input::Status | Input::Pause(_) | Input::Reset | Input::Unnumbered(_) | Input::Quoted(_) => {}
        }
    }
}

/// Less than this is not waited for an answer, however fast others came: larger packets take longer on slow links.
const SHORTEST_PATIENCE: Duration = Duration::from_millis(250);
/// More often no size is tried, unless it is asked for.
const MOST_TRIES: u32 = 10;
/// More probes than any search needs.
const MOST_PROBES: usize = 1000;

#[cfg(test)]
mod tests;
