//! Delays that arise in this host: its own queue, and a neighbour that is slow to tell its address. They are part of a round
//! trip, and told apart.

use std::net::UdpSocket;
use std::process::Command;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use netdiag_echo::{AskOptions, PingEvent, RunControl, ask};
use netdiag_lab::{Hop, Host, Lab, Path, Plan, TokenBucket};
use nix::sys::signal::Signal;
use serde_json::Value;

use crate::guard;
use crate::ping_run::{Program, Run, run};
use crate::ping_running::Running;
use crate::stamping::Stamping;

fn path() -> Path {
    Path::new(&Lab::new().unwrap(), Plan::default(), Plan::default()).unwrap()
}

/// A client that sends 100 kbit a second and lets the rest wait.
fn throttled() -> Path {
    let path = path();
    // The neighbour's address is known before anything waits.
    for server in Path::SERVERS {
        netdiag(&path.client, &format!("-c 1 {server}"));
    }
    path.client.throttle("eth0", TokenBucket { rate: 100_000, burst: 2000, limit: 60_000 }).unwrap();
    path
}

fn netdiag(host: &Host, words: &str) -> Run {
    run(host, &mut Program::Netdiag.command(words))
}

fn json(run: &Run) -> Value {
    serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}: {run}"))
}

fn replies(document: &Value) -> impl Iterator<Item = &Value> {
    document["events"].as_array().unwrap().iter().filter(|event| event["record"] == "reply")
}

fn micros(value: &Value, key: &str) -> f64 {
    value[key].as_f64().unwrap_or_else(|| panic!("no {key} in {value}"))
}

/// Ten probes of 1000 bytes at once are as many as 12,500 bytes a second take longer for than this.
const WAITS: f64 = 200.0;
const AT_ONCE: &str = "-s 1000 -l 10 -c 10";

#[test]
fn a_queue_of_this_host_is_in_the_round_trip_and_no_loss() {
    guard::namespace();
    for server in Path::SERVERS {
        let path = throttled();
        let counts = "10 packets transmitted, 10 received, 0% packet loss";
        // Each probe takes longer than the one before.
        let growing = netdiag(&path.client, &format!("-q -s 1000 -i 0.05 -c 10 --max-loss 0% {server}"));
        assert_eq!((growing.counts(), growing.end.as_str()), (counts, "exit status: 0"), "{growing}");

        let run = netdiag(&path.client, &format!("-q {AT_ONCE} --max-rtt-p99 2ms --max-loss 0% {server}"));
        assert_eq!(run.counts(), counts, "{run}");
        assert!(run.figures()[2] >= WAITS, "{:?}", run.figures());
        let line = run.stdout.lines().last().unwrap();
        assert!(
            line.starts_with("of this, ") && line.ends_with("%) in this host's own queue on eth0"),
            "{run}"
        );
        assert!(run.stderr.starts_with("netdiag: 99th percentile of round-trip times "), "{run}");
        assert_eq!((run.stderr.lines().count(), run.end.as_str()), (1, "exit status: 1"), "{run}");
    }
}

#[test]
fn under_the_name_of_ping_the_queue_has_no_line() {
    guard::namespace();
    let path = throttled();
    let run = run(&path.client, &mut Program::Linked("ping").command(&format!("-q {AT_ONCE} 10.0.2.1")));
    assert!(run.figures()[2] >= WAITS, "{run}");
    assert!(run.stdout.lines().last().unwrap().starts_with("rtt "), "{run}");
}

#[test]
fn a_send_that_fails_in_between_changes_no_clock_and_no_stamps_owner() {
    guard::namespace();
    let _stamping = Stamping::on();
    for datagram in ["1 0", "0 0"] {
        let path = throttled();
        path.client.sysctl("net.ipv4.ping_group_range", datagram).unwrap();
        let words = "--format jsonl -s 1000 -i 0.1 10.0.2.1";
        let running = Running::start(&path.client, &mut Program::Netdiag.command(words));
        running.says("\"seq\":3,");
        for times in 1..=2 {
            path.client.route("10.0.2.1/32", Hop::Prohibit).unwrap();
            running.says_times("\"send-failed\"", 2 * times);
            path.client.remove_route("10.0.2.1/32").unwrap();
            let replied = running.said().matches("\"reply\"").count();
            running.says_times("\"reply\"", replied + 3);
        }
        running.signal(Signal::SIGINT);
        let run = running.finish();
        let lines: Vec<Value> = run.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let replies: Vec<_> = lines.iter().filter(|line| line["record"] == "reply").collect();
        assert!(replies.len() >= 9, "{run}");
        for reply in replies {
            assert_eq!(reply["clock"], "kernel", "{run}");
            // A stamp of another probe's would be off by the time between two of them, one way or the other.
            assert!(micros(reply, "rtt_us") >= micros(reply, "own_queue_us"), "{run}");
            assert_eq!(micros(reply, "neighbour_us"), 0.0, "{run}");
        }
        let summary = lines.last().unwrap();
        assert_eq!(summary["lost"], 0, "{run}");
    }
}

