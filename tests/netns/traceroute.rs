//! `traceroute` and `tracepath` as an ordinary user calls them, and where the installed ones are no measure.

use std::time::Duration;

use netdiag_lab::{HopManner, Lab, ScriptedHop, ScriptedPath};

use crate::ping_run::{Run, run, run_netdiag};
use crate::{guard, nobody};

/// Routers, the last of which refuses to pass packets on and answers only some of many.
fn hops() -> Vec<ScriptedHop> {
    let labels = vec![(24001, 0, 1)];
    vec![
        ScriptedHop { labels, ..ScriptedHop::default() },
        ScriptedHop { quotes_little: true, delay: Duration::from_millis(20), ..ScriptedHop::default() },
    ]
}

fn without_times(text: &str) -> String {
    let is_time = |word: &&str| word.contains('.') && word.trim_end_matches("ms").parse::<f64>().is_ok();
    let words = text.split(' ').map(|word| if is_time(&word) { "T" } else { word });
    words.collect::<Vec<_>>().join(" ")
}

fn by_nobody(host: &netdiag_lab::Host, words: &str) -> Run {
    run(host, nobody::netdiag().args(words.split_whitespace()))
}

#[test]
fn it_takes_no_privilege() {
    guard::namespace();
    let lab = Lab::new().unwrap();
    let client = lab.host("client").unwrap();
    client.sysctl("net.ipv4.ping_group_range", "0 2147483647").unwrap();
    let _path = ScriptedPath::new(&lab, &client, hops(), HopManner::Answers).unwrap();
    let times = "T ms  T ms  T ms";
    for (method, first) in [
        ("", "<MPLS:L=24001,E=0,S=1,T=1> "),
        ("-I", "<MPLS:L=24001,E=0,S=1,T=1> "),
        ("-T", "<MPLS:L=24001,E=0,S=1,T=1> "),
    ] {
        let run = by_nobody(&client, &format!("traceroute -n -e {method} 10.99.99.9"));
        let expected = format!(
            "traceroute to 10.99.99.9 (10.99.99.9), 30 hops max, 60 byte packets\n 1  10.99.1.1 {first} {times}\n \
             2  10.99.2.1  {times}\n 3  10.99.99.9  {times}\n"
        );
        assert_eq!(
            (without_times(&run.stdout), run.end.as_str()),
            (expected, "exit status: 0"),
            "{method}: {run}"
        );
    }
    let run = by_nobody(&client, "tracepath -n -l 1400 fd99:99::9");
    assert!(run.stdout.ends_with("reached\n     Resume: pmtu 1400 hops 3 back 3 \n"), "{run}");
    assert_eq!(run.stdout.lines().count(), 4, "{run}");
}

#[test]
fn what_takes_privilege_says_so() {
    guard::namespace();
    let lab = Lab::new().unwrap();
    let client = lab.host("client").unwrap();
    let _path = ScriptedPath::new(&lab, &client, hops(), HopManner::Answers).unwrap();
    for words in
        ["traceroute -I 10.99.99.9", "traceroute -P 200 10.99.99.9", "traceroute -I -O raw 10.99.99.9"]
    {
        let run = by_nobody(&client, words);
        assert_eq!((run.end.as_str(), run.stdout.as_str()), ("exit status: 1", ""), "{words}: {run}");
        assert!(run.stderr.starts_with("netdiag: socket: "), "{run}");
        assert!(run.stderr.contains("\nhint: "), "{run}");
    }
}

#[test]
fn what_cannot_be_reached_is_told_with_what_helps() {
    guard::namespace();
    let lab = Lab::new().unwrap();
    let client = lab.host("client").unwrap();
    for tool in ["traceroute -n -I", "tracepath -n"] {
        let run = run_netdiag(&client, &format!("{tool} 192.0.2.1"));
        assert_eq!((run.end.as_str(), run.stdout.as_str()), ("exit status: 1", ""), "{run}");
        assert!(run.stderr.contains("Network is unreachable"), "{run}");
    }
}
