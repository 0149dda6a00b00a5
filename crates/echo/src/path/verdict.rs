//! What the figures of hops mean for the path: [`Verdict`].
//!
//! A router answers when it likes; what passes it is another matter. So a hop's silence counts against the path only as far as
//! what lies behind it is silent too, and only if that is more than chance.

use super::fisher::Loss;
use super::hop::{Hop, Tally};

/// What is to be thought of a hop.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Verdict {
    /// It answers, and nothing is lost by it: what is silent here is no more than what was lost before.
    Ok,
    /// It answers less than demonstrably passes it: its silence is its own choice, and no loss.
    Quiet {
        /// The figures of who answers best of those behind it.
        passes: Tally,
        /// Whether it answered all that it was asked slowly: it limits its answers.
        limits: bool,
    },
    /// Loss begins here: from this hop on probes are lost that hops before it had answered.
    LossFromHere {
        /// The last hop before the loss; 0 is this host.
        after: u8,
    },
    /// It lost some, and that may be chance.
    Unknown {
        /// So many probes more would tell, if it goes on like this; `None` if no number would.
        more: Option<u64>,
    },
}

/// Judges the hops of a list in order; `is_reached` says whether its last is the target.
pub(super) fn judge(hops: &[Hop], is_reached: bool) -> Vec<Verdict> {
    let quiet: Vec<Option<Verdict>> = (0..hops.len()).map(|place| quiet(hops, place, is_reached)).collect();
    let place = if is_reached { locate(hops, &quiet) } else { None };
    (0..hops.len())
        .map(|at| {
            let hop = &hops[at];
            match (quiet[at], place) {
                (Some(verdict), _) => verdict,
                _ if hop.asked.silent == 0 => Verdict::Ok,
                (None, Some((from, after))) if at == from => Verdict::LossFromHere { after },
                (None, Some((from, _))) if at > from => Verdict::Ok,
                _ => Verdict::Unknown { more: more(hops, at, is_reached) },
            }
        })
        .collect()
}

/// Whether a hop answers less than what passes it.
fn quiet(hops: &[Hop], at: usize, is_reached: bool) -> Option<Verdict> {
    let hop = &hops[at];
    let is_target = is_reached && at + 1 == hops.len();
    let limits = is_limited(hop);
    let chance = |behind: Tally| loss(hop.asked).chance_above(loss(behind));
    let best = best_behind(hops, at).filter(|(best, compared)| {
        // Whoever is best of many is so by chance, too. The target was not picked.
        let is_less = chance(*best) * (*compared as f64) < CHANCE / 2.0;
        !is_target
            && (is_less || target(hops, is_reached).is_some_and(|target| chance(target) < CHANCE / 2.0))
    });
    match best {
        Some((passes, _)) => Some(Verdict::Quiet { passes, limits }),
        // What it answers when asked slowly reaches it and comes back.
        None if limits => Some(Verdict::Quiet { passes: hop.asked_slowly, limits }),
        None => None,
    }
}

/// Whether it answered all when asked slowly, and that is more than before.
fn is_limited(hop: &Hop) -> bool {
    let slowly = hop.asked_slowly;
    slowly.answered >= FEWEST_SLOW
        && slowly.silent == 0
        && loss(hop.asked).chance_above(loss(slowly)) < CHANCE_SLOW
}

/// The figures of the target, if it answers.
fn target(hops: &[Hop], is_reached: bool) -> Option<Tally> {
    let target = hops.last().filter(|_| is_reached)?;
    Some(target.asked).filter(|asked| asked.answered > 0)
}

/// The figures of who answers best of those behind a hop, and of how many; `None` if nobody does.
fn best_behind(hops: &[Hop], at: usize) -> Option<(Tally, usize)> {
    let behind = hops.iter().skip(at + 1).map(|hop| hop.asked).filter(|asked| asked.answered > 0);
    let compared = behind.clone().count();
    let best =
        behind.reduce(|best, asked| if loss(best).is_less_than(loss(asked)) { best } else { asked })?;
    Some((best, compared))
}

/// Where what the target does not answer is lost, if that can be said: the hop it begins at, and the distance of the last before.
fn locate(hops: &[Hop], quiet: &[Option<Verdict>]) -> Option<(usize, u8)> {
    let target = loss(hops.last()?.asked);
    if target.lost == 0 || quiet.last()?.is_some() {
        return None;
    }
    let before = hops.iter().zip(quiet).take(hops.len() - 1).enumerate();
    let sound: Vec<(usize, &Hop)> = before
        .filter(|(_, (hop, quiet))| quiet.is_none() && hop.asked.answered > 0)
        .map(|(at, (hop, _))| (at, hop))
        .collect();
    let compared = (sound.len() + 1) as f64;
    let is_before = |other: Loss| target.chance_above(other) * compared < CHANCE;
    let last = sound.iter().rev().find(|(_, hop)| is_before(loss(hop.asked)));
    // This host itself lost nothing.
    let (next, after) = match last {
        Some((at, hop)) => (at + 1, hop.distance),
        None if is_before(Loss { lost: 0, of: target.of }) => (0, 0),
        None => return None,
    };
    let loses =
        |at: &usize| quiet[*at].is_none() && hops[*at].asked.answered > 0 && hops[*at].asked.silent > 0;
    (next..hops.len()).find(loses).map(|from| (from, after))
}

/// How many more probes would tell what a hop's silence is.
fn more(hops: &[Hop], at: usize, is_reached: bool) -> Option<u64> {
    let here = loss(hops[at].asked);
    if let Some((best, compared)) = best_behind(hops, at) {
        let of_best = here.more_needed(loss(best), CHANCE / 2.0 / compared as f64);
        let of_target = target(hops, is_reached).filter(|_| at + 1 < hops.len());
        let of_target = of_target.and_then(|target| here.more_needed(loss(target), CHANCE / 2.0));
        return of_best.into_iter().chain(of_target).min();
    }
    let is_target = is_reached && at + 1 == hops.len();
    // Nothing behind it ever answers, so nothing would tell.
    is_target.then(|| here.more_needed(Loss { lost: 0, of: here.of }, CHANCE / hops.len() as f64))?
}

fn loss(asked: Tally) -> Loss {
    Loss { lost: asked.silent, of: asked.decided() }
}

/// What is less likely than this is no chance.
const CHANCE: f64 = 0.01;
/// The same of what was found out by asking again for this alone.
const CHANCE_SLOW: f64 = 0.05;
/// Fewer answers than these to slow probes confirm nothing.
const FEWEST_SLOW: u64 = 4;
