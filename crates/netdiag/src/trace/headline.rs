//! A path in one sentence: whether anything is lost, where, and what only looks like loss.

use netdiag_echo::{AnswerMeaning, HopReport, PathEnd, Tally, Verdict};
use netdiag_text::percentage;

use super::render::Outcome;
use crate::ping::address::number;
use crate::ping::icmp_text;

/// The sentence, without a full stop.
pub(super) fn headline(outcome: &Outcome) -> String {
    let mut parts = vec![main(outcome)];
    let passed = match outcome.end {
        PathEnd::Reached(_) => outcome.hops.split_last().map_or(&[][..], |(_, before)| before),
        _ => &outcome.hops,
    };
    parts.extend(limited(passed));
    let quiet = |never: bool| {
        let hops = passed.iter().filter(|report| {
            matches!(report.verdict, Verdict::Quiet { limits: false, .. })
                && (report.hop.asked.answered == 0) == never
        });
        hops.map(|report| report.hop.distance).collect::<Vec<u8>>()
    };
    parts.extend(of_hops(&quiet(true), "does not answer", "do not answer"));
    parts.extend(of_hops(&quiet(false), "answers in part", "answer in part"));
    parts.extend(ambiguous(outcome));
    let changes: u64 = outcome.hops.iter().map(|report| report.hop.changes).sum();
    match changes {
        0 => {}
        1 => parts.push("the route changed once".to_owned()),
        more => parts.push(format!("the route changed {more} times")),
    }
    parts.join("; ")
}

/// That routers quote too little, where they were not asked apart for that.
fn ambiguous(outcome: &Outcome) -> Option<String> {
    let is_settled = outcome.hops.iter().any(|report| report.hop.told_by_port > 0);
    match outcome.ambiguous {
        0 => None,
        _ if is_settled => None,
        1 => Some("one answer may be about any of several probes".to_owned()),
        more => Some(format!("{more} answers may be about any of several probes")),
    }
}

fn main(outcome: &Outcome) -> String {
    let name = outcome.target.words();
    match (outcome.end, outcome.hops.last()) {
        (PathEnd::Reached(_), Some(last)) => reached(outcome, last, &name),
        (PathEnd::Refused(distance), Some(last)) => {
            let why = refusal(last).unwrap_or_else(|| "no more is said".to_owned());
            format!("{name} is not reached: hop {distance} {why}")
        }
        (PathEnd::Silent(distance), Some(last)) => match outcome.path_loop {
            Some((near, far)) => {
                format!("{name} is not reached: packets go round in a loop, hop {far} is hop {near} again")
            }
            None => {
                let who = last.hop.current().map(|from| format!(" ({})", number(from))).unwrap_or_default();
                format!("{name} does not answer; the last that does is hop {distance}{who}")
            }
        },
        _ => format!("Nobody answers on the way to {name}"),
    }
}

fn reached(outcome: &Outcome, last: &HopReport, name: &str) -> String {
    let asked = last.hop.asked;
    let counts = format!("{} of {}", asked.answered, asked.decided());
    let place = outcome.hops.iter().find_map(|report| match report.verdict {
        Verdict::LossFromHere { after } => Some((after, report.hop.distance)),
        _ => None,
    });
    match (last.verdict, place) {
        _ if asked.silent == 0 => format!("No loss: {counts} to {name}"),
        (Verdict::Quiet { .. }, _) => {
            format!("{name} is reached and limits its answers: {counts} say nothing of loss")
        }
        (_, Some(place)) => format!("Loss: {} to {name}, {}", lost(asked), between(place)),
        (Verdict::Unknown { more: Some(more) }, _) => {
            format!("{} to {name}, which may be chance: {more} probes more would tell", lost(asked))
        }
        _ => format!("{} to {name}, which may be chance", lost(asked)),
    }
}

fn lost(asked: Tally) -> String {
    let share = asked.silent as f64 / asked.decided().max(1) as f64;
    format!("{} of {} ({}) lost", asked.silent, asked.decided(), percentage::Short(share))
}

/// Where it is lost; a probe and its answer may take different ways.
fn between((after, from): (u8, u8)) -> String {
    let begin = if after == 0 { "this host".to_owned() } else { format!("hop {after}") };
    let silent = if from > after + 1 { ", those in between do not tell" } else { "" };
    format!("between {begin} and hop {from}{silent}, there or on the way back")
}

fn limited(hops: &[HopReport]) -> Option<String> {
    let limited = hops.iter().filter(|report| matches!(report.verdict, Verdict::Quiet { limits: true, .. }));
    let distances: Vec<u8> = limited.clone().map(|report| report.hop.distance).collect();
    let words = of_hops(&distances, "limits its answers", "limit their answers")?;
    let rates: Vec<f64> = limited.filter_map(|report| report.answers_per_second).collect();
    let slowest = rates.iter().copied().reduce(f64::min);
    let rate =
        slowest.filter(|_| rates.len() == distances.len()).map(|rate| format!(" (about {})", a_second(rate)));
    Some(words + &rate.unwrap_or_default())
}

/// A rate with one digit behind the point if it takes one: `1/s`, `0.5/s`.
pub(super) fn a_second(rate: f64) -> String {
    let rounded = (rate * 10.0).round() / 10.0;
    format!("{rounded}/s")
}

/// What somebody says who lets nothing pass.
pub(super) fn refusal(report: &HopReport) -> Option<String> {
    report.hop.responders.iter().rev().find_map(|responder| match responder.meaning {
        AnswerMeaning::Refused(error) | AnswerMeaning::Faulted(error) => {
            Some(format!("({}) says: {}", number(responder.address), icmp_text::describe(&error)))
        }
        _ => None,
    })
}

fn of_hops(distances: &[u8], one: &str, many: &str) -> Option<String> {
    let words: Vec<String> = distances.iter().map(ToString::to_string).collect();
    let (last, before) = words.split_last()?;
    Some(if before.is_empty() {
        format!("hop {last} {one}")
    } else {
        format!("hops {} and {last} {many}", before.join(", "))
    })
}
