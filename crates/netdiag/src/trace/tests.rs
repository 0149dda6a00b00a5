//! What is said of paths: traces in invented time, in every format.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use netdiag_echo::{
    Answer, AnswerKind, AnsweredProbe, Arrival, Engine, Family, HopReport, IcmpError, Ident, Input, Payload,
    Probe, SendCall, Step, Trace, TraceConfig, TraceEvent,
};
use serde_json::Value;

use super::bounds::Bounds;
use super::figures::Figures;
use super::headline::headline;
use super::json::{Begin, Json};
use super::judgement::Judgement;
use super::names::Who;
use super::notes::notes;
use super::render::{Item, Outcome, Traced};
use super::systems::{self, Systems};
use super::target::Target;
use super::text::{self, Text};
use super::{json, table};
use crate::json::Shape;
use crate::json::conformance::Conformance;
use crate::json::reference;
use crate::render::Renderer;

pub(super) const MS: Duration = Duration::from_millis(1);
const PAYLOAD: Payload = Payload { size: 100, secret: Some(0xc0ffee), pattern: Vec::new() };

/// What comes back to a probe of a round and a distance.
pub(super) type Network = fn(u64, u8) -> Option<Said>;

/// Who says what, so many milliseconds later.
pub(super) struct Said {
    after: u32,
    from: SocketAddr,
    kind: u8,
    code: u8,
    extensions: &'static [u8],
}

fn router(number: u8) -> SocketAddr {
    ([192, 0, 2, number], 0).into()
}

pub(super) fn target() -> Target {
    let to = ([198, 51, 100, 1], 0).into();
    Target { name: "host.example".into(), to, from: router(200) }
}

/// A router on the way says that the hops are used up.
pub(super) fn passing(distance: u8) -> Said {
    Said { after: distance.into(), from: router(distance), kind: 11, code: 0, extensions: &[] }
}

/// A sound path of that length.
pub(super) fn sound(distance: u8, length: u8) -> Said {
    if distance < length { passing(distance) } else { Said { from: target().to, kind: 0, ..passing(length) } }
}

/// A trace told to its end, and what happened in it.
pub(super) fn traced(rounds: u64, network: Network) -> (Outcome, Vec<TraceEvent>) {
    let (start, to) = (netdiag_echo::now(), target().to);
    let config = TraceConfig {
        rounds: Some(rounds),
        interval: 100 * MS,
        timeout: 400 * MS,
        ..TraceConfig::new(to, Ident(7), PAYLOAD)
    };
    let mut trace = Trace::new(config, start);
    let (mut now, mut figures, mut events) = (start, Figures::default(), Vec::new());
    let mut on_the_way: Vec<(Instant, Probe, Said)> = Vec::new();
    loop {
        match trace.poll(now) {
            Step::Send(probe) => {
                trace.handle(now, Input::Sent(probe, SendCall { began: now, returned: now }));
                let round = (probe.seq.0 - 1) / 30;
                let said = network(round, probe.hop_limit.unwrap());
                on_the_way.extend(said.map(|said| (now + said.after * MS, probe, said)));
            }
            Step::Report(event) => {
                figures.record(&event);
                events.push(event);
            }
            Step::Receive => {}
            Step::Wait(until) => {
                on_the_way.sort_by_key(|(at, ..)| *at);
                now = on_the_way.first().map_or(until, |(at, ..)| until.min(*at)).max(now);
                while on_the_way.first().is_some_and(|(at, ..)| *at <= now) {
                    let (at, probe, said) = on_the_way.remove(0);
                    hear(&mut trace, at, &probe, &said);
                }
            }
            Step::Done => return (Outcome::new(target(), &trace, figures), events),
        }
    }
}

fn hear(trace: &mut Trace, at: Instant, probe: &Probe, said: &Said) {
    let mut data = vec![0; PAYLOAD.size];
    PAYLOAD.write(probe.seq, &mut data);
    let Said { kind, code, extensions, .. } = *said;
    let kind = match kind {
        0 => AnswerKind::Reply { hop_limit: Some(62), payload: &data, intact: true, options: &[] },
        kind => AnswerKind::Icmp {
            error: IcmpError { family: Family::V4, kind, code, info: 0 },
            quoted: &[],
            data: &data,
            extensions,
            hop_limit: Some(255 - said.from.ip().to_string().len() as u8),
        },
    };
    let about = AnsweredProbe { ident: Ident(7), seq: probe.seq.to_wire(), to: Some(probe.to) };
    let arrival = Arrival { user: at, kernel: Some(at) };
    trace.handle(at, Input::Answer(Answer { probe: about, from: said.from, at: arrival, kind }));
}

