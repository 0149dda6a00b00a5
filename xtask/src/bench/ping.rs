//! Twenty probes to loopback, 10 ms apart: what a ping costs besides waiting.
//!
//! The wall clock here is mostly the 190 ms between probes; a ratio above 1 is time lost at the start or the end.

use anyhow::Result;

use super::{Bench, Case, Figures, InsideArgs, Rival};

const WORDS: [&str; 6] = ["-c20", "-i0.01", "-n", "-q", "-W1", "127.0.0.1"];

pub(super) fn compare(inside: &InsideArgs) -> Result<String> {
    let bench = Bench {
        title: "20 probes to loopback, 10 ms apart".to_owned(),
        rivals: vec![Rival {
            case: Case::new("ping", &WORDS),
            at_most: Figures {
                wall: Some(1.02),
                cpu: Some(1.0),
                peak_memory: None,
            },
        }],
        ours: Case::new(&inside.netdiag, &[&["ping"], &WORDS[..]].concat()),
    };
    bench.run(inside.args.rounds)
}
