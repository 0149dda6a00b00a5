//! Runs of made-up checks in paused time.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use netdiag_text::Message;

use super::*;
use crate::finding::Finding;
use crate::plan::{Check, OnUnavailable, Repetition};
use crate::work::Work;

/// Tells what it was told to: `+` holds, `-` fails, `?` cannot be measured, the last one for ever; each takes a second.
#[derive(Debug)]
struct Scripted {
    script: &'static str,
    at: AtomicU32,
    log: &'static Mutex<Vec<String>>,
    name: String,
}

impl Work for Scripted {
    fn target(&self) -> Message {
        Message::from(&self.name)
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
                '?' => return Finding::unmeasured("socket: EPERM", Some("be root".into())),
                _ => finding.asserted("it", "holds", "seen", word == '+'),
            }
            finding
        }
        .boxed()
    }

    fn hint(&self, _: &Finding) -> Option<Message> {
        Some("look".into())
    }
}

fn check(name: &str, script: &'static str, log: &'static Mutex<Vec<String>>) -> Check {
    let work = Scripted { script, at: AtomicU32::new(0), log, name: name.to_owned() };
    Check {
        name: name.to_owned().into(),
        kind: "sysctl",
        target: name.to_owned().into(),
        file: None,
        place: None,
        tags: Vec::new(),
        depends_on: Vec::new(),
        exclusive: false,
        serial: None,
        required: false,
        warn_only: false,
        on_unavailable: OnUnavailable::Skip,
        timeout: Duration::from_secs(5),
        repetition: Repetition::Attempts { most: 1, pause: Duration::from_secs(1) },
        work: Box::new(work),
    }
}

fn log() -> &'static Mutex<Vec<String>> {
    Box::leak(Box::default())
}

fn plan(checks: Vec<Check>) -> Plan {
    Plan { checks, ..Plan::default() }
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
    let once = Repetition::Attempts { most: 1, pause: second };
    let thrice = Repetition::Attempts { most: 3, pause: second };
    let eventually = Repetition::Eventually { within: second * 10, every: second * 2 };
    let consistently = Repetition::Consistently { during: second * 10, every: second * 2 };
    #[rustfmt::skip]
    let cases = [
        // repetition,   script,  verdict,         attempts, seconds
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
    for (repetition, script, verdict, attempts, seconds) in cases {
        let plan = plan(vec![Check { repetition, ..check("c", script, log()) }]);
        let outcome = outcomes(&plan).remove(0);
        let seen = (outcome.verdict, outcome.attempts, outcome.duration.as_secs());
        assert_eq!(seen, (verdict, attempts, seconds), "{repetition:?} {script}");
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
            (outcome.reason.as_ref().map(Message::unshown), outcome.hint.as_ref().map(Message::unshown)),
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

/// What begins and ends of these checks, in that order.
fn course_of(jobs: u32, checks: Vec<Check>, log: &'static Mutex<Vec<String>>) -> Vec<String> {
    let plan = plan(checks);
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    let options = Options { jobs, ..Options::default() };
    let all: Vec<usize> = (0..plan.checks.len()).collect();
    runtime.block_on(run(&plan, &all, options, std::future::pending(), |_| {}));
    std::mem::take(&mut *log.lock().unwrap())
}

#[test]
fn no_more_than_so_many_run_side_by_side() {
    for (jobs, most) in [(1, 1), (2, 2), (64, 5)] {
        let log = log();
        let events = course_of(jobs, ["a", "b", "c", "d", "e"].map(|name| check(name, "+", log)).into(), log);
        let beside = events.iter().scan(0, |running, event| {
            *running += if event.ends_with("begins") { 1 } else { -1 };
            Some(*running)
        });
        assert_eq!((beside.max(), events.len()), (Some(most), 10), "{jobs}: {events:?}");
        assert_eq!(events[0], "a begins", "{jobs}: {events:?}");
    }
}

#[test]
fn an_exclusive_check_runs_alone_and_holds_nobody_up() {
    let log = log();
    let alone = || Check { exclusive: true, ..check("alone", "+", log) };
    let after = Check { depends_on: vec![0], ..check("after", "+", log) };
    let checks = vec![alone(), check("a", "+", log), check("b", "+", log), check("c", "+", log), after];
    let events = course_of(2, checks, log);
    let begins = events.iter().position(|line| line == "alone begins").unwrap();
    assert_eq!(events[begins + 1], "alone ends", "{events:?}");
    assert_eq!(begins, 6, "three others had no reason to wait: {events:?}");
}

#[test]
fn checks_of_one_group_run_one_after_the_other() {
    let log = log();
    let of = |name: &str, group: &str| Check { serial: Some(group.to_owned()), ..check(name, "+", log) };
    let events = course_of(64, vec![of("a", "x"), of("b", "x"), of("c", "y"), of("d", "x")], log);
    let at = |line: &str| events.iter().position(|seen| seen == line).unwrap();
    assert!(at("a ends") < at("b begins") && at("b ends") < at("d begins"), "{events:?}");
    assert!(at("c begins") < at("a ends"), "{events:?}");
}

#[test]
fn a_run_that_is_cut_off_tells_what_is_known() {
    let hanging = Check { timeout: Duration::from_secs(3600), ..check("hangs", ".", log()) };
    let repetition =
        Repetition::Eventually { within: Duration::from_secs(3600), every: Duration::from_secs(2) };
    let trying = Check { repetition, ..check("tries", "-", log()) };
    let waiting = Check { depends_on: vec![1], ..check("waits", "+", log()) };
    let alone = Check { exclusive: true, ..check("alone", "+", log()) };
    let plan = plan(vec![check("quick", "+", log()), hanging, waiting, alone, trying]);
    let outcomes = outcomes(&plan);
    let told: Vec<_> = outcomes
        .iter()
        .map(|outcome| {
            (outcome.verdict.word(), outcome.attempts, outcome.reason.as_ref().map_or("", Message::unshown))
        })
        .collect();
    // The last of its attempts ends when the deadline passes.
    assert!((29..=30).contains(&told[4].1), "{told:?}");
    let (ended, begun) =
        ("the deadline of the run passed before it ended", "the deadline of the run passed before it began");
    assert_eq!(told[..4], [("pass", 1, ""), ("error", 0, ended), ("error", 0, begun), ("error", 0, begun)]);
    assert_eq!((told[4].0, told[4].2), ("error", ended));
    let tried = &outcomes[4];
    assert!(tried.duration >= Duration::from_secs(59) && !tried.failures.is_empty() && tried.hint.is_some());
}
