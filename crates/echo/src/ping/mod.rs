//! [`Ping`]: one target, when to send the next probe, which answers count, when the run is over.
//!
//! Round-trip times come from the engine's own table of send times. Nothing in a packet is believed beyond saying which probe
//! it answers, and even that only if the run's mark is in it.

mod report;

use std::collections::VecDeque;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use nix::errno::Errno;

pub use self::report::{Damage, PingConfig, PingEvent, Reply, Tally, Until};
use crate::engine::{Engine, Input, LocalError, Step};
use crate::pacing::{FLOOD_INTERVAL, Pacer};
use crate::probe::{Answer, AnswerKind, Probe, Seq};
use crate::window::{Fate, Window};

/// The engine of one `ping` run.
#[derive(Debug)]
pub struct Ping {
    config: PingConfig,
    pacer: Pacer,
    window: Window,
    tally: Tally,
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
    end: Option<Instant>,
    stopped: bool,
}

impl Ping {
    /// A run that starts at its first [`poll`](Engine::poll), which is not before `now`.
    pub fn new(config: PingConfig, now: Instant) -> Self {
        Self {
            pacer: Pacer::new(config.interval, config.preload.max(1), config.adaptive, now),
            config,
            window: Window::default(),
            tally: Tally::default(),
            events: VecDeque::new(),
            start: None,
            next: Seq::FIRST,
            retries: VecDeque::new(),
            stuck: None,
            highest_answered: 0,
            open: Seq::FIRST,
            end: None,
            stopped: false,
        }
    }

    /// The figures so far.
    pub const fn tally(&self) -> &Tally {
        &self.tally
    }

    fn is_over(&self, now: Instant) -> bool {
        let Tally { received, errors, lost, .. } = self.tally;
        let until = self.config.until;
        let cut_short = self.config.error_ends_deadline && self.config.deadline.is_some() && errors > 0;
        let complete = self.config.count.is_some_and(|count| received + errors >= count);
        let enough = (until.reply && received > 0) || (until.loss && lost + errors > 0);
        self.stopped || cut_short || complete || enough || self.end.is_some_and(|end| now >= end)
    }

    fn has_more_to_send(&self) -> bool {
        let issued = self.next.0 - 1;
        let wanted = self.config.deadline.is_some() || self.config.count.is_none_or(|count| issued < count);
        wanted || !self.retries.is_empty()
    }

    fn due(&self) -> Instant {
        self.pacer.due((self.next.0 - 1).saturating_sub(self.highest_answered))
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
        let previous = Seq(self.tally.transmitted);
        if self.window.slot(previous).is_some_and(|slot| slot.fate != Fate::Answered) {
            self.events.push_back(PingEvent::Unanswered(previous));
        }
        self.window.open(seq);
        Some(Probe { to: self.config.to, seq })
    }

    fn sent(&mut self, seq: Seq, at: Instant) {
        let Some(slot) = self.window.slot(seq) else { return };
        slot.sent = Some(at);
        self.stuck = None;
        self.events.push_back(PingEvent::Sent(seq));
        self.count_transmitted(at);
    }

    fn count_transmitted(&mut self, at: Instant) {
        self.tally.transmitted += 1;
        self.tally.sending = self.start.map_or(Duration::ZERO, |start| at.saturating_duration_since(start));
        if self.config.deadline.is_none() && self.config.count == Some(self.tally.transmitted) {
            self.end = self.last_wait().and_then(|wait| at.checked_add(wait));
        }
    }

    /// How long to wait once everything is sent; `None` is for ever.
    fn last_wait(&self) -> Option<Duration> {
        let wait = match self.tally.rtts.max() {
            Some(longest) => Some((longest * 2).max(self.pacer.interval()).max(FLOOD_INTERVAL)),
            None => self.config.linger,
        };
        // Every probe has its own time to be answered in.
        self.config.timeout.map_or(wait, |timeout| wait.map(|wait| wait.max(timeout)).or(Some(timeout)))
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
        self.pacer.hold(now, self.tally.rtts.smoothed());
    }

    fn give_up(&mut self, now: Instant, seq: Seq, error: io::Error) {
        if errno(&error) == Errno::EMSGSIZE {
            self.tally.errors += 1;
        }
        self.count_failed(now, seq);
        self.events.push_back(PingEvent::SendFailed(seq, error));
    }

    fn refused(&mut self, now: Instant, seq: Option<Seq>, error: LocalError) {
        self.tally.errors += 1;
        if let Some(seq) = seq {
            self.count_failed(now, seq);
        }
        self.events.push_back(PingEvent::Refused(error));
    }

    /// A probe the system refused for good.
    fn count_failed(&mut self, now: Instant, seq: Seq) {
        if let Some(slot) = self.window.slot(seq) {
            slot.fate = Fate::Failed;
        }
        self.count_transmitted(now);
    }

