//! The live view of traces on a terminal of its own: what it shows, what keys do, and that it leaves the terminal as it was.

use std::fs::{self, File};
use std::io::Write;
use std::os::fd::AsRawFd;
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::sync::LazyLock;
use std::time::Duration;

use netdiag_lab::{HopManner, Host, Lab, ScriptedHop, ScriptedPath, until};
use rustix::io::{FdFlags, fcntl_setfd};
use rustix::process::{Pid, Signal, kill_process};
use rustix::termios::{LocalModes, Winsize, tcgetattr, tcgetsid, tcsetwinsize};
use tempfile::NamedTempFile;

use crate::guard;
use crate::nobody::{self, NOBODY};
use crate::ping_run::{netdiag, run};
use crate::terminal::OnTerminal;

/// A router, one that says nothing, and the host.
fn scripted() -> (Host, ScriptedPath) {
    let lab = Lab::new().unwrap();
    let client = lab.host("client").unwrap();
    client.sysctl("net.ipv4.ping_group_range", "0 2147483647").unwrap();
    let hops = vec![ScriptedHop::default(), HopManner::Silent.into()];
    let path = ScriptedPath::new(&lab, &client, hops, HopManner::Answers).unwrap();
    (client, path)
}

fn live(host: &Host, words: &str) -> OnTerminal {
    host.run(|| {
        let words: Vec<&str> =
            ["trace", "-n", "-i", "100ms"].into_iter().chain(words.split_whitespace()).collect();
        OnTerminal::in_surroundings(100, &[("TERM", "xterm"), ("LC_ALL", "C.UTF-8")], "/".as_ref(), &words)
    })
}

/// The same by a user who may do nothing.
fn live_as_nobody(host: &Host, words: &str) -> OnTerminal {
    nobody::must_be_mapped();
    // It is named by an open file, which setsid(1) is to hand on.
    static PROGRAM: LazyLock<File> = LazyLock::new(|| {
        let program = File::open(env!("CARGO_BIN_EXE_netdiag")).unwrap();
        fcntl_setfd(&program, FdFlags::empty()).unwrap();
        program
    });
    host.run(|| {
        let mut command = Command::new("setsid");
        command.args(["--ctty", "--wait", &format!("/proc/self/fd/{}", PROGRAM.as_raw_fd()), "trace", "-n"]);
        command.args(["-i", "100ms"]).args(words.split_whitespace()).current_dir("/").uid(NOBODY).gid(NOBODY);
        OnTerminal::of_command(100, &[("TERM", "xterm"), ("LC_ALL", "C.UTF-8")], &mut command)
    })
}

/// What was printed when the view had ended.
fn report(sent: &str) -> String {
    let (_, report) = sent.rsplit_once(LEFT).unwrap_or_else(|| panic!("it was not left: {sent:?}"));
    report.replace("\x1b[?25h", "").replace("\r\n", "\n")
}

/// Whether a terminal echoes and takes whole lines, as a shell wants it.
fn is_cooked(run: &OnTerminal) -> bool {
    let modes = tcgetattr(&run.keyboard).unwrap().local_modes;
    modes.contains(LocalModes::ECHO | LocalModes::ICANON | LocalModes::ISIG)
}

/// The program itself: it leads the session.
fn program(run: &OnTerminal) -> Pid {
    tcgetsid(&run.keyboard).unwrap()
}

#[test]
fn hops_are_shown_as_they_are_measured_and_reported_in_the_end() {
    guard::namespace();
    let (client, _path) = scripted();
    for start in [live, live_as_nobody] {
        let mut run = start(&client, "--timeout 500ms 10.99.99.9");
        // Only what changes is drawn: no more than a word is sent together.
        for words in ["10.99.1.1", "10.99.99.9", "ok", "quiet"] {
            run.waits_for(words);
        }
        assert!(!is_cooked(&run));
        run.keyboard.write_all(b"?").unwrap();
        run.waits_for("Ctrl-C");
        run.keyboard.write_all(b"\x1b[A?").unwrap();
        run.keyboard.write_all(b"p").unwrap();
        run.waits_for("PAUSED");
        let narrow = Winsize { ws_row: 10, ws_col: 30, ws_xpixel: 0, ws_ypixel: 0 };
        tcsetwinsize(&run.keyboard, narrow).unwrap();
        // All of it is drawn anew.
        run.waits_for("\x1b[2J");
        run.keyboard.write_all(b"q").unwrap();
        let sent = run.sent();
        let report = report(&sent);
        let lines: Vec<&str> = report.lines().collect();
        let [title, first, second, third, "", sentence] = lines[..] else { panic!("{report}") };
        assert_eq!(title, "trace to 10.99.99.9 from 10.99.0.1, ICMP echo every 100 ms, until it was ended");
        assert!(first.starts_with(" 1  10.99.1.1 ") && first.ends_with(" ms"), "{report}");
        assert!(second.starts_with(" 2  * ") && second.contains("does not answer, passes "), "{report}");
        assert!(third.starts_with(" 3  10.99.99.9 "), "{report}");
        assert!(
            sentence.starts_with("No loss: ") && sentence.ends_with("; hop 2 does not answer"),
            "{report}"
        );
        assert_eq!((sent.matches(ENTERED).count(), sent.matches(LEFT).count()), (1, 1), "{sent:?}");
    }
}

#[test]
fn while_it_is_paused_nothing_is_sent_and_who_begins_anew_has_nothing() {
    guard::namespace();
    let (client, _path) = scripted();
    let mut run = live(&client, "10.99.99.9");
    run.waits_for("10.99.99.9");
    run.waits_for("ok");
    run.keyboard.write_all(b"p").unwrap();
    run.waits_for("PAUSED");
    run.keyboard.write_all(b"r").unwrap();
    run.waits_for("Nobody");
    run.keyboard.write_all(b"\x03").unwrap();
    let report = report(&run.sent());
    assert!(report.ends_with("\nNobody answers on the way to 10.99.99.9\nnetdiag: 10.99.99.9: no probe had its time to be answered\n"), "{report}");
}

