//! [`Ping`]: one target, when to send the next probe, which answers count, when the run is over.
//!
//! Round-trip times come from the engine's own table of send times. Nothing in a packet is believed beyond saying which probe
//! it answers, and even that only if the run's mark is in it.

use std::collections::VecDeque;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use nix::errno::Errno;

use crate::engine::{Engine, Input, LocalError, Step};
use crate::payload::{Payload, WrongByte};
use crate::probe::{Answer, AnswerKind, IcmpError, Probe, Seq};
use crate::stamp::{Clock, Departure, Stamp};
use crate::stats::Rtts;
use crate::window::Window;

/// How one target is to be pinged.
#[derive(Clone, Debug)]
pub struct PingConfig {
    /// The target; the port is zero.
    pub to: SocketAddr,
    /// What the probes carry.
    pub payload: Payload,
    /// Probes to send, or with a `deadline` replies to wait for; `None` is endless.
    pub count: Option<u64>,
    /// Time between probes; zero sends the next as soon as the last is answered, and at least every 10 ms.
    pub interval: Duration,
    /// The run ends this long after its start, whatever came back.
    pub deadline: Option<Duration>,
    /// How long to wait after the last probe if nothing at all was answered; `None` waits for ever.
    pub linger: Option<Duration>,
    /// Whether an ICMP error ends a run that has a deadline.
    pub error_ends_deadline: bool,
}

/// What a [`Ping`] tells its owner.
#[derive(Debug)]
pub enum PingEvent {
    /// An echo reply to a probe of this run.
    Reply(Reply),
    /// An ICMP message about a probe of this run.
    Icmp {
        /// The probe it is about.
        seq: Seq,
        /// The router or host that sent it.
        from: SocketAddr,
        /// What it says.
        error: IcmpError,
        /// Whether it ends the probe; a redirect or source quench does not.
        fatal: bool,
    },
    /// The system refused to send a probe.
    SendFailed(Seq, io::Error),
    /// The kernel refused a probe after taking it.
    Refused(LocalError),
    /// The system could not receive; it may again.
    ReceiveFailed(io::Error),
    /// How things stand, asked for by [`Input::Status`].
    Status(Box<Tally>),
}

/// One echo reply.
#[derive(Clone, Debug)]
pub struct Reply {
    /// The probe it answers.
    pub seq: Seq,
    /// Who answered.
    pub from: SocketAddr,
    /// Data bytes that came back.
    pub size: usize,
    /// TTL or hop limit it arrived with, if the kernel told.
    pub hop_limit: Option<u8>,
    /// From the probe's departure to the reply's arrival, by the best clocks there were.
    pub rtt: Duration,
    /// Which clocks those were.
    pub clock: Clock,
    /// The same as this process lived it, scheduling delay included.
    pub rtt_by_user: Duration,
    /// Whether another reply to the same probe was counted before.
    pub duplicate: bool,
    /// Whether the ICMP checksum was right; a reply with a wrong one counts as corrupted, not as received.
    pub intact: bool,
    /// Whether it came from another address than the probe went to.
    pub other_source: bool,
    /// Whether less came back than was sent.
    pub truncated: bool,
    /// The first wrong byte and all data, if the data are not what was sent.
    pub damage: Option<Box<Damage>>,
}

/// Data that came back changed.
#[derive(Clone, Debug)]
pub struct Damage {
    /// The first byte that is wrong.
    pub wrong: WrongByte,
    /// All data of the reply.
    pub data: Vec<u8>,
}

/// The counts and figures of a run so far.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// Probes that left, or that the system refused for good.
    pub transmitted: u64,
    /// Probes answered by an intact reply.
    pub received: u64,
    /// Further intact replies to probes already answered.
    pub duplicates: u64,
    /// Replies with a wrong ICMP checksum.
    pub corrupted: u64,
    /// ICMP errors, and probes refused as too long.
    pub errors: u64,
    /// Replies that carry this run's identifier but are not to its probes; never printed, never timed.
    pub foreign: u64,
    /// Most probes that were under way when one of them was answered.
    pub pipe: u64,
    /// From the start to the last attempt to send.
    pub sending: Duration,
    /// Round-trip times, those of duplicates included.
    pub rtts: Rtts,
}

