//! A path of routers that behave as a test wants: the far side of one TUN device.
//!
//! A packet's hop limit says which of them answers. They forward nothing; the target answers whatever passes them all.

use std::net::IpAddr;
use std::time::{Duration, Instant};

use pnet::packet::icmp::IcmpTypes;
use pnet::packet::icmpv6::Icmpv6Types;
use pnet::packet::ip::IpNextHeaderProtocols;
use pnet::packet::tcp::TcpFlags;
use pnet::packet::util::checksum;

use crate::{Error, Hop, Host, Lab, NarrowLink, Reply, Scripted, forge, packet};

/// One router of a scripted path.
#[derive(Clone, Debug)]
pub struct ScriptedHop {
    /// How it answers.
    pub manner: HopManner,
    /// Whether it quotes no more than eight bytes behind the IP header, as RFC 792 had it.
    pub quotes_little: bool,
    /// MPLS labels it tells of: label, traffic class, time to live.
    pub labels: Vec<(u32, u8, u8)>,
    /// The interface it tells that packets came in by (RFC 5837): number, name, MTU.
    pub interface: Option<(u32, String, u32)>,
    /// How long its answers take, there and back.
    pub delay: Duration,
    /// The link behind it, if that takes less than the others.
    pub narrow: Option<NarrowLink>,
    /// The type of service or traffic class it gives to what it passes on.
    pub marks: Option<u8>,
    /// The address it has what it passes on come from, if that is of the same IP version; it translates what is quoted back, but not
    /// within the quote.
    pub translates: Option<IpAddr>,
}

impl Default for ScriptedHop {
    fn default() -> Self {
        Self {
            manner: HopManner::Answers,
            quotes_little: false,
            labels: Vec::new(),
            interface: None,
            delay: Duration::from_millis(1),
            narrow: None,
            marks: None,
            translates: None,
        }
    }
}

impl ScriptedHop {
    /// Changes what it passes on.
    fn change(&self, packet: &mut [u8]) {
        let hops_left = if packet::source(packet).is_some_and(|source| source.is_ipv4()) { 8 } else { 7 };
        packet.get_mut(hops_left).into_iter().for_each(|left| *left = left.saturating_sub(1));
        packet::fix_checksums(packet);
        if let Some(tos) = self.marks {
            packet::mark(packet, tos);
        }
        if self.translates.is_some() {
            packet::readdress(packet, self.translates, None);
        }
    }
}

impl From<NarrowLink> for ScriptedHop {
    fn from(narrow: NarrowLink) -> Self {
        Self { narrow: Some(narrow), ..Self::default() }
    }
}

impl From<HopManner> for ScriptedHop {
    fn from(manner: HopManner) -> Self {
        Self { manner, ..Self::default() }
    }
}

/// How a router, or the target, answers.
#[derive(Clone, Debug)]
pub enum HopManner {
    /// Each packet.
    Answers,
    /// None.
    Silent,
    /// All but each so many-eth that is for it alone.
    SkipsEach(u64),
    /// As many as a bucket has tokens.
    Limits(Limit),
    /// It loses each so many-eth packet, whether that is for it or for somebody behind it.
    LosesEach(u64),
    /// It lets nothing pass, and answers what it would pass on with "destination unreachable" of this code.
    Refuses(u8),
    /// It answers each packet, from `10.99.N.2` and `fd99:N::2` every second time.
    Alternates,
}

/// A token bucket.
#[derive(Clone, Debug)]
pub struct Limit {
    tokens: f64,
    burst: f64,
    per_second: f64,
    filled: Option<Instant>,
}

impl Limit {
    /// One that holds so many and gains so many a second.
    pub fn new(burst: f64, per_second: f64) -> Self {
        Self { tokens: burst, burst, per_second, filled: None }
    }

    fn take(&mut self) -> bool {
        let now = Instant::now();
        let since = self.filled.replace(now).map_or(Duration::ZERO, |filled| now - filled);
        self.tokens = (self.tokens + since.as_secs_f64() * self.per_second).min(self.burst);
        let has_one = self.tokens >= 1.0;
        self.tokens -= f64::from(u8::from(has_one));
        has_one
    }
}

/// A scripted path behind `tun0` of a host.
#[derive(Debug)]
pub struct ScriptedPath {
    _scripted: Scripted,
}

impl ScriptedPath {
    /// Where the target answers; it does so, too, at all of `10.99.99.0/24`.
    pub const TARGETS: [&str; 2] = ["10.99.99.9", "fd99:99::9"];

    /// The TCP port that the target listens at.
    pub const OPEN_PORT: u16 = 80;

