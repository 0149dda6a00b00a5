//! The path to a host, for the kinds that trace one: a run of the engine, and what it came to.
//!
//! Rounds are few and no router is asked again: what is not known by then is left open.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use netdiag_echo::{
    EchoSocket, Error, Family, HopMtuConfig, HopMtuSearch, HopMtus, HopReport, IcmpSocket, Ident, PathEnd,
    PathMtuDiscovery, Payload, ProbeKind, RunControl, SocketConfig, SocketOptions, Sockets, TcpSockets,
    Trace, TraceConfig, TraceEvent, now, run,
};
use netdiag_text::Distribution;

/// How a path is traced.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tracing {
    pub(crate) kind: ProbeKind,
    pub(crate) rounds: u64,
    pub(crate) interval: Duration,
    /// How long a probe may go unanswered.
    pub(crate) wait: Duration,
    pub(crate) max_ttl: u8,
    /// Whether the largest packet is wanted that gets to the host.
    pub(crate) mtu: bool,
}

/// What a trace came to.
#[derive(Debug)]
pub(crate) struct Traced {
    pub(crate) end: PathEnd,
    pub(crate) hops: Vec<HopReport>,
    /// Round trips of the last hop.
    pub(crate) rtts: Distribution,
    pub(crate) mtus: Option<HopMtus>,
    /// Why the system refused to send a probe (`errno`), if it refused one and said so.
    pub(crate) refusal: Option<i32>,
}

/// Traces the path to `to`, whose port is zero where probes have none, in the time that is `left`.
///
/// # Errors
/// The socket could not be opened, prepared or waited for.
pub(crate) fn trace(
    to: SocketAddr,
    how: Tracing,
    left: Duration,
    control: &RunControl,
) -> Result<Traced, Error> {
    let (family, began) = (Family::of(to), now());
    let payload = Payload::new(PACKET - headers(family));
    let mut sockets = sockets(family, how, payload.size)?;
    // A connection comes from whatever port there is.
    let ident = sockets.ident(to).unwrap_or(Ident(0));
    let config = TraceConfig {
        last: how.max_ttl,
        kind: how.kind,
        rounds: Some(how.rounds),
        interval: how.interval,
        timeout: how.wait,
        deadline: Some(left),
        confirms: false,
        target_limits: how.kind == ProbeKind::Udp,
        ..TraceConfig::new(to, ident, payload)
    };
    let mut engine = Trace::new(config, began);
    let mut rtts: BTreeMap<u8, Distribution> = BTreeMap::new();
    run(&mut engine, &mut sockets, control, |event| {
        if let TraceEvent::Answer(answer) = event
            && !answer.is_duplicate
        {
            rtts.entry(answer.distance).or_default().record(answer.rtt);
        }
        Ok::<(), Error>(())
    })?;
    let hops = engine.reports();
    let last = hops.last().and_then(|report| rtts.remove(&report.hop.distance));
    let mtus = if how.mtu { Some(mtus(&engine, began, left, &mut sockets, control)?) } else { None };
    let (_, refusal) = engine.unsent();
    Ok(Traced { end: engine.end(), hops, rtts: last.unwrap_or_default(), mtus, refusal })
}

fn mtus(
    trace: &Trace,
    began: Instant,
    left: Duration,
    sockets: &mut Sockets,
    control: &RunControl,
) -> Result<HopMtus, Error> {
    let left = left.saturating_sub(now().saturating_duration_since(began));
    let mut search = HopMtuSearch::new(HopMtuConfig::after(trace, Some(left)));
    run(&mut search, sockets, control, |_| Ok::<(), Error>(()))?;
    Ok(search.outcome())
}

fn sockets(family: Family, how: Tracing, size: usize) -> Result<Sockets, Error> {
    let opened = match how.kind {
        ProbeKind::Tcp => return Ok(TcpSockets::new(&[family], SocketOptions::default(), false)?.into()),
        ProbeKind::Udp => IcmpSocket::open_udp(family)?,
        ProbeKind::Echo => IcmpSocket::open(family)?,
    };
    let options =
        SocketOptions { path_mtu: how.mtu.then_some(PathMtuDiscovery::Probe), ..SocketOptions::default() };
    let size = if how.mtu { LONGEST } else { size };
    let config = SocketConfig { window: how.max_ttl.into(), options, ..SocketConfig::new(size) };
    Ok(EchoSocket::new(opened, &config)?.into())
}

const fn headers(family: Family) -> usize {
    match family {
        Family::V4 => 28,
        Family::V6 => 48,
    }
}

/// As long as routers quote in full.
const PACKET: usize = 128;
/// The longest IP packet.
const LONGEST: usize = 65_535;