/// The engine of one `ping` run.
#[derive(Debug)]
pub struct Ping {
    config: PingConfig,
    window: Window,
    tally: Tally,
    events: VecDeque<PingEvent>,
    start: Option<Instant>,
    /// When the next probe may leave.
    due: Instant,
    next: Seq,
    /// Probes the system had no room for; they go first when it has.
    retries: VecDeque<Seq>,
    /// Since when the system has had no room.
    stuck: Option<Instant>,
    highest_answered: u64,
    end: Option<Instant>,
    stopped: bool,
}

/// An interval of zero sends at least this often, and waits at least this long for the last reply.
const FLOOD_INTERVAL: Duration = Duration::from_millis(10);
/// The longest pause before trying again when the system has no buffers.
const LONGEST_BACKOFF: Duration = Duration::from_millis(500);

impl Ping {
    /// A run that starts at its first [`poll`](Engine::poll), which is not before `now`.
    pub fn new(config: PingConfig, now: Instant) -> Self {
        Self {
            config,
            window: Window::default(),
            tally: Tally::default(),
            events: VecDeque::new(),
            start: None,
            due: now,
            next: Seq::FIRST,
            retries: VecDeque::new(),
            stuck: None,
            highest_answered: 0,
            end: None,
            stopped: false,
        }
    }

    /// The figures so far.
    pub const fn tally(&self) -> &Tally {
        &self.tally
    }

    fn is_over(&self, now: Instant) -> bool {
        let Tally { received, errors, .. } = self.tally;
        let cut_short = self.config.error_ends_deadline && self.config.deadline.is_some() && errors > 0;
        let complete = self.config.count.is_some_and(|count| received + errors >= count);
        self.stopped || cut_short || complete || self.end.is_some_and(|end| now >= end)
    }

    fn has_more_to_send(&self) -> bool {
        let issued = self.next.0 - 1;
        let wanted = self.config.deadline.is_some() || self.config.count.is_none_or(|count| issued < count);
        wanted || !self.retries.is_empty()
    }

    fn take_due(&mut self, now: Instant) -> Option<Probe> {
        if !self.has_more_to_send() || now < self.due {
            return None;
        }
        // Deadlines add up, so that lateness does not; but a probe missed by a whole interval is not made up for.
        let pace = if self.config.interval.is_zero() { FLOOD_INTERVAL } else { self.config.interval };
        let ideal = self.due + pace;
        self.due = if ideal > now { ideal } else { now + pace };
        let seq = self.retries.pop_front().unwrap_or_else(|| {
            let seq = self.next;
            self.next = seq.next();
            seq
        });
        self.window.open(seq);
        Some(Probe { to: self.config.to, seq })
    }

    fn sent(&mut self, seq: Seq, at: Instant) {
        let Some(slot) = self.window.slot(seq) else { return };
        slot.sent = Some(Stamp::by_user(at));
        self.stuck = None;
        self.count_transmitted(at);
    }

    fn left(&mut self, seq: Seq, departure: Departure) {
        let Some(sent) = self.window.slot(seq).and_then(|slot| slot.sent.as_mut()) else { return };
        match (departure, &mut sent.kernel) {
            // A stamp from before the probe was handed over is some other packet's.
            (Departure::Software(stamp), kernel) if stamp.placed >= sent.user => *kernel = Some(stamp),
            (Departure::Hardware(stamp), Some(kernel)) => kernel.hardware = Some(stamp),
            _ => {}
        }
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
        match self.tally.rtts.max() {
            Some(longest) => Some((longest * 2).max(self.config.interval).max(FLOOD_INTERVAL)),
            None => self.config.linger,
        }
    }

