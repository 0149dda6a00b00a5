//! Asking again, slowly: which hops, how often, how long it takes.
//!
//! A limit that has been used up fills again while nobody asks; Linux routers save up six answers to an address, and gain one a
//! second. Whoever then answers everything that comes more slowly limits its answers, and loses nothing.

use std::time::Duration;

use super::config::TraceConfig;
use super::hop::Hop;
use super::vanish_by_chance;
use super::verdict::Verdict;

/// The hops that are asked again, and how often.
#[derive(Debug)]
pub(super) struct Slowly {
    /// By their place in the list.
    asked: Vec<bool>,
    pub(super) rounds: u64,
    /// The first of its rounds, counted on from the others.
    pub(super) first_round: u64,
}

impl Slowly {
    /// Picks the hops that answered in part, and not only because of what is lost on the way; `None` if there are none.
    pub(super) fn pick(
        config: &TraceConfig,
        hops: &[Hop],
        verdicts: &[Verdict],
        is_reached: bool,
        round: u64,
    ) -> Option<Self> {
        // Behind the last nobody tells what passes it. Of a target's replies each that is missing is lost, unless they are errors.
        let is_last_worth_it = !is_reached || config.target_limits;
        let is_worth_it = |(at, (hop, verdict)): (usize, (&Hop, &Verdict))| {
            let is_doubtful = match verdict {
                Verdict::Quiet { .. } => true,
                Verdict::LossFromHere { .. } | Verdict::Unknown { .. } => {
                    is_last_worth_it && at + 1 == hops.len()
                }
                Verdict::Ok => false,
            };
            is_doubtful && hop.is_partial()
        };
        let asked: Vec<bool> = hops.iter().zip(verdicts).enumerate().map(is_worth_it).collect();
        let picked = hops.iter().zip(&asked).filter(|(_, asked)| **asked);
        let rounds = picked.map(|(hop, _)| enough(hop)).max()?;
        Some(Self { asked, rounds, first_round: round })
    }

    pub(super) fn asks(&self, place: usize) -> bool {
        self.asked.get(place).copied().unwrap_or(false)
    }

    pub(super) fn count(&self) -> usize {
        self.asked.iter().filter(|asked| **asked).count()
    }

    /// From one round to the next.
    pub(super) fn interval(config: &TraceConfig) -> Duration {
        config.interval.max(SLOW)
    }

    /// Without the wait for the last answer.
    pub(super) fn takes(&self, config: &TraceConfig) -> Duration {
        let rounds = u32::try_from(self.rounds.saturating_sub(1)).unwrap_or(u32::MAX);
        REST + Self::interval(config) * rounds
    }
}

/// So many answers that by chance it would hardly give them all, if it went on as before.
fn enough(hop: &Hop) -> u64 {
    vanish_by_chance(hop.asked.answered_ratio().unwrap_or_default()).clamp(FEWEST, MOST)
}

/// Time for a limit to fill again.
pub(super) const REST: Duration = Duration::from_secs(7);
/// From one probe to the next to whoever may limit its answers, for it to answer all of them: longer than limits are known to be. What is
/// asked slowly anywhere is asked so.
pub(crate) const SLOW: Duration = Duration::from_millis(1500);
/// Nothing is confirmed by fewer.
const FEWEST: u64 = 4;
/// Who answers nearly all is not worth more.
const MOST: u64 = 12;
