//! Runs of made-up checks in paused time.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};

use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use super::*;
use crate::finding::Finding;
use crate::kinds::Work;
use crate::plan::{Check, Course, OnUnavailable};

/// Tells what it was told to: `+` holds, `-` fails, `?` cannot be measured, the last one for ever; each takes a second.
#[derive(Debug)]
struct Scripted {
    script: &'static str,
    at: AtomicU32,
    log: &'static Mutex<Vec<String>>,
    name: String,
}

impl Work for Scripted {
    fn target(&self) -> String {
        self.name.clone()
    }

    fn attempt<'a>(&'a self, _: &'a World, _: Instant) -> BoxFuture<'a, Finding> {
        async {
            let at = self.at.fetch_add(1, Ordering::Relaxed) as usize;
            let word = self.script.chars().nth(at).or_else(|| self.script.chars().last()).unwrap();
            self.log.lock().unwrap().push(format!("{} begins", self.name));
            tokio::time::sleep(Duration::from_secs(if word == '.' { 3600 } else { 1 })).await;
            self.log.lock().unwrap().push(format!("{} ends", self.name));
            let mut finding = Finding::default();
            match word {
                '?' => return Finding::unmeasured("socket: EPERM", Some("be root".to_owned())),
                _ => finding.asserted("it", "holds", "seen", word == '+'),
            }
            finding
        }
        .boxed()
    }

    fn hint(&self, _: &Finding) -> Option<String> {
        Some("look".to_owned())
    }
}

fn check(name: &str, script: &'static str, log: &'static Mutex<Vec<String>>) -> Check {
    let work = Scripted { script, at: AtomicU32::new(0), log, name: name.to_owned() };
    Check {
        name: name.to_owned(),
        kind: "sysctl",
        target: name.to_owned(),
        file: None,
        place: None,
        tags: Vec::new(),
        depends_on: Vec::new(),
        exclusive: false,
        required: false,
        warn_only: false,
        on_unavailable: OnUnavailable::Skip,
        timeout: Duration::from_secs(5),
        course: Course::Attempts { most: 1, pause: Duration::from_secs(1) },
        work: Box::new(work),
    }
}

fn log() -> &'static Mutex<Vec<String>> {
    Box::leak(Box::default())
}

fn plan(checks: Vec<Check>) -> Plan {
    Plan { checks, secrets: crate::Redactor::default() }
}

/// Runs all of it with two slots, for a minute at most.
fn outcomes(plan: &Plan) -> Vec<Outcome> {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    let options = Options { jobs: 2, deadline: Some(Duration::from_secs(60)), ..Options::default() };
    let all: Vec<usize> = (0..plan.checks.len()).collect();
    runtime.block_on(run(plan, &all, options, std::future::pending(), |_| {})).outcomes
}

#[test]
fn attempts_make_a_verdict() {
    let second = Duration::from_secs(1);
    let once = Course::Attempts { most: 1, pause: second };
    let thrice = Course::Attempts { most: 3, pause: second };
    let eventually = Course::Eventually { within: second * 10, every: second * 2 };
    let consistently = Course::Consistently { during: second * 10, every: second * 2 };
    #[rustfmt::skip]
    let cases = [
        // course,       script,  verdict,         attempts, seconds
        (once,           "+",     Verdict::Pass,   1,        1),
        (once,           "-",     Verdict::Fail,   1,        1),
        (once,           "?",     Verdict::Skip,   1,        1),
        (thrice,         "--+",   Verdict::Flaky,  3,        5),
        (thrice,         "---",   Verdict::Fail,   3,        5),
        (thrice,         "-?",    Verdict::Skip,   2,        3),
        (eventually,     "--+",   Verdict::Pass,   3,        5),
        (eventually,     "-",     Verdict::Fail,   5,        9),
        (consistently,   "+",     Verdict::Pass,   5,        9),
        (consistently,   "++-",   Verdict::Fail,   3,        5),
        (once,           ".",     Verdict::Fail,   1,        5),
    ];
    for (course, script, verdict, attempts, seconds) in cases {
        let plan = plan(vec![Check { course, ..check("c", script, log()) }]);
        let outcome = outcomes(&plan).remove(0);
        let seen = (outcome.verdict, outcome.attempts, outcome.duration.as_secs());
        assert_eq!(seen, (verdict, attempts, seconds), "{course:?} {script}");
    }
}

