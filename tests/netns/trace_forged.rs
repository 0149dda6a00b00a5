//! Errors nobody honest would send, and paths that misbehave: nothing is attributed to a probe it does not belong to.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use netdiag_lab::{Hop, Host, Lab, Reply, Scripted, forge, packet, until};
use serde_json::Value;

use crate::guard;
use crate::ping_run::{Run, netdiag, run};

const TARGETS: [&str; 2] = ["10.99.99.9", "fd99:99::9"];
/// Who forges.
const LIARS: [&str; 2] = ["10.99.77.77", "fd99:77::77"];

/// A client all of whose packets for the network of the targets are answered by this.
fn answering(script: impl FnMut(&[u8]) -> Vec<Reply> + Send + 'static) -> (Host, Scripted) {
    let lab = Lab::new().unwrap();
    let client = lab.host("client").unwrap();
    client.sysctl("net.ipv4.ping_group_range", "0 2147483647").unwrap();
    let scripted = lab.scripted((&client, "tun0"), script).unwrap();
    for (address, prefix) in [("10.99.0.1/32", "10.99.0.0/16"), ("fd99::1/128", "fd99::/16")] {
        client.address("tun0", address).unwrap();
        client.route(prefix, Hop::Through("tun0")).unwrap();
    }
    (client, scripted)
}

/// The hop limit of a probe for one of the targets, and its place among the families.
fn probe(request: &[u8]) -> Option<(u8, usize)> {
    let to = packet::destination(request)?;
    let family = TARGETS.iter().position(|target| target.parse() == Ok(to))?;
    Some((*request.get([8, 7][family])?, family))
}

fn router(number: u8, family: usize) -> std::net::IpAddr {
    let name = [format!("10.99.{number}.1"), format!("fd99:{number:x}::1")];
    name[family].parse().unwrap()
}

/// What an honest path of two routers and a target answers.
fn honest(request: &[u8]) -> Option<Reply> {
    let (limit, family) = probe(request)?;
    let packet = match limit {
        1 | 2 => forge::time_exceeded(router(limit, family), request),
        _ => forge::echo_reply(request),
    };
    packet.map(|packet| Reply { after: Duration::from_millis(5), packet })
}

/// "Hops used up" from whoever forges, about whatever stands behind its header.
fn exceeded(request: &[u8], word: u32, quoted: &[u8]) -> Option<Reply> {
    let (_, family) = probe(request)?;
    let mut message = vec![[11, 3][family], 0, 0, 0];
    message.extend(word.to_be_bytes());
    message.extend(quoted);
    let liar = LIARS[family].parse().unwrap();
    forge::icmp(liar, packet::source(request)?, &message).map(Reply::from)
}

fn traced(host: &Host, words: &str) -> (Value, Run) {
    let run = run(host, &mut netdiag(&format!("trace -n --format json --no-confirm {words}")));
    let document = serde_json::from_str(&run.stdout).unwrap_or_else(|why| panic!("{why}: {run}"));
    (document, run)
}

fn usual(host: &Host, target: &str) -> (Value, Run) {
    traced(host, &format!("-c 4 -i 30ms --timeout 400ms --max-ttl 6 {target}"))
}

/// Who answers at each distance.
fn responders(document: &Value) -> Vec<Vec<&str>> {
    let hops = document["hops"].as_array().unwrap().iter();
    hops.map(|hop| {
        let all = hop["responders"].as_array().unwrap().iter();
        all.map(|responder| responder["from"]["address"].as_str().unwrap()).collect()
    })
    .collect()
}

/// Runs usual traces where this is sent before each honest answer; they have to say what the honest ones say, and no more.
fn unmoved(name: &str, forged: impl Fn(&[u8]) -> Vec<Reply> + Send + 'static) {
    let (client, _scripted) = answering(move |request| {
        let lies = if probe(request).is_some() { forged(request) } else { vec![] };
        lies.into_iter().chain(honest(request)).collect()
    });
    for (family, target) in TARGETS.iter().enumerate() {
        let (document, run) = usual(&client, target);
        let [first, second] = [1, 2].map(|number| router(number, family).to_string());
        assert_eq!(responders(&document), [vec![&*first], vec![&*second], vec![*target]], "{name}: {run}");
        assert_eq!(
            (document["hops"][0]["received"].as_u64(), run.end.as_str()),
            (Some(4), "exit status: 0"),
            "{name}: {run}"
        );
        assert_eq!(document["paths"][0]["ending"], "reached", "{name}: {run}");
    }
}

