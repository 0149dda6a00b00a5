//! [`Ping`]: one target, when to send the next probe, which answers count, when the run is over.
//!
//! Round-trip times come from the engine's own table of send times. Nothing in a packet is believed beyond saying which probe
//! it answers, and even that only if the run's mark is in it.

mod config;
mod event;
mod finish;
mod proof;
mod reply;
mod statistics;

use std::collections::VecDeque;
use std::io;
use std::time::{Duration, Instant};

use nix::errno::Errno;

pub use self::config::{PingConfig, StopWhen};
pub use self::event::PingEvent;
use self::finish::{Ending, Finish};
use self::proof::Standing;
pub use self::reply::{Damage, Reply, UncountedReason, UncountedReply};
pub use self::statistics::Statistics;
use crate::engine::{Engine, Input, LocalRefusal, Step};
use crate::pacing::Pacer;
use crate::payload::Quoted;
use crate::probe::{Answer, AnswerKind, Ident, Probe, Seq};
use crate::stamp::SendCall;
use crate::window::{Fate, Window};

/// The engine of one `ping` run.
#[derive(Debug)]
pub struct Ping {
    config: PingConfig,
    pacer: Pacer,
    window: Window,
    statistics: Statistics,
    events: VecDeque<PingEvent>,
    start: Option<Instant>,
    next: Seq,
    /// Probes the system had no room for; they go first when it has.
    retries: VecDeque<Seq>,
    /// Since when the system has had no room.
    stuck: Option<Instant>,
    highest_answered: u64,
    /// The oldest probe that may still be lost.
    open: Seq,
    finish: Finish,
    finished: bool,
}

impl Ping {
    /// A run that starts at its first [`poll`](Engine::poll), which is not before `now`.
    pub fn new(config: PingConfig, now: Instant) -> Self {
        Self {
            pacer: Pacer::new(config.interval, config.preload.max(1), config.adaptive, now),
            config,
            window: Window::default(),
            statistics: Statistics::default(),
            events: VecDeque::new(),
            start: None,
            next: Seq::FIRST,
            retries: VecDeque::new(),
            stuck: None,
            highest_answered: 0,
            open: Seq::FIRST,
            finish: Finish::default(),
            finished: false,
        }
    }

    /// The figures so far.
    pub const fn statistics(&self) -> &Statistics {
        &self.statistics
    }

    /// Settles the fate of every probe.
    fn settle(&mut self, now: Instant, ending: Ending) {
        let patience = self.finish.patience(ending, &self.config, &self.statistics, self.pacer.interval());
        self.expire(now, patience);
        let latest = (self.open.0..self.next.0).rev().map(Seq);
        let latest = latest.map_while(|seq| self.window.slot(seq).copied());
        let pending = latest.filter(|slot| slot.fate == Fate::Open && slot.sent.is_some()).count();
        self.statistics.pending = pending as u64;
        self.finished = true;
    }

    fn has_more_to_send(&self) -> bool {
        let issued = self.next.0 - 1;
        let wanted = self.config.deadline.is_some() || self.config.count.is_none_or(|count| issued < count);
        wanted || !self.retries.is_empty()
    }

    fn is_met(&self) -> bool {
        self.config.is_met(&self.statistics)
    }

    /// Probes after the last that came to anything, as upstream counts them.
    const fn under_way(&self) -> u64 {
        (self.next.0 - 1).saturating_sub(self.highest_answered)
    }

    fn due(&self) -> Instant {
        let Statistics { received, errors, .. } = self.statistics;
        // With a deadline the count is one of replies, and it alone says how many probes more can be of use.
        let wanted = self.config.count.map_or(u64::MAX, |count| count.saturating_sub(received + errors));
        self.pacer.due(self.under_way(), wanted)
    }

    fn take_due(&mut self, now: Instant) -> Option<Probe> {
        if !self.has_more_to_send() || now < self.due() {
            return None;
        }
        self.pacer.sent(now);
        let seq = self.retries.pop_front().unwrap_or_else(|| {
            let seq = self.next;
            self.next = seq.next();
            seq
        });
        let previous = Seq(self.statistics.transmitted);
        if self.window.slot(previous).is_some_and(|slot| slot.fate != Fate::Answered) {
            self.events.push_back(PingEvent::Unanswered(previous));
        }
        self.window.open(seq);
        let PingConfig { to, flow, payload, .. } = &self.config;
        Some(Probe { flow: *flow, ..Probe::new(*to, seq, payload.size) })
    }

    fn sent(&mut self, seq: Seq, call: SendCall) {
        if self.window.slot(seq).is_none() {
            return;
        }
        self.window.sent(seq, call);
        self.stuck = None;
        self.events.push_back(PingEvent::Sent(seq));
        self.count_transmitted(call);
    }

    fn count_transmitted(&mut self, call: SendCall) {
        self.statistics.transmitted += 1;
        self.statistics.sending =
            self.start.map_or(Duration::ZERO, |start| call.began.saturating_duration_since(start));
        if self.config.deadline.is_none() && self.config.count == Some(self.statistics.transmitted) {
            self.finish.last_left(call.returned, &self.config, &self.statistics, self.pacer.interval());
        }
    }

