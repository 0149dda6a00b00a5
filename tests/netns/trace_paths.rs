//! All paths, where routers share traffic: scripted ones of all shapes, and real ones that go by ports.

use std::io::Write;
use std::process::{Command, Stdio};

use netdiag_lab::{Diamond, Fork, HopManner, Host, Lab, Limit, ScriptedWays};
use serde_json::Value;

use crate::ping_json::conformance::Conformance;
use crate::ping_run::{Run, netdiag, run};
use crate::{guard, nobody};

/// A client with scripted routers behind it, who may not open a ping socket.
fn scripted(routers: Vec<Vec<Fork>>) -> (Host, ScriptedWays) {
    let lab = Lab::new().unwrap();
    let client = lab.host("client").unwrap();
    let ways = ScriptedWays::new(&lab, &client, routers).unwrap();
    (client, ways)
}

/// What a trace by nobody in particular comes to as a document.
fn traced(host: &Host, words: &str) -> (Value, Run) {
    let mut command = nobody::netdiag();
    command.args(["trace", "-n", "--format", "json", "-c", "1", "--no-confirm"]);
    let run = run(host, command.args(words.split_whitespace()));
    let document: Value = serde_json::from_str(&run.stdout).unwrap_or_else(|why| panic!("{why}: {run}"));
    let schema = Command::new(env!("CARGO_BIN_EXE_netdiag")).args(["schema", "trace"]).output().unwrap();
    let schema = Conformance::new(serde_json::from_slice(&schema.stdout).unwrap());
    schema.document(&document).unwrap_or_else(|why| panic!("{why}: {run}"));
    (document, run)
}

fn ways(document: &Value) -> &Value {
    &document["paths"][0]["ways"]
}

/// The last parts of the addresses at each distance, 0 for whoever does not answer.
fn routers(ways: &Value) -> Vec<Vec<u64>> {
    let number = |router: &Value| {
        let address = router["from"]["address"].as_str().unwrap_or("0");
        let last = address.rsplit(['.', ':']).next().unwrap();
        u64::from_str_radix(last, 16).unwrap()
    };
    let sorted = |hop: &Value| {
        let mut numbers: Vec<u64> = hop["side_by_side"].as_array().unwrap().iter().map(number).collect();
        numbers.sort_unstable();
        numbers
    };
    ways["ways_at"].as_array().unwrap().iter().map(sorted).collect()
}

fn shapes(ways: &Value) -> Vec<(u64, u64, u64)> {
    let numbers = |diamond: &Value| {
        let number = |key: &str| diamond[key].as_u64().unwrap();
        (number("parted_distance"), number("path_width"), number("path_length"))
    };
    ways["diamonds"].as_array().unwrap().iter().map(numbers).collect()
}

/// Two ways from the second router, of which one parts in two again; all come together before the target.
fn two_by_three() -> Vec<Vec<Fork>> {
    vec![
        vec![Fork::to(&[0])],
        vec![Fork::to(&[0, 1])],
        vec![Fork::to(&[0, 1]), Fork::to(&[2])],
        vec![Fork::to(&[0]); 3],
        vec![Fork::to(&[])],
    ]
}

#[test]
fn a_diamond_is_found_whole_by_anybody() {
    guard::namespace();
    let (client, _ways) = scripted(two_by_three());
    for target in ScriptedWays::TARGETS {
        for confidence in ["95", "99"] {
            let (document, run) = traced(&client, &format!("--paths=256 --confidence {confidence} {target}"));
            let ways = ways(&document);
            assert_eq!(document["probe_kind"], "udp", "{run}");
            let expected = vec![vec![1], vec![1], vec![1, 2], vec![1, 2, 3], vec![1], vec![9]];
            assert_eq!(routers(ways), expected, "{run}");
            assert_eq!((&ways["path_count"], &ways["all_found"]), (&3.into(), &true.into()), "{run}");
            assert_eq!(shapes(ways), [(2, 3, 3), (3, 2, 2)], "{run}");
            assert_eq!(ways["diamonds"][0]["sharing"], "per-flow", "{run}");
            let meeting = if target.contains(':') { "fd98:5::1" } else { "10.98.5.1" };
            assert_eq!(ways["diamonds"][0]["joined_at"]["address"], meeting, "{run}");
            let said = format!("3 paths, widest at hop 4 (3 ways), all come together at {meeting}");
            assert_eq!(ways["ways_sentence"], said, "{run}");
            assert_eq!(run.end, "exit status: 0", "{run}");
        }
    }
}

