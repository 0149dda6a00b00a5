//! [`Walk`]: the way to a target as `traceroute` walks it, hop after hop with a few probes each.
//!
//! What is told comes in the order of distances, and so may wait for a probe that left earlier. How long a probe is waited for
//! depends on what others were answered by then, so nothing but the first unsettled one ever expires.

mod config;
mod event;
mod places;
mod sendings;

use std::collections::VecDeque;
use std::io;
use std::time::{Duration, Instant};

use nix::errno::Errno;

pub use self::config::{Numbering, Patience, WalkConfig};
pub use self::event::{Shrunk, WalkAnswer, WalkEvent, WalkProbe, WalkWords};
pub use self::places::hops_back;
use self::places::{Places, State};
use self::sendings::Sendings;
use crate::engine::{Engine, Input, LocalRefusal, Step};
use crate::probe::{Answer, AnswerKind, Ident, Probe, Seq};
use crate::stamp::{ClockSource, SendCall, SentTimes};

/// The engine of one walk.
#[derive(Debug)]
pub struct Walk {
    config: WalkConfig,
    places: Places,
    sendings: Sendings,
    /// The first place not yet told of.
    untold: usize,
    /// The first place that waits for something to leave for it; others that do may lie behind ones that do not.
    unsent: usize,
    /// Behind the last place that is asked for.
    end: usize,
    under_way: usize,
    /// Bytes of data of the probes from now on.
    size: usize,
    last_sent: Option<Instant>,
    /// When the system may take a probe again.
    not_before: Option<Instant>,
    /// When everything that had arrived by then had been handed over.
    seen: Option<Instant>,
    events: VecDeque<WalkEvent>,
    is_over: bool,
}

impl Walk {
    /// A walk that starts at its first [`poll`](Engine::poll).
    pub fn new(config: WalkConfig) -> Self {
        let places = Places::new(config.first, config.last, config.per_hop);
        Self {
            sendings: Sendings::new(&config),
            end: places.len(),
            size: config.payload.size,
            places,
            untold: 0,
            unsent: 0,
            under_way: 0,
            last_sent: None,
            not_before: None,
            seen: None,
            events: VecDeque::new(),
            is_over: false,
            config,
        }
    }

    /// Tells of the places that have settled, in their order.
    fn tell(&mut self) {
        while self.untold < self.end {
            let Some(place) = self.places.get(self.untold).filter(|place| place.state == State::Done) else {
                return;
            };
            let (answer, mtu) = (place.answer.clone(), place.mtu);
            self.events.push_back(WalkEvent::Settled(Box::new(self.probe(self.untold, answer, mtu))));
            self.untold += 1;
        }
        self.is_over = true;
    }

    fn probe(&self, at: usize, answer: Option<WalkAnswer>, mtu: Option<u32>) -> WalkProbe {
        WalkProbe { distance: self.places.distance(at), index: self.places.index(at), answer, mtu }
    }

    /// Nothing more is waited for at that place.
    fn settle(&mut self, at: usize, answer: Option<WalkAnswer>) {
        let Some(place) = self.places.get_mut(at) else { return };
        (place.state, place.answer) = (State::Done, answer);
        self.under_way = self.under_way.saturating_sub(1);
        if place.is_final() {
            self.end = self.end.min(self.places.end_of_hop(at));
        }
    }

    /// The first place has not been answered in time.
    fn expire(&mut self, at: usize) {
        let repeats = self.config.repeats;
        let Some(place) = self.places.get_mut(at) else { return };
        if place.state != State::Emptied && place.missed < repeats {
            place.missed += 1;
            return self.send_again(at);
        }
        self.settle(at, None);
        if self.places.move_down(at).is_some() {
            // The place it came from is waited for no longer than until its turn.
            self.under_way += 1;
            self.end = self.end.min(self.places.end_of_hop(at));
        }
    }

    fn send_again(&mut self, at: usize) {
        self.places.get_mut(at).into_iter().for_each(|place| place.state = State::Unsent);
        self.under_way = self.under_way.saturating_sub(1);
        self.unsent = self.unsent.min(at);
    }

