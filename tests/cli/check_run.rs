//! How `netdiag check` runs what it runs: when lines come, what is left out, what is known when it is cut off.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;

use crate::check::Project;

/// One check that ends, one that tries without end, one that waits for that.
const ENDLESS: &str = r#"version = 1
[[check]]
name = "quick"
kind = "sysctl"
key = "kernel.ostype"
value = "Linux"

[[check]]
name = "trying"
kind = "sysctl"
key = "kernel.ostype"
value = "Plan9"
eventually = { within = "1h", every = "1ms" }

[[check]]
name = "waiting"
kind = "sysctl"
key = "kernel.ostype"
value = "Linux"
depends_on = ["trying"]
"#;

/// A run whose lines can be read as they come.
struct Running {
    child: Child,
    lines: BufReader<std::process::ChildStdout>,
}

impl Running {
    fn start(project: &Project, words: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_netdiag"))
            .args(["check", "net.toml", "-o", "jsonl"])
            .args(words)
            .current_dir(&project.0)
            .env_clear()
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap());
        Self { child, lines }
    }

    fn line(&mut self) -> Value {
        let mut line = String::new();
        self.lines.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap()
    }

    fn end(mut self, signal: Signal) -> (Vec<Value>, i32) {
        kill(Pid::from_raw(self.child.id().cast_signed()), signal).unwrap();
        let mut rest = String::new();
        self.lines.read_to_string(&mut rest).unwrap();
        let lines = rest.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        (lines, self.child.wait().unwrap().code().unwrap())
    }
}

fn read(project: &Project, name: &str) -> String {
    fs::read_to_string(project.0.path().join(name)).unwrap()
}

#[test]
fn lines_come_while_checks_run() {
    let project = Project::with(&[("net.toml", ENDLESS)]);
    let mut running = Running::start(&project, &["-o", "jsonl=whole"]);
    assert_eq!(running.line()["record"], "begin");
    // The other one has an hour yet.
    let quick = running.line();
    assert_eq!((&quick["name"], &quick["verdict"]), (&"quick".into(), &"pass".into()));
    assert!(running.child.try_wait().unwrap().is_none());
    assert!(!project.0.path().join("whole").exists(), "a file appears whole, or not at all");
    let (rest, status) = running.end(Signal::SIGINT);
    let [trying, waiting, summary] = &rest[..] else { panic!("{rest:?}") };
    assert_eq!(status, 130);
    assert_eq!((&trying["name"], &trying["verdict"]), (&"trying".into(), &"error".into()));
    assert_eq!(trying["message"], "interrupted before it ended; until then: value Linux, wanted Plan9");
    assert!(trying["attempts"].as_u64() > Some(0) && trying["failures"][0]["error"]["kind"] == "unexpected");
    assert_eq!(
        (&waiting["message"], &waiting["attempts"]),
        (&"interrupted before it began".into(), &0.into())
    );
    assert_eq!((&summary["record"], &summary["complete"]), (&"end".into(), &false.into()));
    assert_eq!(summary["notices"][0]["kind"], "interrupted");
    let whole = read(&project, "whole");
    let names: Vec<Value> =
        whole.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["name"].clone()).collect();
    assert_eq!(names[1..4], ["quick", "trying", "waiting"].map(Value::from));
}

#[test]
fn a_run_that_is_ended_tells_what_is_known_in_every_format() {
    const FORMATS: [&str; 8] = ["text", "table", "json", "junit", "tap", "github", "prom", "nagios"];
    let project = Project::with(&[("net.toml", ENDLESS)]);
    let outputs: Vec<String> = FORMATS.iter().map(|format| format!("-o{format}={format}")).collect();
    let words: Vec<&str> = outputs.iter().map(String::as_str).collect();
    for (signal, status) in [(Signal::SIGINT, 130), (Signal::SIGTERM, 143)] {
        let mut running = Running::start(&project, &words);
        while running.line()["name"] != "quick" {}
        assert_eq!(running.end(signal).1, status);
        for format in FORMATS {
            let report = read(&project, format);
            fs::remove_file(project.0.path().join(format)).unwrap();
            assert!(
                report.contains("trying")
                    && report.contains(if format == "prom" { "error" } else { "interrupted" }),
                "{format}: {report}"
            );
            if format == "text" {
                assert!(report.contains("interrupted: 3 checks: 2 not measured, 1 passed"), "{report}");
                assert!(report.contains("error: trying: interrupted before it ended"), "{report}");
            }
            // Nagios names only what is wrong, GitHub too.
            let silent = ["nagios", "github"].contains(&format);
            assert!(silent || report.contains("quick"), "{format}: {report}");
        }
    }
}

