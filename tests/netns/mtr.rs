//! `mtr` of our own: what others read of it, and what it does that upstream does not.

use std::fs;
use std::process::Command;

use netdiag_lab::{HopManner, Host, ScriptedHop, ScriptedPath};
use nix::sys::signal::Signal;
use serde_json::Value;

use crate::ping_run::{Program, Run, netdiag, run};
use crate::ping_running::Running;
use crate::trace::{DATAGRAM, scripted};
use crate::{guard, nobody};

fn hops() -> Vec<ScriptedHop> {
    vec![ScriptedHop::default(), HopManner::Silent.into(), HopManner::Alternates.into()]
}

fn mtr(host: &Host, words: &str) -> Run {
    run(host, &mut Program::Linked("mtr").command(words))
}

/// What another program reads of what ours wrote, as JSON.
fn read_by(program: &str, arguments: &[&str], written: &str) -> String {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("written");
    fs::write(&file, written).unwrap();
    let output = Command::new(program).args(arguments).arg(&file).output().unwrap();
    assert!(output.status.success(), "{program}: {}\n{written}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn json_xml_and_values_are_read_by_others() {
    guard::namespace();
    let (client, _path) = scripted(DATAGRAM, hops(), HopManner::Answers);
    let rounds = "-n -c 4 -i 0.1 -G 0.5 10.99.99.9";
    let hosts = ["10.99.1.1", "???", "10.99.3.2", "10.99.99.9"];

    let python = "import json, sys; print(json.dumps(json.load(open(sys.argv[1]))['report']['hubs']))";
    let hubs = read_by("python3", &["-c", python], &mtr(&client, &format!("-j {rounds}")).stdout);
    let hubs: Vec<Value> = serde_json::from_str(&hubs).unwrap();
    assert_eq!(hubs.iter().map(|hub| hub["host"].as_str().unwrap()).collect::<Vec<_>>(), hosts);
    assert_eq!(
        hubs.iter().map(|hub| hub["Loss%"].as_f64().unwrap()).collect::<Vec<_>>(),
        [0.0, 100.0, 0.0, 0.0]
    );
    assert!(hubs.iter().all(|hub| hub["Snt"] == 4), "{hubs:?}");

    let python = "import csv, json, sys; print(json.dumps(list(csv.DictReader(open(sys.argv[1])))))";
    let rows = read_by("python3", &["-c", python], &mtr(&client, &format!("-w -C {rounds}")).stdout);
    let rows: Vec<Value> = serde_json::from_str(&rows).unwrap();
    let of = |key: &str| rows.iter().map(|row| row[key].as_str().unwrap().to_owned()).collect::<Vec<_>>();
    assert_eq!(of("Ip"), ["10.99.1.1", "???", "10.99.3.2", "10.99.3.1", "10.99.99.9"]);
    assert_eq!(of("Hop"), ["1", "2", "3", "3", "4"]);
    assert_eq!(of("Loss%"), ["0.00", "100.00", "0.00", "0.00", "0.00"]);

    let document = mtr(&client, &format!("-x {rounds}")).stdout;
    let host = |number: usize| format!("string(/MTR/HUB[{number}]/@HOST)");
    for (place, expected) in hosts.iter().enumerate() {
        assert_eq!(read_by("xmllint", &["--xpath", &host(place + 1)], &document).trim_end(), *expected);
    }
    let sent = read_by("xmllint", &["--xpath", "sum(/MTR/HUB/Snt)"], &document);
    assert_eq!(sent.trim_end(), "16");
}

#[test]
fn whoever_is_interrupted_reports_what_was_measured() {
    guard::namespace();
    let (client, _path) = scripted(DATAGRAM, hops(), HopManner::Answers);
    for (form, part) in
        [("-r", "  4.|-- 10.99.99.9"), ("-j", "\"host\": \"10.99.99.9\""), ("-C", ",4,10.99.99.9,")]
    {
        // Lines come as things happen; once there are some, something was measured.
        let lines =
            Running::start(&client, &mut Program::Linked("mtr").command("-l -n -c 1000 -i 0.1 10.99.99.9"));
        lines.says("\np 3 ");
        let words = format!("{form} -n -c 1000 -i 0.1 10.99.99.9");
        let running = Running::start(&client, &mut Program::Linked("mtr").command(&words));
        lines.says_times("\np 3 ", 12);
        running.signal(Signal::SIGINT);
        lines.signal(Signal::SIGINT);
        let (report, lines) = (running.finish(), lines.finish());
        assert!(report.stdout.contains(part), "{report}");
        assert_eq!(
            (report.end.as_str(), lines.end.as_str()),
            ("exit status: 0", "exit status: 0"),
            "{report}"
        );
    }
}

#[test]
fn under_its_own_name_it_says_who_refuses_and_fails_where_nobody_is_reached() {
    guard::namespace();
    let words = "-r -n -c 2 -i 100ms -G 500ms 10.99.99.9";
    let refusing = vec![ScriptedHop::default(), HopManner::Refuses(1).into(), ScriptedHop::default()];
    let (client, _path) = scripted(DATAGRAM, refusing, HopManner::Answers);
    let own = run(&client, &mut netdiag(&format!("mtr {words}")));
    assert!(own.stdout.contains("  3.|-- 10.99.2.1 !H  "), "{own}");
    assert_eq!(own.end, "exit status: 1", "{own}");
    let linked = mtr(&client, &words.replace("100ms", "0.1").replace("500ms", "0.5"));
    assert!(!linked.stdout.contains('!'), "{linked}");
    assert_eq!(linked.end, "exit status: 0", "{linked}");
    let (client, _path) = scripted(DATAGRAM, hops(), HopManner::Silent);
    assert_eq!(run(&client, &mut netdiag(&format!("mtr {words}"))).end, "exit status: 1");
    let (client, _path) = scripted(DATAGRAM, hops(), HopManner::Answers);
    assert_eq!(run(&client, &mut netdiag(&format!("mtr {words}"))).end, "exit status: 0");
}

#[test]
fn anybody_may_ask_over_every_protocol_with_labels() {
    guard::namespace();
    let labelled = ScriptedHop { labels: vec![(24001, 0, 1)], ..ScriptedHop::default() };
    let (client, _path) = scripted(DATAGRAM, vec![labelled], HopManner::Answers);
    for target in ScriptedPath::TARGETS {
        for protocol in ["", "-u", "-T"] {
            let words = format!("mtr -r -n -e {protocol} -s 160 -c 2 -i 1 -G 1 {target}");
            let own = run(&client, nobody::netdiag().args(words.split_whitespace()));
            assert!(own.stdout.contains(&format!("  2.|-- {target} ")), "{words}: {own}");
            assert!(own.stdout.contains("       [MPLS: Lbl 24001 TC 0 S 1 TTL 1]\n"), "{words}: {own}");
        }
    }
    let own = run(&client, nobody::netdiag().args("mtr -r -n -i 0.1 10.99.99.9".split_whitespace()));
    assert_eq!(
        own.stderr.lines().next(),
        Some("netdiag: non-root users cannot request an interval < 1.0 seconds")
    );
}
