//! The probes of a walk by their places, in the order they are told: [`Places`].
//!
//! A place is one probe of one distance, whatever leaves for it and how often.

use std::time::{Duration, Instant};

use super::config::Patience;
use super::event::{WalkAnswer, WalkWords};

/// All places, from that of the first distance.
#[derive(Debug)]
pub(super) struct Places {
    places: Vec<Place>,
    per_hop: usize,
    first: u8,
}

/// One place.
#[derive(Clone, Debug, Default)]
pub(super) struct Place {
    pub(super) state: State,
    /// How often its probe left without an answer in time.
    pub(super) missed: u8,
    /// What its size was found to be too large for.
    pub(super) mtu: Option<u32>,
    pub(super) answer: Option<WalkAnswer>,
}

/// How it stands with a place.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) enum State {
    /// Nothing has left for it yet.
    #[default]
    Unsent,
    /// Handed over to be sent, or sent at that time.
    UnderWay(Option<Instant>),
    /// Its answer was found to be another place's: nothing more is to come.
    Emptied,
    /// It is settled.
    Done,
}

impl Place {
    fn is_done(&self) -> bool {
        self.state == State::Done
    }

    /// Whether it shows that the path goes no farther.
    pub(super) fn is_final(&self) -> bool {
        self.is_done() && self.answer.as_ref().is_some_and(|answer| !answer.words.is_passing())
    }

    /// Whether the path ends there with an error, rather than at the target.
    fn is_refusal(&self) -> bool {
        let says = self.answer.as_ref().map(|answer| answer.words);
        match says {
            Some(WalkWords::Icmp(error)) => self.is_final() && !error.is_port_unreachable(),
            Some(WalkWords::TooLong(_)) => true,
            Some(WalkWords::Reply | WalkWords::Port(_)) | None => false,
        }
    }

    fn rtt(&self) -> Option<Duration> {
        self.answer.as_ref().filter(|_| self.is_done()).map(|answer| answer.rtt)
    }

    /// How many hops its answer seems to have come, taking who sent it for one of those that begin with 64, 128 or 255.
    fn hops_back(&self) -> Option<usize> {
        self.answer.as_ref()?.hop_limit.map(|limit| usize::from(hops_back(limit)))
    }
}

/// How many hops a packet seems to have come that has this much of its limit left.
pub const fn hops_back(limit: u8) -> u16 {
    let begun = match limit {
        0..=64 => 65,
        65..=128 => 129,
        129.. => 256,
    };
    begun - limit as u16
}

impl Places {
    pub(super) fn new(first: u8, last: u8, per_hop: u8) -> Self {
        let per_hop = usize::from(per_hop.max(1));
        let hops = (usize::from(last) + 1).saturating_sub(first.into());
        Self { places: vec![Place::default(); hops * per_hop], per_hop, first }
    }

    pub(super) fn len(&self) -> usize {
        self.places.len()
    }

    pub(super) fn get(&self, at: usize) -> Option<&Place> {
        self.places.get(at)
    }

    pub(super) fn get_mut(&mut self, at: usize) -> Option<&mut Place> {
        self.places.get_mut(at)
    }

    pub(super) fn distance(&self, at: usize) -> u8 {
        u8::try_from(at / self.per_hop).unwrap_or(u8::MAX).saturating_add(self.first)
    }

    pub(super) fn index(&self, at: usize) -> u8 {
        u8::try_from(at % self.per_hop).unwrap_or(u8::MAX)
    }

    /// The first place of the distance after that of this one.
    pub(super) const fn end_of_hop(&self, at: usize) -> usize {
        (at / self.per_hop + 1) * self.per_hop
    }

    /// How long the answer for a place that has none is waited for.
    pub(super) fn patience(&self, at: usize, patience: Patience) -> Duration {
        let begin = at - at % self.per_hop;
        let mut here = self.places.iter().skip(begin).take(self.per_hop);
        let mut later = self.places.iter().skip(at + 1).take_while(|place| place.state != State::Unsent);
        let factors = [
            here.find_map(Place::rtt).filter(|_| patience.here > 0.0).map(|rtt| (rtt, patience.here)),
            later.find_map(Place::rtt).filter(|_| patience.near > 0.0).map(|rtt| (rtt, patience.near)),
        ];
        let scaled = factors.into_iter().flatten().next().map(|(rtt, factor)| {
            Duration::try_from_secs_f64((rtt + SURPLUS).as_secs_f64() * factor).unwrap_or(patience.longest)
        });
        scaled.unwrap_or(patience.longest).min(patience.longest)
    }

    /// Gives a place without an answer the one of a later place that shows the path to end no later than here: who refuses to pass
    /// packets on answers only some of many that come at once. Tells where it was.
    pub(super) fn move_down(&mut self, at: usize) -> Option<usize> {
        let begin = at - at % self.per_hop;
        let before = self.places.get(begin..at)?;
        if !before.iter().all(Place::is_final) {
            return None;
        }
        let later = self.places.iter().enumerate().skip(at + 1);
        let mut sent = later.take_while(|(_, place)| place.state != State::Unsent);
        let (from, found) = sent.find(|(_, place)| place.is_done())?;
        let is_same_hop = !before.is_empty() || from < self.end_of_hop(at);
        if !found.is_refusal()
            || !(is_same_hop || self.is_of_earlier(at, from) || self.came_back_from(at, from))
        {
            return None;
        }
        let answer = self.places.get_mut(from).map(std::mem::take)?.answer;
        self.places.get_mut(from).into_iter().for_each(|place| place.state = State::Emptied);
        let place = self.places.get_mut(at)?;
        (place.answer, place.state) = (answer, State::Done);
        Some(from)
    }

    /// The first place behind that one for which something is still to leave, or how many places there are.
    pub(super) fn next_unsent(&self, at: usize) -> usize {
        let mut behind = self.places.iter().enumerate().skip(at + 1);
        behind.find(|(_, place)| place.state == State::Unsent).map_or(self.places.len(), |(next, _)| next)
    }

    /// Whether the host that answered there has answered for an earlier place.
    fn is_of_earlier(&self, at: usize, from: usize) -> bool {
        let who = |place: &Place| place.answer.as_ref().and_then(|answer| answer.from).map(|from| from.ip());
        let it = self.places.get(from).and_then(who);
        it.is_some() && self.places.iter().take(at).any(|place| who(place) == it)
    }

    /// Whether the answer there seems to have come no more hops than this place is away.
    fn came_back_from(&self, at: usize, from: usize) -> bool {
        let Some(back) = self.places.get(from).and_then(Place::hops_back) else { return false };
        let mut nearer = self.places.iter().enumerate().take(at).rev();
        let nearest = nearer.find_map(|(at, place)| {
            let hops =
                place.hops_back().filter(|hops| place.is_done() && !place.is_final() && *hops < back)?;
            Some(back - hops + usize::from(self.distance(at)))
        });
        nearest.unwrap_or(back) <= usize::from(self.distance(at))
    }
}

/// What the kernel's timers and ours may be apart.
const SURPLUS: Duration = Duration::from_millis(1);