/// Asks `to` once in a host whose neighbour has no address until `appear` gives it one, at least this long after.
fn asked_too_early(
    host: &Host,
    to: &str,
    hold: Duration,
    appear: impl FnOnce() + Send,
) -> netdiag_echo::Reply {
    let (sent, is_sent) = mpsc::channel();
    thread::scope(|scope| {
        scope.spawn(move || {
            is_sent.recv().unwrap();
            thread::sleep(hold);
            appear();
        });
        let mut answered = None;
        host.run(|| {
            let how = AskOptions::new(Duration::from_secs(20));
            let to = format!("{to}:0").parse().unwrap();
            ask(to, 1, &how, &RunControl::new(), |event| match event {
                PingEvent::Sent(_) => sent.send(()).unwrap(),
                PingEvent::Reply(reply) => answered = Some(reply),
                _ => {}
            })
        })
        .unwrap();
        answered.expect("it is answered in the end")
    })
}

#[test]
fn a_neighbour_that_is_slow_to_answer_is_in_the_round_trip() {
    guard::namespace();
    let hold = Duration::from_millis(300);
    for (to, address) in [("10.0.1.254", "10.0.1.254/24"), ("[fd00:1::254]", "fd00:1::254/64")] {
        let path = path();
        for family in ["ipv4", "ipv6"] {
            path.client.sysctl(&format!("net/{family}/neigh/eth0/retrans_time_ms"), 50).unwrap();
            path.client.sysctl(&format!("net/{family}/neigh/eth0/mcast_solicit"), 1000).unwrap();
        }
        path.router.remove_address("eth0", address).unwrap();
        let reply = asked_too_early(&path.client, to, hold, || path.router.address("eth0", address).unwrap());
        let waited = reply.delay.neighbour.unwrap();
        assert!(waited >= hold, "{reply:?}");
        assert!(reply.rtt >= waited && reply.rtt <= reply.rtt_by_user, "{reply:?}");
    }
}

#[test]
fn a_round_trip_is_at_least_what_it_spent_in_this_host() {
    guard::namespace();
    let path = throttled();
    let document = json(&netdiag(&path.client, &format!("--format json {AT_ONCE} fd00:2::1")));
    let mut longest = 0.0_f64;
    for reply in replies(&document) {
        assert!(micros(reply, "rtt_us") >= micros(reply, "own_queue_us"), "{document}");
        longest = longest.max(micros(reply, "own_queue_us"));
    }
    assert!(longest >= WAITS * 1000.0, "{document}");
    let summary = &document;
    assert!(micros(summary, "own_queue_avg_us") <= micros(&summary["rtt"], "avg_us"), "{document}");
    assert_eq!(micros(summary, "neighbour_avg_us"), 0.0, "{document}");
}

#[test]
fn one_echo_and_a_check_tell_apart_what_they_spent_in_this_host() {
    guard::namespace();
    let _stamping = Stamping::on();
    let program = || Command::new(env!("CARGO_BIN_EXE_netdiag"));
    for (server, any, url) in
        [("10.0.2.1:9", "0.0.0.0:0", "10.0.2.1"), ("[fd00:2::1]:9", "[::]:0", "fd00:2::1")]
    {
        let path = throttled();
        // More than two seconds of what goes before.
        let fill = || {
            let socket = UdpSocket::bind(any).unwrap();
            (0..30).for_each(|_| assert!(socket.send_to(&[0; 1000], server).is_ok()));
        };
        let probe = |format: &str| {
            path.client.run(fill);
            let url = format!("icmp://{url}");
            let output = path.client.output(program().args(["probe", "-t", "20s", "--format", format, &url]));
            String::from_utf8(output.unwrap().stdout).unwrap()
        };
        let document: Value = serde_json::from_str(&probe("json")).unwrap();
        let hop = &document["probes"][0]["hops"][0];
        assert!(micros(hop, "own_queue_us") >= WAITS * 1000.0, "{document}");
        assert!(micros(&hop["phases"], "first_byte_us") >= micros(hop, "own_queue_us"), "{document}");
        assert_eq!(micros(hop, "neighbour_us"), 0.0, "{document}");
        let text = probe("text");
        assert!(text.contains("\n  of this, ") && text.contains(" in this host's own queue"), "{text}");
        path.client.run(fill);
        let check = format!(
            "icmp://{url}?count=2&interval=2ms&wait=20s&timeout=30s&loss=0%&own_queue>200ms&neighbour=0s"
        );
        let output = path.client.output(program().args(["check", &check])).unwrap();
        assert!(output.status.success(), "{output:?}");
    }
}
