//! `netdiag check` as a user types it: files, targets, selections, exit statuses.
//!
//! Checks are of kernel parameters, which need neither privilege nor network.

use std::fs;
use std::process::{Command, Output};

use regex::Regex;
use snapbox::str;
use tempfile::TempDir;

use crate::session::{Surroundings, reads};

/// A directory with check files in it.
pub(crate) struct Project(pub(crate) TempDir);

/// Everything that can happen to a check without a network; one line of the file is a value of the environment.
pub(crate) const FILE: &str = r#"version = 1
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