    /// When the first unsettled place expires; `None` if nothing has left for it.
    fn expiry(&self) -> Option<Instant> {
        match self.places.get(self.untold)?.state {
            State::UnderWay(sent) => Some(sent? + self.places.patience(self.untold, self.config.patience)),
            // In the past.
            State::Emptied => self.last_sent,
            State::Unsent | State::Done => None,
        }
    }

    fn may_send(&self) -> bool {
        self.unsent < self.end && self.under_way < self.config.at_once.max(1)
    }

    /// When the next probe may leave.
    fn due(&self) -> Option<Instant> {
        let waited = self.last_sent.map(|sent| sent + self.config.send_wait);
        waited.max(self.not_before)
    }

    fn send(&mut self, now: Instant) -> Step<WalkEvent> {
        let at = self.unsent;
        self.under_way += 1;
        self.last_sent = Some(now);
        self.places.get_mut(at).into_iter().for_each(|place| place.state = State::UnderWay(None));
        self.unsent = self.places.next_unsent(at);
        let probe = self.sendings.next(at, self.places.distance(at), self.size);
        Step::Send(Probe { flow: self.config.flow, ..probe })
    }

    fn sent(&mut self, seq: Seq, call: SendCall) {
        let Some(sending) = self.sendings.get_mut(seq) else { return };
        sending.sent = Some(SentTimes::by(call));
        let at = sending.place;
        if let Some(place) = self.places.get_mut(at).filter(|place| place.state == State::UnderWay(None)) {
            place.state = State::UnderWay(Some(call.returned));
        }
    }

    fn answered(&mut self, answer: &Answer<'_>) {
        if answer.probe.ident != self.config.ident {
            return;
        }
        let Some((seq, is_blank)) = self.sendings.believed(answer, &self.config.payload) else { return };
        let Some((sending, sent)) = self.sendings.get(seq).and_then(|it| Some((it, it.sent?))) else {
            return;
        };
        let (words, hop_limit, extensions) = match answer.kind {
            AnswerKind::Reply { hop_limit, .. } => (WalkWords::Reply, hop_limit, &[][..]),
            AnswerKind::Port(state) => (WalkWords::Port(state), None, &[][..]),
            AnswerKind::Icmp { error, .. } if error.is_advice() => return,
            AnswerKind::Icmp { error, hop_limit, extensions, .. } => {
                (WalkWords::Icmp(error), hop_limit, extensions)
            }
        };
        let (rtt, clock) = sent.round_trip(&answer.at);
        let from = Some(answer.from);
        let extensions = extensions.to_vec();
        let told = WalkAnswer { from, rtt, clock, words, hop_limit, extensions, is_blank };
        self.take(sending.place, sending.size, told);
    }

    /// Takes an answer in for the place it is about.
    fn take(&mut self, at: usize, size: usize, answer: WalkAnswer) {
        let Some(place) = self.places.get(at) else { return };
        if !matches!(place.state, State::UnderWay(_)) {
            let late = self.probe(at, Some(answer), place.mtu);
            return self.events.push_back(WalkEvent::Late(Box::new(late)));
        }
        match self.smaller(size, answer.words) {
            Some((mtu, size)) => {
                let distance = self.places.distance(at);
                self.size = self.size.min(size);
                self.places
                    .get_mut(at)
                    .into_iter()
                    .for_each(|place| (place.mtu, place.missed) = (Some(mtu), 0));
                self.events.push_back(WalkEvent::Shrunk(Box::new(Shrunk { distance, answer, mtu })));
                self.send_again(at);
            }
            None => self.settle(at, Some(answer)),
        }
    }

    /// The MTU that the words tell of, and the data that a packet of it has room for, if that is less than were sent.
    fn smaller(&self, size: usize, words: WalkWords) -> Option<(u32, usize)> {
        let mtu = match words {
            WalkWords::TooLong(mtu) => mtu,
            WalkWords::Icmp(error) if error.is_too_big() => error.info,
            WalkWords::Icmp(_) | WalkWords::Reply | WalkWords::Port(_) => return None,
        };
        let room = usize::try_from(mtu).ok()?.checked_sub(self.config.shrinks?)?;
        (room < size).then_some((mtu, room))
    }

