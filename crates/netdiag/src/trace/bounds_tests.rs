//! What bounds make of traces told in invented time.

use super::*;
use crate::trace::tests::{MS, Network, passing, sound, traced};

#[test]
fn bounds_are_kept_missed_or_not_to_be_measured() {
    let address = |text: &str| -> Vec<Waypoint> { vec![text.parse().unwrap()] };
    let (none, silent_second): (Bounds, Network) =
        (Bounds::default(), |_, distance| (distance != 2).then(|| sound(distance, 3)));
    let all: Network = |_, distance| Some(sound(distance, 3));
    let lossy: Network = |round, distance| (distance < 3 || round % 4 != 0).then(|| sound(distance, 3));
    let dead: Network = |_, distance| (distance < 2).then(|| passing(distance));
    #[rustfmt::skip]
    let cases = [
        (none.clone(),                                                    all,           (0, 0)),
        (none.clone(),                                                    dead,          (1, 0)),
        (none.clone(),                                                    silent_second, (0, 0)),
        (Bounds { max_loss: Some(30.0), ..none.clone() },                 lossy,         (0, 0)),
        (Bounds { max_loss: Some(20.0), ..none.clone() },                 lossy,         (1, 0)),
        (Bounds { max_rtt_p99: Some(3 * MS), ..none.clone() },            all,           (0, 0)),
        (Bounds { max_rtt_p99: Some(2 * MS), ..none.clone() },            all,           (1, 0)),
        (Bounds { max_hops: Some(3), ..none.clone() },                    all,           (0, 0)),
        (Bounds { max_hops: Some(2), ..none.clone() },                    all,           (1, 0)),
        (Bounds { via: address("192.0.2.2"), ..none.clone() },            all,           (0, 0)),
        (Bounds { via: address("192.0.2.9"), ..none.clone() },            all,           (1, 0)),
        (Bounds { via: address("192.0.2.2"), ..none.clone() },            silent_second, (0, 1)),
        (Bounds { not_via: address("192.0.2.9"), ..none.clone() },        all,           (0, 0)),
        (Bounds { not_via: address("192.0.2.2"), ..none.clone() },        all,           (1, 0)),
        (Bounds { not_via: address("192.0.2.9"), ..none.clone() },        silent_second, (0, 1)),
    ];
    for (bounds, network, (missed, unmeasured)) in cases {
        let Judgement { missed: told, unmeasured: untold } =
            bounds.judge(&traced(20, network).0, &Who::default());
        assert_eq!((told.len(), untold.len()), (missed, unmeasured), "{bounds:?}: {told:?} {untold:?}");
    }
}
