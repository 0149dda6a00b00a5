//! Pings of loopback: what they cost besides waiting, how fast they flood, how true they keep their interval.
//!
//! The wall clock holds at least the time between the probes, whoever sends them; only the rest can be saved.

use anyhow::Result;

use super::{Bench, Case, Figures, InsideArgs, Rival};

/// What is typed after `ping`, what it shows, and what ours may take of the installed one's time.
#[rustfmt::skip]
const COMPARED: [(&str, &str, Figures<Option<f64>>); 4] = [
    ("-c20 -i0.01 -q 127.0.0.1",     "20 probes to loopback, 10 ms apart",       Figures { wall: Some(1.02), cpu: Some(1.0),  peak_memory: None }),
    ("-c200 -i0.005 -q 127.0.0.1",   "200 probes to loopback, 5 ms apart",       Figures { wall: None,       cpu: Some(0.1),  peak_memory: None }),
    ("-c500 -i0.01 -q 127.0.0.1",    "500 probes to loopback, 10 ms apart",      Figures { wall: Some(0.75), cpu: None,       peak_memory: None }),
    ("-f -c200000 -q 127.0.0.1",     "a flood of 200,000 probes to loopback",    Figures { wall: Some(0.83), cpu: None,       peak_memory: None }),
];

pub(super) fn compare(inside: &InsideArgs) -> Result<String> {
    let tables = COMPARED.iter().map(|(line, title, at_most)| {
        let words: Vec<&str> = line.split(' ').collect();
        let bench = Bench {
            title: (*title).to_owned(),
            rivals: vec![Rival { case: Case::new("ping", &words), at_most: *at_most }],
            ours: Case::new(&inside.netdiag, &[&["ping"], &words[..]].concat()),
        };
        bench.run(inside.args.rounds)
    });
    Ok(tables.collect::<Result<Vec<String>>>()?.join("\n"))
}
