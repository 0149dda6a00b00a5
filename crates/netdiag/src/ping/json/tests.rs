//! Every kind of event is what the schema says, in a document and as a line.

use std::time::Duration;

use netdiag_echo::{
    Damage, Family, IcmpError, Ident, LocalDelay, LocalError, Payload, Reply, RoundTrips, Seq, SocketKind,
    Statistics, UncountedReason, UncountedReply, WrongByte,
};
use serde_json::Value;

use super::run::Without;
use super::*;
use crate::json::conformance::Conformance;
use crate::json::{of_call, reference};
use crate::ping::args::TimeFormat;
use crate::ping::target::Target;

const DELAY: LocalDelay =
    LocalDelay { queue: Some(Duration::from_millis(365)), neighbour: Some(Duration::ZERO) };

fn run() -> Run {
    let address = "192.0.2.1:0".parse().unwrap();
    let name = "host".to_owned();
    let target = Target { name, address, is_number: false, is_broadcast: false, source: address };
    let refused = Without {
        option: "SO_DEBUG",
        consequence: "something",
        error: of_call("setsockopt", &io::Error::from_raw_os_error(13)),
    };
    Run {
        without: Some(vec![refused]),
        ..Run::on(&target, &Payload::new(56), Duration::from_secs(1), Ident(7), SocketKind::Raw)
    }
}

fn reply(seq: u64) -> Reply {
    Reply {
        seq: Seq(seq),
        from: "192.0.2.1:0".parse().unwrap(),
        size: 56,
        hop_limit: None,
        arrived: Instant::now(),
        rtt: Duration::from_nanos(1_234_567),
        clock: ClockSource::Kernel,
        rtt_by_user: Duration::from_micros(1300),
        delay: LocalDelay::default(),
        duplicate: false,
        late: false,
        reordered: false,
        other_source: false,
        truncated: false,
        options: Vec::new(),
        damage: None,
    }
}

/// A reply with every mark there is.
fn marked() -> Reply {
    let wrong = WrongByte { offset: 30, expected: 0x1e, got: 0xe1 };
    Reply {
        delay: DELAY,
        hop_limit: Some(63),
        duplicate: true,
        late: true,
        reordered: true,
        other_source: true,
        truncated: true,
        damage: Some(Box::new(Damage { wrong, data: vec![] })),
        ..reply(2)
    }
}

fn uncounted(reason: UncountedReason) -> UncountedReply {
    let Reply { seq, from, size, hop_limit, other_source, damage, .. } = marked();
    UncountedReply { seq, from, size, hop_limit, other_source, reason, damage }
}

fn icmp(kind: u8, fatal: bool) -> PingEvent {
    let error = IcmpError { family: Family::V4, kind, code: 1, info: 0 };
    PingEvent::Icmp {
        seq: Seq(3),
        from: "192.0.2.9:0".parse().unwrap(),
        error,
        fatal,
        authenticated: fatal,
        quoted: vec![],
    }
}

fn refusal() -> io::Error {
    io::Error::from_raw_os_error(1)
}

/// One of each kind that is written.
fn events() -> Vec<PingEvent> {
    vec![
        PingEvent::Reply(reply(1)),
        PingEvent::Reply(marked()),
        PingEvent::Uncounted(uncounted(UncountedReason::WrongChecksum)),
        PingEvent::Uncounted(UncountedReply {
            hop_limit: None,
            other_source: false,
            damage: None,
            ..uncounted(UncountedReason::TooShort)
        }),
        PingEvent::Lost { seq: Seq(2), delay: LocalDelay::default() },
        PingEvent::Lost { seq: Seq(2), delay: DELAY },
        icmp(3, true),
        icmp(5, false),
        PingEvent::SendFailed(Seq(4), refusal()),
        PingEvent::SendFailed(Seq(5), io::ErrorKind::Other.into()),
        PingEvent::Refused(LocalError { errno: 90, info: 1400 }),
        PingEvent::ReceiveFailed(refusal()),
        PingEvent::ReceiveFailed(io::ErrorKind::Other.into()),
    ]
}

fn written(shape: Shape, events: &[PingEvent], statistics: &Statistics) -> String {
    written_with(None, shape, events, statistics)
}

fn written_with(
    times: Option<TimeFormat>,
    shape: Shape,
    events: &[PingEvent],
    statistics: &Statistics,
) -> String {
    let mut out = Vec::new();
    let mut json = Json::new(&mut out, run(), shape).timed(times);
    let mut figures = Figures::new(true);
    json.header().unwrap();
    for event in events {
        figures.record(event);
        json.item((event, &figures)).unwrap();
    }
    json.end(Measured { statistics, figures: &figures }).unwrap();
    String::from_utf8(out).unwrap()
}

fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn answered() -> Statistics {
    let mut rtts = RoundTrips::default();
    [1000, 2000].into_iter().for_each(|micros| rtts.record(Duration::from_micros(micros)));
    Statistics { transmitted: 3, received: 2, pending: 1, rtts, delay: DELAY, ..Statistics::default() }
}

