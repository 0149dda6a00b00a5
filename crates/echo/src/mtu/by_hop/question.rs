//! One size being tried as far as one distance: [`Question`].
//!
//! Silence may be loss, or a router that has said enough. So large probes and small ones are mixed, slowly where answers may be
//! limited: only if none of the large is answered, and as many small ones are, is it the size.

use std::time::{Duration, Instant};

use super::config::MtuPlace;
use super::stairs::Outcome;
use crate::mtu::bounds::Stopped;
use crate::path::SLOW;
use crate::probe::Seq;

/// A size being tried.
#[derive(Debug)]
pub(super) struct Question {
    pub(super) place: MtuPlace,
    pub(super) size: usize,
    /// The probe that is waited for, since when, and whether it is a small one.
    pub(super) under_way: Option<(Seq, Instant, bool)>,
    /// Whether what has arrived by its end was asked for.
    pub(super) asked: bool,
    /// When the next probe may leave.
    pub(super) due: Option<Instant>,
    /// Probes so far.
    pub(super) sent: u32,
    large_silent: u32,
    small_answered: u32,
    small_silent: u32,
    is_slow: bool,
    /// What somebody said of the size who may have been wrong.
    pub(super) why: Option<Stopped>,
}

impl Question {
    pub(super) const fn new(place: MtuPlace, size: usize) -> Self {
        Self {
            place,
            size,
            under_way: None,
            asked: false,
            due: None,
            sent: 0,
            large_silent: 0,
            small_answered: 0,
            small_silent: 0,
            is_slow: false,
            why: None,
        }
    }

    /// Whether the next probe is a small one.
    pub(super) const fn is_small_next(&self) -> bool {
        let (has_large, has_small) =
            (self.large_silent >= self.place.tries, self.small_answered >= self.place.tries);
        // Not just one after the other: every other packet may be lost.
        !has_small && (has_large || matches!(self.sent % 4, 1 | 2))
    }

    /// Nothing came of the probe under way; gives what is concluded, if anything is.
    pub(super) fn silent(&mut self, now: Instant) -> Option<Outcome> {
        let (_, _, is_small) = self.under_way.take()?;
        self.asked = false;
        match is_small {
            true => self.small_silent += 1,
            false if self.place.limits && !self.is_slow => {}
            false => self.large_silent += 1,
        }
        self.is_slow |= self.place.limits;
        self.pause(now);
        self.conclusion()
    }

    /// A small probe was answered.
    pub(super) fn small_answered(&mut self, now: Instant) -> Option<Outcome> {
        self.under_way = None;
        self.small_answered += 1;
        self.pause(now);
        self.conclusion()
    }

    fn pause(&mut self, now: Instant) {
        let pause = if self.is_slow { SLOW } else { INTERVAL };
        self.due = Some(now + pause);
    }

    fn conclusion(&self) -> Option<Outcome> {
        let tries = self.place.tries;
        if self.large_silent >= tries && self.small_answered >= tries {
            return Some(Outcome::Stopped(self.why.unwrap_or(Stopped::Silence)));
        }
        (self.small_silent > tries * 2).then_some(Outcome::Lost)
    }
}

/// From one probe to the next where nothing is limited.
const INTERVAL: Duration = Duration::from_millis(10);
