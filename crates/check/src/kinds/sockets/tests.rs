//! Checks of constructed sockets.

use std::time::Duration;

use netdiag_host::Table;
use netdiag_sockdiag::{State, States};
use netdiag_text::{Dimension, Quantity};

use super::*;
use crate::parts::invented::{Inet, snapshot};
use crate::parts::trial::{PLAIN, written};

fn counts(lines: &str) -> Result<Counts, Vec<Complaint>> {
    written::<Sockets>(lines).unwrap().counts(&PLAIN)
}

/// What TCP knows of a connection: values by offset.
fn info(words: &[(usize, u32)]) -> (u16, Vec<u8>) {
    let mut bytes = vec![0; 240];
    for (at, word) in words {
        bytes[*at..at + 4].copy_from_slice(&word.to_ne_bytes());
    }
    (2, bytes)
}

/// A connection the peer closed: data and acknowledgement came so many milliseconds ago.
fn close_wait(data: u32, ack: u32) -> Inet {
    Inet {
        state: State::CLOSE_WAIT,
        remote: "127.0.0.1:4000",
        queues: (1, 0),
        attrs: vec![info(&[(52, data), (56, ack), (68, 2000), (100, 3)])],
        ..Inet::default()
    }
}

fn sockets() -> Vec<Inet> {
    vec![
        close_wait(70_000, 6000),
        close_wait(500, 700),
        Inet {
            state: State::TIME_WAIT,
            remote: "10.0.0.1:1",
            timer: (3, 0, 50_000),
            inode: 0,
            ..Inet::default()
        },
        Inet { queues: (200, 0), ..Inet::listener("0.0.0.0:80", false) },
        Inet { queues: (4096, 10), remote: "10.0.0.2:9", timer: (1, 2, 100), ..Inet::default() },
        Inet {
            table: Table::Udp,
            state: State::CLOSE,
            local: "0.0.0.0:53",
            attrs: vec![(7, [5, 0, 0, 0].repeat(9))],
            ..Inet::default()
        },
    ]
}

#[test]
fn sockets_are_counted_and_measured() {
    let snapshot = snapshot(&sockets());
    #[rustfmt::skip]
    let cases = [
        ("count",                            Some("6")),
        ("count(close-wait)",                Some("2")),
        ("count(close-wait, age>5s)",        Some("1")),
        ("count(close-wait, age>1ms)",       Some("2")),
        ("count(time-wait, age>9s)",         Some("1")),
        ("count(time-wait, age>11s)",        Some("0")),
        ("count(close-wait, time-wait)",     Some("3")),
        ("count(recvq>0)",                   Some("3")),
        ("count(timeouts>=2)",               Some("1")),
        ("max(recvq)",                       Some("4 KiB")),
        ("sum(recvq)",                       Some("4 KiB")),
        ("max(pending)",                     Some("200")),
        ("max(rtt)",                         Some("2 ms")),
        ("p99(rtt)",                         Some("2 ms")),
        ("p100(recvq)",                      Some("4 KiB")),
        ("p0(recvq)",                        Some("0 B")),
        ("sum(retrans)",                     Some("6")),
        ("avg(idle)",                        Some("0 s")),
        ("max(drops)",                       Some(if cfg!(target_endian = "little") { "5" } else { "83886080" })),
        ("max(cwnd, established)",           None),
        ("sum(total_rto)",                   Some("0")),
        ("max(rwnd_limited)",                Some("0 s")),
        ("count(last_data_recv>1s)",         Some("1")),
    ];
    for (measure, expected) in cases {
        let counts = counts(&format!("expect = {{ \"{measure}\" = \"<= 0{}\" }}", unit(measure))).unwrap();
        let finding = counts.found(&snapshot, &|_| None, false);
        let value = finding.value(measure).map(ToString::to_string);
        assert_eq!(value.as_deref(), expected, "{measure}: {finding:?}");
    }
}

/// A unit that suits the measure.
fn unit(measure: &str) -> &'static str {
    let key = Placed { span: 0..0, value: measure.to_owned() };
    match Measurement::read(&key).unwrap().dimension() {
        Dimension::Bytes => "B",
        Dimension::Time => "s",
        Dimension::Rate => "B/s",
        _ => "",
    }
}

#[test]
fn a_filter_chooses_and_a_failure_names_sockets() {
    let snapshot = snapshot(&sockets());
    let found = |lines: &str| counts(lines).unwrap().found(&snapshot, &|_| None, false);
    let finding = found(
        "filter = \"sport = 80 and dport = 4000\"\nexpect = { count = 0, \"max(recvq)\" = \"< 1MiB\" }",
    );
    let seen: Vec<_> = finding
        .assertions
        .iter()
        .map(|one| (one.seen.as_ref().map(Message::unshown).unwrap(), one.holds))
        .collect();
    let both = "2: 127.0.0.1:80 to 127.0.0.1:4000, 127.0.0.1:80 to 127.0.0.1:4000";
    assert_eq!(seen, [(both, false), ("1 B", true)]);
    assert!(found("proto = [\"udp\"]\nexpect = { count = 1 }").holds());
    assert!(found("filter = \"netid = udp\"\nexpect = { count = 1 }").holds());
    let none = found(
        "filter = \"sport = 9999\"\nexpect = { \"max(rtt)\" = \"< 1ms\", count = 0, \"sum(sendq)\" = 0 }",
    );
    assert!(none.holds() && none.value("max(rtt)").is_none(), "{none:?}");
    assert_eq!(none.value("sum(sendq)"), Some(&Quantity::Bytes(0.0)));
}

