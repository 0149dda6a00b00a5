//! One hop's figures: [`Hop`], [`Responder`], [`Tally`].
//!
//! A hop is a distance, not a router: several may answer there, each with figures of its own. What a hop does not answer is
//! silence, and no loss by itself; `verdict.rs` says what it is.

use std::net::SocketAddr;

use super::meaning::AnswerMeaning;
use super::quoted::Quoted;
use crate::probe::PortState;
use crate::stamp::ClockSource;
use crate::stats::RoundTrips;

/// Probes, and what became of them.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Tally {
    /// How many left.
    pub sent: u64,
    /// How many were answered.
    pub answered: u64,
    /// How many were not, in their time; the rest is under way.
    pub silent: u64,
}

impl Tally {
    /// Probes that came to something.
    pub const fn decided(&self) -> u64 {
        self.answered + self.silent
    }

    /// The share of those that were answered; `None` if none has come to anything.
    pub fn answered_ratio(&self) -> Option<f64> {
        (self.decided() > 0).then(|| self.answered as f64 / self.decided() as f64)
    }
}

/// All that is known of one distance.
#[derive(Clone, Debug)]
pub struct Hop {
    /// The hop limit of its probes.
    pub distance: u8,
    /// Probes of the rounds.
    pub asked: Tally,
    /// Probes of its own, sent slowly because it had answered in part.
    pub asked_slowly: Tally,
    /// Probes that the system refused to send.
    pub unsent: u64,
    /// Why it refused the last of them (`errno`); `None` without any, or if it did not say.
    pub refusal: Option<i32>,
    /// Answers to probes that had been given up; they count among the answered.
    pub late: u64,
    /// Answers to probes that had been answered; they count nowhere else.
    pub duplicates: u64,
    /// Answers that named their probe by the port alone that it went to, which was a port of its own for that.
    pub told_by_port: u64,
    /// Probes of the rounds that count nowhere else: what they were answered names none of them.
    pub unclear: u64,
    /// How often somebody else answered than the time before; 0 where several take turns.
    pub changes: u64,
    /// Whether several answer in turn, packet by packet: that is no change of route.
    pub takes_turns: bool,
    /// How often one answered again that others had answered after.
    returns: u32,
    /// Round trips of all its answers.
    pub rtts: RoundTrips,
    /// Who answered, in the order they were first heard.
    pub responders: Vec<Responder>,
    /// Answers of more responders than are kept apart.
    pub other_answers: u64,
    /// Who answered the newest probe that was, and which round that was of.
    newest: Option<(u64, SocketAddr)>,
    /// Whether an answer ever named its probe by number.
    pub(super) told_by_number: bool,
    /// From which round on its probes go to ports of their own.
    pub(super) own_ports_since: Option<u64>,
    /// Final answers since the last that was none.
    pub(super) finals: u32,
    /// Whether it ever passed a probe on.
    pub(super) has_passed: bool,
    after_gap: Option<AfterGap>,
    /// What was quoted by whom before its answer was taken in.
    quoted: Option<(SocketAddr, Quoted)>,
    /// The first round that counts.
    since: u64,
}

/// Who answered at a distance.
#[derive(Clone, Debug)]
pub struct Responder {
    /// Its address, with the scope of a link-local one.
    pub address: SocketAddr,
    /// How often it answered.
    pub answers: u64,
    /// Round trips of its answers.
    pub rtts: RoundTrips,
    /// The worst clocks those were read on.
    pub clock: ClockSource,
    /// What it said last.
    pub meaning: AnswerMeaning,
    /// What the target's port said last, where probes went over TCP and it answered itself.
    pub port: Option<PortState>,
    /// TTL or hop limit of its last answer; `None` if the kernel did not tell.
    pub hop_limit: Option<u8>,
    /// The [extensions](crate::extensions) of its last answer that had any, as they came.
    pub extensions: Vec<u8>,
    /// What it quoted last of the header of a probe; `None` unless a [listener](crate::QuoteListener) heard it.
    pub quoted: Option<Quoted>,
    /// The newest round it answered in.
    newest: u64,
}

/// Answers since the first silence between two: by them, a limit shows its rate.
#[derive(Clone, Copy, Debug)]
struct AfterGap {
    first: u64,
    last: u64,
    answers: u64,
}

/// An answer as a hop counts it.
pub(super) struct Counted<'a> {
    pub(super) round: u64,
    pub(super) is_slow: bool,
    pub(super) is_late: bool,
    pub(super) from: SocketAddr,
    pub(super) rtt: std::time::Duration,
    pub(super) clock: ClockSource,
    pub(super) meaning: AnswerMeaning,
    pub(super) port: Option<PortState>,
    pub(super) hop_limit: Option<u8>,
    pub(super) extensions: &'a [u8],
}

impl Hop {
    /// A distance whose probes count from that round on.
    pub(super) fn new(distance: u8, since: u64) -> Self {
        Self {
            distance,
            asked: Tally::default(),
            asked_slowly: Tally::default(),
            unsent: 0,
            refusal: None,
            late: 0,
            duplicates: 0,
            told_by_port: 0,
            unclear: 0,
            changes: 0,
            takes_turns: false,
            returns: 0,
            rtts: RoundTrips::default(),
            responders: Vec::new(),
            other_answers: 0,
            newest: None,
            told_by_number: false,
            own_ports_since: None,
            finals: 0,
            has_passed: false,
            after_gap: None,
            quoted: None,
            since,
        }
    }

    /// Who answered last.
    pub fn current(&self) -> Option<SocketAddr> {
        self.newest.map(|(_, from)| from)
    }