    fn send_failed(&mut self, now: Instant, probe: Probe, error: io::Error) {
        if !matches!(errno(&error), Errno::ENOBUFS | Errno::ENOMEM | Errno::EAGAIN) {
            return self.give_up(now, probe.seq, error);
        }
        let since = *self.stuck.get_or_insert(now);
        if self.config.linger.is_some_and(|linger| now.saturating_duration_since(since) > linger) {
            return self.give_up(now, probe.seq, error);
        }
        self.retries.push_back(probe.seq);
        self.pacer.hold(now, self.statistics.rtts.smoothed());
    }

    fn give_up(&mut self, now: Instant, seq: Seq, error: io::Error) {
        if errno(&error) == Errno::EMSGSIZE {
            self.count_error(now);
        }
        self.count_failed(now, seq);
        self.events.push_back(PingEvent::SendFailed(seq, error));
    }

    fn refused(&mut self, now: Instant, refused: LocalRefusal) {
        self.count_error(now);
        if let Some(probe) = refused.probe {
            self.count_failed(now, probe.seq);
        }
        self.events.push_back(PingEvent::Refused(refused.error));
    }

    fn count_error(&mut self, now: Instant) {
        self.statistics.errors += 1;
        if self.config.error_ends_deadline && self.config.deadline.is_some() {
            self.finish.stop(now);
        }
    }

    /// A probe the system refused for good.
    fn count_failed(&mut self, now: Instant, seq: Seq) {
        if let Some(slot) = self.window.slot(seq) {
            slot.fate = Fate::Failed;
        }
        self.count_transmitted(SendCall { began: now, returned: now });
    }

    fn answered(&mut self, now: Instant, answer: Answer<'_>) {
        // What else comes in one read with the answer to the last probe came too late, as if it had not been read.
        if answer.probe.ident != self.config.ident || (self.is_met() && self.under_way() == 0) {
            return;
        }
        let Some((seq, slot)) = self.window.by_wire(answer.probe.seq) else {
            self.statistics.foreign += 1;
            return;
        };
        // An error may precede the end of the call that sends: a firewall here answers within it. A reply may not.
        let has_left = slot.sent.is_some();
        match answer.kind {
            AnswerKind::Reply { .. } if !has_left => self.statistics.foreign += 1,
            AnswerKind::Reply { payload, intact, .. } => {
                match self.config.standing(seq, answer.from, payload, intact) {
                    Standing::Counts => self.replied(seq, answer),
                    Standing::Uncounted(reason) => self.uncounted(seq, answer, reason),
                    Standing::Foreign => self.statistics.foreign += 1,
                }
            }
            AnswerKind::Port(_) => self.statistics.foreign += 1,
            AnswerKind::Icmp { data, .. } if self.config.payload.quoted(seq, data) == Quoted::Foreign => {
                self.statistics.foreign += 1;
            }
            AnswerKind::Icmp { error, quoted, data, .. } => {
                let authenticated = self.config.payload.quoted(seq, data) == Quoted::Proven;
                let fatal = !error.is_advice();
                if fatal {
                    if slot.fate == Fate::Open {
                        slot.fate = Fate::Failed;
                    }
                    self.count_error(now);
                    self.acknowledge(seq);
                }
                let (from, quoted) = (answer.from, quoted.to_vec());
                self.events.push_back(PingEvent::Icmp { seq, from, error, fatal, authenticated, quoted });
            }
        }
    }

    fn replied(&mut self, seq: Seq, answer: Answer<'_>) {
        let AnswerKind::Reply { hop_limit, payload, options, .. } = answer.kind else { return };
        let Some(sent) = self.window.departure(seq) else { return };
        let Some(slot) = self.window.slot(seq) else { return };
        let before = std::mem::replace(&mut slot.fate, Fate::Answered);
        let (rtt, clock) = sent.round_trip(&answer.at);
        let reply = Reply {
            seq,
            from: answer.from,
            size: payload.len(),
            hop_limit,
            arrived: answer.at.kernel.unwrap_or(answer.at.user),
            rtt,
            clock,
            rtt_by_user: sent.as_lived(&answer.at),
            delay: sent.local_delay_before(&answer.at),
            duplicate: before == Fate::Answered,
            late: before == Fate::Lost,
            reordered: seq.0 < self.highest_answered,
            other_source: self.config.is_other(answer.from),
            truncated: payload.len() < self.config.payload.size,
            options: options.to_vec(),
            damage: self.config.damage(payload),
        };
        self.count_reply(&reply);
        self.acknowledge(seq);
        self.events.push_back(PingEvent::Reply(reply));
    }