/// Where the data of a quoted request begin.
fn data(request: &[u8]) -> usize {
    if request[0] >> 4 == 4 { 28 } else { 48 }
}

#[test]
fn a_quoted_packet_of_another_run_is_counted_and_nobody_s_answer() {
    guard::namespace();
    unmoved("another secret", |request| {
        let mut quote = request.to_vec();
        quote[data(request) + 3] ^= 1;
        exceeded(request, 0, &quote).into_iter().collect()
    });
    unmoved("another target", |request| {
        let mut quote = request.to_vec();
        // The last byte of the destination.
        quote[data(request) - 9] ^= 0x40;
        exceeded(request, 0, &quote).into_iter().collect()
    });
    unmoved("a number nobody sent", |request| {
        let mut quote = request.to_vec();
        quote[data(request) - 2] ^= 0x80;
        quote.truncate(data(request));
        exceeded(request, 0, &quote).into_iter().collect()
    });
}

#[test]
fn a_quote_cut_short_before_it_names_a_probe_is_nobody_s_answer() {
    guard::namespace();
    unmoved("cut short", |request| {
        (0..data(request)).filter_map(|length| exceeded(request, 0, &request[..length])).collect()
    });
}

#[test]
fn lengths_that_lie_in_quotes_and_extensions_of_every_malformation_harm_nobody() {
    guard::namespace();
    // The honest answer comes first, so what is believed of these is one more answer to a probe that has its own.
    let object = |bytes: &[u8]| -> Vec<u8> { [&[0x20, 0, 0, 0][..], bytes].concat() };
    let extensions: Vec<Vec<u8>> = vec![
        vec![],
        vec![0x20],
        vec![0xff; 40],
        vec![0x10, 0, 0, 0, 0, 8, 1, 1, 0, 0, 1, 1],
        object(&[0, 0, 1, 1]),
        object(&[0, 3, 1, 1]),
        object(&[0xff, 0xff, 1, 1, 0, 0, 0, 0]),
        object(&[0, 9, 1, 1, 0, 0, 1, 1, 7]),
        object(&[0, 12, 2, 0x0f, 0, 0, 0, 7, 255, b'e', b't', b'h']),
        object(&[0, 12, 2, 0xff, 0, 9, 0, 0, 1, 2, 3, 4]),
        object(&[0, 8, 250, 250, 1, 2, 3, 4]),
    ];
    let (client, _scripted) = answering(move |request| {
        let Some(mut honest) = honest(request) else { return vec![] };
        honest.after = Duration::ZERO;
        let (_, family) = probe(request).unwrap();
        let mut replies = vec![honest];
        for extension in &extensions {
            let mut quoted = request.to_vec();
            quoted.resize(128, 0);
            quoted.extend(extension);
            // The length of the quote in words of four and eight bytes, right, too long and too short.
            for length in [[32, 16][family], 255, 1] {
                let word = length << [16, 24][family];
                let lie = exceeded(request, word, &quoted);
                replies.extend(lie.map(|lie| Reply { after: Duration::from_millis(3), ..lie }));
            }
        }
        for (at, value) in
            [(0, 0x4f), (0, 0x40), (0, 0x60), (2, 0xff), (3, 0), (4, 0xff), (5, 0xff), (6, 0xff), (9, 0xff)]
        {
            let mut quoted = request.to_vec();
            quoted[at] = value;
            let lie = exceeded(request, 0, &quoted);
            replies.extend(lie.map(|lie| Reply { after: Duration::from_millis(3), ..lie }));
        }
        replies
    });
    for (family, target) in TARGETS.iter().enumerate() {
        for how in ["", "--udp "] {
            let (document, run) = usual(&client, &format!("{how}{target}"));
            let first = router(1, family).to_string();
            assert_eq!(responders(&document)[0], [&*first], "{run}");
            assert_eq!(document["hops"][0]["received"], 4, "{run}");
            assert_ne!(run.end, "exit status: 101", "{run}");
        }
    }
}

#[test]
fn answers_after_the_end_and_loops_are_told_as_what_they_are() {
    guard::namespace();
    let (client, _scripted) = answering(|request| {
        honest(request)
            .map(|reply| Reply { after: Duration::from_millis(700), ..reply })
            .into_iter()
            .collect()
    });
    let (document, run) = traced(&client, "-c 2 -i 20ms --timeout 200ms --max-ttl 4 10.99.99.9");
    assert_eq!(
        (&document["paths"][0]["ending"], run.end.as_str()),
        (&"silent".into(), "exit status: 1"),
        "{run}"
    );
    let (client, _scripted) = answering(|request| {
        let Some((limit, family)) = probe(request) else { return vec![] };
        forge::time_exceeded(router(1 + limit % 2, family), request).map(Reply::from).into_iter().collect()
    });
    for target in TARGETS {
        let (document, run) = usual(&client, target);
        assert_eq!(document["paths"][0]["path_loop"], serde_json::json!([1, 3]), "{run}");
        assert_eq!(run.end, "exit status: 1", "{run}");
    }
}