    fn answered(&mut self, answer: Answer<'_>) {
        let Some((seq, slot)) = self.window.by_wire(answer.seq) else {
            self.tally.foreign += 1;
            return;
        };
        // An error may precede the end of the call that sends: a firewall here answers within it. A reply may not.
        let has_left = slot.sent.is_some();
        match answer.kind {
            AnswerKind::Reply { intact, payload, .. }
                if !has_left || (intact && !self.config.payload.is_from(seq, payload)) =>
            {
                self.tally.foreign += 1;
            }
            AnswerKind::Reply { .. } => self.replied(seq, answer),
            AnswerKind::Icmp { error, quoted } => {
                let fatal = !error.is_advice();
                if fatal {
                    if slot.fate == Fate::Open {
                        slot.fate = Fate::Failed;
                    }
                    self.tally.errors += 1;
                    self.acknowledge(seq);
                }
                let quoted = quoted.to_vec();
                self.events.push_back(PingEvent::Icmp { seq, from: answer.from, error, fatal, quoted });
            }
        }
    }

    fn replied(&mut self, seq: Seq, answer: Answer<'_>) {
        let AnswerKind::Reply { hop_limit, payload, intact, options } = answer.kind else { return };
        let Some(sent) = self.window.departure(seq) else { return };
        let Some(slot) = self.window.slot(seq) else { return };
        let before = if intact { std::mem::replace(&mut slot.fate, Fate::Answered) } else { slot.fate };
        let (rtt, clock) = answer.arrival.since(&sent);
        let reply = Reply {
            seq,
            from: answer.from,
            size: payload.len(),
            hop_limit,
            rtt,
            clock,
            rtt_by_user: answer.arrival.since_by_user(&sent),
            duplicate: before == Fate::Answered,
            late: before == Fate::Lost,
            reordered: seq.0 < self.highest_answered,
            intact,
            other_source: self.is_other_source(answer.from),
            truncated: payload.len() < self.config.payload.size,
            options: options.to_vec(),
            damage: self.damage(payload),
        };
        if intact {
            self.count_reply(&reply);
            self.acknowledge(seq);
        } else {
            self.tally.corrupted += 1;
        }
        self.events.push_back(PingEvent::Reply(reply));
    }

    fn count_reply(&mut self, reply: &Reply) {
        self.tally.rtts.record(reply.rtt);
        if let Some(smoothed) = self.tally.rtts.smoothed() {
            self.pacer.answered(smoothed);
        }
        if reply.duplicate {
            self.tally.duplicates += 1;
            return;
        }
        self.tally.received += 1;
        self.tally.late += u64::from(reply.late);
        self.tally.reordered += u64::from(reply.reordered);
    }

    /// The probe has come to something, if only to an error.
    fn acknowledge(&mut self, seq: Seq) {
        self.highest_answered = self.highest_answered.max(seq.0);
        self.tally.pipe = self.tally.pipe.max((self.tally.transmitted + 1).saturating_sub(seq.0));
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
                        self.tally.lost += 1;
                        self.events.push_back(PingEvent::Lost(self.open));
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
        let sent = self.window.slot(self.open).filter(|slot| slot.fate == Fate::Open)?.sent?;
        Some(sent + timeout)
    }

    /// A run that has waited for its last probes knows the unanswered ones to be lost.
    fn close(&mut self, now: Instant) {
        let waited = self.config.deadline.is_none() && self.end.is_some_and(|end| now >= end);
        if waited {
            self.expire(now, Duration::ZERO);
        }
    }

    fn is_other_source(&self, from: SocketAddr) -> bool {
        let to = self.config.to.ip();
        // One of a group or of the routers on a link answers with its own address.
        let many = match to {
            IpAddr::V4(to) => to.is_multicast() || to.is_broadcast(),
            IpAddr::V6(to) => to.is_multicast() || to.segments()[4..] == [0; 4],
        };
        !many && from.ip() != to
    }

    fn damage(&self, data: &[u8]) -> Option<Box<Damage>> {
        let wrong = self.config.payload.first_wrong(data)?;
        Some(Box::new(Damage { wrong, data: data.to_vec() }))
    }
}

impl Engine for Ping {
    type Event = PingEvent;

    fn poll(&mut self, now: Instant) -> Step<PingEvent> {
        if self.start.is_none() {
            self.start = Some(now);
            self.end = self.config.deadline.and_then(|deadline| now.checked_add(deadline));
        }
        if let Some(timeout) = self.config.timeout {
            self.expire(now, timeout);
        }
        let over = self.is_over(now);
        if over {
            self.close(now);
        }
        if let Some(event) = self.events.pop_front() {
            return Step::Report(event);
        }
        if over {
            return Step::Done;
        }
        if let Some(probe) = self.take_due(now) {
            return Step::Send(probe);
        }
        let due = self.has_more_to_send().then(|| self.due());
        Step::Wait([due, self.end, self.expiry()].into_iter().flatten().min().unwrap_or(now + A_LONG_TIME))
    }

    fn handle(&mut self, now: Instant, input: Input<'_>) {
        match input {
            Input::Sent(seq, at) => self.sent(seq, at),
            Input::Left(seq, departure) => self.window.left(seq, departure),
            Input::SendFailed(probe, error) => self.send_failed(now, probe, error),
            Input::Answer(answer) => self.answered(answer),
            Input::Refused(seq, error) => self.refused(now, seq, error),
            Input::ReceiveFailed(error) => self.events.push_back(PingEvent::ReceiveFailed(error)),
            Input::Status => self.events.push_back(PingEvent::Status(Box::new(self.tally.clone()))),
            Input::Stop => self.stopped = true,
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
