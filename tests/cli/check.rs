//! `netdiag check` as a user types it: files, targets, selections, exit statuses.
//!
//! Checks are of kernel parameters, which need neither privilege nor network.

use std::fs;
use std::process::{Command, Output};

use regex::Regex;
use snapbox::str;
use tempfile::TempDir;

use crate::session::{Surroundings, reads, shows};

/// A directory with check files in it.
pub(crate) struct Project(pub(crate) TempDir);

/// Everything that can happen to a check without a network; one line of the file is a value of the environment.
const FILE: &str = r#"version = 1
[vars]
system = "Linux"
[defaults]
tags = ["all"]

[[check]]
name = "os"
kind = "sysctl"
key = "kernel.ostype"
value = "${system}"

[[check]]
name = "never"
kind = "sysctl"
key = "kernel.ostype"
value = "Plan9"
tags = ["bad"]

[[check]]
name = "after never"
kind = "sysctl"
key = "kernel.ostype"
value = "Linux"
depends_on = ["never"]

[[check]]
name = "gentle"
kind = "sysctl"
key = "kernel.ostype"
value = "OpenVMS"
warn_only = true

[[check]]
name = "unknown"
kind = "sysctl"
key = "no.such"
value = 1
tags = ["odd"]
"#;

impl Project {
    pub(crate) fn new() -> Self {
        Self::with(&[("net.toml", FILE)])
    }

    pub(crate) fn with(files: &[(&str, &str)]) -> Self {
        let directory = tempfile::tempdir().unwrap();
        for (name, text) in files {
            fs::write(directory.path().join(name), text).unwrap();
        }
        Self(directory)
    }

    /// A session in it in which times are `TIME`, without the spaces that make columns of them.
    pub(crate) fn session(&self, words: &[&str]) -> String {
        self.session_with(Surroundings::default(), words)
    }

    /// What one call in it comes to, its streams apart.
    pub(crate) fn output(&self, words: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_netdiag"));
        command.args(words).current_dir(self.0.path()).output().unwrap()
    }

    pub(crate) fn session_with(&self, surroundings: Surroundings<'_>, words: &[&str]) -> String {
        let surroundings = Surroundings { directory: Some(self.0.path()), ..surroundings };
        let times = Regex::new(r"\b[0-9.]+ ?(us|ms|s)\b").unwrap();
        times.replace_all(&surroundings.session(words), "TIME").into_owned()
    }
}

