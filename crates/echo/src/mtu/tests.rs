//! Searches on invented paths, in invented time.

use std::collections::VecDeque;

use super::*;
use crate::engine::LocalError;
use crate::probe::AnsweredProbe;
use crate::stamp::{Arrival, SendCall};

const MS: Duration = Duration::from_millis(1);
const IDENT: Ident = Ident(7);

/// What becomes of a probe.
#[derive(Clone, Copy)]
enum Fate {
    Answered(Duration),
    Lost,
    /// A router says what it takes, and quotes so many bytes of data.
    TooBig {
        told: u32,
        quoted: usize,
    },
    /// It quotes something else, and the reply comes behind it.
    Forged {
        told: u32,
    },
    /// A host is unreachable, by an error that proves it.
    Unreachable,
    /// The device takes no more.
    TooLong(u32),
    NoRoom,
}

fn config(to: &str) -> MtuConfig {
    MtuConfig { secret: 0xc0ffee, ..MtuConfig::new(to.parse().unwrap(), IDENT) }
}

const V4: &str = "192.0.2.1:0";
const V6: &str = "[2001:db8::1]:0";

/// How a search ended.
struct Told {
    events: Vec<MtuEvent>,
    outcome: PathMtu,
    took: Duration,
}

impl Told {
    fn sizes(&self) -> usize {
        let mut sizes: Vec<usize> = self.events.iter().filter_map(size).collect();
        sizes.sort_unstable();
        sizes.dedup();
        sizes.len()
    }
}

fn size(event: &MtuEvent) -> Option<usize> {
    match event {
        MtuEvent::Answered { size, .. }
        | MtuEvent::Unanswered { size, .. }
        | MtuEvent::TooBig { size, .. }
        | MtuEvent::Icmp { size, .. }
        | MtuEvent::TooLong { size, .. }
        | MtuEvent::SendFailed { size, .. } => Some(*size),
        MtuEvent::ReceiveFailed(_) => None,
    }
}

/// Runs a search where `fate` says what becomes of the n-th probe, of that size.
fn searched(config: MtuConfig, mut fate: impl FnMut(u64, usize) -> Fate) -> Told {
    let start = crate::now();
    let (mut now, mut search) = (start, MtuSearch::new(config.clone()));
    let mut arrivals: VecDeque<(Instant, Probe, Fate)> = VecDeque::new();
    let mut events = Vec::new();
    for _ in 0..100_000 {
        match search.poll(now) {
            Step::Report(event) => events.push(event),
            Step::Done => return Told { events, outcome: search.outcome(), took: now - start },
            Step::Send(probe) => {
                let size = probe.size + config.headers();
                let local = |errno, info| {
                    let error = LocalError { errno, info };
                    Input::Refused(LocalRefusal { probe: Some(probe), to: None, error })
                };
                let call = SendCall { began: now, returned: now };
                match fate(probe.seq.0, size) {
                    Fate::TooLong(mtu) => search.handle(now, local(Errno::EMSGSIZE as i32, mtu)),
                    Fate::NoRoom => search.handle(now, Input::SendFailed(probe, Errno::ENOBUFS.into())),
                    fate => {
                        search.handle(now, Input::Sent(probe, call));
                        let after = if let Fate::Answered(rtt) = fate { rtt } else { MS };
                        arrivals.push_back((now + after, probe, fate));
                        arrivals.make_contiguous().sort_by_key(|(at, ..)| *at);
                    }
                }
            }
            Step::Receive => {}
            Step::Wait(until) => {
                assert!(until > now, "it waits for what has been");
                match arrivals.front().copied().filter(|(at, ..)| *at <= until) {
                    Some((at, probe, fate)) => {
                        now = at;
                        arrivals.pop_front();
                        deliver(&mut search, now, &probe, fate);
                    }
                    None => now = until,
                }
            }
        }
    }
    panic!("no end: {events:?}")
}

