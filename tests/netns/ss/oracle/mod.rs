//! The same command line through the installed `ss` and through ours, side by side.
//!
//! Rows are compared as words, because how blanks are spread has changed between releases; what else differs on purpose is in
//! [`known`]. Both look at the same sockets one after the other, so a difference counts only if it is there every time.

mod known;
mod lines;

use std::fmt::Write;

use netdiag_lab::Host;

use super::program::{Run, installed, ours};
use super::scene::Scene;
use crate::guard;

use known::{Redacted, redacted};

#[test]
fn every_line_reads_like_the_installed_program() {
    guard::namespace();
    let host = Scene::shared().host();
    let mut differences = String::new();
    for (about, lines) in lines::GROUPS {
        for line in *lines {
            if let Err(difference) = compare(host, line, ours) {
                writeln!(differences, "{about}: ss {line}\n{difference}").unwrap();
            }
        }
    }
    assert!(differences.is_empty(), "\n{differences}");
}

/// A line that the installed program does not answer alike twice could compare nothing.
#[test]
fn what_differs_in_time_is_redacted() {
    guard::namespace();
    let host = Scene::shared().host();
    let mut differences = String::new();
    for line in lines::GROUPS.iter().flat_map(|(_, lines)| *lines) {
        if let Err(difference) = compare(host, line, installed) {
            writeln!(differences, "ss {line}\n{difference}").unwrap();
        }
    }
    assert!(differences.is_empty(), "\n{differences}");
}

/// How the `subject` differs from the installed program, every time.
fn compare(host: &Host, line: &str, subject: Program) -> Result<(), String> {
    let mut outcome = look(host, line, subject);
    for _ in 1..LOOKS {
        if outcome.is_err() {
            outcome = look(host, line, subject);
        }
    }
    outcome
}

fn look(host: &Host, line: &str, subject: Program) -> Result<(), String> {
    let (subject, installed) = (subject(host, line), installed(host, line));
    agree(&redacted(&subject, line), &redacted(&installed, line))
}

type Program = fn(&Host, &str) -> Run;

fn agree(ours: &Redacted, theirs: &Redacted) -> Result<(), String> {
    if (ours.status, &ours.stderr) != (theirs.status, &theirs.stderr) {
        let told = |run: &Redacted| format!("{:?} {:?}", run.status, run.stderr);
        return Err(format!("  ours:      {}\n  installed: {}\n", told(ours), told(theirs)));
    }
    let (only_ours, only_theirs) = (minus(&ours.rows, &theirs.rows), minus(&theirs.rows, &ours.rows));
    if only_ours.is_empty() && only_theirs.is_empty() {
        return if ours.rows == theirs.rows { Ok(()) } else { Err("  the order differs\n".to_owned()) };
    }
    let mut words = String::new();
    for (whose, rows) in [("ours", only_ours), ("installed", only_theirs)] {
        for row in rows.iter().take(SHOWN) {
            writeln!(words, "  only {whose}: {}", row.join(" ")).unwrap();
        }
    }
    Err(words)
}

/// The rows of `a` without those of `b`, each as often as it is there.
fn minus(a: &[Vec<String>], b: &[Vec<String>]) -> Vec<Vec<String>> {
    let mut others = b.to_vec();
    let mut left = Vec::new();
    for row in a {
        match others.iter().position(|other| other == row) {
            Some(at) => drop(others.swap_remove(at)),
            None => left.push(row.clone()),
        }
    }
    left
}

/// How often two runs may differ before they are different.
const LOOKS: u32 = 4;
/// How many rows of a difference are shown.
const SHOWN: usize = 4;
