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
    assert!(!screen.contains("of 2 done") && screen.contains("\"record\":\"end\""), "{screen}");
}

#[test]
fn a_terminal_whose_cursor_only_goes_on_is_sent_nothing_else() {
    let project = Project::with(&[("net.toml", FILE)]);
    #[rustfmt::skip]
    let cases: [(&[&str], &str); 6] = [
        (&["check", "net.toml", "--deadline", "3s"],                 "2 checks: "),
        (&["check", "net.toml", "--deadline", "1s", "-o", "table"],  "1 passed"),
        (&["check", "nosuch.toml"],                                  "No such file"),
        (&["wait", "tcp://127.0.0.1:1", "-w", "1s"],                 "not ready after"),
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

/// One check that passes and one that fails, whose name is not ASCII.
const NAMES: &str = r#"version = 1
[[check]]
name = "bücher"
kind = "sysctl"
key = "kernel.ostype"
value = "Linux"

[[check]]
name = "a name of some length"
kind = "sysctl"
key = "kernel.ostype"
value = "Plan9"
"#;

#[test]
fn a_locale_without_utf_8_is_sent_ascii() {
    let project = Project::with(&[("net.toml", NAMES)]);
    let locales = [("LC_ALL", "C"), ("LC_CTYPE", "POSIX"), ("LANG", "de_DE.ISO-8859-1"), ("LC_ALL", "")];
    for format in ["text", "table"] {
        let sent = |variable| {
            let words = ["check", "net.toml", "-o", format];
            OnTerminal::in_surroundings(100, &[variable, ("TERM", "xterm")], project.0.path(), &words).sent()
        };
        for locale in locales {
            let sent = sent(locale);
            assert!(sent.is_ascii(), "{locale:?}: {sent:?}");
            for part in ["+ PASS", "x FAIL", "b\\u{fc}cher"] {
                assert!(sent.contains(part), "{locale:?}: {part}: {sent:?}");
            }
        }
        let sent = sent(("LANG", "C.UTF-8"));
        assert!(sent.contains("✓ PASS") && sent.contains("bücher"), "{sent:?}");
    }
}

#[test]
fn a_narrow_screen_has_a_block_for_each_row() {
    let project = Project::with(&[("net.toml", NAMES)]);
    let run = |columns, words: &[&str]| {
        let variables = [("TERM", "dumb"), ("LANG", "C.UTF-8")];
        OnTerminal::in_surroundings(columns, &variables, project.0.path(), words).sent().replace("\r\n", "\n")
    };
    let check = ["check", "net.toml", "-o", "table"];
    let narrow = run(50, &check);
    assert!(narrow.contains("\n\nVerdict: ✗ FAIL\nCheck: a name of some length\nKind: sysctl\n"), "{narrow}");
    assert!(narrow.contains("\nWhy: value Linux, wanted Plan9\n"), "{narrow}");
    let wide = run(60, &check);
    assert!(wide.starts_with("Verdict  Check"), "{wide}");
    let probe = ["probe", "tcp://127.0.0.1:1", "--format", "table"];
    let narrow = run(50, &probe);
    assert!(narrow.starts_with("Outcome: refused\nURL: tcp://127.0.0.1:1\n"), "{narrow}");
    assert!(narrow.contains("\nWhy: connect: connection refused\n"), "{narrow}");
}

#[test]
fn no_colour_is_sent_to_who_wants_none() {
    let project = Project::with(&[("net.toml", NAMES)]);
    let probe = ["probe", "tcp://127.0.0.1:1", "--format", "table"];
    for words in [&["check", "net.toml"][..], &["check", "net.toml", "-o", "table"], &probe] {
        let sent = |variables: &[(&str, &str)]| {
            let variables = [variables, &[("TERM", "xterm")]].concat();
            OnTerminal::in_surroundings(100, &variables, project.0.path(), words).sent()
        };
        let is_coloured =
            |sent: &str| sent.contains("\x1b[31m") || sent.contains("\x1b[1m") || sent.contains("38;5;");
        let coloured = sent(&[]);
        assert!(is_coloured(&coloured), "{words:?}: {coloured:?}");
        let plain = sent(&[("NO_COLOR", "1")]);
        assert!(!is_coloured(&plain), "{words:?}: {plain:?}");
    }
}
