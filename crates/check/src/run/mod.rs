//! Runs a plan: side by side what may be, in order what depends on each other.
//!
//! Outcomes are kept in the plan's order, whichever check ends first.

mod course;
mod outcome;
#[cfg(test)]
mod tests;

use std::collections::{HashSet, VecDeque};
use std::future::Future;
use std::pin::pin;
use std::time::{Duration, SystemTime};

use futures_util::stream::{FuturesUnordered, StreamExt};
use netdiag_text::{Trusted, message};
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

pub use outcome::{Attempt, Outcome, Report, StopReason};

use crate::needs::Needs;
use crate::plan::Plan;
use crate::verdict::Verdict;
use crate::world::World;

/// How to run.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// How many checks may run at the same time; at least one does.
    pub jobs: u32,
    /// How long the whole run may take.
    pub deadline: Option<Duration>,
    /// Whether checks may not run commands: those that would are not measured.
    pub no_exec: bool,
}

/// What happens during a run, for those who watch.
#[derive(Debug)]
#[non_exhaustive]
pub enum Progress<'a> {
    /// The run begins, at this time.
    Started(SystemTime),
    /// The check at this place of the plan begins.
    Began(usize),
    /// A check has ended.
    Ended(&'a Outcome),
}

/// Runs the checks of `plan` at the places in `chosen`, and those they depend on, until `stop` at the latest.
pub async fn run<'p>(
    plan: &'p Plan,
    chosen: &[usize],
    options: Options,
    stop: impl Future<Output = ()>,
    mut watch: impl FnMut(Progress<'_>),
) -> Report<'p> {
    let started = SystemTime::now();
    let start = Instant::now();
    watch(Progress::Started(started));
    let jobs = options.jobs.max(1) as usize;
    let mut queue = Queue::new(plan, chosen);
    let world = World::new(queue.needs(), !options.no_exec);
    let (cutter, cut) = watch::channel(None);
    let mut running = FuturesUnordered::new();
    let mut stop = pin!(stop);
    let mut deadline = pin!(sleep_until(start + options.deadline.unwrap_or(FOREVER)));
    let cut = loop {
        while running.len() < jobs {
            let Some((index, ready)) = queue.next(running.is_empty()) else { break };
            watch(Progress::Began(index));
            running.push(course::follow(index, &plan.checks[index], &world, ready, cut.clone()));
        }
        tokio::select! {
            ended = running.next() => match ended {
                Some(outcome) => queue.settle(outcome, None, &mut watch),
                None => break None,
            },
            () = &mut stop => break Some(StopReason::Interrupted),
            () = &mut deadline => break Some(StopReason::Deadline),
        }
    };
    cutter.send_replace(cut);
    // What still runs tells what it knows, and ends.
    while let Some(outcome) = running.next().await {
        queue.settle(outcome, cut, &mut watch);
    }
    drop(running);
    let outcomes = queue.finish(cut, &mut watch);
    Report { plan, outcomes, started, duration: start.elapsed(), stopped: cut }
}

/// Longer than any run.
const FOREVER: Duration = Duration::from_secs(10 * 365 * 86_400);

/// Checks waiting for their turn or for those they depend on, and what came of the others.
struct Queue<'p> {
    plan: &'p Plan,
    /// What can begin beside others, and since when.
    shared: VecDeque<(usize, Instant)>,
    /// What can begin alone: once nothing else can, so that nothing waits for it that need not.
    alone: VecDeque<usize>,
    /// Groups of which a check is running.
    busy: HashSet<&'p str>,
    /// How many of those it depends on are not settled yet; `None` for a check nobody chose.
    waiting_for: Vec<Option<usize>>,
    dependents: Vec<Vec<usize>>,
    outcomes: Vec<Option<Outcome>>,
}

