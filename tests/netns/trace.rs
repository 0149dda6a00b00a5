//! Traces of scripted paths and of real routers: what is said of them is what they did.

use std::fs;
use std::process::Command;
use std::thread;
use std::time::Duration;

use netdiag_lab::{Chain, HopManner, Host, Lab, Limit, ScriptedHop, ScriptedPath};
use serde_json::Value;

use crate::ping_json::conformance::Conformance;
use crate::ping_run::{Run, netdiag, run};
use crate::{guard, nobody};

pub(crate) const DATAGRAM: &str = "0 2147483647";
pub(crate) const RAW: &str = "1 0";

/// A client with a scripted path behind it.
pub(crate) fn scripted(sockets: &str, hops: Vec<ScriptedHop>, target: HopManner) -> (Host, ScriptedPath) {
    let lab = Lab::new().unwrap();
    let client = lab.host("client").unwrap();
    client.sysctl("net.ipv4.ping_group_range", sockets).unwrap();
    let path = ScriptedPath::new(&lab, &client, hops, target).unwrap();
    (client, path)
}

pub(crate) fn schema() -> Conformance {
    let output = Command::new(env!("CARGO_BIN_EXE_netdiag")).args(["schema", "trace"]).output().unwrap();
    Conformance::new(serde_json::from_slice(&output.stdout).unwrap())
}

/// What a trace comes to as a document.
pub(crate) fn traced(host: &Host, words: &str) -> (Value, Run) {
    read(run(host, &mut netdiag(&format!("trace -n --format json {words}"))))
}

pub(crate) fn read(run: Run) -> (Value, Run) {
    let document: Value = serde_json::from_str(&run.stdout).unwrap_or_else(|why| panic!("{why}: {run}"));
    schema().document(&document).unwrap_or_else(|why| panic!("{why}: {run}"));
    (document, run)
}

pub(crate) fn verdicts(document: &Value) -> Vec<&str> {
    document["hops"].as_array().unwrap().iter().map(|hop| hop["verdict"].as_str().unwrap()).collect()
}

pub(crate) fn headline(document: &Value) -> &str {
    document["paths"][0]["headline"].as_str().unwrap()
}

/// Routers of all manners, in a row.
pub(crate) fn all_manners() -> Vec<ScriptedHop> {
    vec![
        ScriptedHop::default(),
        HopManner::Silent.into(),
        HopManner::SkipsEach(2).into(),
        ScriptedHop { labels: vec![(24001, 0, 1), (16, 3, 254)], ..ScriptedHop::default() },
        ScriptedHop { interface: Some((7, "eth0".to_owned(), 1500)), ..ScriptedHop::default() },
        ScriptedHop { quotes_little: true, delay: Duration::from_millis(40), ..ScriptedHop::default() },
    ]
}

#[test]
fn a_path_is_told_alike_over_every_socket_and_by_anybody() {
    guard::namespace();
    for sockets in [DATAGRAM, RAW] {
        let (client, _path) = scripted(sockets, all_manners(), HopManner::Answers);
        for target in ScriptedPath::TARGETS {
            let words = format!("-c 20 -i 30ms --no-confirm {target}");
            let (document, run) = if sockets == DATAGRAM {
                let mut command = nobody::netdiag();
                command.args(["trace", "-n", "--format", "json"]).args(words.split_whitespace());
                read(self::run(&client, &mut command))
            } else {
                traced(&client, &words)
            };
            assert_eq!(run.end, "exit status: 0", "{run}");
            assert_eq!(verdicts(&document), ["ok", "quiet", "quiet", "ok", "ok", "ok", "ok"], "{run}");
            assert_eq!(document["complete"], true, "{run}");
            let hops = &document["hops"];
            let family = if target.contains(':') { 1 } else { 0 };
            for (number, hop) in hops.as_array().unwrap().iter().enumerate() {
                let router = [format!("10.99.{}.1", number + 1), format!("fd99:{:x}::1", number + 1)];
                let expected = match number {
                    1 => None,
                    6 => Some(target),
                    _ => Some(router[family].as_str()),
                };
                assert_eq!(hop["responders"][0]["from"]["address"].as_str(), expected, "{run}");
                assert_eq!(hop["sent"], 20, "{run}");
                let back = hop["responders"][0].get("hops_back").map(|back| back.as_u64().unwrap());
                assert_eq!(back, expected.map(|_| number as u64 + 1), "{run}");
            }
            assert_eq!(hops[2]["received"], 10, "{run}");
            let label = |label, class, bottom, ttl| serde_json::json!({ "label": label, "traffic_class": class, "bottom": bottom, "label_ttl": ttl });
            let labels = serde_json::json!([label(24001, 0, false, 1), label(16, 3, true, 254)]);
            assert_eq!(hops[3]["responders"][0]["mpls"], labels, "{run}");
            let interface = serde_json::json!([
                { "role": "incoming", "name": "eth0", "ifindex": 7, "router_mtu_bytes": 1500 }
            ]);
            assert_eq!(hops[4]["responders"][0]["interfaces"], interface, "{run}");
            assert!(hops[5]["rtt"]["min_us"].as_f64().unwrap() > 40_000.0, "{run}");
            // The way to it takes no longer than to the host behind it.
            assert!(hops[5]["path_rtt_us"].as_f64() < hops[5]["rtt"]["min_us"].as_f64(), "{run}");
            let said = format!("No loss: 20 of 20 to {target}; hop 2 does not answer; hop 3 answers in part");
            assert_eq!(headline(&document), said);
        }
    }
}