    fn uncounted(&mut self, seq: Seq, answer: Answer<'_>, reason: UncountedReason) {
        let AnswerKind::Reply { hop_limit, payload, .. } = answer.kind else { return };
        match reason {
            UncountedReason::WrongChecksum => self.statistics.corrupted += 1,
            UncountedReason::TooShort => self.statistics.foreign += 1,
        }
        self.events.push_back(PingEvent::Uncounted(UncountedReply {
            seq,
            from: answer.from,
            size: payload.len(),
            hop_limit,
            other_source: self.config.is_other(answer.from),
            reason,
            damage: self.config.damage(payload),
        }));
    }

    fn count_reply(&mut self, reply: &Reply) {
        self.statistics.count(reply);
        self.finish.lived(reply.rtt_by_user, &self.config, self.pacer.interval());
        if let Some(smoothed) = self.statistics.rtts.smoothed() {
            self.pacer.answered(smoothed);
        }
    }

    /// The probe has come to something, if only to an error.
    fn acknowledge(&mut self, seq: Seq) {
        self.highest_answered = self.highest_answered.max(seq.0);
        self.statistics.pipe =
            self.statistics.pipe.max((self.statistics.transmitted + 1).saturating_sub(seq.0));
    }

    /// Gives up probes whose time has passed; they left in order, so only the oldest need be looked at.
    fn expire(&mut self, now: Instant, timeout: Duration) {
        while self.open < self.next {
            if let Some(slot) = self.window.slot(self.open) {
                let expired = slot.sent.is_some_and(|sent| now >= sent + timeout);
                match slot.fate {
                    Fate::Open if !expired => return,
                    Fate::Open => {
                        slot.fate = Fate::Lost;
                        self.statistics.lost += 1;
                        let delay = self.window.departure(self.open).map(|sent| sent.local_delay());
                        self.events
                            .push_back(PingEvent::Lost { seq: self.open, delay: delay.unwrap_or_default() });
                    }
                    Fate::Answered | Fate::Failed | Fate::Lost => {}
                }
            }
            self.open = self.open.next();
        }
    }

    /// When the oldest open probe is lost.
    fn expiry(&mut self) -> Option<Instant> {
        let timeout = self.config.timeout?;
        while self.open < self.next && self.window.slot(self.open).is_none_or(|slot| slot.fate != Fate::Open)
        {
            self.open = self.open.next();
        }
        Some(self.window.slot(self.open)?.sent? + timeout)
    }
}

impl Engine for Ping {
    type Event = PingEvent;

    fn poll(&mut self, now: Instant) -> Step<PingEvent> {
        if self.start.is_none() {
            self.start = Some(now);
            self.finish.begin(now, &self.config);
        }
        self.finish.take_in();
        if let Some(event) = self.events.pop_front() {
            return Step::Report(event);
        }
        if self.finished {
            return Step::Done;
        }
        if self.is_met() && self.under_way() > 0 {
            self.finish.met(now);
        }
        let ending = self.finish.ending(now, &self.config, &self.statistics);
        let expiry = self.expiry();
        let moment = ending.map_or_else(|| expiry.filter(|at| now >= *at), Ending::moment);
        let seen = moment.map(|moment| self.finish.seen(moment));
        if let Some(None) = seen {
            self.finish.ask(now);
            return Step::Receive;
        }
        if let Some(ending) = ending {
            self.settle(now, ending);
            return self.poll(now);
        }
        if let Some((timeout, seen)) = self.config.timeout.zip(seen.flatten()) {
            self.expire(seen, timeout);
            return self.poll(now);
        }
        if let Some(probe) = self.take_due(now) {
            return Step::Send(probe);
        }
        let due = self.has_more_to_send().then(|| self.due());
        Step::Wait([due, self.finish.end(), expiry].into_iter().flatten().min().unwrap_or(now + A_LONG_TIME))
    }

    fn fill(&self, probe: &Probe, data: &mut [u8]) -> Ident {
        self.config.payload.write(probe.seq, data);
        self.config.ident
    }

    fn handle(&mut self, now: Instant, input: Input<'_>) {
        match input {
            _ if self.finished => {}
            Input::Sent(probe, call) => self.sent(probe.seq, call),
            Input::Departed(probe, departure) => self.window.departed(probe.seq, departure),
            Input::SendFailed(probe, error) => self.send_failed(now, probe, error),
            Input::Answer(answer) => self.answered(now, answer),
            Input::Refused(refused) => self.refused(now, refused),
            Input::ReceiveFailed(error) => self.events.push_back(PingEvent::ReceiveFailed(error)),
            // Echo requests are quoted with their numbers, or not at all.
            Input::Unnumbered(_) | Input::Quoted(_) => {}
            Input::Status => self.events.push_back(PingEvent::Status(Box::new(self.statistics.clone()))),
            // Its schedule is upstream's.
            Input::Pause(_) | Input::Reset => {}
            Input::Stop => self.finish.stop(now),
        }
    }
}

/// Waiting for ever, in steps that arithmetic on instants can bear.
const A_LONG_TIME: Duration = Duration::from_secs(3600);

fn errno(error: &io::Error) -> Errno {
    error.raw_os_error().map_or(Errno::UnknownErrno, Errno::from_raw)
}

#[cfg(test)]
mod tests;
