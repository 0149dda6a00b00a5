//! `netdiag check` on a terminal: how far it is comes and goes, and nothing of it stays.
//!
//! The terminal is a pseudo-terminal, read the way a screen would show it.

use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::process::{Child, Command};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use netdiag_lab::until;
use nix::pty::{Winsize, openpty};

use crate::check::Project;

/// What a run looks like: lines of a screen, whose last columns wrap as those of real terminals do.
#[derive(Default)]
struct Screen {
    lines: Vec<Vec<char>>,
    row: usize,
    column: usize,
}

const COLUMNS: usize = 60;

impl Screen {
    fn show(&mut self, text: &str) {
        let mut rest = text.chars();
        while let Some(character) = rest.next() {
            match character {
                '\r' => self.column = 0,
                '\n' => self.row += 1,
                '\x1b' => {
                    assert_eq!(rest.next(), Some('['), "{text:?}");
                    let sequence: String = rest.by_ref().take_while(|it| !it.is_ascii_alphabetic()).collect();
                    let end = rest.as_str().len();
                    let letter = text[..text.len() - end].chars().last().unwrap();
                    self.control(letter, sequence.parse().unwrap_or(1));
                }
                _ => self.put(character),
            }
        }
    }

    fn put(&mut self, character: char) {
        if self.column == COLUMNS {
            (self.row, self.column) = (self.row + 1, 0);
        }
        let (row, column) = (self.row, self.column);
        self.lines.resize(self.lines.len().max(row + 1), Vec::new());
        let line = &mut self.lines[row];
        line.resize(line.len().max(column + 1), ' ');
        line[column] = character;
        self.column += 1;
    }

    fn control(&mut self, letter: char, count: usize) {
        match letter {
            'A' => self.row = self.row.saturating_sub(count),
            'B' => self.row += count,
            'C' => self.column = (self.column + count).min(COLUMNS),
            'D' => self.column = self.column.saturating_sub(count),
            'K' => self.lines[self.row..].iter_mut().take(1).for_each(Vec::clear),
            // Colours are not looked at.
            'm' => {}
            other => panic!("a sequence nobody knows: {other}"),
        }
    }

    fn text(&self) -> String {
        let line = |line: &Vec<char>| line.iter().collect::<String>().trim_end().to_owned() + "\n";
        self.lines.iter().map(line).collect()
    }
}

/// A run on a terminal of its own, and everything that terminal was sent.
struct OnTerminal {
    child: Child,
    keyboard: File,
    sent: Arc<Mutex<Vec<u8>>>,
    reader: JoinHandle<()>,
}

impl OnTerminal {
    /// A check of `net.toml` with these options.
    fn start(project: &Project, words: &[&str]) -> Self {
        Self::of_kind("xterm", project, &[&["check", "net.toml"], words].concat())
    }

    /// Any command on a terminal that says to be of this kind.
    fn of_kind(kind: &str, project: &Project, words: &[&str]) -> Self {
        Self::in_surroundings(COLUMNS, &[("TERM", kind)], project, words)
    }

    /// Any command on a terminal with so many columns, and these variables.
    fn in_surroundings(
        columns: usize,
        variables: &[(&str, &str)],
        project: &Project,
        words: &[&str],
    ) -> Self {
        let size = Winsize { ws_row: 40, ws_col: columns as u16, ws_xpixel: 0, ws_ypixel: 0 };
        let terminal = openpty(&size, None).unwrap();
        let slave = |_| terminal.slave.try_clone().unwrap();
        let [stdin, stdout, stderr] = [0, 1, 2].map(slave);
        // setsid(1) makes the terminal one that can interrupt.
        let child = Command::new("setsid")
            .args(["--ctty", "--wait", env!("CARGO_BIN_EXE_netdiag")])
            .args(words)
            .current_dir(&project.0)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .envs(variables.iter().copied())
            .stdin::<OwnedFd>(stdin)
            .stdout::<OwnedFd>(stdout)
            .stderr::<OwnedFd>(stderr)
            .spawn()
            .expect("setsid, of util-linux");
        drop(terminal.slave);
        let keyboard = File::from(terminal.master);
        let (mut screen, sent) = (keyboard.try_clone().unwrap(), Arc::new(Mutex::new(Vec::new())));
        let kept = Arc::clone(&sent);
        let reader = thread::spawn(move || {
            let mut bytes = [0; 4096];
            // A terminal nobody has open any more is an error to read.
            while let Ok(length @ 1..) = screen.read(&mut bytes) {
                kept.lock().unwrap().extend(&bytes[..length]);
            }
        });
        Self { child, keyboard, sent, reader }
    }

    fn waits_for(&self, words: &str) {
        let seen = || String::from_utf8_lossy(&self.sent.lock().unwrap()).contains(words).then_some(());
        until(words, PATIENCE, seen).unwrap();
    }

    /// The screen at the end.
    fn ends(self) -> String {
        let mut screen = Screen::default();
        screen.show(&self.sent());
        screen.text()
    }

    /// Everything it was sent until the end.
    fn sent(mut self) -> String {
        until("the end", PATIENCE, || self.child.try_wait().unwrap()).unwrap();
        drop(self.keyboard);
        self.reader.join().unwrap();
        let sent = self.sent.lock().unwrap();
        String::from_utf8(sent.clone()).unwrap()
    }
}

const PATIENCE: Duration = Duration::from_secs(120);

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
    let mut run = OnTerminal::start(&project, &["-o", "table"]);
    run.waits_for("1 of 2 done, waiting for: a name");
    run.keyboard.write_all(b"\x03").unwrap();
    let screen = run.ends();
    assert!(!screen.contains("of 2 done") && screen.contains("\n1 not measured, 1 passed"), "{screen}");
    // The terminal shows what was typed, and that is all that comes before the report.
    assert!(screen.trim_start_matches("^C").trim_start().starts_with("Verdict"), "{screen}");
}

#[test]
fn lines_on_a_terminal_have_no_progress_among_them() {
    let project = Project::with(&[("net.toml", FILE)]);
    let mut run = OnTerminal::start(&project, &["-o", "jsonl"]);
    run.waits_for("\"quick\"");
    run.keyboard.write_all(b"\x03").unwrap();
    let screen = run.ends();
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
        let sent = ["dumb", ""].map(|kind| OnTerminal::of_kind(kind, &project, words)).map(OnTerminal::sent);
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
    for format in ["human", "table"] {
        let sent = |variable| {
            let words = ["check", "net.toml", "-o", format];
            OnTerminal::in_surroundings(100, &[variable, ("TERM", "xterm")], &project, &words).sent()
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
        OnTerminal::in_surroundings(columns, &variables, &project, words).sent().replace("\r\n", "\n")
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
            OnTerminal::in_surroundings(100, &variables, &project, words).sent()
        };
        let is_coloured =
            |sent: &str| sent.contains("\x1b[31m") || sent.contains("\x1b[1m") || sent.contains("38;5;");
        let coloured = sent(&[]);
        assert!(is_coloured(&coloured), "{words:?}: {coloured:?}");
        let plain = sent(&[("NO_COLOR", "1")]);
        assert!(!is_coloured(&plain), "{words:?}: {plain:?}");
    }
}
