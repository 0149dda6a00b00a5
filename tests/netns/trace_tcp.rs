//! Traces over TCP: what ports and routers say to connections that never come about, as root and as nobody.

use std::io::ErrorKind;
use std::net::TcpListener;
use std::process::Command;

use netdiag_lab::{Chain, HopManner, Host, Lab, ScriptedHop, ScriptedPath};
use serde_json::Value;

use crate::ping_run::{Run, netdiag, run};
use crate::trace::{DATAGRAM, RAW, all_manners, headline, read, scripted, traced, verdicts};
use crate::{guard, nobody};

/// The same as one who may nothing.
fn traced_by_nobody(host: &Host, words: &str) -> (Value, Run) {
    let mut command = nobody::netdiag();
    command.args(["trace", "-n", "--format", "json"]).args(words.split_whitespace());
    read(run(host, &mut command))
}

#[test]
fn a_path_is_told_over_tcp_by_anybody() {
    guard::namespace();
    let (client, _path) = scripted(RAW, all_manners(), HopManner::Answers);
    for (target, port, said) in
        ScriptedPath::TARGETS.iter().flat_map(|target| [(target, 80, "open"), (target, 443, "closed")])
    {
        for trace in [traced, traced_by_nobody] {
            let (document, run) =
                trace(&client, &format!("--tcp --port {port} -c 20 -i 30ms --no-confirm {target}"));
            assert_eq!(verdicts(&document), ["ok", "quiet", "quiet", "ok", "ok", "ok", "ok"], "{run}");
            let hops = document["hops"].as_array().unwrap();
            assert_eq!(hops[2]["received"], 10, "{run}");
            assert_eq!(hops[3]["responders"][0]["mpls"][0]["label"], 24001, "{run}");
            assert_eq!(hops[4]["responders"][0]["interfaces"][0]["name"], "eth0", "{run}");
            // A router that quotes ports alone is as good as any.
            assert_eq!((&hops[5]["received"], &hops[5]["sent"]), (&20.into(), &20.into()), "{run}");
            assert!(hops[5]["rtt"]["min_us"].as_f64().unwrap() > 40_000.0, "{run}");
            assert_eq!(hops[5]["responders"][0]["hops_back"], 6, "{run}");
            let end = &hops[6]["responders"][0];
            assert_eq!((&end["meaning"], &end["port_state"]), (&"reached".into(), &said.into()), "{run}");
            // The kernel times a handshake, and says of a refusal when somebody looks.
            assert_eq!(end["clock"], if said == "open" { "user-kernel" } else { "user" }, "{run}");
            assert_eq!((&document["probe_kind"], &document["packet_bytes"]), (&"tcp".into(), &Value::Null));
            assert_eq!(run.end, "exit status: 0", "{run}");
        }
    }
}

#[test]
fn a_router_that_refuses_ends_the_path_and_is_quoted() {
    guard::namespace();
    let prohibiting = vec![ScriptedHop::default(), HopManner::Refuses(13).into(), ScriptedHop::default()];
    let (client, _path) = scripted(RAW, prohibiting, HopManner::Answers);
    let (document, run) = traced_by_nobody(&client, "--tcp -c 2 -i 20ms 10.99.99.9");
    assert_eq!(headline(&document), "10.99.99.9 is not reached: hop 3 (10.99.2.1) says: Packet filtered");
    assert_eq!(document["hops"][2]["responders"][0]["error"]["kind"], "prohibited", "{run}");
    assert_eq!(run.end, "exit status: 1", "{run}");
}

#[test]
fn no_program_hears_of_a_connection() {
    guard::namespace();
    let chain = Chain::new(&Lab::new().unwrap(), 1).unwrap();
    let [v4, v6] = chain.servers();
    let listener = chain.server.run(|| TcpListener::bind("[::]:80")).unwrap();
    listener.set_nonblocking(true).unwrap();
    let run = run(&chain.client, &mut netdiag(&format!("trace -n --tcp -c 6 -i 100ms {v4} {v6}")));
    let words = run.stdout.matches(", port open\n").count() + run.stdout.matches(" ms  port open\n").count();
    assert_eq!((words, run.end.as_str()), (2, "exit status: 0"), "{run}");
    assert!(run.stdout.starts_with(&format!("trace to {v4} from 10.0.1.1, 6 rounds of TCP to port 80 (each hop a flow of its own) every 100 ms, 30 hops at most\n")), "{run}");
    assert!(run.stdout.ends_with(&format!("No loss: 6 of 6 to {v6}\n")), "{run}");
    let heard = listener.accept();
    assert!(matches!(&heard, Err(why) if why.kind() == ErrorKind::WouldBlock), "{heard:?}: {run}");
}

#[test]
fn probes_without_a_descriptor_are_not_sent_and_say_why() {
    guard::namespace();
    let mut hops = vec![HopManner::Silent.into(); 20];
    hops[0] = ScriptedHop::default();
    let (client, _path) = scripted(RAW, hops, HopManner::Answers);
    let few = |words: &str| {
        let mut command = Command::new("sh");
        command.args([
            "-c",
            "ulimit -n 16; exec \"$0\" trace -n --tcp -c 2 -i 1s \"$@\"",
            env!("CARGO_BIN_EXE_netdiag"),
        ]);
        command.args(words.split_whitespace());
        run(&client, &mut command)
    };
    let (document, run) = read(few("--format json 10.99.99.9"));
    let events = document["events"].as_array().unwrap().iter();
    let unsent: Vec<&Value> =
        events.filter(|event| event["record"] == "send-failed").map(|event| &event["error"]).collect();
    assert!(unsent.len() > 10, "{run}");
    assert!(unsent.iter().all(|error| error["call"] == "socket" && error["errno"] == 24), "{run}");
    // What has been answered or given up is closed, so that the next round has as many.
    let silent: Vec<u64> = (document["events"].as_array().unwrap().iter())
        .filter(|event| event["record"] == "silent")
        .map(|event| event["round"].as_u64().unwrap())
        .collect();
    let of = |round: u64| silent.iter().filter(|of| **of == round).count();
    assert!(of(1) > 4 && of(1) == of(2), "{run}");
    assert!(run.stderr.contains("10.99.99.9 is not reached, but "), "{run}");
    assert!(run.stderr.contains(" not sent: Too many open files (ulimit -n is 16)\n"), "{run}");
    assert_eq!(run.end, "exit status: 3", "{run}");
}

