//! Twenty probes to loopback, 10 ms apart: what a ping costs besides waiting.
//!
//! The wall clock holds at least the 190 ms between the probes, whoever sends them; only the rest can be saved.

use anyhow::Result;

use super::{Bench, Case, Figures, InsideArgs, Rival};

const WORDS: [&str; 4] = ["-c20", "-i0.01", "-q", "127.0.0.1"];

pub(super) fn compare(inside: &InsideArgs) -> Result<String> {
    let bench = Bench {
        title: "20 probes to loopback, 10 ms apart".to_owned(),
        rivals: vec![Rival {
            case: Case::new("ping", &WORDS),
            at_most: Figures { wall: Some(1.02), cpu: Some(1.0), peak_memory: None },
        }],
        ours: Case::new(&inside.netdiag, &[&["ping"], &WORDS[..]].concat()),
    };
    bench.run(inside.args.rounds)
}