/// Routers 1 and 2 answer six and then one a second, as Linux has it.
pub(super) fn limited(round: u64, distance: u8) -> Option<Said> {
    let answers = distance > 2 || round < 6 || round.is_multiple_of(10) || round >= 50;
    answers.then(|| sound(distance, 3))
}

#[test]
fn a_path_is_told_in_a_sentence() {
    #[rustfmt::skip]
    let cases: [(u64, Network, &str); 13] = [
        (10, |_, distance| Some(sound(distance, 3)),
         "No loss: 10 of 10 to host.example (198.51.100.1)"),
        (50, limited,
         "No loss: 50 of 50 to host.example (198.51.100.1); hops 1 and 2 limit their answers (about 1/s)"),
        (10, |_, distance| (distance != 2).then(|| sound(distance, 3)),
         "No loss: 10 of 10 to host.example (198.51.100.1); hop 2 does not answer"),
        (40, |round, distance| (distance != 2 || round % 2 == 0).then(|| sound(distance, 3)),
         "No loss: 40 of 40 to host.example (198.51.100.1); hop 2 answers in part"),
        (60, |round, distance| (distance < 3 || round % 3 != 0).then(|| sound(distance, 4)),
         "Loss: 20 of 60 (33.3%) lost to host.example (198.51.100.1), between hop 2 and hop 3, there or on the way back"),
        (60, |round, distance| (distance != 2 && (distance < 3 || round % 3 != 0)).then(|| sound(distance, 4)),
         "Loss: 20 of 60 (33.3%) lost to host.example (198.51.100.1), between hop 1 and hop 3, those in between do not tell, there or on the way back; hop 2 does not answer"),
        (60, |round, distance| (round % 3 != 0).then(|| sound(distance, 2)),
         "Loss: 20 of 60 (33.3%) lost to host.example (198.51.100.1), between this host and hop 1, there or on the way back"),
        (10, |round, distance| (distance < 3 || round != 4).then(|| sound(distance, 3)),
         "1 of 10 (10%) lost to host.example (198.51.100.1), which may be chance: 65 probes more would tell"),
        (3, |_, distance| (distance < 3).then(|| passing(distance)),
         "host.example (198.51.100.1) does not answer; the last that does is hop 2 (192.0.2.2)"),
        (3, |_, _| None,
         "Nobody answers on the way to host.example (198.51.100.1)"),
        (3, |_, distance| Some(if distance < 3 { passing(distance) } else { Said { from: router(2), kind: 3, code: 13, ..passing(3) } }),
         "host.example (198.51.100.1) is not reached: hop 3 (192.0.2.2) says: Packet filtered"),
        (3, |_, distance| Some(passing(distance % 2 + 1)),
         "host.example (198.51.100.1) is not reached: packets go round in a loop, hop 3 is hop 1 again"),
        (10, |round, distance| Some(if distance == 2 && round > 4 { passing(20) } else { sound(distance, 3) }).map(|said| Said { after: 2, ..said }),
         "No loss: 10 of 10 to host.example (198.51.100.1); the route changed once"),
    ];
    for (rounds, network, expected) in cases {
        let (outcome, _) = traced(rounds, network);
        assert_eq!(headline(&outcome), expected);
    }
}

#[test]
fn a_hop_has_notes_where_there_is_something_to_note() {
    let words = |rounds, network: Network| -> Vec<String> {
        let (outcome, _) = traced(rounds, network);
        outcome.hops.iter().map(|report: &HopReport| notes(report).join(", ")).collect()
    };
    assert_eq!(
        words(50, limited),
        ["answers 10/50, passes 50/50; limits its answers to about 1/s"; 2]
            .into_iter()
            .chain([""])
            .collect::<Vec<_>>()
    );
    let lossy: Network = |round, distance| (distance < 2 || round % 3 != 0).then(|| sound(distance, 3));
    assert_eq!(words(60, lossy), ["", "loss from here", "no loss of its own"]);
    let slow: Network =
        |_, distance| Some(Said { after: if distance == 1 { 30 } else { 4 }, ..sound(distance, 2) });
    assert_eq!(words(5, slow), ["slow to answer", ""]);
    let once: Network = |round, distance| (round != 2 || distance != 1).then(|| sound(distance, 2));
    assert_eq!(words(10, once), ["unknown (65 more probes)", ""]);
}

