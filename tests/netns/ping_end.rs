//! How a run ends: by count, deadline and linger, by a signal, by an output nobody takes; and what it says when it cannot send.
//!
//! Lower bounds of time are exact, upper ones generous: a busy machine only ever adds.

use std::fs::File;
use std::io;
use std::process::Command;
use std::time::{Duration, Instant};

use netdiag_lab::{Hop, Lab, Path, Pick, Plan, Way, until};
use nix::sys::signal::Signal;
use snapbox::str;

use crate::guard;
use crate::ping_run::{Program, ping, run};
use crate::ping_running::{PATIENCE, Running};

fn path(there: Plan) -> Path {
    Path::new(&Lab::new().unwrap(), there, Plan::default()).unwrap()
}

fn silent() -> Path {
    path(Plan { loss: Pick::Chance(1.0), ..Plan::default() })
}

/// Waits until so many requests have left for the server.
fn sent(path: &Path, count: u64) {
    let seen = || (path.wire.ledger(Way::There).seen >= count).then_some(());
    until(format!("{count} requests"), PATIENCE, seen).unwrap();
}

#[test]
fn an_interrupt_ends_in_a_summary() {
    guard::namespace();
    let path = path(Plan::default());
    for signal in [Signal::SIGINT, Signal::SIGALRM] {
        let answered = Running::ping(&path.client, "-i 1 10.0.2.1");
        answered.says("icmp_seq=2 ");
        answered.signal(signal);
        let run = answered.finish();
        let sent = run.replies().len();
        assert_eq!(run.counts(), format!("{sent} packets transmitted, {sent} received, 0% packet loss"));
        assert_eq!((run.stderr.as_str(), run.end.as_str()), ("", "exit status: 0"), "{run}");
    }
}