#[test]
fn one_hop_of_eight_and_diamonds_within_diamonds() {
    guard::namespace();
    let eight = vec![vec![Fork::to(&[0, 1, 2, 3, 4, 5, 6, 7])], vec![Fork::to(&[0]); 8], vec![Fork::to(&[])]];
    let (client, _ways) = scripted(eight);
    let (document, run) = traced(&client, "--paths=512 --confidence 99 10.98.99.9");
    assert_eq!(routers(ways(&document))[1], (1..=8).collect::<Vec<_>>(), "{run}");
    assert_eq!(ways(&document)["path_count"], 8, "{run}");
    // By the rule's own number for eight, at least.
    assert!(ways(&document)["ways_at"][0]["flows_asked"].as_u64().unwrap() >= 58, "{run}");
    let nested = vec![
        vec![Fork::to(&[0, 1])],
        vec![Fork::to(&[0, 1]), Fork::to(&[2])],
        vec![Fork::to(&[0]), Fork::to(&[0]), Fork::to(&[1])],
        vec![Fork::to(&[0]); 2],
        vec![Fork::to(&[0, 1])],
        vec![Fork::to(&[]); 2],
    ];
    let (client, _ways) = scripted(nested);
    let (document, run) = traced(&client, "--paths=256 --confidence 99 10.98.99.9");
    assert_eq!(ways(&document)["path_count"], 6, "{run}");
    assert_eq!(shapes(ways(&document)), [(1, 3, 4), (2, 2, 2), (5, 2, 2)], "{run}");
}

#[test]
fn a_parting_router_that_limits_its_answers_hides_no_way() {
    guard::namespace();
    let limits = Fork { manner: HopManner::Limits(Limit::new(6.0, 1.0)), ..Fork::to(&[0, 1]) };
    let (client, _ways) = scripted(vec![vec![limits], vec![Fork::to(&[0]); 2], vec![Fork::to(&[])]]);
    let (document, run) = traced(&client, "--paths 10.98.99.9");
    assert_eq!(routers(ways(&document)), [vec![1], vec![1, 2], vec![1], vec![9]], "{run}");
    assert_eq!(ways(&document)["all_found"], true, "{run}");
    // One that goes on refusing is not taken for one way.
    let refuses = Fork { manner: HopManner::Limits(Limit::new(3.0, 0.01)), ..Fork::to(&[0, 1]) };
    let (client, _ways) = scripted(vec![vec![Fork::to(&[0])], vec![refuses], vec![Fork::to(&[]); 2]]);
    let (document, run) = traced(&client, "--paths --timeout 1s 10.98.99.9");
    let found = ways(&document);
    assert_eq!(found["all_found"], false, "{run}");
    assert!(found["ways_sentence"].as_str().unwrap().contains("hop 2 is incomplete ("), "{run}");
    assert_eq!(routers(found)[2], [1, 2], "{run}");
}