/// A router of a network that is known, one of a network that is not, and the host.
fn routed(_: u64, distance: u8) -> Option<Said> {
    let from = match distance {
        1 => ([1, 0, 0, 1], 0).into(),
        2 => ([9, 9, 9, 9], 0).into(),
        _ => return Some(sound(distance, 3)),
    };
    Some(Said { from, ..passing(distance) })
}

/// The only network that is known has that address.
fn who_knows_one() -> Who {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    std::io::Write::write_all(&mut file, b"1.0.0.0\t1.0.0.255\t64500\tUS\tEXAMPLE\n").unwrap();
    let (systems, _) = Systems::open(&systems::From::File(file.path().into())).unwrap();
    Who::new(false, systems)
}

#[test]
fn a_system_is_on_a_path_where_one_of_its_addresses_is_and_unknown_where_one_is() {
    let path = |points: [&str; 2]| {
        let [via, not_via] =
            points.map(|text| text.split_whitespace().map(|point| point.parse().unwrap()).collect());
        Bounds { via, not_via, ..Bounds::default() }
    };
    let known: Network = |_, distance| if distance == 2 { Some(passing(7)) } else { routed(0, distance) };
    #[rustfmt::skip]
    let cases: [([&str; 2], Network, (usize, usize)); 6] = [
        (["AS64500", ""], routed, (0, 0)),
        (["AS64999", ""], routed, (0, 1)),
        (["AS64999", ""], known,  (1, 0)),
        (["", "AS64500"], routed, (1, 0)),
        (["", "as64999"], routed, (0, 1)),
        (["", "AS64999"], known,  (0, 0)),
    ];
    for (points, network, expected) in cases {
        let judgement = path(points).judge(&traced(3, network).0, &who_knows_one());
        let found = (judgement.missed.len(), judgement.unmeasured.len());
        assert_eq!(found, expected, "{points:?}: {judgement:?}");
    }
}

#[test]
fn whose_network_an_address_is_in_stands_behind_it() {
    let (outcome, events) = traced(3, routed);
    let mut out = Vec::new();
    rendered(
        &mut Text::new(&mut out, who_knows_one(), vec![String::new()], (false, false)),
        &events,
        outcome,
    );
    let text = String::from_utf8(out).unwrap();
    assert!(text.starts_with(" 1  1.0.0.1 [AS64500 EXAMPLE]  "), "{text}");
    assert!(text.contains("\n 2  9.9.9.9  "), "{text}");
    let (outcome, events) = traced(3, routed);
    let mut out = Vec::new();
    rendered(&mut Json::new(&mut out, Shape::Document, begin(), who_knows_one()), &events, outcome);
    let document: Value = serde_json::from_slice(&out).unwrap();
    Conformance::new(json::schema().to_value()).document(&document).unwrap();
    let system =
        serde_json::json!({ "number": 64500, "name": "EXAMPLE", "country": "US", "prefix": "1.0.0.0/24" });
    assert_eq!(document["hops"][0]["responders"][0]["as"], system);
    assert_eq!(document["hops"][1]["responders"][0].get("as"), None);
}

#[test]
fn rounds_are_no_faster_than_routers_are_to_be_asked() {
    let taken = |interval: &str| {
        crate::tools::grammar().try_get_matches_from(["netdiag", "trace", "-i", interval, "host.example"])
    };
    assert!(taken("10ms").is_ok() && taken("1s").is_ok());
    for interval in ["9ms", "0", "0s", "5"] {
        assert!(taken(interval).is_err(), "{interval}");
    }
}

/// Writes it in that format.
fn rendered(renderer: &mut dyn Renderer<Traced>, events: &[TraceEvent], outcome: Outcome) {
    renderer.header().unwrap();
    for event in events {
        renderer.item(Item { index: 0, event, figures: &outcome.figures }).unwrap();
    }
    renderer.end(&[outcome]).unwrap();
}

/// Labels and an interface, a router that does not answer, another that answers in its place, and the host.
pub(super) fn varied(round: u64, distance: u8) -> Option<Said> {
    /// Label 24001; interface number 7 called eth0.
    const TOLD: &[u8] = &[
        0x20, 0, 0, 0, 0, 8, 1, 1, 0x05, 0xdc, 0x11, 1, 0, 16, 2, 0x0a, 0, 0, 0, 7, 8, b'e', b't', b'h',
        b'0', 0, 0, 0,
    ];
    match distance {
        1 => Some(Said { extensions: TOLD, ..passing(1) }),
        2 => None,
        3 if round > 6 => Some(passing(33)),
        _ => Some(sound(distance, 4)),
    }
}

