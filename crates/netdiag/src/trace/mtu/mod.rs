//! `--mtu`: the largest packet that comes to each hop, searched for once the path is known.
//!
//! What the kernel takes for the path's MTU is another figure: routers told it before, and what this search is told may change it. So it
//! is read before the first probe.

mod args;
mod words;

use std::time::{Duration, Instant};

use netdiag_echo::{
    Error, HopMtuConfig, HopMtuEvent, HopMtuSearch, HopMtus, ManyTargets, OfTarget, RunControl, Sockets,
    Trace, now,
};
use netdiag_host::Host;

pub(super) use self::args::MtuArgs;
pub(super) use self::words::{limiter, note, sentence};
use super::args::Args;
use super::judgement::Judgement;
use super::progress::Progress;
use super::target::Target;

/// What is known of the MTU of a path.
#[derive(Clone, Debug, Default)]
pub(super) struct PathMtu {
    /// What was measured.
    pub(super) found: HopMtus,
    /// What the kernel had learnt before, and how long that holds; `None` if it had learnt nothing, or does not tell.
    pub(super) cached: Option<(u32, Duration)>,
}

/// What the kernel has learnt of the way to each target.
pub(super) fn cached(args: &Args, targets: &[Target]) -> Vec<Option<(u32, Duration)>> {
    let learnt = |target: &Target| Host::here().route_to(target.to, args.source).ok()?.learnt_mtu();
    targets.iter().map(|target| learnt(target).filter(|_| args.mtu.mtu)).collect()
}

/// Searches along all paths, in what `began` leaves of the run's time.
pub(super) fn search<'a>(
    args: &Args,
    traces: impl Iterator<Item = &'a Trace>,
    cached: Vec<Option<(u32, Duration)>>,
    (sockets, control): (&mut Sockets, &RunControl),
    began: Instant,
) -> Result<Vec<PathMtu>, Error> {
    let (mut many, start) = (ManyTargets::default(), now());
    let left = args.deadline.map(|deadline| deadline.saturating_sub(start.saturating_duration_since(began)));
    for trace in traces {
        let config = HopMtuConfig::after(trace, left);
        let secret = Some(config.secret);
        // No two are the same.
        let _ = many.add(config.to, secret, HopMtuSearch::new(config), start);
    }
    let progress = Progress::new(0, false);
    netdiag_echo::run(&mut many, sockets, control, |OfTarget { event, .. }| {
        if let HopMtuEvent::Trying { distance, size } = event {
            progress.say(Some(format!("{size} bytes to hop {distance}")));
        }
        Ok::<(), Error>(())
    })?;
    progress.end();
    let found = many.engines().zip(cached);
    Ok(found.map(|(search, cached)| PathMtu { found: search.outcome(), cached }).collect())
}

/// Whether packets of so many bytes get to the host of that name, to which this is the largest that is known to.
pub(super) fn judge(least: usize, (name, size): (&str, Option<usize>), judgement: &mut Judgement) {
    match size {
        Some(size) if size >= least => {}
        Some(size) => {
            let words = format!("path MTU to {name} is {size} bytes, less than {least}");
            judgement.missed.push(words);
        }
        None => judgement.unmeasured.push(format!("path MTU to {name} not found")),
    }
}
