//! What runs really write as JSON is what `netdiag schema ping` says.
//!
//! The validator is the one of the unit tests, which is stricter than most: a key that is not described is wrong.

#[path = "../../crates/netdiag/src/json/conformance.rs"]
pub(crate) mod conformance;

use std::process::Command;

use netdiag_lab::{Hop, Lab, Path, Plan};
use serde_json::Value;

use self::conformance::Conformance;
use crate::guard;
use crate::ping_contradictor::contradictor;
use crate::ping_run::{Program, run};

fn conformance() -> Conformance {
    let output = Command::new(env!("CARGO_BIN_EXE_netdiag")).args(["schema", "ping"]).output().unwrap();
    Conformance::new(serde_json::from_slice(&output.stdout).unwrap())
}

#[test]
fn every_run_conforms() {
    guard::namespace();
    let lab = Lab::new().unwrap();
    let path = Path::new(&lab, Plan::default(), Plan::default()).unwrap();
    path.router.route("10.9.1.0/24", Hop::Blackhole).unwrap();
    path.client.sysctl("net.ipv4.conf.all.accept_redirects", 0).unwrap();
    let _contradictor = contradictor(&lab, &path.client);
    path.client.sysctl("net.ipv4.conf.tun0.accept_redirects", 0).unwrap();
    let conformance = conformance();
    #[rustfmt::skip]
    let cases = [
        ("-c 2 -i 0.3 10.0.2.1",                ["begin", "reply", "reply", "end"].as_slice()),
        ("-c 1 -U -s 0 fd00:2::1",               &["begin", "reply", "end"]),
        ("-c 1 -t 1 fd00:2::1",                  &["begin", "error", "end"]),
        ("-c 1 -W 0.1 --timeout 50ms 10.9.1.1",  &["begin", "lost", "end"]),
        ("-c 1 -W 1 10.8.5.1",                   &["begin", "advice", "lost", "end"]),
        ("-c 1 -W 0.1 -M do -s 2000 10.0.2.1",   &["begin", "refused", "end"]),
    ];
    for (words, expected) in cases {
        let output = |format| {
            let run = run(&path.client, &mut Program::Netdiag.command(&format!("--format {format} {words}")));
            assert_eq!(run.stderr, "", "{words}");
            run.stdout
        };
        let lines: Vec<Value> =
            output("jsonl").lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        for line in &lines {
            conformance.definition("Line", line).unwrap_or_else(|why| panic!("{words}: {why}"));
        }
        let kinds: Vec<_> = lines.iter().map(|line| line["record"].as_str().unwrap()).collect();
        assert_eq!(kinds, expected, "{words}");
        let document: Value = serde_json::from_str(&output("json")).unwrap();
        conformance.document(&document).unwrap_or_else(|why| panic!("{words}: {why}"));
        assert_eq!(document["events"].as_array().unwrap().len(), expected.len() - 2, "{words}");
    }
}