#[test]
fn packet_by_packet_is_told_from_flow_by_flow_and_silence_is_a_way() {
    guard::namespace();
    let by_packet = Fork { by_packet: true, ..Fork::to(&[0, 1]) };
    let silent = Fork { manner: HopManner::Silent, ..Fork::to(&[0, 1]) };
    let routers_there = vec![
        vec![by_packet],
        vec![Fork::to(&[0]); 2],
        vec![silent],
        vec![Fork::to(&[0]); 2],
        vec![Fork::to(&[])],
    ];
    let (client, _ways) = scripted(routers_there);
    let (document, run) = traced(&client, "--paths --confidence 99 --timeout 1s 10.98.99.9");
    let found = ways(&document);
    assert_eq!(routers(found), [vec![1], vec![1, 2], vec![0], vec![1, 2], vec![1], vec![9]], "{run}");
    assert_eq!(found["ways_at"][0]["side_by_side"][0]["sharing"], "per-packet", "{run}");
    assert_eq!(found["ways_at"][1]["mixed"], true, "{run}");
    let silent = &found["ways_at"][2];
    assert_eq!((&silent["flows_answered"], &silent["all_found"]), (&0.into(), &false.into()), "{run}");
    assert!(found["ways_sentence"].as_str().unwrap().contains("packet by packet at hop 1"), "{run}");
}

#[test]
fn real_routers_share_flows_by_their_ports_and_never_echo_requests() {
    guard::namespace();
    let lab = Diamond::new(&Lab::new().unwrap()).unwrap();
    lab.client.sysctl("net.ipv4.ping_group_range", "0 2147483647").unwrap();
    for (target, sides) in
        Diamond::SERVERS.into_iter().zip([["10.0.2.254", "10.0.3.254"], ["fd00:2::254", "fd00:3::254"]])
    {
        let words = format!("--paths --confidence 99 {target}");
        // Each kernel hashes in a way of its own: one time in a hundred all flows that are enough go one way.
        let several = |(document, _): &(Value, Run)| ways(document)["path_count"] != 1;
        let told = (0..3).map(|_| traced(&lab.client, &words)).find(several);
        let (document, run) = told.expect("two ways");
        let found = ways(&document);
        let hop = found["ways_at"][1]["side_by_side"].as_array().unwrap();
        let mut addresses: Vec<&str> = hop.iter().filter_map(|it| it["from"]["address"].as_str()).collect();
        addresses.sort_unstable();
        assert_eq!(addresses, sides, "{run}");
        assert_eq!((&found["path_count"], &found["all_found"]), (&2.into(), &true.into()), "{run}");
        assert_eq!(found["ways_at"][0]["side_by_side"][0]["sharing"], "per-flow", "{run}");
        // Over IPv6 a router answers from where the packet came in, so that its two ways in seem two routers.
        let length = if target.contains(':') { 3 } else { 2 };
        assert_eq!(shapes(found), [(1, 2, length)], "{run}");
    }
    let (document, run) = traced(&lab.client, "--paths --icmp 10.0.6.254");
    assert_eq!(
        (&document["probe_kind"], &ways(&document)["path_count"]),
        (&"icmp".into(), &1.into()),
        "{run}"
    );
    assert!(ways(&document)["ways_sentence"].as_str().unwrap().contains("Linux takes for one"), "{run}");
}

#[test]
fn echo_requests_of_other_checksums_are_other_flows() {
    guard::namespace();
    let (client, _ways) = scripted(vec![vec![Fork::to(&[0, 1])], vec![Fork::to(&[]); 2]]);
    for sockets in ["0 2147483647", "1 0"] {
        client.sysctl("net.ipv4.ping_group_range", sockets).unwrap();
        for target in ScriptedWays::TARGETS {
            let words = format!("trace -n --format json -c 1 --paths --icmp {target}");
            let run = run(&client, &mut netdiag(&words));
            let document: Value = serde_json::from_str(&run.stdout).unwrap();
            assert_eq!(ways(&document)["path_count"], 2, "{run}");
            assert_eq!(ways(&document)["flow_field"], "checksum", "{run}");
        }
    }
}

