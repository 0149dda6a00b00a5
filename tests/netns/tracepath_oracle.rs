//! `tracepath`: what the installed one prints is what ours prints under that name.
//!
//! The installed one asks the first hop twice if its first packet was too long for its own network; what differs by that is mended.

use crate::guard;
use crate::walked::{Case, compare_all, mixed, narrowing, plain, refusing, silent_target};

const WALKED: &[Case] = &[
    (mixed, &["-n 10.99.99.9", "-n fd99:99::9"]),
    (
        plain,
        &[
            "-n -l 1000 10.99.99.9",
            "-n -l 1500 10.99.99.9",
            "-n -l 1000 fd99:99::9",
            "-n -m 2 10.99.99.9",
            "-n -m 0 10.99.99.9",
            "-n -p 5000 10.99.99.9",
            "-n 10.99.99.9/5000",
            "-4 -n target.test",
            "-6 -n target.test",
            "-n 127.0.0.1",
            "-n ::1",
            "-b localhost",
            "-n -l 70000 127.0.0.1",
            "-n 192.0.2.1",
        ],
    ),
    (narrowing, &["-n 10.99.99.9", "-n fd99:99::9", "-n -l 1450 10.99.99.9"]),
    (silent_target, &["-n -m 3 10.99.99.9"]),
    (refusing::<0>, &["-n 10.99.99.9", "-n fd99:99::9"]),
    (
        refusing::<1>,
        &[
            "-n 10.99.99.9",
            "-n fd99:99::9",
            "10.99.99.9",
            "-b target.test",
            "-n -b six.test",
            "-b -4 target.test",
            "-n -m 1 10.99.99.9",
        ],
    ),
    (refusing::<2>, &["-n 10.99.99.9"]),
    (refusing::<9>, &["-n 10.99.99.9"]),
    (refusing::<10>, &["-n 10.99.99.9"]),
    (refusing::<13>, &["-n 10.99.99.9"]),
    (refusing::<3>, &["-n fd99:99::9"]),
];

/// Nothing is walked.
const REFUSED: &[Case] = &[(
    plain,
    &[
        "",
        "-z 127.0.0.1",
        "-l",
        "a b",
        "-l x 127.0.0.1",
        "-l 5 127.0.0.1",
        "-l -1 127.0.0.1",
        "-l 48 ::1",
        "-m x 127.0.0.1",
        "-m 256 127.0.0.1",
        "-m -1 127.0.0.1",
        "-m 1.5 127.0.0.1",
        "-p x 127.0.0.1",
        "-p 65536 127.0.0.1",
        "127.0.0.1/x",
        "-6 127.0.0.1",
        "-4 ::1",
    ],
)];

/// Without times, and of a usage no more than that it is one.
fn comparable(text: &str) -> String {
    let mut lines: Vec<String> = Vec::new();
    let mut is_usage = false;
    for line in text.lines() {
        is_usage &= !line.starts_with("---- exit");
        let line = without_time(line);
        // The first hop again.
        let is_again = lines.len() == 2 && lines[0].contains("[LOCALHOST]") && lines[1] == line;
        if !is_usage && !is_again {
            lines.push(line);
        }
        // An empty line begins it.
        is_usage |=
            lines.iter().any(|line| line == "---- stderr") && lines.last().is_some_and(String::is_empty);
    }
    lines.join("\n")
}

fn without_time(line: &str) -> String {
    let Some((before, after)) = line.split_once("ms ") else { return line.to_owned() };
    let who = before.trim_end_matches(|it: char| it.is_ascii_digit() || it == '.').trim_end();
    format!("{who} Tms {after}")
}

#[test]
fn what_is_walked() {
    guard::namespace();
    compare_all("tracepath", WALKED, comparable);
}

#[test]
fn what_is_refused() {
    guard::namespace();
    compare_all("tracepath", REFUSED, comparable);
}