#[test]
fn what_cannot_be_measured_comes_to_what_the_plan_says() {
    #[rustfmt::skip]
    let cases = [
        (OnUnavailable::Skip, false, Verdict::Skip),
        (OnUnavailable::Warn, false, Verdict::Warn),
        (OnUnavailable::Fail, false, Verdict::Fail),
        (OnUnavailable::Skip, true,  Verdict::Error),
        (OnUnavailable::Fail, true,  Verdict::Error),
    ];
    for (on_unavailable, required, verdict) in cases {
        let plan = plan(vec![Check { on_unavailable, required, ..check("c", "?", log()) }]);
        let outcome = outcomes(&plan).remove(0);
        assert_eq!(outcome.verdict, verdict);
        assert_eq!(
            (outcome.reason.as_deref(), outcome.hint.as_deref()),
            (Some("socket: EPERM"), Some("be root"))
        );
    }
    let gentle = plan(vec![Check { warn_only: true, ..check("c", "-", log()) }]);
    assert_eq!(outcomes(&gentle)[0].verdict, Verdict::Warn);
}

#[test]
fn what_depends_waits_and_what_cannot_pass_any_more_is_skipped() {
    let log = log();
    let after = |name: &str, on: &[usize]| Check { depends_on: on.to_vec(), ..check(name, "+", log) };
    let plan = plan(vec![
        after("last", &[1, 2]),
        after("second", &[2]),
        check("first", "+", log),
        check("bad", "-", log),
        after("doomed", &[2, 3]),
        after("more", &[4]),
    ]);
    let verdicts: Vec<Verdict> = outcomes(&plan).iter().map(|outcome| outcome.verdict).collect();
    use Verdict::{Fail, Pass, Skip};
    assert_eq!(verdicts, [Pass, Pass, Pass, Fail, Skip, Skip]);
    let log = log.lock().unwrap();
    let at = |line: &str| log.iter().position(|seen| seen == line).unwrap();
    assert!(at("first ends") < at("second begins") && at("second ends") < at("last begins"));
    assert!(!log.iter().any(|line| line.contains("doomed")));
}

#[test]
fn an_exclusive_check_runs_alone() {
    let log = log();
    let alone = Check { exclusive: true, ..check("alone", "+", log) };
    let plan = plan(vec![check("a", "+", log), alone, check("b", "+", log), check("c", "+", log)]);
    outcomes(&plan);
    let log = log.lock().unwrap();
    let begins = log.iter().position(|line| line == "alone begins").unwrap();
    assert_eq!(log[begins + 1], "alone ends", "{log:?}");
}

#[test]
fn a_run_that_is_cut_off_tells_what_is_known() {
    let hour = Duration::from_secs(3600);
    let hanging = Check { timeout: hour, ..check("hangs", ".", log()) };
    let course = Course::Eventually { within: hour, every: Duration::from_secs(10) };
    let trying = Check { course, ..check("tries", "-", log()) };
    let dependent = Check { depends_on: vec![2], ..check("depends", "+", log()) };
    let crowded_out = Check { exclusive: true, ..check("waits", "+", log()) };
    let plan = plan(vec![check("quick", "+", log()), hanging, trying, dependent, crowded_out]);
    let outcomes = outcomes(&plan);
    let verdicts: Vec<Verdict> = outcomes.iter().map(|outcome| outcome.verdict).collect();
    use Verdict::{Error, Pass};
    assert_eq!(verdicts, [Pass, Error, Error, Error, Error]);
    assert!(outcomes[1..].iter().all(|outcome| outcome.reason.as_ref().unwrap().contains("deadline")));
    let attempts: Vec<u32> = outcomes.iter().map(|outcome| outcome.attempts).collect();
    assert_eq!(attempts, [1, 0, 6, 0, 0]);
    let tried = &outcomes[2];
    assert!(!tried.finding().unwrap().holds());
    assert_eq!((tried.hint.as_deref(), tried.duration.as_secs()), (Some("look"), 59));
}