#[test]
fn datagrams_are_traced_by_what_routers_quote_of_them() {
    guard::namespace();
    let (client, _path) = scripted(RAW, all_manners(), HopManner::Answers);
    for target in ScriptedPath::TARGETS {
        let mut command = nobody::netdiag();
        command.args([
            "trace",
            "-n",
            "--format",
            "json",
            "--udp",
            "-c",
            "20",
            "-i",
            "30ms",
            "--no-confirm",
            target,
        ]);
        let (document, run) = read(self::run(&client, &mut command));
        assert_eq!(verdicts(&document), ["ok", "quiet", "quiet", "ok", "ok", "ok", "ok"], "{run}");
        // Until its probes have ports of their own nobody knows which probe a router means that quotes no more than ports.
        let hop = &document["hops"][5];
        let [sent, received, unclear, by_port] =
            ["sent", "received", "unclear", "told_by_port"].map(|key| hop[key].as_u64().unwrap());
        assert!((1..=10).contains(&unclear) && (sent, received) == (20 - unclear, by_port), "{run}");
        assert_eq!(document["paths"][0]["ambiguous"].as_u64(), Some(unclear), "{run}");
        assert_eq!(document["hops"][3]["responders"][0]["mpls"][0]["label"], 24001, "{run}");
        assert_eq!(document["hops"][6]["responders"][0]["meaning"], "reached", "{run}");
        assert_eq!(document["destinations"][0]["to"]["port"], 33434, "{run}");
        assert!(headline(&document).starts_with("No loss: 20 of 20 to "), "{run}");
        assert_eq!(run.end, "exit status: 0", "{run}");
    }
}

#[test]
fn real_routers_that_limit_their_answers_are_named_and_nothing_is_lost() {
    guard::namespace();
    let chain = Chain::new(&Lab::new().unwrap(), 2).unwrap();
    let limited = |router: &Host| -> u64 {
        let snmp = router.run(|| fs::read_to_string("/proc/thread-self/net/snmp")).unwrap();
        let mut lines = snmp.lines().filter(|line| line.starts_with("Icmp:"));
        let (names, counts) = (lines.next().unwrap(), lines.next().unwrap());
        let mut pairs = names.split(' ').zip(counts.split(' '));
        pairs.find(|(name, _)| *name == "OutRateLimitHost").map_or(1, |(_, count)| count.parse().unwrap())
    };
    let [v4, v6] = chain.servers();
    // Whoever takes silence for loss sees most of it at the routers, and none at the host.
    let theirs = run(&chain.client, Command::new("mtr").args(["-rnC", "-i", "0.1", "-c", "50", &v4]));
    let losses = theirs.stdout.lines().skip(1).map(|line| line.split(',').nth(6).unwrap().parse().unwrap());
    let losses: Vec<f64> = losses.collect();
    assert!(losses.len() == 3 && losses[0] > 50.0 && losses[1] > 50.0 && losses[2] == 0.0, "{theirs}");
    let (document, run) = traced(&chain.client, &format!("-c 50 -i 100ms {v4}"));
    assert_eq!(run.end, "exit status: 0", "{run}");
    // The kernel's own word for it, where it counts that.
    assert!(chain.routers.iter().all(|router| limited(router) > 0), "{run}");
    assert_eq!(verdicts(&document), ["quiet", "quiet", "ok"], "{run}");
    for hop in [0, 1] {
        let hop = &document["hops"][hop];
        assert!(hop["received"].as_u64().unwrap() < 25, "{run}");
        assert_eq!((&hop["limits"], &hop["passes"]["received"]), (&true.into(), &50.into()), "{run}");
        assert_eq!(hop["asked_slowly"]["received"], hop["asked_slowly"]["sent"], "{run}");
    }
    let said = format!("No loss: 50 of 50 to {v4}; hops 1 and 2 limit their answers (about 1/s)");
    assert_eq!(headline(&document), said, "{run}");
    // Slowly enough, nobody limits anything.
    let (document, run) = traced(&chain.client, &format!("-c 3 -i 1100ms {v6}"));
    assert_eq!(verdicts(&document), ["ok"; 3], "{run}");
    // The first answers may come before the kernel has begun to stamp.
    let mut events = document["events"].as_array().unwrap().iter();
    assert!(events.any(|event| event["clock"] == "kernel" || event["clock"] == "user-kernel"), "{run}");
}

