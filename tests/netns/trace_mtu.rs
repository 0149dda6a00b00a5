//! The MTU of paths, hop by hop: of scripted routers and of real ones, by anybody.

use netdiag_lab::{Chain, HopManner, Host, Lab, NarrowLink, Oversize, ScriptedHop, ScriptedPath};
use serde_json::{Value, json};

use crate::ping_run::{Run, run};
use crate::{guard, nobody};

/// A client with a scripted path behind it, whose ping sockets are for anybody.
fn scripted(hops: Vec<ScriptedHop>) -> (Host, ScriptedPath) {
    let lab = Lab::new().unwrap();
    let client = lab.host("client").unwrap();
    client.sysctl("net.ipv4.ping_group_range", "0 2147483647").unwrap();
    let path = ScriptedPath::new(&lab, &client, hops, HopManner::Answers).unwrap();
    (client, path)
}

/// What a trace by nobody comes to, in this format.
fn traced(host: &Host, format: &str, words: &str) -> Run {
    let mut command = nobody::netdiag();
    command.args(["trace", "-n", "-c", "2", "-i", "50ms", "--mtu", "--format", format]);
    run(host, command.args(words.split_whitespace()))
}

fn document(run: &Run) -> Value {
    serde_json::from_str(&run.stdout).unwrap_or_else(|why| panic!("{why}: {run}"))
}

fn sizes(document: &Value) -> Vec<u64> {
    let hops = document["hops"].as_array().unwrap().iter();
    hops.map(|hop| hop["mtu_bytes"].as_u64().unwrap_or_default()).collect()
}

/// After which hop, before which, how many bytes, why.
fn steps(document: &Value) -> Vec<(u64, u64, u64, &str)> {
    let steps = document["paths"][0]["path_mtu"]["mtu_steps"].as_array().unwrap().iter();
    let number = |step: &Value, key: &str| step[key].as_u64().unwrap();
    steps
        .map(|step| {
            let limit = step["limit"].as_str().unwrap();
            (number(step, "step_after"), number(step, "step_before"), number(step, "mtu_bytes"), limit)
        })
        .collect()
}

fn narrow(mtu: usize, oversize: Oversize) -> ScriptedHop {
    NarrowLink::new(mtu, oversize).into()
}

#[test]
fn steps_are_found_by_anybody_over_icmp_and_udp() {
    guard::namespace();
    let hops = vec![
        ScriptedHop::default(),
        narrow(1400, Oversize::Told),
        HopManner::Silent.into(),
        narrow(1280, Oversize::Told),
    ];
    let (client, _path) = scripted(hops);
    for target in ScriptedPath::TARGETS {
        for how in ["", "--udp "] {
            let run = traced(&client, "json", &format!("{how}{target}"));
            let told = document(&run);
            assert_eq!(sizes(&told), [1500, 1500, 0, 1400, 1280], "{run}");
            assert_eq!(steps(&told), [(2, 4, 1400, "router"), (4, 5, 1280, "router")], "{run}");
            let path = &told["paths"][0]["path_mtu"];
            assert_eq!(
                (&path["path_mtu_bytes"], &path["interface_mtu_bytes"], &path["mtu_complete"]),
                (&json!(1280), &json!(1500), &json!(true)),
                "{run}"
            );
            assert_eq!(run.end, "exit status: 0", "{run}");
        }
    }
}