    /// This host's own network refuses a probe.
    fn refused(&mut self, refused: &LocalRefusal, now: Instant) {
        let error = io::Error::from_raw_os_error(refused.error.errno);
        let is_too_long = refused.error.errno == Errno::EMSGSIZE as i32 && refused.error.info > 0;
        let sending = refused.probe.and_then(|probe| self.sendings.get(probe.seq));
        match sending.filter(|_| is_too_long) {
            Some(sending) => {
                let answer = WalkAnswer {
                    from: None,
                    rtt: self.last_sent.map_or(Duration::ZERO, |sent| now.saturating_duration_since(sent)),
                    clock: ClockSource::User,
                    words: WalkWords::TooLong(refused.error.info),
                    hop_limit: None,
                    extensions: Vec::new(),
                    is_blank: false,
                };
                self.take(sending.place, sending.size, answer);
            }
            None => self.fail(error),
        }
    }

    fn not_sent(&mut self, seq: Seq, error: io::Error, now: Instant) {
        let at = self.sendings.get(seq).map(|sending| sending.place);
        let is_full = [Errno::ENOBUFS, Errno::EAGAIN].map(|errno| Some(errno as i32));
        match at.filter(|_| is_full.contains(&error.raw_os_error())) {
            Some(at) => {
                self.not_before = Some(now + UNTIL_THERE_IS_ROOM);
                self.send_again(at);
            }
            None => self.fail(error),
        }
    }

    fn fail(&mut self, error: io::Error) {
        self.events.push_back(WalkEvent::SendFailed(error));
        self.is_over = true;
    }
}

impl Engine for Walk {
    type Event = WalkEvent;

    fn poll(&mut self, now: Instant) -> Step<WalkEvent> {
        loop {
            if let Some(event) = self.events.pop_front() {
                return Step::Report(event);
            }
            if self.is_over {
                return Step::Done;
            }
            self.tell();
            if self.is_over || !self.events.is_empty() {
                continue;
            }
            let expiry = self.expiry();
            if let Some(expiry) = expiry.filter(|expiry| *expiry <= now) {
                // Nothing is concluded before all that has arrived by then was taken in.
                if self.seen.is_none_or(|seen| seen < expiry) {
                    self.seen = Some(now);
                    return Step::Receive;
                }
                self.expire(self.untold);
                continue;
            }
            let due = self.due().filter(|_| self.may_send());
            if self.may_send() && due.is_none_or(|due| due <= now) {
                return self.send(now);
            }
            return Step::Wait(
                [due, expiry].into_iter().flatten().min().unwrap_or(now + self.config.patience.longest),
            );
        }
    }

    fn fill(&self, probe: &Probe, data: &mut [u8]) -> Ident {
        self.config.payload.write(probe.seq, data);
        self.config.ident
    }

    fn handle(&mut self, now: Instant, input: Input<'_>) {
        match input {
            _ if self.is_over => {}
            Input::Sent(probe, call) => self.sent(probe.seq, call),
            Input::Departed(probe, departure) => {
                let sent = self.sendings.get_mut(probe.seq).and_then(|sending| sending.sent.as_mut());
                sent.into_iter().for_each(|sent| sent.note(departure));
            }
            Input::SendFailed(probe, error) => self.not_sent(probe.seq, error, now),
            Input::Answer(answer) => self.answered(&answer),
            Input::Refused(refused) => self.refused(&refused, now),
            Input::ReceiveFailed(error) => self.events.push_back(WalkEvent::ReceiveFailed(error)),
            Input::Status | Input::Pause(_) | Input::Reset | Input::Unnumbered(_) | Input::Quoted(_) => {}
            Input::Stop => self.is_over = true,
        }
    }
}

/// How long a system is left alone that had no room for a probe.
const UNTIL_THERE_IS_ROOM: Duration = Duration::from_millis(1);

#[cfg(test)]
mod tests;
