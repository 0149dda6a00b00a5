//! `netdiag check` on a terminal: how far it is comes and goes, and nothing of it stays.

use std::io::Write;

use crate::check::Project;
use crate::terminal::{OnTerminal, shown};

/// A check of `net.toml` with these options.
fn start(project: &Project, words: &[&str]) -> OnTerminal {
    OnTerminal::of_kind("xterm", project.0.path(), &[&["check", "net.toml"], words].concat())
}

/// Both run until somebody says so; names as long as a line.
const FILE: &str = r#"version = 1
[[check]]
name = "a name that is nearly as long as a line of this terminal"
kind = "sysctl"
key = "kernel.ostype"
value = "Plan9"
eventually = { within = "1h", every = "50ms" }

[[check]]
name = "quick"
kind = "sysctl"
key = "kernel.ostype"
value = "Linux"
"#;

#[test]
fn nothing_of_the_progress_stays() {
    let project = Project::with(&[("net.toml", FILE)]);
    let mut run = start(&project, &["-o", "table"]);
    run.waits_for("1 of 2 done, waiting for: a name");
    run.keyboard.write_all(b"\x03").unwrap();
    let screen = shown(&run.sent());
    assert!(!screen.contains("of 2 done") && screen.contains("\n1 not measured, 1 passed"), "{screen}");
    // The terminal shows what was typed, and that is all that comes before the report.
    assert!(screen.trim_start_matches("^C").trim_start().starts_with("Verdict"), "{screen}");
}

#[test]
fn lines_on_a_terminal_have_no_progress_among_them() {
    let project = Project::with(&[("net.toml", FILE)]);
    let mut run = start(&project, &["-o", "jsonl"]);
    run.waits_for("\"quick\"");
    run.keyboard.write_all(b"\x03").unwrap();
    let screen = shown(&run.sent());
    assert!(!screen.contains("of 2 done") && screen.contains("\"event\":\"summary\""), "{screen}");
}

#[test]
fn a_terminal_whose_cursor_only_goes_on_is_sent_nothing_else() {
    let project = Project::with(&[("net.toml", FILE)]);
    #[rustfmt::skip]
    let cases: [(&[&str], &str); 6] = [
        (&["check", "net.toml", "--deadline", "3s"],                 "2 checks: "),
        (&["check", "net.toml", "--deadline", "1s", "-o", "table"],  "1 passed"),
        (&["check", "nosuch.toml"],                                  "No such file"),
        (&["wait", "tcp://127.0.0.1:1", "-t", "1s"],                 "not ready after"),
        (&["probe", "tcp://127.0.0.1:1", "--format", "table"],       "refused"),
        (&["ss", "-tan", "--format", "table"],                       "State"),
    ];
    for (words, told) in cases {
        let sent =
            ["dumb", ""].map(|kind| OnTerminal::of_kind(kind, project.0.path(), words)).map(OnTerminal::sent);
        for sent in sent {
            assert!(sent.contains(told) && !sent.contains(['\x1b', '\x08']), "{words:?}: {sent:?}");
            assert!(!sent.replace("\r\n", "").contains('\r'), "{words:?}: {sent:?}");
        }
    }
}
