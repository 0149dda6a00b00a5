//! Searches along invented paths, in invented time.

use std::net::IpAddr;

use super::*;
use crate::probe::AnsweredProbe;
use crate::stamp::{Arrival, SendCall};

const MS: Duration = Duration::from_millis(1);
const IDENT: Ident = Ident(7);
const SMALL: usize = 128;

/// What the link behind a router does with what is too large for it.
#[derive(Clone, Copy)]
enum Oversize {
    Told,
    ToldAs(u32),
    Vanishes,
    /// It quotes no more than the ICMP header.
    Barely,
}

/// A path of routers behind a device of 1500 bytes, and a target.
struct Path {
    to: &'static str,
    routers: u8,
    /// The MTUs of the links behind routers, which take turns.
    narrow: Vec<(u8, Vec<usize>, Oversize)>,
    /// Each router answers a burst of six and then one a second.
    limited: bool,
    /// Every so many-eth probe is lost.
    loses: u64,
    /// From the so many-eth probe on nobody answers.
    ends: u64,
}

const V4: &str = "192.0.2.99:0";
const V6: &str = "[2001:db8::99]:0";

fn path(to: &'static str, narrow: &[(u8, usize, Oversize)]) -> Path {
    let narrow = narrow.iter().map(|(router, mtu, oversize)| (*router, vec![*mtu], *oversize)).collect();
    Path { to, routers: 5, narrow, limited: true, loses: u64::MAX, ends: u64::MAX }
}

impl Path {
    fn router(&self, number: u8) -> SocketAddr {
        let to: SocketAddr = self.to.parse().unwrap();
        let address: IpAddr = match to {
            SocketAddr::V4(_) => [10, 0, number, 1].into(),
            SocketAddr::V6(_) => [0xfd00, number.into(), 0, 0, 0, 0, 0, 1].into(),
        };
        SocketAddr::new(address, 0)
    }

    fn config(&self, tries: u32) -> HopMtuConfig {
        let to: SocketAddr = self.to.parse().unwrap();
        let place = |distance: u8| MtuPlace {
            distance,
            routers: vec![self.router(distance).ip()],
            limits: distance <= self.routers,
            tries,
        };
        HopMtuConfig {
            to,
            ident: IDENT,
            secret: 0xc0ffee,
            flow: 0xbeef,
            kind: ProbeKind::Echo,
            small: SMALL,
            // The second never answers.
            places: (1..=self.routers + 1).filter(|distance| *distance != 2).map(place).collect(),
            longest: 5 * MS,
            timeout: Duration::from_secs(3),
            deadline: None,
        }
    }

    fn search(&self) -> (HopMtus, Duration) {
        self.search_with(self.config(3))
    }

    /// Runs a search; as to time, an answer takes a millisecond.
    fn search_with(&self, config: HopMtuConfig) -> (HopMtus, Duration) {
        let start = crate::now();
        let (mut now, mut search) = (start, HopMtuSearch::new(config.clone()));
        let mut buckets = vec![(6.0_f64, start); 256];
        let mut turns = vec![0_usize; 256];
        let mut arrival = None;
        for _ in 0..100_000 {
            match search.poll(now) {
                Step::Report(_) | Step::Receive => {}
                Step::Done => return (search.outcome(), now - start),
                Step::Send(probe) => {
                    let size = probe.size + config.headers();
                    if size > 1500 {
                        let error = crate::LocalError { errno: Errno::EMSGSIZE as i32, info: 1500 };
                        search.handle(
                            now,
                            Input::Refused(LocalRefusal { probe: Some(probe), to: None, error }),
                        );
                        continue;
                    }
                    search.handle(now, Input::Sent(probe, SendCall { began: now, returned: now }));
                    if probe.seq.0 < self.ends && !probe.seq.0.is_multiple_of(self.loses) {
                        arrival = Some((now + MS, probe, size));
                    }
                }
                Step::Wait(until) => match arrival.take_if(|(at, ..)| *at <= until) {
                    Some((at, probe, size)) => {
                        now = at;
                        self.deliver(&mut search, now, &probe, size, (&mut buckets, &mut turns));
                    }
                    None => now = until,
                },
            }
        }
        panic!("no end: {:?}", search.outcome())
    }

    fn deliver(
        &self,
        search: &mut HopMtuSearch,
        now: Instant,
        probe: &Probe,
        size: usize,
        (buckets, turns): (&mut [(f64, Instant)], &mut [usize]),
    ) {
        let limit = probe.hop_limit.unwrap();
        let mut data = vec![0; probe.size];
        search.fill(probe, &mut data);
        let family = Family::of(probe.to);
        let error = |kind, code, info| crate::IcmpError { family, kind, code, info };
        let mut give = |from, kind| {
            let answered = AnsweredProbe { ident: IDENT, seq: probe.seq.to_wire(), to: None };
            let at = Arrival { user: now, kernel: Some(now) };
            search.handle(now, Input::Answer(Answer { probe: answered, from, at, kind }));
        };
        let icmp =
            |error, data| AnswerKind::Icmp { error, quoted: &[], data, extensions: &[], hop_limit: None };
        for (router, mtus, oversize) in &self.narrow {
            if *router >= limit {
                continue;
            }
            let turn = &mut turns[usize::from(*router)];
            *turn += 1;
            let mtu = mtus[*turn % mtus.len()];
            if size <= mtu {
                continue;
            }
            let (told, quoted) = match oversize {
                Oversize::Told => (mtu as u32, &data[..]),
                Oversize::ToldAs(told) => (*told, &data[..]),
                Oversize::Barely => (mtu as u32, &[][..]),
                Oversize::Vanishes => return,
            };
            let error = if family == Family::V4 { error(3, 4, told) } else { error(2, 0, told) };
            return give(self.router(*router), icmp(error, quoted));
        }
        if limit > self.routers {
            return give(
                probe.to,
                AnswerKind::Reply { hop_limit: None, payload: &data, intact: true, options: &[] },
            );
        }
        let (tokens, filled) = &mut buckets[usize::from(limit)];
        *tokens = (*tokens + (now - *filled).as_secs_f64()).min(6.0);
        *filled = now;
        if !self.limited || *tokens >= 1.0 {
            *tokens -= 1.0;
            let error = if family == Family::V4 { error(11, 0, 0) } else { error(3, 0, 0) };
            give(self.router(limit), icmp(error, &data));
        }
    }
}

