//! Runs a plan: side by side what may be, in order what depends on each other.
//!
//! Outcomes are kept in the plan's order, whichever check ends first.

mod course;
mod outcome;
#[cfg(test)]
mod tests;

use std::future::Future;
use std::pin::pin;
use std::time::{Duration, SystemTime};

use futures_util::stream::{FuturesUnordered, StreamExt};
use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep_until};

pub use outcome::{Attempt, Cut, Outcome, Report};

use crate::plan::Plan;
use crate::snapshot::Needs;
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
pub enum Progress<'a> {
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
    let jobs = options.jobs.max(1);
    let slots = Semaphore::new(jobs as usize);
    let mut queue = Queue::new(plan, chosen);
    let world = World::new(queue.needs(), !options.no_exec);
    let mut running = FuturesUnordered::new();
    let mut stop = pin!(stop);
    let mut deadline = pin!(sleep_until(start + options.deadline.unwrap_or(FOREVER)));
    let mut cut = None;
    loop {
        while let Some(index) = queue.ready.pop() {
            watch(Progress::Began(index));
            let check = &plan.checks[index];
            let needed = if check.exclusive { jobs } else { 1 };
            let (slots, world, ready) = (&slots, &world, Instant::now());
            running.push(async move {
                // The semaphore is never closed.
                let _slot = slots.acquire_many(needed).await;
                // What others saw, they saw while they ran.
                let ready = if check.exclusive { Instant::now() } else { ready };
                course::follow(index, check, world, ready).await
            });
        }
        tokio::select! {
            ended = running.next() => match ended {
                Some(outcome) => queue.settle(outcome, &mut watch),
                None => break,
            },
            () = &mut stop => cut = Some(Cut::Interrupted),
            () = &mut deadline => cut = Some(Cut::Deadline),
        }
        if cut.is_some() {
            break;
        }
    }
    drop(running);
    let outcomes = queue.finish(cut, &mut watch);
    Report { plan, outcomes, started, duration: start.elapsed(), cut }
}

/// Longer than any run.
const FOREVER: Duration = Duration::from_secs(10 * 365 * 86_400);

/// Checks waiting for those they depend on, and what came of the others.
struct Queue<'p> {
    plan: &'p Plan,
    /// What can begin, the next one last.
    ready: Vec<usize>,
    /// How many of those it depends on are not settled yet; `None` for a check nobody chose.
    waiting_for: Vec<Option<usize>>,
    dependents: Vec<Vec<usize>>,
    outcomes: Vec<Option<Outcome>>,
}

impl<'p> Queue<'p> {
    fn new(plan: &'p Plan, chosen: &[usize]) -> Self {
        let count = plan.checks.len();
        let mut waiting_for = vec![None; count];
        let mut dependents = vec![Vec::new(); count];
        let mut to_visit = chosen.to_vec();
        while let Some(index) = to_visit.pop() {
            if waiting_for[index].is_none() {
                let depends_on = &plan.checks[index].depends_on;
                waiting_for[index] = Some(depends_on.len());
                depends_on.iter().for_each(|on| dependents[*on].push(index));
                to_visit.extend(depends_on);
            }
        }
        let ready = (0..count).rev().filter(|index| waiting_for[*index] == Some(0)).collect();
        Self { plan, ready, waiting_for, dependents, outcomes: (0..count).map(|_| None).collect() }
    }

    /// What the checks that may be run want to know of sockets, together.
    fn needs(&self) -> Needs {
        let chosen = self.plan.checks.iter().zip(&self.waiting_for).filter(|(_, waiting)| waiting.is_some());
        chosen.map(|(check, _)| check.work.needs()).fold(Needs::default(), |all, needs| all | needs)
    }

    /// Keeps an outcome and frees, or gives up, what waited for it.
    fn settle(&mut self, outcome: Outcome, watch: &mut impl FnMut(Progress<'_>)) {
        let mut settled = vec![outcome];
        while let Some(outcome) = settled.pop() {
            watch(Progress::Ended(&outcome));
            let index = outcome.index;
            let passed = matches!(outcome.verdict, Verdict::Pass | Verdict::Flaky | Verdict::Warn);
            self.outcomes[index] = Some(outcome);
            for dependent in std::mem::take(&mut self.dependents[index]) {
                let Some(left) =
                    self.waiting_for[dependent].as_mut().filter(|_| self.outcomes[dependent].is_none())
                else {
                    continue;
                };
                *left -= 1;
                if !passed {
                    let reason = format!("depends on `{}`, which did not pass", self.plan.checks[index].name);
                    settled.push(Outcome::without_attempt(dependent, Verdict::Skip, reason));
                    // Nothing is to begin it any more.
                    *left = usize::MAX;
                } else if *left == 0 {
                    self.ready.push(dependent);
                }
            }
        }
    }

    /// All outcomes, those of checks that were cut off included.
    fn finish(mut self, cut: Option<Cut>, watch: &mut impl FnMut(Progress<'_>)) -> Vec<Outcome> {
        for (index, waiting_for) in self.waiting_for.iter().enumerate() {
            if waiting_for.is_some() && self.outcomes[index].is_none() {
                let reason = cut.map_or("it never began", Cut::reason);
                let outcome = Outcome::without_attempt(index, Verdict::Error, reason.to_owned());
                watch(Progress::Ended(&outcome));
                self.outcomes[index] = Some(outcome);
            }
        }
        self.outcomes.into_iter().flatten().collect()
    }
}
