//! The line about the last probes, below the others on a terminal: it comes and goes, and nothing of it stays.

use std::io::Write;
use std::path::Path;

use netdiag_lab::Lab;
use rustix::termios::{Winsize, tcsetwinsize};

use crate::guard;
use crate::ping_run::{Program, run};
use crate::terminal::{OnTerminal, shown};

fn on_terminal(kind: &str, words: &str) -> OnTerminal {
    let words: Vec<&str> = ["ping"].into_iter().chain(words.split_whitespace()).collect();
    OnTerminal::of_kind(kind, Path::new("/"), &words)
}

/// What was drawn, without what was printed.
fn drawn(sent: &str) -> impl Iterator<Item = &str> {
    sent.split(['\r', '\n', 'J']).filter(|part| part.starts_with("last "))
}

#[test]
fn the_line_goes_with_the_run_and_leaves_pings_lines_as_they_are() {
    guard::namespace();
    let mut run = on_terminal("xterm", "-i 0.2 127.0.0.1");
    run.waits_for("last 3: 0% loss, rtt min/avg/max ");
    let narrow = Winsize { ws_row: 40, ws_col: 24, ws_xpixel: 0, ws_ypixel: 0 };
    tcsetwinsize(&run.keyboard, narrow).unwrap();
    run.waits_for("icmp_seq=8 ");
    run.keyboard.write_all(b"\x03").unwrap();
    let sent = run.sent();
    assert!(drawn(&sent).all(|line| line.len() < 60), "{sent:?}");
    assert_eq!(drawn(&sent).last().map(str::len), Some(23), "{sent:?}");
    // The cursor rests where the line begins, from where it is erased however it was wrapped.
    let rests =
        |at: usize| sent[at..].find(['\r', '\n', 'J']).is_some_and(|end| sent[at + end..].starts_with('\r'));
    assert!(sent.match_indices("last ").all(|(at, _)| rests(at)), "{sent:?}");
    let screen = shown(&sent);
    let (lines, summary) = screen.split_once("\n\n--- 127.0.0.1 ping statistics ---\n").unwrap();
    assert!(!screen.contains("last ") && summary.contains(" received, 0% packet loss"), "{screen}");
    let mut lines = lines.lines();
    assert_eq!(lines.next(), Some("PING 127.0.0.1 (127.0.0.1) 56(84) bytes of data."));
    for (seq, line) in (1..).zip(lines) {
        let expected = format!("64 bytes from 127.0.0.1: icmp_seq={seq} ttl=64 time=");
        assert!(line.starts_with(&expected) && line.ends_with(" ms"), "{screen}");
    }
}

#[test]
fn the_line_is_not_where_it_has_no_place() {
    guard::namespace();
    #[rustfmt::skip]
    let cases = [
        ("dumb",  ""),
        ("",      ""),
        ("xterm", "--no-live"),
        ("xterm", "-q"),
        ("xterm", "-f -i 0.2"),
        ("xterm", "-j"),
        ("xterm", "--format jsonl"),
    ];
    for (kind, words) in cases {
        let sent = on_terminal(kind, &format!("-c 3 -i 0.2 --color never {words} 127.0.0.1")).sent();
        assert!(sent.contains("127.0.0.1") && !sent.contains("\x1b"), "{kind} {words}: {sent:?}");
        assert!(!sent.contains("last 2"), "{kind} {words}: {sent:?}");
    }
    // It needs a terminal, whatever else is said.
    let (lab, words) = (Lab::new().unwrap(), "-c 3 -i 0.2 127.0.0.1");
    let host = lab.host("host").unwrap();
    for program in [Program::Netdiag, Program::Linked("ping")] {
        let run = run(&host, program.command(words).env("TERM", "xterm"));
        assert!(!run.stdout.contains("last ") && run.counts().ends_with(" 0% packet loss"), "{run}");
    }
}
