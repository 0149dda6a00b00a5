//! One listing of ever more sockets, to see that its time grows with them and its memory does not.
//!
//! The kernel walks its whole hash table for any listing, and twice where it is asked in halves, so few sockets cost more each; the
//! bare dumps pay that too.

use anyhow::Result;

use super::case::{Bench, Case, Limits, Rival};
use super::inside::Inside;
use super::measure::Figures;
use super::sockets::Crowd;

/// Ours over one bare dump, once there are many.
const WALL: f64 = 0.85;
/// What many are.
const MANY: u32 = 100_000;
/// Of ours, at any size.
const PEAK_MIB: f64 = 24.0;

pub(super) fn compare(inside: &Inside) -> Result<String> {
    inside.extent.scale.iter().map(|&sockets| section(inside, sockets)).collect()
}

fn section(inside: &Inside, sockets: u32) -> Result<String> {
    println!("opening {sockets} TCP sockets");
    let _crowd = Crowd::of(sockets)?;
    let bare = |words, at_most| Rival { case: Case::new(&inside.bare_dump, words), at_most };
    let one_dump = if sockets >= MANY { Figures::wall(WALL) } else { Figures::NONE };
    let bench = Bench {
        title: format!("{sockets} established IPv4 TCP sockets"),
        note: "",
        runs: 1,
        rivals: vec![
            Rival { case: Case::new("ss", "-tanH"), at_most: Figures::wall(1.0) },
            bare("4", one_dump),
            bare("both halves all", Figures::NONE),
        ],
        ours: Case::new(&inside.netdiag, "-tanH").of("ss"),
        limits: Limits { peak_mib: Some(PEAK_MIB), ..Limits::NONE },
    };
    bench.section(inside.extent.rounds)
}