    fn send_failed(&mut self, now: Instant, probe: Probe, error: io::Error) {
        let backoff = match errno(&error) {
            Errno::ENOBUFS | Errno::ENOMEM => {
                (self.config.interval / 2).clamp(FLOOD_INTERVAL, LONGEST_BACKOFF)
            }
            Errno::EAGAIN => FLOOD_INTERVAL,
            _ => return self.give_up(now, probe.seq, error),
        };
        let since = *self.stuck.get_or_insert(now);
        if self.config.linger.is_some_and(|linger| now.saturating_duration_since(since) > linger) {
            return self.give_up(now, probe.seq, error);
        }
        self.retries.push_back(probe.seq);
        self.due = now + backoff;
    }

    fn give_up(&mut self, now: Instant, seq: Seq, error: io::Error) {
        if errno(&error) == Errno::EMSGSIZE {
            self.tally.errors += 1;
        }
        self.count_transmitted(now);
        self.events.push_back(PingEvent::SendFailed(seq, error));
    }

    fn answered(&mut self, now: Instant, answer: Answer<'_>) {
        let Some((seq, slot)) = self.window.by_wire(answer.seq) else {
            self.tally.foreign += 1;
            return;
        };
        match answer.kind {
            AnswerKind::Reply { hop_limit, payload, intact } => {
                if intact && !self.config.payload.is_from(seq, payload) {
                    self.tally.foreign += 1;
                    return;
                }
                let Some(sent) = slot.sent else { return };
                let (rtt, clock) = answer.arrival.since(&sent);
                let duplicate = slot.answered;
                slot.answered |= intact;
                let reply = Reply {
                    seq,
                    from: answer.from,
                    size: payload.len(),
                    hop_limit,
                    rtt,
                    clock,
                    rtt_by_user: answer.arrival.since_by_user(&sent),
                    duplicate,
                    intact,
                    other_source: self.is_other_source(answer.from),
                    truncated: payload.len() < self.config.payload.size,
                    damage: self.damage(payload),
                };
                self.count_reply(&reply);
                self.acknowledge(now, seq);
                self.events.push_back(PingEvent::Reply(reply));
            }
            AnswerKind::Error(error) => {
                self.tally.errors += 1;
                self.acknowledge(now, seq);
                self.events.push_back(PingEvent::Icmp { seq, from: answer.from, error, fatal: true });
            }
            AnswerKind::Advice(error) => {
                self.events.push_back(PingEvent::Icmp { seq, from: answer.from, error, fatal: false });
            }
        }
    }

    fn count_reply(&mut self, reply: &Reply) {
        if !reply.intact {
            self.tally.corrupted += 1;
            return;
        }
        self.tally.rtts.record(reply.rtt);
        if reply.duplicate {
            self.tally.duplicates += 1;
        } else {
            self.tally.received += 1;
            self.tally.pipe = self.tally.pipe.max((self.tally.transmitted + 1).saturating_sub(reply.seq.0));
        }
    }

    fn acknowledge(&mut self, now: Instant, seq: Seq) {
        self.highest_answered = self.highest_answered.max(seq.0);
        if self.config.interval.is_zero() && self.highest_answered + 1 == self.next.0 {
            self.due = now;
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
        if let Some(event) = self.events.pop_front() {
            return Step::Report(event);
        }
        if self.is_over(now) {
            return Step::Done;
        }
        if let Some(probe) = self.take_due(now) {
            return Step::Send(probe);
        }
        let due = self.has_more_to_send().then_some(self.due);
        Step::Wait([due, self.end].into_iter().flatten().min().unwrap_or(now + A_LONG_TIME))
    }

    fn handle(&mut self, now: Instant, input: Input<'_>) {
        match input {
            Input::Sent(seq, at) => self.sent(seq, at),
            Input::Left(seq, departure) => self.left(seq, departure),
            Input::SendFailed(probe, error) => self.send_failed(now, probe, error),
            Input::Answer(answer) => self.answered(now, answer),
            Input::Refused(error) => {
                self.tally.errors += 1;
                self.events.push_back(PingEvent::Refused(error));
            }
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