#[test]
fn a_scripted_limit_is_confirmed_by_asking_slowly_and_a_moody_router_is_not() {
    guard::namespace();
    thread::scope(|scope| {
        scope.spawn(|| {
            let limit = HopManner::Limits(Limit::new(6.0, 1.0));
            let (client, _path) = scripted(DATAGRAM, vec![limit.into()], HopManner::Answers);
            let (document, run) = traced(&client, "-c 40 -i 50ms 10.99.99.9");
            assert_eq!(document["hops"][0]["limits"], true, "{run}");
        });
        scope.spawn(|| {
            let (client, _path) =
                scripted(DATAGRAM, vec![HopManner::SkipsEach(2).into()], HopManner::Answers);
            let (document, run) = traced(&client, "-c 40 -i 50ms 10.99.99.9");
            assert_eq!(document["hops"][0]["limits"], false, "{run}");
        });
    });
}

#[test]
fn loss_is_located_and_a_refusal_is_quoted() {
    guard::namespace();
    let lossy = vec![ScriptedHop::default(), HopManner::LosesEach(4).into(), ScriptedHop::default()];
    let (client, _path) = scripted(DATAGRAM, lossy, HopManner::Answers);
    for target in ScriptedPath::TARGETS {
        let (document, run) = traced(&client, &format!("-c 60 -i 20ms --max-loss 5% {target}"));
        assert_eq!(verdicts(&document), ["ok", "loss-from-here", "ok", "ok"], "{run}");
        assert_eq!(document["hops"][1]["loss_after"], 1, "{run}");
        assert!(headline(&document).contains("between hop 1 and hop 2"), "{run}");
        assert_eq!(run.end, "exit status: 1", "{run}");
        assert!(run.stderr.contains(", more than 5%"), "{run}");
    }
    let prohibiting = vec![ScriptedHop::default(), HopManner::Refuses(13).into(), ScriptedHop::default()];
    let (client, _path) = scripted(DATAGRAM, prohibiting, HopManner::Answers);
    let (document, run) = traced(&client, "-c 2 -i 20ms 10.99.99.9");
    assert_eq!(
        (&document["paths"][0]["ending"], &document["paths"][0]["length"]),
        (&"refused".into(), &3.into())
    );
    assert_eq!(headline(&document), "10.99.99.9 is not reached: hop 3 (10.99.2.1) says: Packet filtered");
    assert_eq!(document["hops"][2]["responders"][0]["error"]["kind"], "prohibited", "{run}");
    assert_eq!(run.end, "exit status: 1", "{run}");
}

