//! Whether a path keeps to what was asked of it.
//!
//! A router that does not answer may be any address. So that an address is on the path can be seen, and that it is not only where
//! every hop answered.

use std::net::IpAddr;
use std::time::Duration;

use netdiag_echo::{PathEnd, Verdict};
use netdiag_text::duration::Short;

use super::args::Args;
use super::as_args::Waypoint;
use super::judgement::Judgement;
use super::mtu;
use super::names::Who;
use super::notes::not_sent;
use super::render::Outcome;
use super::systems::is_routed;

/// What is asked of a path.
#[derive(Clone, Debug, Default)]
pub(super) struct Bounds {
    /// In percent.
    pub(super) max_loss: Option<f64>,
    pub(super) max_rtt_p99: Option<Duration>,
    pub(super) max_hops: Option<u8>,
    pub(super) via: Vec<Waypoint>,
    pub(super) not_via: Vec<Waypoint>,
    /// In bytes.
    pub(super) min_mtu: Option<usize>,
}

impl From<&Args> for Bounds {
    fn from(args: &Args) -> Self {
        Self {
            max_loss: args.max_loss,
            max_rtt_p99: args.max_rtt_p99,
            max_hops: args.max_hops.map(Into::into),
            via: args.via.clone(),
            not_via: args.not_via.clone(),
            min_mtu: args.mtu.min_mtu.map(usize::from),
        }
    }
}

impl Bounds {
    pub(super) fn judge(&self, outcome: &Outcome, who: &Who) -> Judgement {
        let mut judgement = Judgement::default();
        let name = &outcome.target.name;
        if !outcome.is_decided {
            judgement.unmeasured.push(format!("{name}: no probe had its time to be answered"));
            return judgement;
        }
        match outcome.end {
            PathEnd::Reached(distance) => self.judge_reached(outcome, distance, &mut judgement),
            _ if outcome.unsent.0 > 0 => {
                let why = not_sent(outcome.unsent);
                judgement.unmeasured.push(format!("{name} is not reached, but {why}"));
            }
            _ => judgement.missed.push(format!("{name} is not reached")),
        }
        self.judge_waypoints(outcome, who, &mut judgement);
        if let Some(least) = self.min_mtu {
            mtu::judge(least, (name, outcome.mtu_to_target()), &mut judgement);
        }
        judgement
    }

    fn judge_reached(&self, outcome: &Outcome, distance: u8, judgement: &mut Judgement) {
        let (name, Some(report)) = (&outcome.target.name, outcome.reached()) else { return };
        if let Some(most) = self.max_loss {
            let lost = report.hop.asked.answered_ratio().map(|answered| (1.0 - answered) * 100.0);
            match (lost, report.verdict) {
                (_, Verdict::Quiet { .. }) => {
                    judgement.unmeasured.push(format!("loss to {name} not measured: it limits its answers"));
                }
                (Some(lost), _) if lost > most => {
                    judgement.missed.push(format!("{lost:.4}% lost to {name}, more than {most}%"));
                }
                _ => {}
            }
        }
        let longest = outcome.figures.percentile(distance, 99.0);
        if let Some((most, measured)) =
            self.max_rtt_p99.zip(longest).filter(|(most, measured)| measured > most)
        {
            let words = format!(
                "99th percentile of round-trip times to {name} {}, longer than {}",
                Short(measured),
                Short(most)
            );
            judgement.missed.push(words);
        }
        if let Some(most) = self.max_hops.filter(|most| distance > *most) {
            judgement.missed.push(format!("{name} is {distance} hops away, more than {most}"));
        }
    }

    fn judge_waypoints(&self, outcome: &Outcome, who: &Who, judgement: &mut Judgement) {
        let name = &outcome.target.name;
        for point in &self.via {
            match is_on_it(*point, outcome, who) {
                Presence::Seen => {}
                Presence::Absent => judgement.missed.push(format!("{point} is not on the path to {name}")),
                Presence::Unknown(why) => {
                    judgement.unmeasured.push(format!("{point} on the path to {name} not seen, and {why}"));
                }
            }
        }
        for point in &self.not_via {
            match is_on_it(*point, outcome, who) {
                Presence::Seen => judgement.missed.push(format!("{point} is on the path to {name}")),
                Presence::Absent => {}
                Presence::Unknown(why) => {
                    judgement.unmeasured.push(format!("{point} not seen on the path to {name}, but {why}"));
                }
            }
        }
    }
}

/// Whether something is on a path.
enum Presence {
    Seen,
    Absent,
    /// Nobody knows, and why, in words.
    Unknown(String),
}

fn is_on_it(point: Waypoint, outcome: &Outcome, who: &Who) -> Presence {
    let mut unknown = None;
    let mut is_it = |address: IpAddr| match point {
        Waypoint::Address(wanted) => address == wanted,
        Waypoint::System(number) => match who.system_at_last(address) {
            Some(system) => system.number == number,
            None => {
                // Nobody announces what is not routed.
                unknown = unknown.or_else(|| Some(address).filter(|address| is_routed(*address)));
                false
            }
        },
    };
    let mut responders = outcome.hops.iter().flat_map(|report| &report.hop.responders);
    if responders.any(|responder| is_it(responder.address.ip())) {
        return Presence::Seen;
    }
    let silent = outcome.hops.iter().filter(|report| report.hop.responders.is_empty());
    let silent: Vec<String> = silent.map(|report| report.hop.distance.to_string()).collect();
    match unknown {
        _ if !silent.is_empty() => {
            Presence::Unknown(format!("may be a hop that does not answer ({})", silent.join(", ")))
        }
        Some(address) => Presence::Unknown(format!("the AS of {address} is not known")),
        None => Presence::Absent,
    }
}

#[cfg(test)]
#[path = "bounds_tests.rs"]
mod tests;
