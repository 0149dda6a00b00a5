//! What the formats of traces are told of.
//!
//! They are a file each; what they have in common is in `crate::render`.

use netdiag_echo::{HopReport, PathEnd, PathReport, Statistics, Trace, TraceEvent};

use super::figures::Figures;
use super::judgement::Judgement;
use super::mtu::PathMtu;
use super::paths::found::Found;
use super::target::Target;
use crate::render::Results;

/// What traces find out.
pub(super) enum Traced {}

impl Results for Traced {
    type Item<'a> = Item<'a>;
    /// What each target came to, in the order they were given.
    type End<'a> = &'a [Outcome];
}

/// Something that happened on the way to one of the targets.
#[derive(Clone, Copy)]
pub(super) struct Item<'a> {
    /// Which, counted from zero.
    pub(super) index: usize,
    pub(super) event: &'a TraceEvent,
    /// How round trips to it and on the way are distributed so far.
    pub(super) figures: &'a Figures,
}

/// A path, and what is thought of it.
pub(super) struct Outcome {
    pub(super) target: Target,
    pub(super) end: PathEnd,
    pub(super) hops: Vec<HopReport>,
    pub(super) path_loop: Option<(u8, u8)>,
    pub(super) rounds: u64,
    pub(super) foreign: u64,
    pub(super) ambiguous: u64,
    /// Probes that were not sent, and the `errno` of the last of them.
    pub(super) unsent: (u64, Option<i32>),
    pub(super) figures: Figures,
    /// Whether it is within the bounds that were set.
    pub(super) judgement: Judgement,
    /// Whether any probe had its time to be answered, or was.
    pub(super) is_decided: bool,
    /// What each hop itself answered to pings, by distance.
    pub(super) pings: Vec<(u8, Statistics)>,
    /// All paths, if they were looked for.
    pub(super) paths: Option<Found>,
    /// What passes how far, where that was asked for.
    pub(super) mtu: Option<PathMtu>,
}

impl Outcome {
    pub(super) fn new(target: Target, trace: &Trace, figures: Figures) -> Self {
        Self { figures, ..Self::so_far(target, trace.report()) }
    }

    /// What a path comes to so far; how its round trips are distributed is not in it.
    pub(super) fn so_far(target: Target, report: PathReport) -> Self {
        let PathReport { end, hops, path_loop, rounds, foreign, ambiguous, unsent, is_decided } = report;
        Self {
            target,
            end,
            hops,
            path_loop,
            rounds,
            foreign,
            ambiguous,
            unsent,
            figures: Figures::none(),
            judgement: Judgement::default(),
            is_decided,
            pings: Vec::new(),
            paths: None,
            mtu: None,
        }
    }

    /// The largest packet that is known to get to the target.
    pub(super) fn mtu_to_target(&self) -> Option<usize> {
        self.mtu.as_ref()?.found.at(self.reached()?.hop.distance)
    }

    /// The hop that is the target, if it was reached.
    pub(super) fn reached(&self) -> Option<&HopReport> {
        self.hops.last().filter(|_| matches!(self.end, PathEnd::Reached(_)))
    }
}