    /// Lays it behind the host: routers with the addresses `10.99.N.1` and `fd99:N::1`, and the target.
    ///
    /// # Errors
    /// As [`Lab::scripted`].
    pub fn new(lab: &Lab, host: &Host, hops: Vec<ScriptedHop>, target: HopManner) -> Result<Self, Error> {
        let mut script =
            Script { seen: vec![0; hops.len() + 1], lost: vec![0; hops.len() + 1], hops, target };
        let scripted = lab.scripted((host, "tun0"), move |request| script.answer(request))?;
        for (address, prefix) in [("10.99.0.1/32", "10.99.0.0/16"), ("fd99::1/128", "fd99::/16")] {
            host.address("tun0", address)?;
            host.route(prefix, Hop::Through("tun0"))?;
        }
        Ok(Self { _scripted: scripted })
    }
}

struct Script {
    hops: Vec<ScriptedHop>,
    target: HopManner,
    /// Packets for each of them alone, the target last.
    seen: Vec<u64>,
    /// Packets that came as far as each.
    lost: Vec<u64>,
}

impl Script {
    fn answer(&mut self, request: &[u8]) -> Vec<Reply> {
        let answered = || -> Option<(usize, IpAddr)> {
            let to = packet::destination(request)?;
            // Nobody's: neighbour discovery and the like.
            if !is_target(to) {
                return None;
            }
            let limit = match to {
                IpAddr::V4(_) => *request.get(8)?,
                IpAddr::V6(_) => *request.get(7)?,
            };
            Some((usize::from(limit), to))
        };
        let Some((limit, to)) = answered() else { return vec![] };
        let last = limit.min(self.hops.len() + 1);
        let sender = packet::source(request);
        let mut packet = request.to_vec();
        let mut reply = None;
        for place in 0..=last {
            if place == last {
                reply = self.reach(to, &packet);
                break;
            }
            if let Passed::Answered(answer) = self.pass(place, last, &packet) {
                reply = answer;
                break;
            }
            self.hops.get(place).into_iter().for_each(|hop| hop.change(&mut packet));
        }
        let returned = reply.zip(sender).map(|(mut reply, sender)| {
            packet::readdress(&mut reply.packet, None, Some(sender));
            reply
        });
        returned.into_iter().collect()
    }

    /// Has a packet for `last` come to one of the routers.
    fn pass(&mut self, place: usize, last: usize, request: &[u8]) -> Passed {
        let is_v4 = packet::source(request).is_some_and(|source| source.is_ipv4());
        let Some(hop) = self.hops.get_mut(place) else { return Passed::On };
        let from = router(place + 1, is_v4);
        self.lost[place] += 1;
        if matches!(hop.manner, HopManner::LosesEach(nth) if self.lost[place].is_multiple_of(nth)) {
            return Passed::Answered(None);
        }
        if place + 1 < last {
            let packet = match (&hop.manner, &mut hop.narrow) {
                (HopManner::Refuses(code), _) => forge::unreachable(from, *code, request),
                (_, Some(narrow)) => match narrow.stops(from, request) {
                    Some(answer) => answer.and_then(|answer| come_far(answer, place)),
                    None => return Passed::On,
                },
                (_, None) => return Passed::On,
            };
            return Passed::Answered(packet.map(|packet| Reply { after: hop.delay, packet }));
        }
        self.seen[place] += 1;
        let is_second = matches!(hop.manner, HopManner::Alternates) && self.seen[place].is_multiple_of(2);
        let from = if is_second { second(from) } else { from };
        let answers = answers(&mut hop.manner, self.seen[place]);
        let packet = answers.then(|| exceeded(hop, place, from, request)).flatten();
        Passed::Answered(packet.map(|packet| Reply { after: hop.delay, packet }))
    }

    fn reach(&mut self, to: IpAddr, request: &[u8]) -> Option<Reply> {
        let place = self.hops.len();
        self.seen[place] += 1;
        if !answers(&mut self.target, self.seen[place]) || is_tcp_but_no_syn(request) {
            return None;
        }
        let reply = match self.target {
            HopManner::Refuses(code) => forge::unreachable(to, code, request),
            _ => forge::echo_reply(request)
                .or_else(|| forge::handshake(request, ScriptedPath::OPEN_PORT))
                .or_else(|| {
                    // A port nobody listens at.
                    forge::unreachable(to, if to.is_ipv4() { 3 } else { 4 }, request)
                }),
        };
        let packet = come_far(reply?, place)?;
        Some(Reply { after: Duration::from_millis(1), packet })
    }
}