fn deliver(search: &mut MtuSearch, now: Instant, probe: &Probe, fate: Fate) {
    let mut data = vec![0; probe.size];
    search.fill(probe, &mut data);
    let router: SocketAddr = "192.0.2.254:0".parse().unwrap();
    let family = Family::of(probe.to);
    let mut give = |from, kind| {
        let answered = AnsweredProbe { ident: IDENT, seq: probe.seq.to_wire(), to: None };
        let at = Arrival { user: now, kernel: Some(now) };
        search.handle(now, Input::Answer(Answer { probe: answered, from, at, kind }));
    };
    let reply = |payload| AnswerKind::Reply { hop_limit: None, payload, intact: true, options: &[] };
    let error = |kind, code, info, data| AnswerKind::Icmp {
        error: IcmpError { family, kind, code, info },
        quoted: &[],
        data,
        extensions: &[],
        hop_limit: None,
    };
    let too_big = |told, data| match family {
        Family::V4 => error(3, 4, told, data),
        Family::V6 => error(2, 0, told, data),
    };
    match fate {
        Fate::Answered(_) => give(probe.to, reply(&data)),
        Fate::TooBig { told, quoted } => give(router, too_big(told, &data[..quoted.min(data.len())])),
        Fate::Forged { told } => {
            give(router, too_big(told, &[0xff; 16]));
            give(router, too_big(told, &[]));
            give(probe.to, reply(&[]));
            give(probe.to, reply(&data[..data.len() - 1]));
            give(probe.to, reply(&data));
        }
        Fate::Unreachable => give(router, error(3, 1, 0, &data)),
        Fate::Lost | Fate::TooLong(_) | Fate::NoRoom => {}
    }
}

/// A path of that MTU behind a device of 1500 bytes; what is too big has that fate.
fn path(mtu: usize, too_big: Fate) -> impl FnMut(u64, usize) -> Fate {
    move |_, size| match size {
        1501.. => Fate::TooLong(1500),
        _ if size > mtu => too_big,
        _ => Fate::Answered(5 * MS),
    }
}

#[test]
fn a_router_that_says_what_it_takes_is_asked_and_checked() {
    for to in [V4, V6] {
        for quoted in [16, 100] {
            let told = searched(config(to), path(1400, Fate::TooBig { told: 1400, quoted }));
            let PathMtu { size, stopped, interface, complete, transmitted, .. } = told.outcome;
            assert_eq!((size, interface, complete), (Some(1400), Some(1500), true));
            assert!(matches!(
                stopped,
                Some((1401, Stopped::TooBig { told: Some(1400), authenticated: true, .. }))
            ));
            assert_eq!(transmitted, 4, "68, 1500, 1400, 1401");
            assert!(told.took < 50 * MS, "{:?}", told.took);
        }
    }
}

#[test]
fn the_device_of_this_host_ends_a_search_at_once() {
    let told = searched(config(V4), path(1500, Fate::Lost));
    assert_eq!((told.outcome.size, told.outcome.transmitted), (Some(1500), 2));
    assert_eq!(told.outcome.stopped, Some((1501, Stopped::Interface(Some(1500)))));
    assert!(told.outcome.complete && !told.outcome.is_black_hole());
    // Loopback takes more than there is.
    let told = searched(config(V6), |_, _| Fate::Answered(MS));
    assert_eq!((told.outcome.size, told.outcome.stopped, told.outcome.complete), (Some(65_535), None, true));
}

#[test]
fn a_black_hole_is_told_from_loss() {
    for (to, mtu) in [(V4, 1400), (V4, 100), (V6, 1280), (V6, 1000), (V4, 68)] {
        let told = searched(config(to), path(mtu, Fate::Lost));
        assert_eq!((told.outcome.size, told.outcome.lost), (Some(mtu), 0), "{mtu}");
        assert_eq!(told.outcome.stopped, Some((mtu + 1, Stopped::Silence)), "{mtu}");
        assert!(told.outcome.is_black_hole() && told.sizes() < 20, "{mtu}");
        assert!(told.took < Duration::from_secs(20), "{mtu}: {:?}", told.took);
    }
    // Two of three are lost, whatever their size, one after the other or by chance.
    let lossy = |seq: u64| if seq.is_multiple_of(3) { Fate::Answered(5 * MS) } else { Fate::Lost };
    let told = searched(config(V4), |seq, size| if size > 1500 { Fate::TooLong(1500) } else { lossy(seq) });
    assert_eq!(told.outcome.size, Some(1500), "{:?}", told.outcome);
    assert!(told.outcome.complete && told.outcome.lost > 2 && !told.outcome.is_black_hole());
    let mut complete = 0;
    for seed in 0..200_u64 {
        let mut random = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        let told = searched(config(V4), |_, size| {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            match size {
                1501.. => Fate::TooLong(1500),
                1401.. => Fate::TooBig { told: 1400, quoted: 16 },
                _ if random % 10 < 3 => Fate::Lost,
                _ => Fate::Answered(5 * MS),
            }
        });
        // Thirty percent may take the last of several tries with them; what was found is true all the same.
        if told.outcome.complete {
            complete += 1;
            assert_eq!(told.outcome.size, Some(1400), "seed {seed}: {:?}", told.outcome);
        }
    }
    assert!(complete > 180, "{complete}");
}

