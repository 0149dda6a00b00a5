//! The reports of `check` that are meant for other programs, read by those: `xmllint`, `prove` and `promtool`.
//!
//! What a report looks like is held by tests/data/reports, which the unit tests of crates/check compare with; those files are
//! what is read here.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use crate::fed::run;
use crate::program::netdiag;

const DATA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/data");

fn report(name: &str) -> String {
    fs::read_to_string(format!("{DATA}/reports/{name}")).unwrap()
}

fn said(output: &Output) -> String {
    [&output.stdout, &output.stderr].map(|text| String::from_utf8_lossy(text)).concat()
}

#[test]
fn a_junit_report_is_valid_against_the_schema() {
    let schema = format!("{DATA}/junit.xsd");
    let validated = |text: &str| {
        run(Command::new("xmllint").args(["--noout", "--nonet", "--schema", &schema, "-"]), text.as_bytes())
    };
    let text = report("junit.xml");
    let output = validated(&text);
    assert!(output.status.success(), "{}", said(&output));
    let wrong = validated(&text.replace("classname=", "class="));
    assert!(!wrong.status.success(), "the schema holds nothing");
}

#[test]
fn prometheus_takes_metrics_without_a_word() {
    let checked = |text: &str| run(Command::new("promtool").args(["check", "metrics"]), text.as_bytes());
    let output = checked(&report("prom.prom"));
    assert!(output.status.success() && said(&output).is_empty(), "{}", said(&output));
    assert!(!checked("netdiag_check_success{check=\"a} 1\n").status.success());
}

/// What `prove` says of a report in a file, and whether it calls it a success.
fn proved(file: &Path) -> (bool, String) {
    let output = run(Command::new("prove").args(["--exec", "cat"]).arg(file), b"");
    (output.status.success(), said(&output))
}

#[test]
fn a_harness_reads_what_failed() {
    let (success, said) = proved(format!("{DATA}/reports/tap.tap").as_ref());
    assert!(!success && !said.contains("Parse error"), "{said}");
    assert!(said.contains("Failed tests:  2, 6-7") && said.contains("Failed: 3"), "{said}");
}

/// Checks that pass, warn and are skipped.
const GOOD: &str = r#"version = 1
[[check]]
name = "passes"
kind = "sysctl"
key = "kernel.ostype"
value = "Linux"
[[check]]
name = "only warns"
kind = "sysctl"
key = "kernel.ostype"
value = "Plan9"
warn_only = true
[[check]]
name = "is skipped"
kind = "exec"
cmd = ["true"]
"#;

#[test]
fn a_harness_is_content_unless_the_run_was_cut_off() {
    let directory = tempfile::tempdir().unwrap();
    let (file, tap) = (directory.path().join("net.toml"), directory.path().join("report.tap"));
    fs::write(&file, GOOD).unwrap();
    let ran = netdiag(&format!("check --no-exec {} -o tap={}", file.display(), tap.display()), b"");
    assert_eq!(ran.status, 0, "{ran}");
    let (success, said) = proved(&tap);
    assert!(success && said.contains("Tests=3") && said.contains("Result: PASS"), "{said}");
    let text = fs::read_to_string(&tap).unwrap();
    assert!(text.contains("# todo") && text.contains("# SKIP"), "{text}");
    fs::write(&tap, text + "Bail out! out of time\n").unwrap();
    assert!(!proved(&tap).0);
}
