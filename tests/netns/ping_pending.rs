//! What is under way when a run is cut short, and how many probes a flood sends: neither invents a loss.

use netdiag_lab::{Hop, Lab, Path, Plan};
use nix::sys::signal::Signal;
use serde_json::Value;

use std::time::Duration;

use crate::guard;
use crate::ping_run::{Program, Run, ping, run};
use crate::ping_running::Running;

/// The server answers after 300 ms.
fn far() -> Path {
    Path::new(&Lab::new().unwrap(), Plan::delayed(Duration::from_millis(300)), Plan::default()).unwrap()
}

fn netdiag(path: &Path, words: &str) -> Run {
    run(&path.client, &mut Program::Netdiag.command(words))
}

fn summary(run: &Run) -> Value {
    serde_json::from_str(run.stdout.lines().last().unwrap_or_default())
        .unwrap_or_else(|error| panic!("{error}: {run}"))
}

/// Nothing is lost on this way; what is not answered is under way.
fn is_whole(summary: &Value, run: &Run) {
    let count = |key: &str| summary[key].as_u64().unwrap();
    assert_eq!((count("lost"), count("errors")), (0, 0), "{run}");
    assert_eq!(count("sent"), count("received") + count("pending"), "{run}");
    assert!(count("pending") > 0 && count("received") > 0, "{run}");
    assert_eq!(summary["loss_ratio"], 0.0, "{run}");
    assert_eq!((&summary["complete"], &summary["notices"][0]["kind"]), (&false.into(), &"pending".into()));
    assert_eq!(summary["notices"][0]["missing"], summary["pending"], "{run}");
}

#[test]
fn what_is_under_way_at_a_deadline_is_not_lost() {
    guard::namespace();
    for server in Path::SERVERS {
        let run = netdiag(&far(), &format!("--format jsonl -i 0.1 -w 2 --max-loss 0% {server}"));
        is_whole(&summary(&run), &run);
        assert_eq!((run.stderr.as_str(), run.end.as_str()), ("", "exit status: 0"), "{run}");
    }
    // The classic summary counts as upstream does.
    let run = ping(&far().client, "-q -i 0.1 -w 2 10.0.2.1");
    assert!(!run.counts().contains(" 0% packet loss"), "{run}");
    assert_eq!(run.end, "exit status: 0");
}

#[test]
fn what_is_under_way_at_an_interrupt_is_not_lost() {
    guard::namespace();
    let path = far();
    let words = "--format jsonl -i 0.1 --max-loss 0% 10.0.2.1";
    let running = Running::start(&path.client, &mut Program::Netdiag.command(words));
    running.says("\"seq\":2,");
    running.signal(Signal::SIGINT);
    let run = running.finish();
    is_whole(&summary(&run), &run);
    assert_eq!((run.stderr.as_str(), run.end.as_str()), ("", "exit status: 0"), "{run}");
}

#[test]
fn a_host_that_is_down_is_lost_in_a_run_that_is_cut_short_too() {
    guard::namespace();
    let path = far();
    path.router.route("10.9.1.0/24", Hop::Blackhole).unwrap();
    let run = netdiag(&path, "--format jsonl -i 0.5 -w 3 --max-loss 50% 10.9.1.1");
    let summary = summary(&run);
    assert_eq!(summary["loss_ratio"], 1.0, "{run}");
    assert!(summary["lost"].as_u64().unwrap() > 0 && summary["pending"].as_u64().unwrap() > 0, "{run}");
    assert_eq!(run.end, "exit status: 1");
    assert!(run.stderr.contains("lost, more than 50%"), "{run}");
}

#[test]
fn a_flood_loses_nothing_at_its_end() {
    guard::namespace();
    let host = Lab::new().unwrap().host("host").unwrap();
    for address in ["127.0.0.1", "::1"] {
        let flood = run(&host, &mut Program::Netdiag.command(&format!("-f -q -w 1 --max-loss 0% {address}")));
        assert_eq!((flood.stderr.as_str(), flood.end.as_str()), ("", "exit status: 0"), "{flood}");
        let running =
            Running::start(&host, &mut Program::Netdiag.command(&format!("-i 0 -q --max-loss 0% {address}")));
        running.says("PING ");
        running.signal(Signal::SIGQUIT);
        running.complains("packets, ");
        running.signal(Signal::SIGINT);
        let flood = running.finish();
        assert_eq!((flood.stderr.lines().count(), flood.end.as_str()), (1, "exit status: 0"), "{flood}");
    }
}

#[test]
fn a_flood_with_a_deadline_sends_as_many_as_are_counted() {
    guard::namespace();
    let host = Lab::new().unwrap().host("host").unwrap();
    for (words, count) in [("-f -q -c 500 -w 20 127.0.0.1", 500), ("-i 0 -q -c 50 -w 20 ::1", 50)] {
        let run = ping(&host, words);
        let expected = format!("{count} packets transmitted, {count} received, 0% packet loss");
        assert_eq!(run.counts(), expected, "{words}");
    }
}

#[test]
fn a_flood_goes_on_by_the_errors_it_gets() {
    guard::namespace();
    let path = Path::new(&Lab::new().unwrap(), Plan::default(), Plan::default()).unwrap();
    for server in Path::SERVERS {
        let run = netdiag(&path, &format!("--format jsonl -f -c 200 -t 1 {server}"));
        let summary = summary(&run);
        assert_eq!(summary["sent"], 200, "{run}");
        // The router sends no more than so many of them at once.
        assert!(summary["errors"].as_u64().unwrap() > 100, "{run}");
        // Unless it is woken by them it sends every ten milliseconds.
        assert!(summary["sending_us"].as_f64().unwrap() < 1_990_000.0, "{summary}");
    }
}