#[test]
fn an_interrupt_while_nothing_answers_is_a_failure() {
    guard::namespace();
    let path = silent();
    let unanswered = Running::ping(&path.client, "-i 100 10.0.2.1");
    sent(&path, 1);
    unanswered.signal(Signal::SIGINT);
    unanswered.finish().reads(str![[r#"
PING 10.0.2.1 (10.0.2.1) 56(84) bytes of data.

--- 10.0.2.1 ping statistics ---
1 packets transmitted, 0 received, 100% packet loss, time Tms

---- exit status: 1

"#]]);
}

#[test]
fn sigquit_asks_how_things_stand() {
    guard::namespace();
    let path = path(Plan { loss: Pick::Nth(vec![1]), ..Plan::default() });
    let running = Running::ping(&path.client, "-i 0.5 10.0.2.1");
    running.says("icmp_seq=2 ");
    running.signal(Signal::SIGQUIT);
    running.complains("\n");
    running.says("icmp_seq=3 ");
    running.signal(Signal::SIGINT);
    let run = running.finish();
    let (status, figures) = run.stderr.split_once(", min/avg/ewma/max = ").unwrap();
    // A probe may have left between the reply and the question.
    assert!(["\r1/2 packets, 50% loss", "\r1/3 packets, 66% loss"].contains(&status), "{run}");
    let figures: Vec<f64> =
        figures.strip_suffix(" ms\n").unwrap().split('/').map(|figure| figure.parse().unwrap()).collect();
    assert!(figures.len() == 4 && figures[0] <= figures[3], "{run}");
    assert_eq!(run.end, "exit status: 0");
}

#[test]
fn sigquit_before_any_reply_has_no_times() {
    guard::namespace();
    let path = silent();
    let running = Running::ping(&path.client, "-i 100 10.0.2.1");
    sent(&path, 1);
    running.signal(Signal::SIGQUIT);
    running.complains("\r0/1 packets, 100% loss\n");
    running.signal(Signal::SIGINT);
    assert_eq!(running.finish().stderr, "\r0/1 packets, 100% loss\n");
}

#[test]
fn other_signals_kill_without_a_word() {
    guard::namespace();
    let path = silent();
    for (times, (signal, end)) in
        (1..).zip([(Signal::SIGTERM, "signal: 15 (SIGTERM)"), (Signal::SIGHUP, "signal: 1 (SIGHUP)")])
    {
        let running = Running::ping(&path.client, "-i 100 10.0.2.1");
        sent(&path, times);
        running.signal(signal);
        let run = running.finish();
        assert_eq!((run.stderr.as_str(), run.end.as_str()), ("", end));
        assert!(!run.stdout.contains("statistics"), "{run}");
    }
}

#[test]
fn a_run_that_was_stopped_goes_on_and_its_replies_keep_their_times() {
    guard::namespace();
    let delay = Duration::from_millis(50);
    for datagram in ["1 0", "0 0"] {
        let path = Path::new(&Lab::new().unwrap(), Plan::delayed(delay), Plan::default()).unwrap();
        path.client.sysctl("net.ipv4.ping_group_range", datagram).unwrap();
        let running = Running::ping(&path.client, "-i 0.3 10.0.2.1");
        sent(&path, 2);
        running.signal(Signal::SIGSTOP);
        let stopped = Instant::now();
        until("a while", PATIENCE, || (stopped.elapsed() > Duration::from_secs(1)).then_some(())).unwrap();
        running.signal(Signal::SIGCONT);
        running.says("icmp_seq=4 ");
        running.signal(Signal::SIGINT);
        let run = running.finish();
        let replies = run.replies();
        // What was missed is not made up for, and the reply that came meanwhile was stamped by the kernel.
        assert!(replies.iter().map(|reply| reply.seq).eq(1..=replies.len() as u64), "{run}");
        assert!(replies[1].millis < 1000.0, "{run}");
        assert_eq!((run.stderr.as_str(), run.end.as_str()), ("", "exit status: 0"), "{run}");
    }
}

#[test]
fn a_reader_who_leaves_under_way_ends_the_run() {
    guard::namespace();
    let host = Lab::new().unwrap().host("host").unwrap();
    for words in ["-i 0.02 127.0.0.1", "-f ::1", "-j -i 0.02 127.0.0.1"] {
        let (mut reader, writer) = io::pipe().unwrap();
        let command = &mut Program::Linked("ping").command(words);
        let running = Running::writing_to(&host, command, writer);
        io::Read::read_exact(&mut reader, &mut [0; 64]).unwrap();
        drop(reader);
        let run = running.finish();
        assert_eq!((run.stderr.as_str(), run.end.as_str()), ("", "exit status: 0"), "{words}");
    }
}

#[test]
fn a_reader_who_leaves_is_no_failure() {
    guard::namespace();
    let host = Lab::new().unwrap().host("host").unwrap();
    let (reader, writer) = io::pipe().unwrap();
    drop(reader);
    let command = &mut Program::Linked("ping").command("-c 1 127.0.0.1");
    let running = Running::writing_to(&host, command, writer);
    // The command still holds what it was given to write to.
    let run = running.finish();
    assert_eq!((run.stderr.as_str(), run.end.as_str()), ("", "exit status: 0"));
}

#[test]
fn output_that_cannot_be_written_is_a_failure() {
    guard::namespace();
    let host = Lab::new().unwrap().host("host").unwrap();
    for (program, name) in [(Program::Linked("ping"), "ping"), (Program::Netdiag, "netdiag")] {
        let full = File::options().write(true).open("/dev/full").unwrap();
        let run = Running::writing_to(&host, &mut program.command("-c 1 127.0.0.1"), full).finish();
        let said = format!("{name}: write error: No space left on device\n");
        assert_eq!((run.stderr, run.end.as_str()), (said, "exit status: 1"));
    }
}

/// A run over a wire that loses the named probes.
struct Timed {
    words: &'static str,
    lost: &'static [u64],
    /// The fewest seconds it may take.
    least: f64,
    counts: &'static str,
    status: u8,
}

#[test]
fn count_deadline_and_linger_decide_how_long_it_takes() {
    guard::namespace();
    #[rustfmt::skip]
    let cases: [Timed; 11] = [
        Timed { words: "-c 1 -W 0.5",             lost: &[1],         least: 0.5, counts: "1 packets transmitted, 0 received, 100% packet loss",         status: 1 },
        Timed { words: "-c 3 -i 0.2 -W 0.3",      lost: &[1, 2, 3],   least: 0.7, counts: "3 packets transmitted, 0 received, 100% packet loss",         status: 1 },
        Timed { words: "-c 3 -i 0.2 -W 10",       lost: &[3],         least: 0.6, counts: "3 packets transmitted, 2 received, 33.3333% packet loss",     status: 0 },
        Timed { words: "-c 3 -i 0.2 -W 0.01",     lost: &[],          least: 0.4, counts: "3 packets transmitted, 3 received, 0% packet loss",           status: 0 },
        Timed { words: "-w 2 -i 0.8",             lost: &[1, 2, 3],   least: 2.0, counts: "3 packets transmitted, 0 received, 100% packet loss",         status: 1 },
        Timed { words: "-w 2 -i 0.8",             lost: &[1],         least: 2.0, counts: "3 packets transmitted, 2 received, 33.3333% packet loss",     status: 0 },
        Timed { words: "-w 1 -i 5 -W 9",          lost: &[1],         least: 1.0, counts: "1 packets transmitted, 0 received, 100% packet loss",         status: 1 },
        Timed { words: "-w 20 -c 2 -i 0.6",       lost: &[1, 2],      least: 1.8, counts: "4 packets transmitted, 2 received, 50% packet loss",          status: 0 },
        Timed { words: "-w 2 -c 4 -i 0.8",        lost: &[1],         least: 2.0, counts: "3 packets transmitted, 2 received, 33.3333% packet loss",     status: 1 },
        Timed { words: "-w 20 -c 1",              lost: &[],          least: 0.0, counts: "1 packets transmitted, 1 received, 0% packet loss",           status: 0 },
        Timed { words: "-c 2 -i 0 -W 0.5",        lost: &[1, 2],      least: 0.5, counts: "2 packets transmitted, 0 received, 100% packet loss",         status: 1 },
    ];
    let path = path(Plan::default());
    for Timed { words, lost, least, counts, status } in cases {
        path.wire.replan(Way::There, Plan { loss: Pick::Nth(lost.to_vec()), ..Plan::default() });
        let start = Instant::now();
        let run = ping(&path.client, &format!("{words} 10.0.2.1"));
        let took = start.elapsed().as_secs_f64();
        assert_eq!(run.counts(), counts, "{words}: {run}");
        assert_eq!(run.end, format!("exit status: {status}"), "{words}: {run}");
        // What waits for something that does not come waits ten seconds and more.
        assert!((least..9.0).contains(&took), "{words}: {took} s");
    }
}

#[test]
fn a_linger_of_zero_waits_for_ever() {
    guard::namespace();
    let path = silent();
    let start = Instant::now();
    let mut running = Running::ping(&path.client, "-c 1 -W 0 10.0.2.1");
    sent(&path, 1);
    // Longer than the one interval an answered run would wait.
    let waited = until("a while", PATIENCE, || {
        (running.is_over() || start.elapsed() > Duration::from_millis(1500)).then_some(())
    });
    waited.unwrap();
    assert!(!running.is_over());
    running.signal(Signal::SIGINT);
    assert_eq!(running.finish().counts(), "1 packets transmitted, 0 received, 100% packet loss");
}

#[test]
fn an_error_ends_a_deadline_under_the_old_name_only() {
    guard::namespace();
    let path = path(Plan::default());
    let linked = ping(&path.client, "-w 20 -t 1 10.0.2.1");
    assert_eq!(linked.counts(), "1 packets transmitted, 0 received, +1 errors, 100% packet loss", "{linked}");
    let start = Instant::now();
    let ours = run(&path.client, &mut Program::Netdiag.command("-w 2 -i 1.2 -t 1 10.0.2.1"));
    assert!(start.elapsed() >= Duration::from_secs(2));
    assert_eq!(ours.counts(), "2 packets transmitted, 0 received, +2 errors, 100% packet loss", "{ours}");
}

#[test]
fn what_cannot_be_sent_any_more_is_told() {
    guard::namespace();
    for (server, prefix) in [(Path::SERVER_V4, "10.0.2.1/32"), (Path::SERVER_V6, "fd00:2::1/128")] {
        let path = path(Plan::default());
        let running = Running::ping(&path.client, &format!("-c 5 -i 0.5 {server}"));
        running.says("icmp_seq=1 ");
        path.client.route(prefix, Hop::Prohibit).unwrap();
        running.complains("ping: sendmsg: Permission denied\n");
        let run = running.finish();
        let failed = run.stderr.matches("ping: sendmsg: Permission denied\n").count();
        let received = 5 - failed;
        let loss = failed * 20;
        let counts = format!("5 packets transmitted, {received} received, {loss}% packet loss");
        assert_eq!(run.counts(), counts, "{run}");
        assert_eq!(run.end, "exit status: 0");
    }
}

#[test]
fn a_link_that_goes_down_is_told() {
    guard::namespace();
    let path = path(Plan::default());
    let running = Running::ping(&path.client, "-i 0.1 10.0.2.1");
    running.says("icmp_seq=2 ");
    path.client.down("eth0").unwrap();
    running.complains("ping: sendmsg: Network is unreachable\n");
    running.signal(Signal::SIGINT);
    assert_eq!(running.finish().end, "exit status: 0");
}

#[test]
fn six_descriptors_are_enough() {
    guard::namespace();
    let path = path(Plan::default());
    for words in [
        "-c 2 -i 0.1 10.0.2.1",
        "-c 100 -i 0 -q fd00:2::1",
        "-c 1 localhost",
        "-c 1 --percentiles -i 0.1 10.0.2.1",
    ] {
        let ping = Program::Netdiag.command(words);
        let mut few = Command::new("sh");
        few.args(["-c", "ulimit -n 6; exec \"$0\" \"$@\""]).arg(ping.get_program()).args(ping.get_args());
        let run = run(&path.client, &mut few);
        assert!(run.counts().contains(" 0% packet loss"), "{words}: {run}");
        assert_eq!((run.stderr.as_str(), run.end.as_str()), ("", "exit status: 0"), "{words}");
    }
}