#[test]
fn several_hosts_are_traced_side_by_side_and_their_bounds_judged() {
    guard::namespace();
    let (client, _path) = scripted(DATAGRAM, vec![ScriptedHop::default(); 2], HopManner::Answers);
    let [v4, v6] = ScriptedPath::TARGETS;
    let (document, run) = traced(&client, &format!("-c 3 -i 20ms --ping-hops {v4} {v6}"));
    assert_eq!(verdicts(&document), ["ok"; 6], "{run}");
    let targets: Vec<_> = document["paths"].as_array().unwrap().iter().map(|path| &path["target"]).collect();
    assert_eq!(targets, [v4, v6], "{run}");
    // The scripted routers answer nothing that is for themselves.
    assert_eq!(document["hops"][0]["pinged"]["received"], 0, "{run}");
    #[rustfmt::skip]
    let cases = [
        ("--max-hops 3 --via 10.99.2.1",      "exit status: 0"),
        ("--max-hops 2",                      "exit status: 1"),
        ("--via 10.99.9.9",                   "exit status: 1"),
        ("--not-via 10.99.1.1",               "exit status: 1"),
        ("--max-rtt-p99 10s --not-via 10.1.1.1", "exit status: 0"),
        ("--first-ttl 5 --max-ttl 4",         "exit status: 2"),
        ("--size 20",                         "exit status: 2"),
        ("10.99.99.9",                        "exit status: 2"),
    ];
    for (words, end) in cases {
        let run = run_quietly(&client, &format!("{words} {v4}"));
        assert_eq!(run.end, end, "{words}: {run}");
    }
    let (client, _path) = scripted(DATAGRAM, vec![HopManner::Silent.into()], HopManner::Answers);
    let run = run_quietly(&client, &format!("--not-via 10.1.1.1 {v4}"));
    assert_eq!(run.end, "exit status: 3", "{run}");
    let (client, _path) = scripted(DATAGRAM, vec![ScriptedHop::default()], HopManner::Silent);
    let run = run_quietly(&client, v4);
    assert_eq!(run.stdout, "10.99.99.9 does not answer; the last that does is hop 1 (10.99.1.1)\n");
    assert_eq!(run.end, "exit status: 1", "{run}");
}

fn run_quietly(host: &Host, words: &str) -> Run {
    run(host, &mut netdiag(&format!("trace -q -n -c 3 -i 20ms --timeout 300ms {words}")))
}

#[test]
fn text_has_a_line_for_each_hop_and_the_sentence_below() {
    guard::namespace();
    let (client, _path) =
        scripted(DATAGRAM, vec![ScriptedHop::default(), HopManner::Silent.into()], HopManner::Answers);
    let run = run(&client, &mut netdiag("trace -n -c 6 -i 20ms 10.99.99.9"));
    let lines: Vec<&str> = run.stdout.lines().collect();
    assert_eq!(
        lines[0],
        "trace to 10.99.99.9 from 10.99.0.1, 6 rounds of ICMP echo every 20 ms, 30 hops at most, 128 bytes"
    );
    assert!(
        lines[1].starts_with(" 1  10.99.1.1 ") && lines[1].contains("6/6") && lines[1].ends_with(" ms"),
        "{run}"
    );
    assert!(lines[2].starts_with(" 2  * ") && lines[2].ends_with("-  does not answer, passes 6/6"), "{run}");
    assert!(lines[3].starts_with(" 3  10.99.99.9 "), "{run}");
    assert_eq!(lines[4..], ["", "No loss: 6 of 6 to 10.99.99.9; hop 2 does not answer"], "{run}");
    assert_eq!((run.stderr.as_str(), run.end.as_str()), ("", "exit status: 0"));
}

#[test]
fn who_says_not_how_often_is_answered_at_once_where_that_answers_everything() {
    guard::namespace();
    let hops = || vec![ScriptedHop::default(), HopManner::Silent.into(), ScriptedHop::default()];
    let (client, _path) = scripted(DATAGRAM, hops(), HopManner::Answers);
    let (document, told) = traced(&client, "10.99.99.9");
    assert_eq!((&document["glance_rounds"], &document["paths"][0]["rounds"]), (&5.into(), &5.into()));
    assert_eq!(verdicts(&document), ["ok", "quiet", "ok", "ok"]);
    assert_eq!(headline(&document), "No loss: 5 of 5 to 10.99.99.9; hop 2 does not answer", "{told}");
    let (client, _path) = scripted(DATAGRAM, hops(), HopManner::SkipsEach(5));
    let (document, told) = traced(&client, "10.99.99.9");
    assert_eq!((&document["rounds"], &document["paths"][0]["rounds"]), (&10.into(), &10.into()), "{told}");
}