#[test]
fn a_target_at_two_distances_and_a_way_that_changes_are_followed() {
    guard::namespace();
    let sent = Arc::new(AtomicU64::new(0));
    let (client, _scripted) = answering(move |request| {
        let Some((limit, family)) = probe(request) else { return vec![] };
        // The hop limit is set anew behind the second router now and then, so that the target is nearer.
        let near = sent.fetch_add(1, Ordering::Relaxed).is_multiple_of(2);
        let packet = match limit {
            1 | 2 => forge::time_exceeded(router(limit, family), request),
            3 if !near => forge::time_exceeded(router(3, family), request),
            _ => forge::echo_reply(request),
        };
        packet.map(Reply::from).into_iter().collect()
    });
    for target in TARGETS {
        let (document, run) = traced(&client, &format!("-c 8 -i 20ms --timeout 400ms --max-ttl 6 {target}"));
        assert_eq!(document["paths"][0]["ending"], "reached", "{run}");
        let length = document["paths"][0]["length"].as_u64().unwrap();
        assert!((3..=4).contains(&length), "{run}");
    }
    let sent = Arc::new(AtomicU64::new(0));
    let (client, _scripted) = answering(move |request| {
        let Some((limit, family)) = probe(request) else { return vec![] };
        let packet = match limit {
            1 if sent.fetch_add(1, Ordering::Relaxed) >= 3 => {
                forge::time_exceeded(router(9, family), request)
            }
            1 => forge::time_exceeded(router(1, family), request),
            _ => forge::echo_reply(request),
        };
        packet.map(Reply::from).into_iter().collect()
    });
    let (document, run) = usual(&client, TARGETS[0]);
    assert_eq!(document["hops"][0]["changes"], 1, "{run}");
    assert_eq!(responders(&document)[0], ["10.99.1.1", "10.99.9.1"], "{run}");
}

#[test]
fn a_device_that_goes_down_and_ways_that_are_not_there_are_named() {
    guard::namespace();
    let asked = Arc::new(AtomicU64::new(0));
    let counted = Arc::clone(&asked);
    let (client, _scripted) = answering(move |request| {
        counted.fetch_add(1, Ordering::Relaxed);
        honest(request).into_iter().collect()
    });
    thread::scope(|scope| {
        let running = scope.spawn(|| traced(&client, "-c 40 -i 50ms --timeout 300ms --max-ttl 4 10.99.99.9"));
        // Some rounds are over, and most are not.
        let is_under_way = || (asked.load(Ordering::Relaxed) >= 20).then_some(());
        until("probes to leave", Duration::from_secs(60), is_under_way).unwrap();
        client.down("tun0").unwrap();
        let (document, run) = running.join().unwrap();
        let hops = document["hops"].as_array().unwrap();
        let sum = |figure: &str| hops.iter().filter_map(|hop| hop[figure].as_u64()).sum::<u64>();
        assert!(sum("received") > 0 && sum("unsent") + sum("silent") > 0, "{run}");
        assert_ne!(run.end, "exit status: 101", "{run}");
    });
    let run = run(&client, &mut netdiag("trace -n 10.99.99.9"));
    assert!(run.stderr.contains("connect: ") && run.end == "exit status: 3", "{run}");
    let run = self::run(&client, &mut netdiag("trace -6 10.99.99.9"));
    assert!(run.stderr.contains("no address of the family asked for"), "{run}");
    assert_eq!(run.end, "exit status: 3", "{run}");
}

#[test]
fn two_hundred_and_fifty_five_hops_may_all_be_silent() {
    guard::namespace();
    let (client, _scripted) = answering(|_| vec![]);
    for target in TARGETS {
        let (document, run) = traced(&client, &format!("-c 1 --timeout 300ms --max-ttl 255 {target}"));
        assert_eq!(
            (&document["paths"][0]["ending"], run.end.as_str()),
            (&"silent".into(), "exit status: 1"),
            "{run}"
        );
        assert_eq!(run.stdout.matches("\"record\":\"silent\"").count(), 255, "{run}");
    }
}
