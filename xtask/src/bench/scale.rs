//! One listing of ever more sockets, to see that its time grows with them and its memory does not.
//!
//! The kernel walks its whole hash table for any listing, so few sockets cost more each; the bare dump pays that too.

use anyhow::Result;

use super::case::{Bench, Case, Limits, Rival};
use super::inside::Inside;
use super::measure::Figures;
use super::report;
use super::sockets::Crowd;

const TITLE: &str = "\n## From few established IPv4 TCP sockets to many\n\n\
    | sockets | `bare_dump 4` | `netdiag ss -tanH` | per socket | wall ratio | memory |\n|--:|--:|--:|--:|--:|--:|\n";

/// Ours over the bare dump, at any size.
const WALL: f64 = 0.85;
/// Of ours, at any size.
const PEAK_MIB: f64 = 24.0;

pub(super) fn compare(inside: &Inside) -> Result<String> {
    let rows = inside.extent.scale.iter().map(|&sockets| row(inside, sockets));
    Ok(TITLE.to_owned() + &rows.collect::<Result<String>>()?)
}

fn row(inside: &Inside, sockets: u32) -> Result<String> {
    println!("opening {sockets} TCP sockets");
    let _crowd = Crowd::of(sockets)?;
    let bench = Bench {
        title: format!("{sockets} sockets"),
        note: "",
        runs: 1,
        rivals: vec![Rival { case: Case::new(&inside.bare_dump, "4"), at_most: Figures::wall(WALL) }],
        ours: Case::new(&inside.netdiag, "-tanH").of("ss"),
        limits: Limits { peak_mib: Some(PEAK_MIB), ..Limits::NONE },
    };
    Ok(report::size(sockets, &bench, &bench.run(inside.extent.rounds)?))
}