#[test]
fn a_line_for_each_hop_and_then_the_sentence() {
    let (outcome, events) = traced(10, varied);
    let mut out = Vec::new();
    let title = text::title("host.example (198.51.100.1)", router(200), "10 rounds of ICMP echo");
    rendered(&mut Text::new(&mut out, Who::default(), vec![title], (false, false)), &events, outcome);
    let expected = "\
trace to host.example (198.51.100.1) from 192.0.2.200, 10 rounds of ICMP echo
    round 8: hop 3 is now 192.0.2.33, was 192.0.2.3
 1  192.0.2.1                           10/10  1.000/1.000/1.000/1.000 ms  MPLS 24001, in by eth0 #7, answers come back over 10 hops
 2  *                                       -  does not answer, passes 10/10
 3  192.0.2.3                           10/10  3.000/3.000/33.000/33.000 ms  answers come back over 10 hops
    192.0.2.33                        3 answers, answers come back over 11 hops
 4  198.51.100.1                        10/10  4.000/4.000/4.000/4.000 ms  answers come back over 3 hops

No loss: 10 of 10 to host.example (198.51.100.1); hop 2 does not answer; the route changed once
";
    assert_eq!(String::from_utf8(out).unwrap(), expected);
}

#[test]
fn a_table_has_a_row_for_each_hop() {
    let (outcome, events) = traced(10, varied);
    let file = tempfile::tempfile().unwrap();
    rendered(&mut table::Table::new(file.try_clone().unwrap(), Who::default(), false), &events, outcome);
    let mut text = String::new();
    std::io::Read::read_to_string(&mut rewound(file), &mut text).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines[0].starts_with("Hop  Router") && lines[0].ends_with("Notes"), "{text}");
    assert!(lines.iter().any(|line| line.contains("quiet") && line.contains("0/10")), "{text}");
    assert!(text.ends_with("hop 2 does not answer; the route changed once\n"), "{text}");
}

fn rewound(mut file: std::fs::File) -> std::fs::File {
    std::io::Seek::rewind(&mut file).unwrap();
    file
}

fn begin() -> Begin {
    let words = ["netdiag", "trace", "host.example"];
    let found = crate::tools::grammar().try_get_matches_from(words).unwrap();
    let (_, found) = found.subcommand().unwrap();
    let args = <super::Args as clap::FromArgMatches>::from_arg_matches(found).unwrap();
    Begin::new(&args, &[target()])
}

fn written(shape: Shape, rounds: u64, network: Network) -> String {
    let (mut outcome, events) = traced(rounds, network);
    outcome.judgement = Judgement { missed: vec!["so".into()], unmeasured: vec!["no".into()] };
    let mut out = Vec::new();
    rendered(&mut Json::new(&mut out, shape, begin(), Who::default()), &events, outcome);
    String::from_utf8(out).unwrap()
}

#[test]
fn json_is_what_the_schema_says() {
    let conformance = Conformance::new(json::schema().to_value());
    let lossy: Network = |round, distance| (distance < 2 || round % 3 != 0).then(|| sound(distance, 3));
    let refused: Network =
        |_, distance| Some(if distance < 2 { passing(1) } else { Said { kind: 3, code: 1, ..passing(1) } });
    let runs: [(u64, Network); 5] =
        [(10, varied), (50, limited), (60, lossy), (3, refused), (3, |_, _| None)];
    for (rounds, network) in runs {
        let document: Value = serde_json::from_str(&written(Shape::Document, rounds, network)).unwrap();
        conformance.document(&document).unwrap();
        for line in written(Shape::Lines, rounds, network).lines() {
            conformance.definition("Line", &serde_json::from_str(line).unwrap()).unwrap();
        }
    }
    let document: Value = serde_json::from_str(&written(Shape::Document, 10, varied)).unwrap();
    let [first, second] = [0, 1].map(|at| &document["hops"][at]);
    assert_eq!(first["responders"][0]["mpls"][0]["label"], 24001);
    assert_eq!(first["responders"][0]["interfaces"][0]["name"], "eth0");
    assert_eq!(
        (second["verdict"].as_str(), second["passes"]["received"].as_u64()),
        (Some("quiet"), Some(10))
    );
    assert_eq!((second.get("rtt"), document["paths"][0]["loss_ratio"].as_f64()), (None, Some(0.0)));
    let document: Value = serde_json::from_str(&written(Shape::Document, 50, limited)).unwrap();
    assert_eq!(document["hops"][0]["limits"], true);
    assert_eq!(document["hops"][0]["answer_interval_us"], 1e6);
}

#[test]
fn the_reference_is_up_to_date() {
    reference::matches("json-trace.md", json::schema().as_value());
}