    /// How many of its rounds' probes are answered for each that leaves, once its silence has begun: the rate of a limit, in
    /// rounds. `None` unless it fell silent and answered twice after that.
    pub fn answers_per_round(&self) -> Option<f64> {
        let AfterGap { first, last, answers } = self.after_gap?;
        (last > first).then(|| (answers - 1) as f64 / (last - first) as f64)
    }

    /// Whether these are other extensions than that responder is known to send.
    pub(super) fn is_new(&self, from: SocketAddr, extensions: &[u8]) -> bool {
        let known = self.responders.iter().find(|responder| responder.address == from);
        !extensions.is_empty() && known.is_none_or(|responder| responder.extensions != extensions)
    }

    /// Whether it answered some of its probes and not others.
    pub(super) const fn is_partial(&self) -> bool {
        self.asked.answered > 0 && self.asked.silent > 0
    }

    pub(super) const fn tally(&mut self, is_slow: bool) -> &mut Tally {
        if is_slow { &mut self.asked_slowly } else { &mut self.asked }
    }

    /// Takes in an answer that counts; gives who answered before, if that was somebody else.
    pub(super) fn count(&mut self, answer: &Counted<'_>) -> Option<SocketAddr> {
        let tally = self.tally(answer.is_slow);
        tally.answered += 1;
        if answer.is_late {
            tally.silent = tally.silent.saturating_sub(1);
            self.late += 1;
        }
        self.rtts.record(answer.rtt);
        self.finals = if answer.meaning.is_final() { self.finals.saturating_add(1) } else { 0 };
        self.has_passed |= answer.meaning == AnswerMeaning::Passing;
        let changed = self.follow(answer);
        self.credit(answer);
        changed
    }

    /// Counts it for who sent it.
    fn credit(&mut self, answer: &Counted<'_>) {
        let known = self.responders.iter().position(|responder| responder.address == answer.from);
        let place = known.unwrap_or(self.responders.len());
        if place == MOST_RESPONDERS {
            self.other_answers += 1;
            return;
        }
        if known.is_none() {
            self.responders.push(Responder::new(answer));
        }
        let responder = &mut self.responders[place];
        let quoted = self.quoted.take_if(|(from, _)| *from == answer.from);
        responder.quoted = quoted.map(|(_, quoted)| quoted).or(responder.quoted);
        responder.answers += 1;
        responder.newest = responder.newest.max(answer.round);
        responder.rtts.record(answer.rtt);
        responder.clock = responder.clock.min(answer.clock);
        responder.meaning = answer.meaning;
        responder.port = answer.port;
        responder.hop_limit = answer.hop_limit.or(responder.hop_limit);
        // The same again takes no room.
        if !answer.extensions.is_empty() && responder.extensions != answer.extensions {
            responder.extensions.clear();
            responder.extensions.extend_from_slice(answer.extensions);
        }
    }

    /// Takes in what somebody quotes.
    pub(super) fn quote(&mut self, from: SocketAddr, quoted: Quoted) {
        match self.responders.iter_mut().find(|responder| responder.address == from) {
            Some(responder) => responder.quoted = Some(quoted),
            None => self.quoted = Some((from, quoted)),
        }
    }

    /// Compares it with the answer to the newest probe before.
    fn follow(&mut self, answer: &Counted<'_>) -> Option<SocketAddr> {
        let (round, from) = (answer.round, answer.from);
        let before = self.newest;
        if before.is_some_and(|(newest, _)| newest >= round) {
            return None;
        }
        self.newest = Some((round, from));
        if !answer.is_slow {
            let expected = before.map_or(self.since, |(newest, _)| newest + 1);
            match &mut self.after_gap {
                Some(after) => (after.last, after.answers) = (round, after.answers + 1),
                None if round > expected => {
                    self.after_gap = Some(AfterGap { first: round, last: round, answers: 1 });
                }
                None => {}
            }
        }
        let changed = before.map(|(_, before)| before).filter(|before| *before != from)?;
        let returned = self.responders.iter().find(|responder| responder.address == from);
        if let Some(returned) = returned {
            self.returns += 1;
            self.takes_turns |= self.returns > 1 || round.saturating_sub(returned.newest) <= BACK_SOON;
        }
        if self.takes_turns {
            self.changes = 0;
            return None;
        }
        self.changes += 1;
        Some(changed)
    }
}

/// The first distance at which a router answers that also answers farther away, with others in between, and that distance.
pub(super) fn find_loop(hops: &[Hop]) -> Option<(u8, u8)> {
    let routers = hops.iter().filter(|hop| hop.has_passed);
    let routers: Vec<_> = routers.filter_map(|hop| Some((hop.distance, hop.current()?))).collect();
    routers.iter().enumerate().find_map(|(at, (near, router))| {
        let mut farther = routers.iter().skip(at + 1).skip_while(|(_, other)| other == router);
        farther.find(|(_, other)| other == router).map(|(again, _)| (*near, *again))
    })
}

impl Responder {
    /// How many hops its last answer came back over, if that left with one of the hop limits that are used.
    pub fn hops_back(&self) -> Option<u8> {
        let limit = self.hop_limit?;
        let began = [32, 64, 128, 255].into_iter().find(|began| *began >= limit)?;
        (began - limit).checked_add(1)
    }

    fn new(answer: &Counted<'_>) -> Self {
        Self {
            address: answer.from,
            answers: 0,
            rtts: RoundTrips::default(),
            clock: answer.clock,
            meaning: answer.meaning,
            port: None,
            hop_limit: None,
            extensions: Vec::new(),
            quoted: None,
            newest: answer.round,
        }
    }
}

/// Rounds after which a route that changed has hardly changed back: one of somebody else lies between.
const BACK_SOON: u64 = 2;
/// As many addresses as are kept apart at one distance; whoever forges more makes no more of them.
const MOST_RESPONDERS: usize = 32;