#[test]
fn as_many_rounds_as_are_asked_for_end_it() {
    guard::namespace();
    let (client, _path) = scripted();
    let run = live(&client, "-c 5 --no-confirm --columns hop,host,sent,mean fd99:99::9");
    let sent = run.sent();
    assert!(sent.contains("Mean") && !sent.contains("Jitter"), "{sent:?}");
    let report = report(&sent);
    assert!(
        report.starts_with("trace to fd99:99::9 from fd99::1, 5 rounds of ICMP echo every 100 ms,"),
        "{report}"
    );
    assert!(report.ends_with("\nNo loss: 5 of 5 to fd99:99::9; hop 2 does not answer\n"), "{report}");
}

#[test]
fn the_shell_has_its_turn_and_gives_it_back() {
    guard::namespace();
    let (client, _path) = scripted();
    for by_key in [true, false] {
        let mut run = live(&client, "10.99.99.9");
        run.waits_for("10.99.99.9");
        let program = program(&run);
        match by_key {
            true => run.keyboard.write_all(b"\x1a").unwrap(),
            false => kill_process(program, Signal::TSTP).unwrap(),
        }
        let stat = format!("/proc/{}/stat", program.as_raw_nonzero());
        until("it to stop", PATIENCE, || fs::read_to_string(&stat).unwrap().contains(") T ").then_some(()))
            .unwrap();
        run.waits_for(LEFT);
        assert!(is_cooked(&run));
        kill_process(program, Signal::CONT).unwrap();
        run.waits_for(&format!("{LEFT}\x1b[?25h{ENTERED}"));
        run.keyboard.write_all(b"q").unwrap();
        let sent = run.sent();
        assert!(report(&sent).contains("\nNo loss: "), "{sent:?}");
    }
}

#[test]
fn whoever_ends_it_has_the_terminal_back_as_it_was() {
    guard::namespace();
    let (client, _path) = scripted();
    for signal in [Signal::HUP, Signal::TERM, Signal::INT] {
        let run = live(&client, "10.99.99.9");
        run.waits_for("10.99.99.9");
        run.waits_for("ok");
        kill_process(program(&run), signal).unwrap();
        let sent = run.sent();
        assert!(report(&sent).contains("\nNo loss: "), "{signal:?}: {sent:?}");
    }
}

#[test]
fn it_is_not_where_it_has_no_place() {
    guard::namespace();
    let (client, _path) = scripted();
    #[rustfmt::skip]
    let cases = [
        ("dumb",  ""),
        ("xterm", "--live never"),
        ("xterm", "-q"),
        ("xterm", "--format jsonl"),
        ("xterm", "--ping-hops"),
    ];
    for (kind, words) in cases {
        let words = format!("trace -n -c 3 -i 50ms --no-confirm --timeout 500ms {words} 10.99.99.9");
        let words: Vec<&str> = words.split_whitespace().collect();
        let run = client.run(|| OnTerminal::of_kind(kind, "/".as_ref(), &words));
        let sent = run.sent();
        assert!(sent.contains("No loss: 3 of 3") && !sent.contains(ENTERED), "{words:?}: {sent:?}");
    }
    let asked = |words: &str| {
        run(&client, netdiag(&format!("trace --live always {words} 10.99.99.9")).env("TERM", "xterm"))
    };
    let (no_terminal, other_format) = (asked(""), asked("--json"));
    assert_eq!((no_terminal.end.as_str(), other_format.end.as_str()), ("exit status: 3", "exit status: 2"));
    assert!(no_terminal.stderr.contains("are not one terminal that can be drawn on"), "{no_terminal}");
}

#[test]
fn a_file_of_as_numbers_is_read_as_the_caller_who_is_told_what_is_wrong_with_it() {
    guard::namespace();
    let (client, _path) = scripted();
    let file = NamedTempFile::new().unwrap();
    let path = file.path().to_str().unwrap();
    let words = format!("trace -n -c 2 -i 50ms --no-confirm --timeout 500ms --as {path}");
    let asked = |more: &str| run(&client, &mut netdiag(&format!("{words} {more} 10.99.99.9")));
    let nothing = asked("");
    assert!(nothing.stderr.contains(&format!("--as {path}: neither a MaxMind DB nor lines of")), "{nothing}");
    assert_eq!((nothing.end.as_str(), nothing.stdout.as_str()), ("exit status: 3", ""));
    // Private addresses belong to nobody, whatever a file says; a hop that is silent may belong to anybody.
    fs::write(path, "10.0.0.0\t10.255.255.255\t64500\tDE\tEXAMPLE\nnonsense\n").unwrap();
    let told = asked("--not-via AS64500");
    assert!(told.stderr.contains("1 line is no range of addresses, the first is line 2"), "{told}");
    assert!(!told.stdout.contains("AS64500") && told.end == "exit status: 3", "{told}");
    let mut command = nobody::netdiag();
    let told = run(&client, command.args(words.split_whitespace()).arg("10.99.99.9"));
    assert!(told.stderr.contains(&format!("--as {path}: Permission denied")), "{told}");
    let nowhere = run(&client, &mut netdiag("trace --via AS64500 10.99.99.9"));
    assert!(nowhere.stderr.contains("need --as") && nowhere.end == "exit status: 2", "{nowhere}");
}

const ENTERED: &str = "\x1b[?1049h";
const LEFT: &str = "\x1b[?1049l";
const PATIENCE: Duration = Duration::from_secs(60);
