//! How many flows are enough: the stopping rule of multipath detection ([`StoppingRule`]).
//!
//! Who has seen K next hops asks whether there is one more. If there were, and flows were shared evenly among all K + 1, then so
//! many flows would hardly have missed any of them. A router that shares unevenly may still hide one.

use super::config::Confidence;

/// Numbers of flows after which one more next hop is ruled out.
#[derive(Debug)]
pub(super) struct StoppingRule {
    /// For one next hop seen, two, and so on, as far as flows can be had.
    points: Vec<u32>,
}

impl StoppingRule {
    /// The rule at that confidence, where there are no more flows than `most`.
    pub(super) fn new(confidence: Confidence, most: u16) -> Self {
        let (mut points, mut flows) = (Vec::new(), 1);
        for seen in 1.. {
            while flows <= u32::from(most) && chance_of_missing(seen, flows) > 1.0 - confidence.probability()
            {
                flows += 1;
            }
            if flows > u32::from(most) {
                break;
            }
            points.push(flows);
        }
        Self { points }
    }

    /// How many flows are enough where so many next hops were seen; `None` if it takes more than there are.
    pub(super) fn enough(&self, seen: usize) -> Option<u32> {
        self.points.get(seen.max(1) - 1).copied()
    }
}

/// The probability that so many flows, shared evenly among one next hop more than were `seen`, miss any of them. Exact where it is
/// small; no less than it is elsewhere.
pub(super) fn chance_of_missing(seen: usize, flows: u32) -> f64 {
    let hops = seen.max(1) as f64 + 1.0;
    let (mut sum, mut ways) = (0.0, 1.0);
    // Inclusion and exclusion: how likely it is to miss one of them, less two, and so on.
    for missed in 1..=seen.max(1) {
        let missed = missed as f64;
        ways *= -(hops - missed + 1.0) / missed;
        let term = ways * (1.0 - missed / hops).powf(flows.into());
        sum -= term;
        if term.abs() < TINY {
            break;
        }
        if term.abs() > 1.0 {
            // Terms as large as that cancel out, to what is nearly certain.
            return 1.0;
        }
    }
    sum.clamp(0.0, 1.0)
}

/// What changes no answer.
const TINY: f64 = 1e-12;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_points_are_those_of_the_published_tables() {
        #[rustfmt::skip]
        let tables = [
            (Confidence::Of95, [6, 11, 16, 21, 27, 33, 38, 44, 51, 57, 63, 70, 76, 83, 90, 96]),
            (Confidence::Of99, [8, 15, 21, 28, 36, 43, 51, 58, 66, 74, 82, 90, 98, 106, 115, 123]),
        ];
        for (confidence, expected) in tables {
            let rule = StoppingRule::new(confidence, 4096);
            assert_eq!(rule.points[..16], expected, "{confidence:?}");
            assert!(rule.points.windows(2).all(|pair| pair[0] < pair[1]), "{confidence:?}");
            // About K ln(K / ε), however many there are.
            let last = rule.points.len() as f64;
            let about = (last + 1.0) * ((last + 1.0) / (1.0 - confidence.probability())).ln();
            assert!((f64::from(*rule.points.last().unwrap()) / about - 1.0).abs() < 0.02, "{confidence:?}");
        }
    }

    #[test]
    fn more_next_hops_than_flows_can_tell_are_never_enough() {
        let rule = StoppingRule::new(Confidence::Of95, 20);
        assert_eq!(
            (rule.enough(0), rule.enough(1), rule.enough(3), rule.enough(4)),
            (Some(6), Some(6), Some(16), None)
        );
        assert_eq!(StoppingRule::new(Confidence::Of95, 5).enough(1), None);
    }

    #[test]
    fn the_chance_is_what_counting_all_ways_gives() {
        for seen in 1..4_usize {
            for flows in 1..9_u32 {
                let hops = seen + 1;
                let all = hops.pow(flows);
                let missing = (0..all).filter(|way| {
                    let taken = |hop| (0..flows).any(|flow| way / hops.pow(flow) % hops == hop);
                    !(0..hops).all(taken)
                });
                let exact = missing.count() as f64 / all as f64;
                let told = chance_of_missing(seen, flows);
                let is_right = (told - exact).abs() < 1e-9 || (told == 1.0 && exact > 0.5);
                assert!(is_right, "{seen} seen, {flows} flows: {told}, not {exact}");
            }
        }
    }
}
