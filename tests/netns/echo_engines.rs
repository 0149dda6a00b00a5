//! Engines on the real driver: many targets at once, hop limits packet by packet, and packets of one flow.

use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use netdiag_echo::{
    AnswerKind, EchoSocket, Engine, Error, Family, IcmpSocket, Ident, Input, ManyTargets, OfTarget, Payload,
    Ping, PingConfig, PingEvent, Probe, RunControl, Seq, SocketConfig, SocketKind, Sockets, Step,
};
use netdiag_lab::{Hop, Host, Lab, Path, Plan};

use crate::guard;

const DATAGRAM: &str = "0 0";
const RAW: &str = "1 0";

fn path(sockets: &str) -> (Lab, Path) {
    let lab = Lab::new().unwrap();
    let path = Path::new(&lab, Plan::default(), Plan::default()).unwrap();
    path.client.sysctl("net.ipv4.ping_group_range", sockets).unwrap();
    (lab, path)
}

fn open(family: Family) -> EchoSocket {
    let config = SocketConfig { window: 64, ..SocketConfig::new(64) };
    EchoSocket::new(IcmpSocket::open(family).unwrap(), &config).unwrap()
}

/// Drives an engine in a host over both IP versions; `make` is told the identifiers of the two sockets.
fn drive<E: Engine + Send>(
    host: &Host,
    kind: SocketKind,
    make: impl FnOnce(Ident, Ident) -> E + Send,
) -> (E, Vec<E::Event>)
where
    E::Event: Send,
{
    host.run(|| {
        let (v4, v6) = (open(Family::V4), open(Family::V6));
        assert_eq!([v4.kind(), v6.kind()], [kind; 2]);
        let mut engine = make(v4.ident(), v6.ident());
        let mut sockets = Sockets { v4: Some(v4), v6: Some(v6), ..Sockets::default() };
        let mut events = Vec::new();
        let report = |event| {
            events.push(event);
            Ok::<(), Error>(())
        };
        netdiag_echo::run(&mut engine, &mut sockets, &RunControl::new(), report).unwrap();
        (engine, events)
    })
}