#[test]
fn text_names_the_hop_and_what_the_kernel_had_been_told() {
    guard::namespace();
    let (client, _path) = scripted(vec![narrow(1400, Oversize::Told), ScriptedHop::default()]);
    let sentence = "Path MTU 1400: 1500 up to hop 1, 1400 from there";
    let run = traced(&client, "text", "--min-mtu 1400 10.99.99.9");
    let lines: Vec<&str> = run.stdout.lines().collect();
    assert!(lines[2].ends_with("pmtu 1400 (says 10.99.1.1)"), "{run}");
    assert_eq!((lines[6], run.end.as_str()), (sentence, "exit status: 0"), "{run}");
    // The kernel was told in that run.
    let run = traced(&client, "text", "--min-mtu 1401 10.99.99.9");
    let last = run.stdout.lines().last().unwrap();
    assert!(last.starts_with(&format!("{sentence}; cached 1400 (expires in ")), "{run}");
    assert!(run.stderr.contains("path MTU to 10.99.99.9 is 1400 bytes, less than 1401"), "{run}");
    assert_eq!(run.end, "exit status: 1", "{run}");
    let run = traced(&client, "json", "10.99.99.9");
    let path = &document(&run)["paths"][0]["path_mtu"];
    assert_eq!(path["cached_mtu_bytes"], 1400, "{run}");
    assert!(path["cached_mtu_expires_us"].as_f64().unwrap() > 1e6, "{run}");
    let run = traced(&client, "table", "10.99.99.9");
    assert!(run.stdout.contains("MTU") && run.stdout.contains(sentence), "{run}");
}

#[test]
fn a_black_hole_is_located_and_found_to_the_byte() {
    guard::namespace();
    let hops = vec![ScriptedHop::default(), narrow(1443, Oversize::Vanishes), ScriptedHop::default()];
    let (client, _path) = scripted(hops);
    for target in ScriptedPath::TARGETS {
        let run = traced(&client, "json", &format!("--min-mtu 1500 {target}"));
        let told = document(&run);
        assert_eq!(sizes(&told), [1500, 1500, 1443, 1443], "{run}");
        assert_eq!(steps(&told), [(2, 3, 1443, "black-hole")], "{run}");
        assert_eq!(run.end, "exit status: 1", "{run}");
    }
    let run = traced(&client, "text", ScriptedPath::TARGETS[0]);
    let said = "Path MTU 1443: 1500 up to hop 2, 1443 from there; black hole between hop 2 and hop 3: more than 1443 bytes vanish";
    assert!(run.stdout.contains(said), "{run}");
}

#[test]
fn who_lies_about_sizes_costs_probes_and_nothing_else() {
    guard::namespace();
    for told in [0, 60, 1501, 65_535] {
        let (client, _path) = scripted(vec![narrow(1350, Oversize::ToldAs(told)), ScriptedHop::default()]);
        for target in ScriptedPath::TARGETS {
            let run = traced(&client, "json", target);
            assert_eq!(steps(&document(&run)), [(1, 2, 1350, "router")], "{told}: {run}");
        }
    }
    let turns = NarrowLink::taking_turns(vec![1500, 1400], Oversize::Told);
    let (client, _path) = scripted(vec![turns.into(), ScriptedHop::default()]);
    let run = traced(&client, "json", ScriptedPath::TARGETS[0]);
    let path = &document(&run)["paths"][0]["path_mtu"];
    assert_eq!((&path["path_mtu_bytes"], &path["mtu_alternates"]), (&json!(1400), &json!(true)), "{run}");
}

#[test]
fn links_of_real_routers_are_told_apart() {
    guard::namespace();
    let chain = Chain::new(&Lab::new().unwrap(), 3).unwrap();
    chain.client.sysctl("net.ipv4.ping_group_range", "0 2147483647").unwrap();
    let [first, second, third] = &chain.routers[..] else { panic!("{chain:?}") };
    for (near, far, mtu) in [(second, third, 1400), (third, &chain.server, 1280)] {
        near.mtu("right", mtu).unwrap();
        far.mtu("left", mtu).unwrap();
    }
    first.sysctl("net.ipv4.icmp_ratelimit", 1000).unwrap();
    for server in chain.servers() {
        let run = traced(&chain.client, "json", &server);
        let told = document(&run);
        assert_eq!(sizes(&told), [1500, 1500, 1400, 1280], "{run}");
        assert_eq!(steps(&told), [(2, 3, 1400, "router"), (3, 4, 1280, "router")], "{run}");
        assert_eq!(told["paths"][0]["path_mtu"]["mtu_complete"], true, "{run}");
    }
}