#[test]
fn what_was_given_up_and_answers_when_it_is_tried_again_passes() {
    // The first three probes of 1500 bytes are lost, and no other.
    let mut large = 0;
    let told = searched(config(V4), |_, size| {
        large += u32::from(size == 1500);
        match size {
            1501.. => Fate::TooLong(1500),
            1500 if large <= 3 => Fate::Lost,
            _ => Fate::Answered(5 * MS),
        }
    });
    assert_eq!((told.outcome.size, told.outcome.lost), (Some(1500), 3), "{:?}", told.events);
    assert!(!told.outcome.is_black_hole());
    // On a slow link large ones take long; an answer counts after its time, too.
    let slow = |_, size: usize| match size {
        1501.. => Fate::TooLong(1500),
        _ => Fate::Answered(MS + size as u32 * MS / 4),
    };
    let told = searched(config(V4), slow);
    assert_eq!((told.outcome.size, told.outcome.complete), (Some(1500), true), "{:?}", told.events);
}

#[test]
fn who_forges_or_lies_changes_nothing() {
    for told in [0, 68, 500, 1399, 1401, 1499, 1500, 9000, u32::MAX] {
        // Everything passes, and somebody else says it does not.
        let forged = searched(config(V4), |_, size| match size {
            1501.. => Fate::TooLong(1500),
            _ => Fate::Forged { told },
        });
        assert_eq!((forged.outcome.size, forged.outcome.complete), (Some(1500), true), "{told}");
        // A router of the path says what is not so.
        for quoted in [0, 16] {
            let lied = searched(config(V4), path(1400, Fate::TooBig { told, quoted }));
            let (stopped, why) = lied.outcome.stopped.unwrap();
            assert_eq!((lied.outcome.size, stopped), (Some(1400), 1401), "{told}");
            let Stopped::TooBig { authenticated, .. } = why else { panic!("{why:?}") };
            assert_eq!(authenticated, quoted == 16);
        }
    }
}

#[test]
fn where_nothing_answers_there_is_no_mtu() {
    let silent = searched(config(V4), |_, _| Fate::Lost);
    assert_eq!((silent.outcome.size, silent.outcome.complete, silent.outcome.transmitted), (None, false, 3));
    assert_eq!(silent.took, Duration::from_secs(3));
    assert!(!silent.outcome.is_black_hole());
    let unreachable = searched(config(V4), |_, _| Fate::Unreachable);
    let stopped = unreachable.outcome.stopped;
    assert!(matches!(
        stopped,
        Some((68, Stopped::Refused { error: IcmpError { kind: 3, code: 1, .. }, .. }))
    ));
    assert!(unreachable.took < 100 * MS, "{:?}", unreachable.took);
    let refused = searched(config(V4), |_, _| Fate::NoRoom);
    assert_eq!((refused.outcome.size, refused.outcome.transmitted), (None, 0));
}

#[test]
fn a_host_that_stops_answering_leaves_the_search_unfinished() {
    let told = searched(config(V4), |seq, size| match size {
        1501.. => Fate::TooLong(1500),
        _ if seq > 2 => Fate::Lost,
        _ => Fate::Answered(5 * MS),
    });
    assert_eq!((told.outcome.size, told.outcome.complete), (Some(68), false), "{:?}", told.events);
    assert!(!told.outcome.is_black_hole());
    let deadline = Some(1500 * MS);
    let cut = searched(MtuConfig { deadline, ..config(V4) }, path(1400, Fate::Lost));
    assert_eq!((cut.outcome.complete, cut.outcome.is_cut, cut.took), (false, true, 1500 * MS));
}
