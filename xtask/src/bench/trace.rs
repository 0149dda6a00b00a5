//! Tracing a path whose routers all answer: how long until it is known, beside `traceroute`.

use anyhow::Result;

use super::case::{Bench, Case, Limits, Rival};
use super::inside::Inside;
use super::measure::Figures;

/// Fifteen hops, the target included, each of which answers after so many milliseconds.
const PATH: &[&str] = &["14", "25"];
const ONE: &str = "-n -c1 10.99.99.9";
const TARGETS: u8 = 64;

pub(super) fn compare(inside: &Inside) -> Result<String> {
    let rounds = inside.extent.rounds;
    let ours = |line| Case::new(&inside.netdiag, line).of("trace").within(&inside.scripted, PATH);
    let traceroute = |line| {
        let case = Case::new("traceroute", line).within(&inside.scripted, PATH);
        Rival { case, at_most: Figures::wall(1.0) }
    };
    let one = Bench {
        title: "A path of 15 hops that answer after 25 ms".to_owned(),
        note: "One probe for each hop is ours, three are theirs, of which sixteen are under way at once.",
        runs: 1,
        rivals: vec![traceroute("-n 10.99.99.9"), traceroute("-n -I 10.99.99.9")],
        ours: ours(ONE),
        limits: Limits { most_ms: Some(500.0), ..Limits::NONE },
    };
    let addresses: String = (1..=TARGETS).map(|last| format!(" 10.99.99.{last}")).collect();
    let many: &'static str = format!("-n -c1 --format jsonl{addresses}").leak();
    let many = Bench {
        title: format!("The same to {TARGETS} targets at once"),
        note: "",
        runs: 1,
        rivals: vec![Rival { case: ours(ONE), at_most: Figures::NONE }],
        ours: ours(many),
        limits: Limits { most_ms: Some(2000.0), ..Limits::NONE },
    };
    Ok(one.section(rounds)? + &many.section(rounds)?)
}