#[test]
fn who_may_hear_raw_errors_is_told_what_became_of_probes() {
    guard::namespace();
    let translating = ["10.99.77.1", "fd99:77::1"].map(|address| address.parse().ok());
    for (target, translates) in ScriptedPath::TARGETS.into_iter().zip(translating) {
        let hops = vec![
            ScriptedHop { marks: Some(0x02), ..ScriptedHop::default() },
            ScriptedHop::default(),
            ScriptedHop { translates, ..ScriptedHop::default() },
            ScriptedHop::default(),
        ];
        let (client, _path) = scripted(DATAGRAM, hops, HopManner::Answers);
        for kind in ["", "--udp", "--tcp"] {
            // What comes back untranslated within is no connection of ours to the kernel.
            let last = if kind == "--tcp" { 3 } else { 4 };
            let words = format!("{kind} -Q ef -c 3 -i 50ms --max-ttl {last} --no-confirm {target}");
            let (document, run) = traced(&client, &words);
            let quoted = |hop: usize| &document["hops"][hop]["responders"][0]["quoted"];
            let expected = [(46, 0), (0, 2), (0, 2), (0, 2)];
            for (hop, (dscp, ecn)) in expected.into_iter().enumerate().take(last) {
                let quoted = quoted(hop);
                assert_eq!(
                    (&quoted["dscp"], &quoted["ecn"]),
                    (&dscp.into(), &ecn.into()),
                    "hop {hop}: {run}"
                );
                assert_eq!((&quoted["sent_dscp"], &quoted["nat"]), (&46.into(), &(hop == 3).into()), "{run}");
            }
            if last == 4 {
                assert!(
                    quoted(3)["translated_source"]["address"].as_str().unwrap().contains(":77")
                        || quoted(3)["translated_source"]["address"] == "10.99.77.1",
                    "{run}"
                );
            }
            let (unprivileged, run) = traced_by_nobody(&client, &words);
            assert_eq!(verdicts(&unprivileged), verdicts(&document), "{run}");
            assert_eq!(unprivileged["hops"][1]["responders"][0].get("quoted"), None, "{run}");
        }
        let run = run(&client, &mut netdiag(&format!("trace -n -Q ef -c 2 -i 50ms {target}")));
        let lines: Vec<&str> = run.stdout.lines().collect();
        assert!(lines[1].ends_with(" ms"), "{run}");
        assert!(lines[2].ends_with("  DSCP 46 has become 0, ECN 0 has become 2"), "{run}");
        assert!(lines[4].contains("  NAT (from "), "{run}");
    }
}

#[test]
fn packets_have_what_is_asked_of_them_or_it_is_said_why_not() {
    guard::namespace();
    let (client, _path) = scripted(DATAGRAM, vec![HopManner::Refuses(13).into()], HopManner::Answers);
    // What a router quotes tells where a packet came from: the same port as was asked for is no translation.
    for words in [
        "-i 50ms --udp --source-port 40000",
        "-i 50ms --udp --flow 7",
        "-i 50ms --flow 7",
        "-i 1s --tcp --source-port 40000",
        "-i 50ms --udp --mark 0x10",
        "-i 50ms -Q af11",
    ] {
        let (document, run) = traced(&client, &format!("-c 2 {words} 10.99.99.9"));
        let quoted = &document["hops"][1]["responders"][0]["quoted"];
        assert_eq!(
            (&quoted["nat"], quoted.get("translated_source")),
            (&false.into(), None),
            "{words}: {run}"
        );
    }
    let unprivileged = |words: &str| {
        let mut command = nobody::netdiag();
        command
            .args(["trace", "-q", "-n", "-c", "2", "-i", "50ms"])
            .args(words.split_whitespace())
            .arg("10.99.99.9");
        run(&client, &mut command)
    };
    #[rustfmt::skip]
    let cases = [
        ("--mark 1",                            "setsockopt(SO_MARK): Operation not permitted\n\nhint: run it as root, or `setcap", "exit status: 3"),
        ("--udp --source-port 53",              "bind: Permission denied",                                         "exit status: 3"),
        ("--tcp --mark 1",                      "exclude each other",                                              "exit status: 2"),
        ("--tcp --flow 1",                      "exclude each other",                                              "exit status: 2"),
        ("--tcp --udp",                         "exclude each other",                                              "exit status: 2"),
        ("--source-port 40000",                 "--udp",                                                           "exit status: 2"),
        ("--tcp --source-port 65520",           "30 hops are asked from ports in a row, which ends at 65535",      "exit status: 2"),
        ("--tcp --source-port 40000",           "--interval is 1 s or more with --tcp",                            "exit status: 2"),
        ("--tcp -Q 1",                          "the kernel sets the last two bits (ECN) itself",                  "exit status: 2"),
        ("--flow 32768",                        "0 to 32767",                                                      "exit status: 2"),
    ];
    for (words, said, end) in cases {
        let run = unprivileged(words);
        assert!(run.stderr.contains(said) && run.end == end, "{words}: {run}");
    }
}
