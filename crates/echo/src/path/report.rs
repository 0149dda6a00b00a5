//! What a hop comes to: its figures, and what is thought of them.
//!
//! A router's own round trip is no measure of the path: it answers beside its work. The path takes no longer than the quickest
//! answer from there or from behind.

use std::time::Duration;

use super::end::PathEnd;
use super::hop::Hop;
use super::verdict::Verdict;

/// A hop, and what is thought of it.
#[derive(Clone, Debug)]
pub struct HopReport {
    /// Its figures.
    pub hop: Hop,
    /// What they mean for the path.
    pub verdict: Verdict,
    /// How many answers a second it gives that limits them, as far as its figures show it.
    pub answers_per_second: Option<f64>,
    /// The shortest round trip of it and of all hops behind it: what the path to it takes at most. A router may be slow to answer.
    pub path_rtt: Option<Duration>,
}

/// How a path stands.
#[derive(Clone, Debug)]
pub struct PathReport {
    /// How it ends, as far as that is known.
    pub end: PathEnd,
    /// Its hops: up to the target, or the last that answers.
    pub hops: Vec<HopReport>,
    /// Two distances between which packets go round in a loop.
    pub path_loop: Option<(u8, u8)>,
    /// Rounds that have begun, without those asked slowly.
    pub rounds: u64,
    /// Messages that were about no probe of this run, or forged.
    pub foreign: u64,
    /// Answers that may be about any of several probes, and were taken for an answer to none.
    pub ambiguous: u64,
    /// Probes that were not sent, and the `errno` of the last of them.
    pub unsent: (u64, Option<i32>),
    /// Whether any probe has come to something, also beyond the end of the path.
    pub is_decided: bool,
}

impl Default for PathReport {
    /// Nothing is known yet.
    fn default() -> Self {
        Self {
            end: PathEnd::Silent(0),
            hops: Vec::new(),
            path_loop: None,
            rounds: 0,
            foreign: 0,
            ambiguous: 0,
            unsent: (0, None),
            is_decided: false,
        }
    }
}

/// Puts together what there is to say of each hop of a list; rounds begin at this interval.
pub(super) fn reports(hops: &[Hop], verdicts: Vec<Verdict>, interval: Duration) -> Vec<HopReport> {
    let mut path_rtt = None;
    let behind_first = hops.iter().zip(verdicts).rev().map(|(hop, verdict)| {
        path_rtt = path_rtt.into_iter().chain(hop.rtts.min()).min();
        let a_second = hop.answers_per_round().map(|rate| rate / interval.as_secs_f64());
        let answers_per_second = a_second.filter(|rate| rate.is_finite());
        HopReport { hop: hop.clone(), verdict, answers_per_second, path_rtt }
    });
    let mut reports: Vec<HopReport> = behind_first.collect();
    reports.reverse();
    reports
}