fn sizes(found: &HopMtus) -> Vec<(u8, usize)> {
    found.hops.iter().map(|hop| (hop.distance, hop.size)).collect()
}

fn steps(found: &HopMtus) -> Vec<(u8, u8, usize, bool)> {
    found.steps.iter().map(|step| (step.after, step.before, step.size, step.is_black_hole())).collect()
}

#[test]
fn a_path_that_takes_all_the_device_does_costs_three_probes() {
    for to in [V4, V6] {
        let (found, took) = path(to, &[]).search();
        assert_eq!(sizes(&found), [(1, 1500), (3, 1500), (4, 1500), (5, 1500), (6, 1500)]);
        assert_eq!((found.interface, found.transmitted, found.complete), (Some(1500), 3, true));
        assert!(found.steps.is_empty() && took < 100 * MS, "{took:?}");
    }
}

#[test]
fn every_step_of_a_path_is_found_where_it_is() {
    for to in [V4, V6] {
        for oversize in [
            Oversize::Told,
            Oversize::ToldAs(0),
            Oversize::ToldAs(9000),
            Oversize::ToldAs(60),
            Oversize::Barely,
        ] {
            let (found, took) = path(to, &[(2, 1400, oversize), (4, 1280, oversize)]).search();
            assert_eq!(sizes(&found), [(1, 1500), (3, 1400), (4, 1400), (5, 1280), (6, 1280)]);
            assert_eq!(steps(&found), [(1, 3, 1400, false), (4, 5, 1280, false)]);
            assert!(found.complete && !found.alternates, "{found:?}");
            if matches!(oversize, Oversize::Told) {
                assert!(found.transmitted < 25 && took < Duration::from_secs(1), "{found:?} {took:?}");
            }
        }
    }
}

#[test]
fn a_black_hole_is_found_to_the_byte_however_routers_limit_their_answers() {
    for (router, mtu) in [(1, 1473), (3, 1400), (5, 200)] {
        let (found, took) = path(V4, &[(router, mtu, Oversize::Vanishes)]).search();
        let (after, before) = if router == 1 { (1, 3) } else { (router, router + 1) };
        assert_eq!(steps(&found), [(after, before, mtu, true)], "{router}: {found:?}");
        assert!(found.complete && took < Duration::from_secs(60), "{router}: {took:?}");
    }
    let both = [(1, 1400, Oversize::Told), (4, 1300, Oversize::Vanishes)];
    let (found, _) = path(V6, &both).search();
    assert_eq!(steps(&found), [(1, 3, 1400, false), (4, 5, 1300, true)], "{found:?}");
}

#[test]
fn loss_is_no_black_hole() {
    for loses in [2, 3, 5] {
        let lossy = Path { loses, ..path(V4, &[(3, 1400, Oversize::Told)]) };
        let (found, _) = lossy.search_with(lossy.config(7));
        assert!(found.steps.iter().all(|step| !step.is_black_hole()), "{loses}: {found:?}");
        assert_eq!(found.at(1).unwrap_or(1500), 1500, "{loses}: {found:?}");
    }
}

#[test]
fn of_ways_that_take_turns_the_narrower_counts() {
    let turns = vec![(3, vec![1400, 1500], Oversize::Told)];
    let (found, _) = Path { narrow: turns, ..path(V4, &[]) }.search();
    assert_eq!((found.path(), found.alternates), (Some(1400), true), "{found:?}");
}

#[test]
fn whoever_stops_answering_leaves_the_search_unfinished() {
    for ends in [2, 4, 6] {
        let (found, _) = Path { ends, ..path(V4, &[(3, 1400, Oversize::Told)]) }.search();
        assert!(!found.complete && !found.is_cut, "{ends}: {found:?}");
        assert!(found.steps.iter().all(|step| !step.is_black_hole()), "{ends}: {found:?}");
    }
    let hole = path(V4, &[(3, 1400, Oversize::Vanishes)]);
    let deadline = Some(Duration::from_secs(2));
    let (found, took) = hole.search_with(HopMtuConfig { deadline, ..hole.config(3) });
    assert!(found.is_cut && !found.complete && took == Duration::from_secs(2), "{found:?}");
    let nobody = HopMtuConfig { places: Vec::new(), ..hole.config(3) };
    let (found, _) = hole.search_with(nobody);
    assert_eq!((found.path(), found.complete, found.transmitted), (None, false, 0));
}