#[test]
fn a_deadline_cuts_off_and_tells_what_is_known() {
    let project = Project::with(&[("net.toml", ENDLESS)]);
    let session = project.session(&["netdiag", "check", "net.toml", "--deadline", "2s"]);
    for part in [
        "✓ PASS   quick    sysctl kernel.ostype  TIME\n",
        "? ERROR  trying   sysctl kernel.ostype  not measured: the deadline of the run passed before it ended; \
         until then: value Linux, wanted Plan9",
        " attempts\n    hint: sysctl kernel.ostype\n",
        "? ERROR  waiting  sysctl kernel.ostype  not measured: the deadline of the run passed before it began  TIME\n",
        "the deadline passed: 3 checks: 2 not measured, 1 passed in TIME\n",
    ] {
        assert!(session.contains(part), "{part}: {session}");
    }
    assert!(session.ends_with("---- exit status: 3\n"), "{session}");
    // What failed before it is not made better by it.
    let failed = ENDLESS.replacen("value = \"Linux\"", "value = \"Plan9\"", 1);
    let project = Project::with(&[("net.toml", &failed)]);
    let session = project.session(&["netdiag", "check", "net.toml", "--deadline", "2s"]);
    assert!(session.ends_with("---- exit status: 1\n"), "{session}");
}

#[test]
fn without_exec_commands_are_not_measured() {
    let exec =
        |keys: &str| format!("version = 1\n[[check]]\nkind = \"exec\"\ncmd = [\"touch\", \"ran\"]\n{keys}\n");
    #[rustfmt::skip]
    let cases = [
        ("",                               "1 skipped",      ""),
        ("required = true",                "1 not measured", "---- exit status: 3\n"),
        ("on_unavailable = \"fail\"",      "1 failed",       "---- exit status: 1\n"),
    ];
    for (keys, tally, end) in cases {
        let project = Project::with(&[("net.toml", &exec(keys))]);
        let session = project.session(&["netdiag", "check", "net.toml", "--no-exec"]);
        assert!(
            session.contains("exec is off") && session.contains("hint: run it without --no-exec"),
            "{session}"
        );
        assert!(session.contains(tally) && session.ends_with(end), "{session}");
        assert!(!project.0.path().join("ran").exists(), "{session}");
    }
}

#[test]
fn a_variable_of_one_file_is_enough() {
    let file = |name: &str, vars: &str, value: &str| {
        format!(
            "version = 1\n{vars}\n[[check]]\nname = \"{name}\"\nkind = \"sysctl\"\nkey = \"kernel.ostype\"\nvalue = \"{value}\"\n"
        )
    };
    let (a, b) = (file("a", "[vars]\nsystem = \"Plan9\"", "${system}"), file("b", "", "Linux"));
    let project = Project::with(&[("a.toml", &a), ("b.toml", &b)]);
    let session = project.session(&["netdiag", "check", "a.toml", "b.toml", "--var", "system=Linux"]);
    assert!(session.contains("2 checks: 2 passed"), "{session}");
    let wrong = project.session(&["netdiag", "check", "a.toml", "b.toml", "--var", "sytem=Linux"]);
    let words = "netdiag: --var sytem: no file has this variable in [vars]\n\nhint: did you mean `system`?\n";
    assert!(wrong.contains(words) && wrong.ends_with("---- exit status: 2\n"), "{wrong}");
    let none =
        project.session(&["netdiag", "check", "b.toml", "sysctl:kernel.ostype?value=Linux", "--var", "x=1"]);
    assert!(
        none.ends_with(
            "---- stderr\nnetdiag: --var x: no file has this variable in [vars]\n---- exit status: 2\n"
        ),
        "{none}"
    );
}

#[test]
fn what_a_chosen_check_depends_on_is_shown_and_run() {
    let project = Project::new();
    let choose = |words: &[&str]| {
        project.session(&[&["netdiag", "check", "net.toml", "--name", "after*"], words].concat())
    };
    assert!(choose(&["--list"]).contains("\nnever  sysctl"), "{}", choose(&["--list"]));
    assert!(choose(&[]).contains("2 checks: 1 failed, 1 skipped"), "{}", choose(&[]));
}