#[test]
fn a_filter_asks_what_tcp_knows() {
    let held_up = |rwnd: u32| Inet {
        remote: "10.0.0.3:1",
        attrs: vec![info(&[
            (68, 250_000),
            (if cfg!(target_endian = "little") { 168 } else { 172 }, 1000),
            (if cfg!(target_endian = "little") { 176 } else { 180 }, rwnd),
        ])],
        ..Inet::default()
    };
    let snapshot = snapshot(&[sockets(), vec![held_up(500), held_up(10)]].concat());
    #[rustfmt::skip]
    let cases = [
        ("limited = rwnd",                          1),
        // What is no connection has no limit: neither this one nor another.
        ("limited != rwnd",                         3),
        ("rtt > 100ms and retrans = 0",             2),
        ("rtt <= 100ms",                            2),
    ];
    for (filter, expected) in cases {
        let counts = counts(&format!("filter = \"{filter}\"\nexpect = {{ count = {expected} }}")).unwrap();
        let finding = counts.found(&snapshot, &|_| None, false);
        assert!(finding.holds(), "{filter}: {finding:?}");
        let asked = netdiag_host::Needs::TCP_INFO;
        assert_eq!(counts.needs().sockets | asked, counts.needs().sockets, "{filter}");
    }
}

#[test]
fn an_age_is_the_longest_time_known() {
    let snapshot = snapshot(&sockets());
    let counts = counts("expect = { \"count(age>20s)\" = 2, \"count(close-wait, age>20s)\" = 1 }").unwrap();
    let seen = |cookie| (cookie == 2 || cookie == 5).then_some(Duration::from_secs(30));
    let finding = counts.found(&snapshot, &seen, false);
    assert!(finding.holds(), "{finding:?}");
}

#[test]
fn only_what_is_needed_is_asked_for() {
    let needs = |lines: &str| counts(lines).unwrap().needs();
    let one = needs("expect = { \"count(close-wait)\" = 0 }");
    let tcp = |states| netdiag_host::Needs::of([Table::Tcp], states);
    assert_eq!(one, tcp(States::only(State::CLOSE_WAIT)).into());
    let rtt = needs("expect = { \"max(rtt, established)\" = \"< 1s\" }");
    let established = tcp(States::only(State::ESTABLISHED)) | netdiag_host::Needs::TCP_INFO;
    assert_eq!(rtt, established.into());
    let age = needs("proto = [\"tcp\"]\nexpect = { \"count(close-wait, age>1s)\" = 0 }");
    assert!(age.ages && age.sockets == tcp(States::only(State::CLOSE_WAIT)) | netdiag_host::Needs::TCP_INFO);
    let who = needs("filter = \"process = api\"\nproto = [\"unix\"]\nexpect = { count = 0 }");
    let unix = netdiag_host::Needs::of(Proto::Unix.tables().iter().copied(), Proto::Unix.states());
    assert_eq!(who, (unix | netdiag_host::Needs::OWNERS).into());
}

#[test]
fn a_hint_lists_the_sockets_in_question() {
    let counts =
        counts("filter = \"sport = 80\"\nexpect = { count = \"> 0\", \"count(close-wait)\" = 0 }").unwrap();
    let finding = counts.found(&snapshot(&sockets()), &|_| None, false);
    assert_eq!(
        counts.hint(&finding).as_ref().map(Message::unshown),
        Some("netdiag ss -tanpoi state close-wait 'sport = 80'")
    );
}

#[test]
fn mistakes_are_complained_about_all_at_once() {
    let lines = "expect = { \"cuont\" = 0, \"max(rtt)\" = 5, \"count(close-wiat)\" = 0 }";
    let complaints = counts(lines).unwrap_err();
    let places: Vec<&str> = complaints.iter().map(|complaint| &lines[complaint.span.clone()]).collect();
    assert_eq!(places, ["cuont", "5", "close-wiat"]);
    #[rustfmt::skip]
    let cases = [
        ("filter = \"netid = nl\"\nexpect = { count = 0 }",               "no kind of socket"),
        ("proto = [\"udp\"]\nexpect = { \"count(time-wait)\" = 0 }",      "can have that"),
        (&format!("filter = \"{}sport = 1{}\"\nexpect = {{ count = 0 }}", "( ".repeat(4000), " )".repeat(4000)), "nests too deeply"),
        ("expect = {}",                                                   "nothing is expected"),
    ];
    for (lines, words) in cases {
        let complaints = counts(lines).unwrap_err();
        assert!(complaints[0].message.unshown().contains(words), "{lines}: {complaints:?}");
    }
}