impl<'p> Queue<'p> {
    fn new(plan: &'p Plan, chosen: &[usize]) -> Self {
        let count = plan.checks.len();
        let mut queue = Self {
            plan,
            shared: VecDeque::new(),
            alone: VecDeque::new(),
            busy: HashSet::new(),
            waiting_for: vec![None; count],
            dependents: vec![Vec::new(); count],
            outcomes: (0..count).map(|_| None).collect(),
        };
        for index in plan.with_dependencies(chosen) {
            let depends_on = &plan.checks[index].depends_on;
            queue.waiting_for[index] = Some(depends_on.len());
            depends_on.iter().for_each(|on| queue.dependents[*on].push(index));
            if depends_on.is_empty() {
                queue.free(index);
            }
        }
        queue
    }

    /// Lets a check begin as soon as there is room for it.
    fn free(&mut self, index: usize) {
        match self.plan.checks[index].exclusive {
            true => self.alone.push_back(index),
            false => self.shared.push_back((index, Instant::now())),
        }
    }

    /// The check to begin now, and since when it could; `idle` says that nothing is running.
    fn next(&mut self, idle: bool) -> Option<(usize, Instant)> {
        let group = |(index, _): &(usize, Instant)| self.plan.checks[*index].serial.as_deref();
        let at = self.shared.iter().position(|entry| group(entry).is_none_or(|it| !self.busy.contains(it)));
        let next = match at {
            Some(at) => self.shared.remove(at),
            // What others have seen of this host's sockets, they saw while they ran.
            None if idle => self.alone.pop_front().map(|index| (index, Instant::now())),
            None => None,
        };
        self.busy.extend(next.as_ref().and_then(group));
        next
    }

    /// What the checks that may be run want to know of sockets, together.
    fn needs(&self) -> Needs {
        let chosen = self.plan.checks.iter().zip(&self.waiting_for).filter(|(_, waiting)| waiting.is_some());
        chosen.map(|(check, _)| check.work.needs()).fold(Needs::default(), |all, needs| all | needs)
    }

    /// Keeps an outcome and frees, or gives up, what waited for it; nothing is freed or given up once the run is cut off.
    fn settle(&mut self, outcome: Outcome, cut: Option<StopReason>, watch: &mut impl FnMut(Progress<'_>)) {
        if let Some(group) = &self.plan.checks[outcome.index].serial {
            self.busy.remove(group.as_str());
        }
        let mut settled = vec![outcome];
        while let Some(outcome) = settled.pop() {
            watch(Progress::Ended(&outcome));
            let index = outcome.index;
            let passed = matches!(outcome.verdict, Verdict::Pass | Verdict::Flaky | Verdict::Warn);
            self.outcomes[index] = Some(outcome);
            if cut.is_some() {
                return;
            }
            for dependent in std::mem::take(&mut self.dependents[index]) {
                let Some(left) =
                    self.waiting_for[dependent].as_mut().filter(|_| self.outcomes[dependent].is_none())
                else {
                    continue;
                };
                *left -= 1;
                if !passed {
                    let reason =
                        message!("depends on `{}`, which did not pass", self.plan.checks[index].name);
                    settled.push(Outcome::without_attempt(dependent, Verdict::Skip, reason));
                    // Nothing is to begin it any more.
                    *left = usize::MAX;
                } else if *left == 0 {
                    self.free(dependent);
                }
            }
        }
    }

    /// All outcomes, those of checks that never began included.
    fn finish(mut self, cut: Option<StopReason>, watch: &mut impl FnMut(Progress<'_>)) -> Vec<Outcome> {
        for (index, waiting_for) in self.waiting_for.iter().enumerate() {
            if waiting_for.is_some() && self.outcomes[index].is_none() {
                let reason =
                    message!("{} before it began", Trusted(cut.map_or("the run ended", StopReason::clause)));
                let outcome = Outcome::without_attempt(index, Verdict::Error, reason);
                watch(Progress::Ended(&outcome));
                self.outcomes[index] = Some(outcome);
            }
        }
        self.outcomes.into_iter().flatten().collect()
    }
}
