//! Questions to the kernel about a crowd of sockets, with nothing made of the answers: what a listing chooses among.

use anyhow::Result;

use super::case::{Bench, Case, Limits, Rival};
use super::inside::Inside;
use super::measure::Figures;
use super::sockets::Crowd;

/// Each beside the halves of one walk for both families, which is what a long listing asks.
const QUESTIONS: [&str; 9] =
    ["4", "6", "both", "4 bound", "6 bound", "both bound", "both all", "4 halves", "both halves all"];
/// The same, and what the protocol and the memory of each are.
const WITH_DETAILS: [&str; 2] = ["4 0x4f", "both 0x4f"];

const NOTE: &str = "The ratios are those of the last row to each of the others.";

pub(super) fn compare(inside: &Inside) -> Result<String> {
    let sockets = inside.extent.sockets;
    println!("opening {sockets} TCP sockets");
    let _crowd = Crowd::of(sockets)?;
    let bare = |line| Case::new(&inside.bare_dump, line);
    let section = |more: &str, questions: &[&'static str], last| {
        let rival = |line: &&'static str| Rival { case: bare(line), at_most: Figures::NONE };
        let bench = Bench {
            title: format!("Questions about {sockets} established IPv4 TCP sockets{more}"),
            note: NOTE,
            runs: 1,
            rivals: questions.iter().map(rival).collect(),
            ours: bare(last),
            limits: Limits::NONE,
        };
        bench.section(inside.extent.rounds)
    };
    let plain = section("", &QUESTIONS, "both halves")?;
    Ok(plain + &section(", memory and TCP internals", &WITH_DETAILS, "both halves 0x4f")?)
}
