//! Where reports of `netdiag check` go, and what they hold back.
//!
//! What is in them is tested beside the formats, in crates/check/src/report.

use std::fs;

use serde_json::Value;
use snapbox::str;

use crate::check::Project;
use crate::session::{Surroundings, reads};

fn read(project: &Project, name: &str) -> String {
    fs::read_to_string(project.0.path().join(name)).unwrap()
}

#[test]
fn several_reports_of_one_run() {
    let project = Project::new();
    let words = [
        "netdiag",
        "check",
        "net.toml",
        "-o",
        "json",
        "-o",
        "junit=a.xml",
        "-o",
        "jsonl=b",
        "-o",
        "prom=c.prom",
    ];
    let session = project.session(&words);
    let json = session.split_once('\n').unwrap().1.split_once("---- exit").unwrap().0;
    let document: Value = serde_json::from_str(&json.replace("\"TIME\"", "0")).unwrap();
    assert_eq!(document["summary"]["checks"], 5);
    assert!(read(&project, "a.xml").contains("<testsuite name=\"net.toml\" tests=\"5\""));
    assert_eq!(read(&project, "b").lines().count(), 7);
    assert!(read(&project, "c.prom").contains("netdiag_check_success{check=\"os\",kind=\"sysctl\"} 1"));
    let names = fs::read_dir(&project.0).unwrap().count();
    assert_eq!(names, 4, "nothing else is left behind");
}

#[test]
fn standard_output_is_for_one_program() {
    reads(
        &Project::new().session(&["netdiag", "check", "net.toml", "-o", "json", "-o", "tap"]),
        str![[r#"
$ netdiag check net.toml -o json -o tap
---- stderr
netdiag: standard output can carry one report if a program is to read it

hint: write the others to files: -o junit=report.xml
---- exit status: 2

"#]],
    );
}

#[test]
fn a_report_that_cannot_be_written_is_refused_before_anything_runs() {
    let project = Project::new();
    for path in ["no/such/dir.xml", "."] {
        let session =
            project.session(&["netdiag", "check", "net.toml", "-o", "tap=t", "-o", &format!("junit={path}")]);
        assert!(session.contains("---- stderr\nnetdiag: ") && !session.contains("checks:"), "{session}");
        assert!(session.ends_with("---- exit status: 2\n"), "{session}");
    }
    let session = project.session(&["netdiag", "check", "net.toml", "-o", "tap=/dev/full"]);
    assert!(
        session.contains("/dev/full: No space left") && session.ends_with("---- exit status: 3\n"),
        "{session}"
    );
    assert_eq!(fs::read_dir(&project.0).unwrap().count(), 1, "nothing is left behind");
}

#[test]
fn secrets_are_in_no_report() {
    let file = "version = 1\n[[check]]\nname = \"token ${env:TOKEN}\"\nkind = \"sysctl\"\nkey = \"kernel.ostype\"\n\
        value = \"${env:TOKEN}\"\ntags = [\"${env:TOKEN}\"]\n";
    let project = Project::with(&[("net.toml", file)]);
    let surroundings = Surroundings { environment: &[("TOKEN", "hunter2")], ..Surroundings::default() };
    let formats = ["human", "table", "json", "jsonl", "junit", "tap", "github", "prom", "nagios"];
    for words in formats
        .map(|format| ["-o", format])
        .iter()
        .chain(&[["--list", "--allow-empty"], ["--dry-run", "--allow-empty"]])
    {
        let session =
            project.session_with(surroundings, &[&["netdiag", "check", "net.toml"], &words[..]].concat());
        assert!(session.contains("token ***") && !session.contains("hunter2"), "{session}");
    }
}

#[test]
fn on_github_annotations_and_a_summary_come_by_themselves() {
    let project = Project::new();
    let environment = [("GITHUB_ACTIONS", "true"), ("GITHUB_STEP_SUMMARY", "summary.md")];
    let surroundings = Surroundings { environment: &environment, ..Surroundings::default() };
    fs::write(project.0.path().join("summary.md"), "### before\n").unwrap();
    let annotation = "::error file=net.toml,line=13,col=1,title=never::value Linux, wanted Plan9";
    let session = project.session_with(surroundings, &["netdiag", "check", "net.toml"]);
    let (stdout, _) = session.split_once("---- exit").unwrap();
    assert!(stdout.contains("5 checks: ") && stdout.contains(annotation), "{session}");
    let summary = read(&project, "summary.md");
    assert!(summary.starts_with("### before\n### netdiag check: 1 failed"), "{summary}");
    let session = project.session_with(surroundings, &["netdiag", "check", "net.toml", "-o", "tap"]);
    let (stdout, stderr) = session.split_once("---- stderr\n").unwrap();
    assert!(stderr.contains(annotation) && !stdout.contains("::error"), "{session}");
}

#[test]
fn nobody_reading_is_no_error() {
    let project = Project::new();
    let netdiag = env!("CARGO_BIN_EXE_netdiag");
    let script = format!("'{netdiag}' check net.toml --name os -o json | true; echo ${{PIPESTATUS[0]}}");
    let mut bash = std::process::Command::new("bash");
    let output = bash.args(["-c", &script]).current_dir(&project.0).output().unwrap();
    assert_eq!((output.stdout, output.stderr), (b"0\n".to_vec(), Vec::new()));
}
