//! The command lines of the documents and of the help, run.
//!
//! Those of the documents are run word by word as they were read, those of the help by a shell, as a reader would type them.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::net::TcpStream;
use std::process::{Child, Command, ExitStatus, Stdio};

use netdiag_lab::until;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::lines::{ENDLESS, HURRIED, PAGES, STATUSES, UNRUN, WAITING, begins};
use crate::scene::{PATIENCE, Scene};
use crate::{command_lines, guard};

/// What is wrong with how a line ended, if anything.
fn run(scene: &Scene, line: &str, command: &mut Command) -> Option<String> {
    let wanted = STATUSES.iter().find(|(known, _)| *known == line).map_or(0, |(_, status)| *status);
    let (status, words) = if begins(line, ENDLESS) {
        (endless(scene, command), String::new())
    } else if begins(line, WAITING) {
        (waiting(scene, command), String::new())
    } else {
        let output = scene.output(command);
        (
            output.status,
            String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout),
        )
    };
    let is_late = status.code() == Some(1) && HURRIED.iter().any(|part| line.contains(part));
    (status.code() != Some(wanted) && !is_late)
        .then(|| format!("{line}\n  {status}, wanted {wanted}\n{words}\n"))
}

/// Waits for its first line, and tells it to stop.
fn endless(scene: &Scene, command: &mut Command) -> ExitStatus {
    let mut child = scene.spawn(command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()));
    let mut lines = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    // What JSON begins with is said before anything listens.
    while line.is_empty() || line.contains("\"record\":\"begin\"") {
        line.clear();
        if lines.read_line(&mut line).unwrap() == 0 {
            break;
        }
    }
    kill(Pid::from_raw(child.id().try_into().unwrap()), Signal::SIGINT).unwrap();
    child.wait().unwrap()
}

/// Connects to it once it listens.
fn waiting(scene: &Scene, command: &mut Command) -> ExitStatus {
    let mut child: Child =
        scene.spawn(command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()));
    let mut came =
        || scene.run(|| TcpStream::connect("127.0.0.1:7000")).is_ok() || child.try_wait().unwrap().is_some();
    until("it listens", PATIENCE, || came().then_some(())).unwrap();
    child.wait().unwrap()
}

#[test]
fn every_command_line_of_the_documents_does_what_it_says() {
    guard::namespace();
    let scene = Scene::furnished();
    let lines = command_lines::all();
    let shown: BTreeSet<String> = lines
        .iter()
        .filter(|(page, _)| !PAGES.iter().any(|(known, _)| known == page))
        .map(|(_, words)| words.join(" "))
        .collect();
    let mut wrong = String::new();
    for (_, words) in lines.iter().filter(|(page, _)| !PAGES.iter().any(|(known, _)| known == page)) {
        let line = words.join(" ");
        if !UNRUN.iter().any(|(known, _)| *known == line) {
            scene.refresh();
            wrong.extend(run(&scene, &line, scene.command("netdiag").args(&words[1..])));
        }
    }
    assert_eq!(wrong, "");
    assert!(scene.is_tidy());
    // What the lists speak of is there.
    let listed = STATUSES.iter().map(|(line, _)| line).chain(UNRUN.iter().map(|(line, _)| line));
    for line in listed.chain(WAITING).chain(ENDLESS) {
        assert!(shown.iter().any(|shown| shown.starts_with(line)), "no document shows {line}");
    }
    assert!(shown.len() > 60, "{}", shown.len());
}

#[test]
fn every_example_of_the_help_does_what_it_says() {
    guard::namespace();
    let scene = Scene::furnished();
    let mut wrong = String::new();
    let mut count = 0;
    for tool in [
        "",
        "ping",
        "mtr",
        "traceroute",
        "tracepath",
        "ss",
        "probe",
        "connect",
        "serve",
        "check",
        "wait",
        "schema",
        "help",
    ] {
        let help = scene.output(scene.command("netdiag").args(tool.split_whitespace()).arg("--help"));
        let help = String::from_utf8(help.stdout).unwrap();
        let (_, examples) = help.split_once("\nExamples:\n").unwrap();
        let (examples, _) = examples.split_once("\n\n").unwrap();
        for line in examples.lines().map(str::trim).filter(|line| !line.starts_with('#')) {
            count += 1;
            scene.refresh();
            if line.contains("--init") {
                // A file of this host is written once.
                std::fs::remove_file(scene.work().join("net.toml")).unwrap();
            }
            // The program is to be told to stop, and not a shell that waits for it.
            let exec = if begins(line, ENDLESS) || begins(line, WAITING) { "exec " } else { "" };
            wrong.extend(run(&scene, line, scene.command("bash").args(["-c", &format!("{exec}{line}")])));
        }
    }
    assert_eq!((wrong.as_str(), count), ("", 39));
    assert!(scene.is_tidy());
}
