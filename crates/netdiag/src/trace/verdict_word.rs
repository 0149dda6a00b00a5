//! What verdicts are called, in every format: [`word`].

use netdiag_echo::Verdict;

/// The verdict in a word.
pub(super) const fn word(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Ok => "ok",
        Verdict::Quiet { .. } => "quiet",
        Verdict::LossFromHere { .. } => "loss from here",
        _ => "unknown",
    }
}
