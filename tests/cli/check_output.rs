//! Where reports of `netdiag check` go, and what they hold back.
//!
//! What is in them is tested beside the formats, in crates/check/src/report.

use std::fs;
use std::io::Read;
use std::os::unix::fs::PermissionsExt;

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
    assert_eq!(document["checks"], 5);
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
fn a_report_is_added_to_what_a_redirection_holds_already() {
    let project = Project::new();
    let log = project.0.path().join("log");
    for name in ["/dev/stdout", "/dev/stderr", "/dev/fd/1", "link"] {
        fs::write(&log, "before\n").unwrap();
        // As `>log` leaves it once something has been written: a file, its offset at the end.
        let mut file = fs::OpenOptions::new().read(true).write(true).open(&log).unwrap();
        file.read_to_end(&mut Vec::new()).unwrap();
        let link = project.0.path().join("link");
        if name == "link" {
            std::os::unix::fs::symlink("/dev/stdout", &link).unwrap();
        }
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_netdiag"));
        command.args(["check", "net.toml", "--name", "os", "-o", &format!("junit={name}")]);
        command.current_dir(&project.0).stdout(file.try_clone().unwrap()).stderr(file);
        assert!(command.status().unwrap().success(), "{name}");
        let text = fs::read_to_string(&log).unwrap();
        assert!(text.starts_with("before\n<?xml "), "{name}: {text}");
        assert!(text.contains("</testsuites>") && text.contains("1 check: 1 passed"), "{name}: {text}");
    }
    assert!(project.0.path().join("link").is_symlink());
}

#[test]
fn a_report_keeps_what_its_file_was() {
    let project = Project::new();
    let at = |name: &str| project.0.path().join(name);
    fs::write(at("report"), "old").unwrap();
    fs::set_permissions(at("report"), fs::Permissions::from_mode(0o604)).unwrap();
    std::os::unix::fs::symlink("report", at("soft")).unwrap();
    fs::hard_link(at("report"), at("hard")).unwrap();
    for name in ["soft", "hard"] {
        let session =
            project.session(&["netdiag", "check", "net.toml", "--name", "os", "-o", &format!("tap={name}")]);
        assert!(!session.contains("---- exit"), "{session}");
        assert!(read(&project, "report").starts_with("TAP version"));
        assert_eq!(read(&project, "report"), read(&project, "hard"));
        assert!(at("soft").is_symlink());
        assert_eq!(fs::metadata(at("report")).unwrap().permissions().mode() & 0o777, 0o604);
        fs::remove_file(at("hard")).unwrap_or_default();
        fs::hard_link(at("report"), at("hard")).unwrap();
    }
    for (one, other) in [("soft", "hard"), ("net.toml", "a"), ("hard", "./soft")] {
        let words = [&format!("tap={one}"), "-o", &format!("json={other}")];
        let session = project.session(&[&["netdiag", "check", "net.toml", "-o"][..], &words].concat());
        assert!(session.contains(" would take the place of "), "{session}");
    }
}

#[test]
fn secrets_are_in_no_report() {
    let file = "version = 1\n[[check]]\nname = \"token ${env:TOKEN}\"\nkind = \"sysctl\"\nkey = \"kernel.ostype\"\n\
        value = \"${env:TOKEN}\"\ntags = [\"${env:TOKEN}\"]\n";
    let project = Project::with(&[("net.toml", file)]);
    let surroundings = Surroundings { environment: &[("TOKEN", "hunter2")], ..Surroundings::default() };
    let formats = ["text", "table", "json", "jsonl", "junit", "tap", "github", "prom", "nagios"];
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

#[test]
fn a_format_for_standard_output_has_a_short_way() {
    let project = Project::new();
    // How long checks took differs each time, and so does the unit that suits it.
    let report = |words: &[&str]| {
        let session = project.session(&[&["netdiag", "check", "net.toml"], words].concat());
        let first = session.split_once('\n').unwrap().1;
        first
            .split_whitespace()
            .filter(|word| !word.contains(|sign: char| sign.is_ascii_digit()))
            .collect::<Vec<_>>()
            .join(" ")
    };
    assert_eq!(report(&["--format", "tap"]), report(&["-o", "tap"]));
    assert_eq!(report(&["--json"]), report(&["-o", "json"]));
    assert_eq!(report(&["--json", "--format=text"]), report(&[]));
    let (all, quiet) = (report(&[]), report(&["-q"]));
    assert!(all.contains('✓') && !quiet.contains('✓') && quiet.contains('✗'), "{quiet}");
    assert_eq!(report(&["-q", "--json"]), report(&["--json"]), "programs get all of it");
}