#[test]
fn help() {
    shows(
        &["netdiag", "check", "--help"],
        str![[r#"
$ netdiag check --help
Check that the network is as a file says

Exit status: 0 everything is as stated; 1 something is not; 2 a file or option is wrong; 3 something
required could not be measured, or a report not be written; 128+N ended by signal N.

Usage: netdiag check [OPTIONS] [FILE|TARGET]...

Arguments:
  [FILE|TARGET]...
          Check files (TOML or JSON), - for standard input, or targets: tcp://db:5432,
          'icmp://gw?loss<=1%', https://x/health

Options:
      --file-format <toml|json>
          Notation of the files; by default their names or contents decide

      --var <NAME=VALUE>
          Set a variable of the files

  -t, --tag <A,!B>
          Run only checks with all of these tags and none of those after a !; if repeated, one of
          the lists is enough

      --name <GLOB>
          Run only checks whose name matches; * and ? are wildcards

      --failed
          Run only checks that did not pass when they last ran, as --state remembers

      --state <FILE>
          Remember in this file what did not pass; without it nothing is remembered

      --list
          List the checks that would run, and run none

      --dry-run
          Show what would be done, with all values filled in, and run nothing

      --allow-empty
          Succeed if there is nothing to check

      --jobs <N>
          How many checks run at the same time
          
          [default: 64]

      --deadline <TIME>
          End the whole run after this time; checks that have not ended count as not measured

  -o, --output <FORMAT[=FILE]>
          Write a report, to a file or standard output, in a format that --format takes

      --format <text|table|json|jsonl|junit|tap|github|prom|nagios>
          Write the report on standard output in this format

      --json
          Short for --format json

  -q, --quiet
          Show only what is wrong, and the summary

      --fail-on-flaky
          Count checks that passed only at a later attempt as failed

      --warn-only
          Exit with 0 even if checks fail; wrong files and options still fail

      --healthcheck
          Exit with 0 or 1 and nothing else, as a container's HEALTHCHECK must

      --no-exec
          Run no commands: checks of kind exec are not measured

      --require-all
          Require all checks to be measured, as if each said `required = true`: exit status 3 if one
          cannot be

      --init [<FILE>]
          Write a check file of what this host does now: listeners, gateway, resolvers; to standard
          output if no FILE is given

      --netns <NAME|PID|PATH>
          Work in another network namespace

      --color <auto|always|never>
          When to use colour
          
          [default: auto]

  -h, --help
          Print help (see a summary with '-h')

  -V, --version
          Print version

"#]],
    );
}

#[test]
fn a_file() {
    reads(
        &Project::new().session(&["netdiag", "check", "net.toml"]),
        str![[r#"
$ netdiag check net.toml
✓ PASS   os           sysctl kernel.ostype  TIME
✗ FAIL   never        sysctl kernel.ostype  value Linux, wanted Plan9  TIME
    hint: sysctl kernel.ostype
- SKIP   after never  sysctl kernel.ostype  skipped: depends on `never`, which did not pass  TIME
! WARN   gentle       sysctl kernel.ostype  warned: value Linux, wanted OpenVMS  TIME
    hint: sysctl kernel.ostype
- SKIP   unknown      sysctl no.such        skipped: /proc/sys/no/such: No such file or directory  TIME

5 checks: 1 failed, 1 warned, 2 skipped, 1 passed in TIME
net.toml:13:1: error: never: value Linux, wanted Plan9
net.toml:27:1: warning: gentle: value Linux, wanted OpenVMS
not measured: 1 of 5; --require-all makes that an error, exit status 3
    unknown: /proc/sys/no/such: No such file or directory
---- exit status: 1

"#]],
    );
}

#[test]
fn what_would_run() {
    reads(
        &Project::new().session(&["netdiag", "check", "net.toml", "--list", "-t", "all,!bad"]),
        str![[r#"
$ netdiag check net.toml --list -t all,!bad
os  sysctl kernel.ostype  [all]
never  sysctl kernel.ostype  [all, bad]
after never  sysctl kernel.ostype  [all]
gentle  sysctl kernel.ostype  [all]
unknown  sysctl no.such  [all, odd]

"#]],
    );
    reads(
        &Project::new().session(&["netdiag", "check", "net.toml", "--dry-run", "--name", "after*"]),
        str![[r#"
$ netdiag check net.toml --dry-run --name after*
net.toml:13:1: never
  sysctl kernel.ostype
  once, TIME for an attempt
  tags all, bad
  skipped if it cannot be measured

net.toml:20:1: after never
  sysctl kernel.ostype
  once, TIME for an attempt
  tags all
  after never
  skipped if it cannot be measured

"#]],
    );
}

#[test]
fn targets_without_a_file() {
    let word = "sysctl:kernel.ostype?value=Linux&name=os";
    reads(
        &Project::new().session(&["netdiag", "check", word, "sysctl:kernel.ostype?value=~Lin"]),
        str![[r#"
$ netdiag check sysctl:kernel.ostype?value=Linux&name=os sysctl:kernel.ostype?value=~Lin
✓ PASS   os                    sysctl kernel.ostype  TIME
✓ PASS   sysctl kernel.ostype  sysctl kernel.ostype  TIME

2 checks: 2 passed in TIME

"#]],
    );
}

#[test]
fn standard_input_in_either_notation() {
    let project = Project::new();
    let json = r#"{"version": 1, "check": [{"kind": "sysctl", "key": "kernel.ostype", "value": "Linux"}]}"#;
    for (input, words) in
        [(FILE, &["netdiag", "check", "-", "--name", "os"][..]), (json, &["netdiag", "check", "-"])]
    {
        let session = project.session_with(Surroundings { input, ..Surroundings::default() }, words);
        assert!(session.contains("1 check: 1 passed in TIME"), "{session}");
    }
    let words = ["netdiag", "check", "-", "--file-format", "json"];
    let session = project.session_with(Surroundings { input: FILE, ..Surroundings::default() }, &words);
    assert!(session.contains("--> stdin:1:1") && session.ends_with("---- exit status: 2\n"), "{session}");
}

#[test]
fn the_exit_status_is_the_verdict() {
    let project = Project::new();
    let required = FILE.replace("value = 1\n", "value = 1\nrequired = true\n");
    fs::write(project.0.path().join("required.toml"), required).unwrap();
    #[rustfmt::skip]
    let cases: [(&[&str], i32); 13] = [
        (&["net.toml", "--name", "os"],                          0),
        (&["net.toml", "-t", "odd"],                             0),
        (&["net.toml", "--name", "gentle"],                      0),
        (&["net.toml"],                                          1),
        (&["net.toml", "--warn-only"],                           0),
        (&["net.toml", "--healthcheck"],                         1),
        (&["net.toml", "--name", "never", "-o", "nagios"],       2),
        (&["net.toml", "--var", "system=Windows", "--name", "os"], 1),
        (&["required.toml", "-t", "odd"],                        3),
        (&["required.toml", "-t", "odd", "--healthcheck"],       1),
        (&["no.toml"],                                           2),
        (&["no.toml", "--warn-only"],                            2),
        (&["no.toml", "--healthcheck"],                          1),
    ];
    for (words, status) in cases {
        let session = project.session(&[&["netdiag", "check"], words].concat());
        let ended = if status == 0 { String::new() } else { format!("---- exit status: {status}\n") };
        assert!(session.ends_with(&ended) && session.contains("---- exit") == (status != 0), "{session}");
    }
    let readme = include_str!("../../README.md").split_once("### Exit statuses of netdiag check").unwrap().1;
    let rows = readme.lines().skip_while(|line| !line.starts_with("|---")).skip(1);
    let listed: Vec<&str> =
        rows.map_while(|row| row.strip_prefix("| ")).map(|row| row.split(' ').next().unwrap()).collect();
    assert_eq!(listed, ["0", "1", "2", "3", "128+N"]);
}

#[test]
fn what_failed_is_remembered() {
    let project = Project::new();
    let run = |words: &[&str]| {
        project.session(&[&["netdiag", "check", "net.toml", "--state", "state/s"], words].concat())
    };
    let nothing = run(&["--failed"]);
    assert!(
        nothing.contains("netdiag: state/s: no such file: nothing is remembered of earlier runs\n"),
        "{nothing}"
    );
    assert!(nothing.ends_with("---- exit status: 2\n") && !project.0.path().join("state").exists());
    run(&[]);
    // Running another part forgets nothing.
    run(&["--name", "os"]);
    assert!(run(&["--failed", "--list"]).contains("\nnever  sysctl"), "{}", run(&["--failed", "--list"]));
    fs::write(project.0.path().join("net.toml"), FILE.replace("Plan9", "Linux")).unwrap();
    assert!(run(&["--failed"]).contains("1 check: 1 passed"));
    assert!(run(&["--failed"]).contains("no check is selected, of 5"));
    fs::write(project.0.path().join("state/s"), "junk").unwrap();
    assert!(run(&["--failed"]).ends_with("---- exit status: 2\n"));
    let nowhere = project.session(&["netdiag", "check", "net.toml", "--failed"]);
    assert!(nowhere.contains("--state <FILE>") && nowhere.ends_with("---- exit status: 2\n"), "{nowhere}");
}

#[test]
fn nothing_is_written_that_was_not_asked_for() {
    let project = Project::new();
    let home = project.0.path().join("home");
    fs::create_dir(&home).unwrap();
    let environment = [("HOME", home.to_str().unwrap()), ("XDG_STATE_HOME", home.to_str().unwrap())];
    let place = Surroundings {
        directory: Some(project.0.path()),
        environment: &environment,
        ..Surroundings::default()
    };
    place.session(&["netdiag", "check", "net.toml"]);
    assert_eq!(fs::read_dir(&home).unwrap().count(), 0);
    // Files that are gone are forgotten.
    place.session(&["netdiag", "check", "net.toml", "--state", "s"]);
    let state = || fs::read_to_string(project.0.path().join("s")).unwrap();
    assert!(state().contains("net.toml"), "{}", state());
    fs::rename(project.0.path().join("net.toml"), project.0.path().join("other.toml")).unwrap();
    place.session(&["netdiag", "check", "other.toml", "--state", "s"]);
    assert!(state().contains("other.toml") && !state().contains("net.toml"), "{}", state());
}

#[test]
fn what_cannot_be_measured_is_told_at_the_end_and_can_be_an_error() {
    let project = Project::new();
    let session = project.session(&["netdiag", "check", "net.toml", "--name", "unknown"]);
    let last: Vec<&str> = session.lines().rev().take(2).collect();
    assert_eq!(
        last[1], "not measured: 1 of 1; --require-all makes that an error, exit status 3",
        "{session}"
    );
    assert!(last[0].starts_with("    unknown: "), "{session}");
    let required = project.session(&["netdiag", "check", "net.toml", "--name", "unknown", "--require-all"]);
    assert!(
        required.contains("1 check: 1 not measured in ") && !required.contains("--require-all makes"),
        "{required}"
    );
    assert!(required.ends_with("---- exit status: 3\n"), "{required}");
    // What does not depend on a measurement is not changed by it.
    let failed = project.session(&["netdiag", "check", "net.toml", "--require-all"]);
    assert!(failed.ends_with("---- exit status: 1\n"), "{failed}");
}

#[test]
fn a_deadline_ends_a_run() {
    let text = "version = 1\n[[check]]\nname = \"slow\"\nkind = \"sysctl\"\nkey = \"kernel.ostype\"\nvalue = \"x\"\n\
        eventually = { within = \"1h\", every = \"1ms\" }\n";
    let session =
        Project::with(&[("net.toml", text)]).session(&["netdiag", "check", "net.toml", "--deadline", "3s"]);
    assert!(session.contains("the deadline passed: 1 check: 1 not measured"), "{session}");
    assert!(session.ends_with("---- exit status: 3\n"), "{session}");
}

#[test]
fn a_file_of_this_host_is_written_once() {
    let project = Project::with(&[]);
    assert_eq!(
        project.session(&["netdiag", "check", "--init", "new.toml"]),
        "$ netdiag check --init new.toml\n"
    );
    let text = fs::read_to_string(project.0.path().join("new.toml")).unwrap();
    assert!(text.starts_with("# What this host does now;") && text.contains("\nversion = 1\n"), "{text}");
    let again = project.session(&["netdiag", "check", "--init", "new.toml"]);
    assert!(again.ends_with("netdiag: new.toml: File exists\n---- exit status: 2\n"), "{again}");
    let printed = project.session(&["netdiag", "check", "--init"]);
    assert!(printed.contains("# Who listens."), "{printed}");
}