fn kinds() -> [(&'static str, SocketKind); 2] {
    [(DATAGRAM, SocketKind::Datagram), (RAW, SocketKind::Raw)]
}

#[test]
fn many_targets_of_both_versions_are_told_apart() {
    guard::namespace();
    for (range, kind) in kinds() {
        let (_lab, path) = path(range);
        path.router.route("10.9.1.0/24", Hop::Blackhole).unwrap();
        path.router.route("10.9.2.0/24", Hop::Unreachable).unwrap();
        #[rustfmt::skip]
        let targets = [
            // target,      received, errors, lost
            ("10.0.2.1",    3,        0,      0),
            ("fd00:2::1",   3,        0,      0),
            ("10.0.1.254",  3,        0,      0),
            ("fd00:1::254", 3,        0,      0),
            ("10.0.1.1",    3,        0,      0),
            ("10.9.1.1",    0,        0,      3),
            ("10.9.2.1",    0,        3,      0),
        ];
        let (many, events) = drive(&path.client, kind, |v4, v6| {
            let (mut many, start) = (ManyTargets::default(), netdiag_echo::now());
            for (word, ..) in targets {
                let (to, payload) = (SocketAddr::new(word.parse().unwrap(), 0), Payload::new(56));
                let secret = payload.secret;
                let config = PingConfig {
                    count: Some(3),
                    interval: Duration::from_millis(20),
                    linger: Some(Duration::from_millis(500)),
                    ..PingConfig::new(to, if to.is_ipv4() { v4 } else { v6 }, payload)
                };
                many.add(to, secret, Ping::new(config, start), start).expect("each is there once");
            }
            many
        });
        for (engine, (word, received, errors, lost)) in many.engines().zip(targets) {
            let tally = engine.statistics();
            assert_eq!((tally.transmitted, tally.foreign), (3, 0), "{word} {kind:?}");
            assert_eq!(
                (tally.received, tally.errors, tally.lost),
                (received, errors, lost),
                "{word} {kind:?}"
            );
        }
        for OfTarget { index: which, event } in events {
            if let PingEvent::Reply(reply) = event {
                assert_eq!(reply.from.ip().to_string(), targets[which].0);
            }
        }
    }
}

/// A raw socket hears everybody until it is filtered, and its queue has an end.
#[test]
fn what_others_were_answered_before_the_filter_takes_no_room_from_our_replies() {
    guard::namespace();
    let host = Lab::new().unwrap().host("host").unwrap();
    host.sysctl("net.ipv4.ping_group_range", RAW).unwrap();
    for to in ["127.0.0.1:0", "[::1]:0"] {
        let to: SocketAddr = to.parse().unwrap();
        let family = Family::of(to);
        let ping = |opened, count| {
            let config = SocketConfig { window: 1, ..SocketConfig::new(56) };
            let socket = EchoSocket::new(opened, &config).unwrap();
            assert_eq!(socket.kind(), SocketKind::Raw);
            let config = PingConfig {
                count: Some(count),
                interval: Duration::ZERO,
                linger: Some(Duration::from_secs(2)),
                ..PingConfig::new(to, socket.ident(), Payload::new(56))
            };
            let mut ping = Ping::new(config, netdiag_echo::now());
            netdiag_echo::run(&mut ping, &mut socket.into(), &RunControl::new(), |_| Ok::<(), Error>(()))
                .unwrap();
            ping.statistics().received
        };
        host.run(|| {
            let opened = IcmpSocket::open_raw(family).unwrap();
            let another = IcmpSocket::open_raw(family).unwrap();
            assert_eq!(ping(another, 2000), 2000);
            assert_eq!(ping(opened, 1), 1, "{to}");
        });
    }
}

/// Sends what it is given, all at once, and keeps who answered what.
struct Volley {
    ident: [Ident; 2],
    left: VecDeque<Probe>,
    waiting: usize,
    end: Option<Instant>,
    answers: BTreeMap<u64, (String, &'static str)>,
}

impl Volley {
    fn new(v4: Ident, v6: Ident, probes: Vec<Probe>) -> Self {
        Self {
            ident: [v4, v6],
            waiting: probes.len(),
            left: probes.into(),
            end: None,
            answers: BTreeMap::new(),
        }
    }
}

impl Engine for Volley {
    type Event = ();

    fn poll(&mut self, now: Instant) -> Step<()> {
        if let Some(probe) = self.left.pop_front() {
            return Step::Send(probe);
        }
        let end = *self.end.get_or_insert(now + Duration::from_secs(10));
        if self.waiting == 0 || now >= end { Step::Done } else { Step::Wait(end) }
    }

    fn fill(&self, probe: &Probe, data: &mut [u8]) -> Ident {
        data.fill(probe.seq.0 as u8);
        self.ident[usize::from(probe.to.is_ipv6())]
    }

    fn handle(&mut self, _: Instant, input: Input<'_>) {
        let Input::Answer(answer) = input else { return };
        let kind = match answer.kind {
            AnswerKind::Reply { .. } => "reply",
            AnswerKind::Icmp { .. } => "error",
            other => panic!("{other:?}"),
        };
        let seq = Seq::from_wire(answer.probe.seq, Seq(1000)).unwrap().0;
        self.answers.insert(seq, (answer.from.ip().to_string(), kind));
        self.waiting -= 1;
    }
}

#[test]
fn each_packet_of_a_batch_has_its_own_hop_limit() {
    guard::namespace();
    for (range, kind) in kinds() {
        let (_lab, path) = path(range);
        for (server, router) in [(Path::SERVER_V4, "10.0.1.254"), (Path::SERVER_V6, "fd00:1::254")] {
            let to = SocketAddr::new(server.parse().unwrap(), 0);
            // Several with one limit, and changes of it.
            let limits = [Some(1), Some(1), Some(64), None, None, Some(1), Some(2)];
            let probes =
                (1..).zip(limits).map(|(seq, hop_limit)| Probe { hop_limit, ..Probe::new(to, Seq(seq), 8) });
            let probes: Vec<_> = probes.collect();
            let (volley, _) = drive(&path.client, kind, |v4, v6| Volley::new(v4, v6, probes));
            let expected = (1..).zip(limits).map(|(seq, limit)| {
                (
                    seq,
                    if limit == Some(1) {
                        (router.to_owned(), "error")
                    } else {
                        (server.to_owned(), "reply")
                    },
                )
            });
            assert_eq!(volley.answers, expected.collect(), "{server} {kind:?}");
        }
    }
}

#[test]
fn packets_of_one_flow_look_alike_to_routers() {
    guard::namespace();
    for (range, kind) in kinds() {
        let (lab, path) = path(range);
        let seen = Arc::new(Mutex::new(Vec::new()));
        let checksums = Arc::clone(&seen);
        let _far = lab.scripted((&path.client, "tun9"), move |packet| {
            if let Some(icmp) = packet.get(20..).filter(|_| packet[0] >> 4 == 4 && packet[9] == 1) {
                checksums.lock().unwrap().push([icmp[2], icmp[3]]);
            }
            vec![]
        });
        path.client.address("tun9", "10.7.0.1/24").unwrap();
        let to: SocketAddr = "10.7.0.9:0".parse().unwrap();
        let probes = (1..=20).map(|seq| Probe { flow: Some(0xbeef), ..Probe::new(to, Seq(seq), 40) });
        let mut volley = Volley::new(Ident(0), Ident(0), probes.collect());
        // Nobody answers.
        volley.waiting = 0;
        drive(&path.client, kind, |v4, v6| Volley { ident: [v4, v6], ..volley });
        let all = || Some(()).filter(|()| seen.lock().unwrap().len() == 20);
        netdiag_lab::until("20 requests", Duration::from_secs(20), all).unwrap();
        let seen = seen.lock().unwrap();
        assert!(seen.iter().all(|checksum| *checksum == [0xbe, 0xef]), "{seen:x?} {kind:?}");
    }
}