/// Whether it belongs to a connection that there is, or was.
fn is_tcp_but_no_syn(packet: &[u8]) -> bool {
    packet::transport(packet).is_some_and(|transport| {
        let flags = packet.get(transport.offset + 13).copied().unwrap_or_default();
        transport.protocol == IpNextHeaderProtocols::Tcp.0 && flags & TcpFlags::SYN == 0
    })
}

enum Passed {
    On,
    Answered(Option<Reply>),
}

pub(crate) fn answers(manner: &mut HopManner, seen: u64) -> bool {
    match manner {
        HopManner::Answers | HopManner::LosesEach(_) | HopManner::Refuses(_) | HopManner::Alternates => true,
        HopManner::Silent => false,
        HopManner::SkipsEach(nth) => !seen.is_multiple_of(*nth),
        HopManner::Limits(limit) => limit.take(),
    }
}

fn is_target(address: IpAddr) -> bool {
    let is_near = matches!(address, IpAddr::V4(address) if address.octets().starts_with(&[10, 99, 99]));
    is_near || ScriptedPath::TARGETS.iter().any(|target| target.parse() == Ok(address))
}

fn router(number: usize, is_v4: bool) -> IpAddr {
    let number = u8::try_from(number).expect("there are few");
    if is_v4 { [10, 99, number, 1].into() } else { [0xfd99, number.into(), 0, 0, 0, 0, 0, 1].into() }
}

/// The other address of a router that has two.
fn second(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(address) => [address.octets()[0], address.octets()[1], address.octets()[2], 2].into(),
        IpAddr::V6(address) => std::net::Ipv6Addr::from(u128::from(address) + 1).into(),
    }
}

/// "Time to live exceeded", with what the router tells beside it.
fn exceeded(hop: &ScriptedHop, place: usize, from: IpAddr, request: &[u8]) -> Option<Vec<u8>> {
    let (kind, header, word) = match from {
        IpAddr::V4(_) => (IcmpTypes::TimeExceeded.0, 20, u32::from(PADDED as u8 / 4) << 16),
        IpAddr::V6(_) => (Icmpv6Types::TimeExceeded.0, 40, u32::from(PADDED as u8 / 8) << 24),
    };
    let objects = objects(hop);
    let answer = if !objects.is_empty() {
        let mut quoted = request.to_vec();
        quoted.resize(PADDED, 0);
        quoted.extend(objects);
        forge::icmp_error(from, kind, 0, word, &quoted)
    } else if hop.quotes_little {
        forge::icmp_error(from, kind, 0, 0, request.get(..header + 8)?)
    } else {
        forge::icmp_error(from, kind, 0, 0, request)
    };
    come_far(answer?, place)
}

/// A packet that so many routers have passed on.
pub(crate) fn come_far(mut packet: Vec<u8>, routers: usize) -> Option<Vec<u8>> {
    let at = if packet::source(&packet)?.is_ipv4() { 8 } else { 7 };
    *packet.get_mut(at)? -= u8::try_from(routers).ok()?;
    packet::fix_checksums(&mut packet);
    Some(packet)
}

/// The extension structure (RFC 4884) that the router adds; empty if it adds none.
fn objects(hop: &ScriptedHop) -> Vec<u8> {
    let mut objects = vec![0x20, 0, 0, 0];
    let mut add = |class: u8, kind: u8, data: &[u8]| {
        objects.extend((data.len() as u16 + 4).to_be_bytes());
        objects.extend([class, kind]);
        objects.extend(data);
    };
    if !hop.labels.is_empty() {
        let bottom = hop.labels.len() - 1;
        let words = hop.labels.iter().enumerate().flat_map(|(at, (label, class, ttl))| {
            let word = label << 12 | u32::from(*class) << 9 | u32::from(at == bottom) << 8 | u32::from(*ttl);
            word.to_be_bytes()
        });
        add(1, 1, &words.collect::<Vec<_>>());
    }
    if let Some((index, name, mtu)) = &hop.interface {
        let mut field = vec![0];
        field.extend(name.bytes());
        field.resize(field.len().next_multiple_of(4), 0);
        field[0] = field.len() as u8;
        add(2, 0x0b, &[&index.to_be_bytes()[..], &field, &mtu.to_be_bytes()].concat());
    }
    if objects.len() == 4 {
        return Vec::new();
    }
    let sum = checksum(&objects, 1);
    objects[2..4].copy_from_slice(&sum.to_be_bytes());
    objects
}

/// What a quoted packet is filled up to where extensions follow it.
const PADDED: usize = 128;