#[test]
fn every_event_is_what_the_schema_says() {
    let conformance = Conformance::new(schema().to_value());
    let text = written(Shape::Document, &events(), &answered());
    conformance.document(&serde_json::from_str(&text).unwrap()).unwrap();
    let lines = lines(&written(Shape::Lines, &events(), &answered()));
    for line in &lines {
        conformance.definition("Line", line).unwrap();
    }
    let kinds: Vec<_> = lines.iter().map(|line| line["record"].as_str().unwrap()).collect();
    #[rustfmt::skip]
    let expected = [
        "begin", "reply", "reply", "uncounted-reply", "uncounted-reply", "lost", "lost", "error", "advice", "send-failed", "send-failed", "refused",
        "receive-failed", "receive-failed", "end",
    ];
    assert_eq!(kinds, expected);
}

#[test]
fn times_are_told_in_the_way_that_is_asked_for_as_well() {
    let conformance = Conformance::new(schema().to_value());
    #[rustfmt::skip]
    let cases = [
        (None,                       [false, false]),
        (Some(TimeFormat::Iso),      [false, false]),
        (Some(TimeFormat::Relative), [true,  false]),
        (Some(TimeFormat::Unix),     [false, true]),
    ];
    for (times, expected) in cases {
        let lines = lines(&written_with(times, Shape::Lines, &events(), &answered()));
        for line in &lines[1..lines.len() - 1] {
            conformance.definition("Line", line).unwrap();
            let has = ["time_since_start_us", "time_unix_us"].map(|key| line.get(key).is_some());
            assert_eq!((has, line.get("time").is_some()), (expected, true), "{times:?}: {line}");
            if let Some(unix) = line.get("time_unix_us") {
                let time: jiff::Timestamp = line["time"].as_str().unwrap().parse().unwrap();
                assert!((unix.as_f64().unwrap() - time.as_microsecond() as f64).abs() <= 1.0, "{line}");
            }
        }
        let document: Value =
            serde_json::from_str(&written_with(times, Shape::Document, &events(), &answered())).unwrap();
        conformance.document(&document).unwrap();
    }
}

#[test]
fn what_the_schema_does_not_say_is_no_line() {
    let conformance = Conformance::new(schema().to_value());
    for line in lines(&written(Shape::Lines, &events(), &answered())) {
        let bogus = |key: &str, value: Value| {
            let mut line = line.clone();
            line[key] = value;
            conformance.definition("Line", &line)
        };
        assert!(bogus("bogus", 1.into()).is_err(), "{line}");
        assert!(bogus("record", "bogus".into()).is_err(), "{line}");
    }
}

#[test]
fn a_run_without_replies_is_valid_and_names_no_times() {
    let statistics = Statistics { transmitted: 2, lost: 1, ..Statistics::default() };
    let events = [
        PingEvent::Lost { seq: Seq(1), delay: LocalDelay::default() },
        PingEvent::SendFailed(Seq(2), refusal()),
    ];
    let document: Value = serde_json::from_str(&written(Shape::Document, &events, &statistics)).unwrap();
    Conformance::new(schema().to_value()).document(&document).unwrap();
    let error = &document["events"][1]["error"];
    let expected = serde_json::json!({
        "kind": "prohibited", "call": "sendmsg", "errno": 1, "message": "Operation not permitted",
    });
    assert_eq!(*error, expected);
    assert_eq!((document["loss_ratio"].as_f64(), document.get("rtt")), (Some(1.0), None));
    assert!(!document.to_string().contains("null"));
}

#[test]
fn the_reference_is_up_to_date() {
    reference::matches("json-ping.md", schema().as_value());
}

#[test]
fn what_may_be_missing_is_told() {
    let ended = |statistics: &Statistics, interrupted: bool, has_end: bool| {
        let mut out = Vec::new();
        let flag = Arc::new(AtomicBool::new(interrupted));
        let json = Json::new(&mut out, run(), Shape::Document);
        let mut json = if has_end { json.unless(&flag) } else { json };
        json.header().unwrap();
        json.end(Measured { statistics, figures: &Figures::new(true) }).unwrap();
        drop(json);
        let document: Value = serde_json::from_slice(&out).unwrap();
        let kinds = document["notices"].as_array().unwrap().iter().map(|notice| notice["kind"].clone());
        (
            document["complete"].as_bool().unwrap(),
            kinds.collect::<Vec<_>>(),
            document["notices"][0]["missing"].as_u64(),
        )
    };
    let none = Statistics::default();
    assert_eq!(ended(&none, false, true), (true, vec![], None));
    assert_eq!(ended(&none, true, false), (true, vec![], None), "it goes on until somebody ends it");
    assert_eq!(ended(&none, true, true), (false, vec!["interrupted".into()], None));
    assert_eq!(ended(&answered(), false, true), (false, vec!["pending".into()], Some(1)));
}

#[test]
fn a_reply_has_the_time_it_arrived_at() {
    let before = Duration::from_secs(3600);
    let arrived = Instant::now().checked_sub(before).unwrap();
    let late = wall(arrived);
    let now = SystemTime::now();
    let told = now.duration_since(late).unwrap();
    assert!(told >= before && told < before + Duration::from_secs(60), "{told:?}");
    let reply = PingEvent::Reply(Reply { arrived, ..reply(1) });
    let lines = lines(&written(Shape::Lines, &[reply], &answered()));
    let time = |at: usize| lines[at]["time"].as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
    assert!(time(1) < time(0), "it arrived before the run began: {lines:?}");
}
