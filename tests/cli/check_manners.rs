//! The manners of `netdiag check`: what it remembers, what it writes unasked, and how it tells of what could not be measured.

use std::fs;

use crate::check::{FILE, Project};
use crate::session::Surroundings;

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