#[test]
fn text_and_table_say_who_leads_where() {
    guard::namespace();
    let (client, _ways) = scripted(two_by_three());
    let text = run(&client, &mut netdiag("trace -n -c 1 --paths=256 10.98.99.9"));
    let (_, paths) = text.stdout.split_once("\n\nall paths to ").unwrap_or_else(|| panic!("{text}"));
    assert!(
        paths.starts_with(
            "10.98.99.9, by flows of UDP to port 33434 and those behind it, 95% sure of each hop\n"
        ),
        "{text}"
    );
    let line = paths.lines().find(|line| line.starts_with(" 2 ")).unwrap();
    assert!(line.contains("10.98.2.1") && line.ends_with(", flow by flow"), "{text}");
    assert!(line.contains("10.98.3.1") && line.contains("10.98.3.2"), "{text}");
    let sentence = "3 paths, widest at hop 4 (3 ways), all come together at 10.98.5.1";
    assert!(text.stdout.ends_with(&format!("\n\n{sentence}\n")), "{text}");
    let quiet = run(&client, &mut netdiag("trace -q -n -c 1 --paths=256 10.98.99.9"));
    assert_eq!(quiet.stdout, format!("No loss: 1 of 1 to 10.98.99.9\n{sentence}\n"));
    let table = run(&client, &mut netdiag("trace -n -c 1 --format table --paths=256 10.98.99.9"));
    assert!(table.stdout.contains("Leads") && table.stdout.ends_with(&format!("{sentence}\n")), "{table}");
    #[rustfmt::skip]
    let refused = ["--paths=0 x", "--paths=5000 x", "--paths=4000 --port 65000 10.98.99.9", "--confidence 90 --paths x",
        "--confidence 99 x", "--icmp --udp x", "--paths --tcp x", "--paths --ping-hops x", "--port 5 x", "--format dots x"];
    for words in refused {
        let run = run(&client, &mut netdiag(&format!("trace {words}")));
        assert_eq!(run.end, "exit status: 2", "{words}: {run}");
    }
}

#[test]
fn drawings_are_what_other_programs_can_read() {
    guard::namespace();
    let mut routers = two_by_three();
    routers[1][0].manner = HopManner::Silent;
    let (client, _ways) = scripted(routers);
    for words in ["", "--paths=256 --timeout 1s"] {
        let words = format!("trace -n -c 1 {words} 10.98.99.9 fd98:99::9 --udp");
        let dot = run(&client, &mut netdiag(&format!("{words} --format dot")));
        let (nodes, edges) = graphviz::read(&dot.stdout).unwrap_or_else(|why| panic!("{why}: {dot}"));
        let least = if words.contains("paths") { 2 * (1 + 1 + 1 + 2 + 3 + 1 + 1) } else { 2 * 7 };
        assert_eq!(nodes.len(), least, "{dot}");
        assert!(edges.iter().all(|(from, to)| nodes.contains(from) && nodes.contains(to)), "{dot}");
        assert!(dot.stdout.contains("0/1 unknown") && dot.stdout.contains("1/1 ok"), "{dot}");
        let svg = run(&client, &mut netdiag(&format!("{words} --format svg")));
        assert!(svg.stdout.matches("<rect ").count() == least, "{svg}");
        must_be_xml(&svg.stdout);
    }
}

/// Has the picture read by somebody else's parser.
fn must_be_xml(text: &str) {
    let mut child = Command::new("xmllint")
        .args(["--noout", "--nonet", "-"])
        .stdin(Stdio::piped())
        .spawn()
        .expect("this test needs xmllint");
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    assert!(child.wait().unwrap().success(), "{text}");
}

/// The language of Graphviz as far as it is written here, read strictly.
mod graphviz {
    type Read = (Vec<String>, Vec<(String, String)>);

    #[derive(Clone, Debug, Eq, PartialEq)]
    enum Token {
        Word(String),
        Text(String),
        Sign(&'static str),
    }

