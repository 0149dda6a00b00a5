//! Programs that have next to nothing to do: what starting up costs.

use std::net::{Ipv4Addr, TcpListener};

use anyhow::{Context, Result};

use super::case::{Bench, Case, Limits, Rival};
use super::inside::Inside;
use super::measure::Figures;

/// A port of this network, which nobody else is in.
const PORT: u16 = 8002;
/// One run is too short to be measured.
const RUNS: u32 = 50;
const NOTE: &str = "The mean of 50 runs, one after the other; memory is that of one.";

/// What is typed after `netdiag`, the program that does the same and what is typed after that, and what the ratio should not exceed.
const STARTS: [(&str, &str, &str, Option<f64>); 5] = [
    ("ping -c1 127.0.0.1", "ping", "-c1 127.0.0.1", Some(1.15)),
    ("ss -tln", "ss", "-tln", Some(1.15)),
    ("probe tcp://127.0.0.1:8002", "nc", "-z 127.0.0.1 8002", Some(1.15)),
    ("wait -q 127.0.0.1:8002", "nc", "-z 127.0.0.1 8002", None),
    ("check tcp:127.0.0.1:8002", "nc", "-z 127.0.0.1 8002", None),
];

pub(super) fn compare(inside: &Inside) -> Result<String> {
    let _listener =
        TcpListener::bind((Ipv4Addr::LOCALHOST, PORT)).with_context(|| format!("cannot listen on {PORT}"))?;
    STARTS.iter().map(|(line, theirs, words, wall)| start(inside, line, (theirs, words), *wall)).collect()
}

fn start(
    inside: &Inside,
    line: &'static str,
    (program, words): (&str, &'static str),
    wall: Option<f64>,
) -> Result<String> {
    let at_most = || Figures { wall, ..Figures::NONE };
    let mut rivals = vec![Rival { case: Case::new(program, words), at_most: at_most() }];
    if let Some(peer) = inside.peer_ss.as_deref().filter(|_| program == "ss") {
        let case = Case::new(peer, words).called("$PEER_SS");
        rivals.push(Rival { case, at_most: at_most() });
    }
    let bench = Bench {
        title: format!("Starting up: `netdiag {line}`"),
        note: NOTE,
        runs: RUNS,
        rivals,
        ours: Case::new(&inside.netdiag, line),
        limits: Limits::NONE,
    };
    bench.section(inside.extent.rounds)
}
