//! When a run ends, and how long it waits for its last probes: [`Finish`].
//!
//! All of it goes by this process's clock, never by a stamp. Nothing is concluded from an answer's absence at some moment before
//! all that had arrived by then was taken in.

use std::time::{Duration, Instant};

use super::config::PingConfig;
use super::statistics::Statistics;
use crate::pacing::FLOOD_INTERVAL;

/// What decides about a run's end.
#[derive(Debug, Default)]
pub(super) struct Finish {
    /// When waiting is over.
    end: Option<Instant>,
    /// When the last probe had left.
    last_left: Option<Instant>,
    /// When the run was told to end, or an error ended it.
    stopped: Option<Instant>,
    /// When the run had all it was to get while more was under way.
    met: Option<Instant>,
    /// The longest round trip as this process lived it.
    longest: Duration,
    /// Until when what had arrived was asked for, and until when it has been taken in.
    asked: Option<Instant>,
    seen: Option<Instant>,
}

/// Why a run ends.
#[derive(Clone, Copy, Debug)]
pub(super) enum Ending {
    /// It has all it was to get; since then, if more was under way, which may have arrived as well.
    Complete(Option<Instant>),
    /// It was cut short then.
    CutShort(Instant),
    /// It had waited for its last probes until then.
    WaitedOut(Instant),
}

impl Ending {
    /// The moment at which something may be missing.
    pub(super) const fn moment(self) -> Option<Instant> {
        match self {
            Self::Complete(at) => at,
            Self::CutShort(at) | Self::WaitedOut(at) => Some(at),
        }
    }
}

impl Finish {
    /// The run begins.
    pub(super) fn begin(&mut self, now: Instant, config: &PingConfig) {
        self.end = config.deadline.and_then(|deadline| now.checked_add(deadline));
    }

    /// The run is to end, if it was not before.
    pub(super) fn stop(&mut self, now: Instant) {
        self.stopped.get_or_insert(now);
    }

    /// The run has all it was to get, and more is under way.
    pub(super) fn met(&mut self, now: Instant) {
        self.met.get_or_insert(now);
    }

    /// The last probe had left at `at`.
    pub(super) fn last_left(
        &mut self,
        at: Instant,
        config: &PingConfig,
        statistics: &Statistics,
        interval: Duration,
    ) {
        self.last_left = Some(at);
        let wait =
            if statistics.rtts.count() > 0 { Some(self.last_wait(config, interval)) } else { config.linger };
        // Every probe has its own time to be answered in.
        let wait =
            config.timeout.map_or(wait, |timeout| wait.map(|wait| wait.max(timeout)).or(Some(timeout)));
        self.end = wait.and_then(|wait| at.checked_add(wait));
    }

    /// A round trip took so long as this process lived it. Where it was the longest so far, the last probes get more time too:
    /// one that stands behind it in a queue takes longer still.
    pub(super) fn lived(&mut self, rtt: Duration, config: &PingConfig, interval: Duration) {
        self.longest = self.longest.max(rtt);
        if let Some((end, left)) = self.end.zip(self.last_left) {
            self.end = left.checked_add(self.last_wait(config, interval)).map(|later| later.max(end));
        }
    }

    /// How the run ends now, if it does.
    pub(super) fn ending(
        &self,
        now: Instant,
        config: &PingConfig,
        statistics: &Statistics,
    ) -> Option<Ending> {
        if config.is_met(statistics) {
            return Some(Ending::Complete(self.met));
        }
        if let Some(at) = self.stopped {
            return Some(Ending::CutShort(at));
        }
        let end = self.end.filter(|end| now >= *end)?;
        Some(if config.deadline.is_some() { Ending::CutShort(end) } else { Ending::WaitedOut(end) })
    }

    /// When waiting is over.
    pub(super) const fn end(&self) -> Option<Instant> {
        self.end
    }

    /// How long a probe may have been under way, at that end, without being lost.
    pub(super) fn patience(
        &self,
        ending: Ending,
        config: &PingConfig,
        statistics: &Statistics,
        interval: Duration,
    ) -> Duration {
        if let Ending::WaitedOut(_) = ending {
            return Duration::ZERO;
        }
        config.timeout.unwrap_or_else(|| match statistics.rtts.count() {
            0 => interval.max(A_LOSS).min(config.linger.unwrap_or(Duration::MAX)),
            _ => self.longest_wait(interval),
        })
    }

    /// How long the last probe of an answered run may take. A few round trips say little about the next: it has a second, as
    /// an unanswered packet has in RFC 6298 (2.4), unless the user waits for less.
    fn last_wait(&self, config: &PingConfig, interval: Duration) -> Duration {
        self.longest_wait(interval).max(config.linger.unwrap_or(A_LOSS).min(A_LOSS))
    }

    fn longest_wait(&self, interval: Duration) -> Duration {
        (self.longest * 2).max(interval).max(FLOOD_INTERVAL)
    }

    /// What has arrived by now is about to be asked for.
    pub(super) const fn ask(&mut self, now: Instant) {
        self.asked = Some(now);
    }

    /// What was asked for has been taken in.
    pub(super) fn take_in(&mut self) {
        self.seen = self.asked.take().or(self.seen);
    }

    /// Until when everything has been taken in, if that is not before `moment`.
    pub(super) fn seen(&self, moment: Instant) -> Option<Instant> {
        self.seen.filter(|seen| *seen >= moment)
    }
}

/// When a probe counts as lost that nothing has come back to yet, if no more than that is known.
const A_LOSS: Duration = Duration::from_secs(1);