    /// The nodes and edges of a graph.
    pub(super) fn read(text: &str) -> Result<Read, String> {
        let tokens = tokens(text)?;
        let (mut nodes, mut edges, mut depth, mut at) = (Vec::new(), Vec::new(), 0, 0);
        let word = |at: usize| match tokens.get(at) {
            Some(Token::Word(word)) => Some(word.as_str()),
            _ => None,
        };
        let text = |at: usize| match tokens.get(at) {
            Some(Token::Text(text)) => Some(text.clone()),
            _ => None,
        };
        let sign = |at: usize, sign: &str| matches!(tokens.get(at), Some(Token::Sign(it)) if *it == sign);
        if word(0) != Some("digraph") || word(1).is_none() || !sign(2, "{") {
            return Err("no digraph".to_owned());
        }
        depth += 1;
        at += 3;
        while at < tokens.len() {
            if sign(at, "}") {
                depth -= 1;
                at += 1;
                continue;
            }
            if depth == 0 {
                return Err(format!("something behind the end: {:?}", tokens[at]));
            }
            if word(at) == Some("subgraph") && word(at + 1).is_some() && sign(at + 2, "{") {
                (depth, at) = (depth + 1, at + 3);
            } else if sign(at, "{") {
                (depth, at) = (depth + 1, at + 1);
            } else if word(at).is_some()
                && sign(at + 1, "=")
                && (word(at + 2).is_some() || text(at + 2).is_some())
                && sign(at + 3, ";")
            {
                at += 4;
            } else {
                let first = text(at)
                    .or_else(|| word(at).map(str::to_owned))
                    .ok_or_else(|| format!("{:?}", tokens[at]))?;
                let is_default = word(at).is_some();
                at += 1;
                if sign(at, "->") {
                    edges.push((first, text(at + 1).ok_or("an edge to nothing")?));
                    at += 2;
                } else if !is_default {
                    nodes.push(first);
                } else if !["node", "edge"].contains(&first.as_str()) {
                    return Err(format!("what is {first}?"));
                }
                if !sign(at, "[") {
                    return Err(format!("no attributes: {:?}", tokens.get(at)));
                }
                at += 1;
                loop {
                    let is_one = word(at).is_some()
                        && sign(at + 1, "=")
                        && (word(at + 2).is_some() || text(at + 2).is_some());
                    if !is_one {
                        return Err(format!("no attribute: {:?}", tokens.get(at)));
                    }
                    at += 3;
                    match (sign(at, ","), sign(at, "]") && sign(at + 1, ";")) {
                        (true, _) => at += 1,
                        (_, true) => break,
                        _ => return Err(format!("neither comma nor end: {:?}", tokens.get(at))),
                    }
                }
                at += 2;
            }
        }
        if depth == 0 { Ok((nodes, edges)) } else { Err("it is not closed".to_owned()) }
    }

    fn tokens(text: &str) -> Result<Vec<Token>, String> {
        let (mut tokens, mut rest) = (Vec::new(), text);
        while let Some(first) = rest.chars().next() {
            let signs = ["->", "{", "}", "[", "]", "=", ";", ","];
            if first.is_whitespace() {
                rest = &rest[first.len_utf8()..];
            } else if let Some(sign) = signs.into_iter().find(|sign| rest.starts_with(sign)) {
                tokens.push(Token::Sign(sign));
                rest = &rest[sign.len()..];
            } else if first == '"' {
                let mut end = None;
                let mut escaped = false;
                for (at, character) in rest.char_indices().skip(1) {
                    match character {
                        '"' if !escaped => {
                            end = Some(at);
                            break;
                        }
                        '\n' => return Err("a line ends within a string".to_owned()),
                        _ => escaped = character == '\\' && !escaped,
                    }
                }
                let end = end.ok_or("a string is not closed")?;
                tokens.push(Token::Text(rest[1..end].to_owned()));
                rest = &rest[end + 1..];
            } else {
                let length = rest
                    .find(|it: char| !(it.is_alphanumeric() || it == '_' || it == '.'))
                    .unwrap_or(rest.len());
                if length == 0 {
                    return Err(format!("what is {first}?"));
                }
                tokens.push(Token::Word(rest[..length].to_owned()));
                rest = &rest[length..];
            }
        }
        Ok(tokens)
    }
}
