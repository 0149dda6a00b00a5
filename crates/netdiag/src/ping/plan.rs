//! From options to a run: the socket's, the engine's and the output's share of them.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use netdiag_echo::ip_options::{IpOption, TimestampKind};
use netdiag_echo::{
    EchoSocket, FlowLabel, Ident, KernelTimestamps, MARK_LEN, PathMtuDiscovery, Payload, Ping, PingConfig,
    SocketConfig, SocketKind, SocketOptions, StopWhen,
};
use netdiag_text::Exit;

use super::args::Args;
use super::checks;
use super::classic_json::ClassicJson;
use super::json::{Json, Run};
use super::letter::Letter;
use super::live::Live;
use super::render::Pinged;
use super::source::Source;
use super::superuser::{SHORTEST_FOR_USERS, is_root};
use super::target::{self, Target};
use super::text::{Layout, LineClock, Text};
use super::words::TimestampOption;
use crate::failure::Failure;
use crate::format::{Color, Format, can_draw};
use crate::invocation::Invocation;
use crate::json::Shape;
use crate::render::Renderer;

/// What a run consists of.
pub(super) struct Plan {
    pub(super) socket: SocketConfig,
    pub(super) engine: PingConfig,
}

/// The options that decide how a destination is reached, but for the source.
pub(super) fn route_options(args: &Args, source: &Source) -> SocketOptions {
    SocketOptions {
        device: source.device.clone(),
        tos: args.tos.as_ref().map(Letter::value),
        broadcast: args.broadcast,
        ..SocketOptions::default()
    }
}

impl Plan {
    pub(super) fn new(
        args: &Args,
        hops: &[String],
        source: &Source,
        target: &Target,
        call: &Invocation,
    ) -> Result<Self, Failure> {
        let payload = payload(args);
        let is_group = checks::is_group(args, target);
        let pinned = (args.strict_source || source.is_strict()) && !target.source.ip().is_unspecified();
        let options = SocketOptions {
            source: pinned.then(|| with_ident(target.source, args)),
            peer: (args.connect && target.address.is_ipv4()).then_some(target.address),
            hop_limit: args.hop_limit,
            path_mtu: args.path_mtu.or_else(|| is_group.then_some(PathMtuDiscovery::Do)),
            broadcast: args.broadcast && target.is_broadcast,
            no_multicast_loop: args.no_loop,
            dont_route: args.dont_route,
            debug: args.debug,
            send_buffer: args.send_buffer.as_ref().map(Letter::value),
            ip_option: ip_option(args, hops, target, call)?,
            flow_label: args
                .flow_label
                .filter(|_| target.address.is_ipv6())
                .map(|label| FlowLabel { label, to: target.address }),
            ..route_options(args, source)
        };
        let socket = SocketConfig {
            size: args.size(),
            stamps: stamps(args),
            ident: args.ident.map(Ident),
            window: usize::try_from(args.preload).unwrap_or(usize::MAX),
            options,
            extensions: false,
        };
        let engine = engine(args, target, payload, call);
        Ok(Self { socket, engine })
    }

    /// The engine of the run on that socket, which starts now.
    pub(super) fn engine(&self, socket: &EchoSocket) -> Ping {
        let config = PingConfig { ident: socket.ident(), flow: socket.flow_label(), ..self.engine.clone() };
        Ping::new(config, netdiag_echo::now())
    }

    /// Why replies cannot be told from forged ones, if they cannot.
    pub(super) fn unproven(&self) -> Option<&'static str> {
        let Payload { size, secret, .. } = self.engine.payload;
        match secret {
            None => Some("the pattern (-p) leaves no room for a secret"),
            Some(_) if size < MARK_LEN => Some("so few data (-s) have no room for a secret"),
            Some(_) => None,
        }
    }

    /// Whether the distribution of round-trip times is shown, judged or coloured by.
    pub(super) fn wants_percentiles(&self, args: &Args, call: &Invocation) -> bool {
        let in_json = matches!(args.output.format, Format::Json | Format::Jsonl);
        args.percentiles || args.max_rtt_p99.is_some() || in_json || uses_color(args, call)
    }

    /// The format asked for.
    pub(super) fn renderer<'a>(
        &self,
        args: &Args,
        source: &Source,
        target: &'a Target,
        socket: &EchoSocket,
        interrupted: &Arc<AtomicBool>,
        call: &'a Invocation,
    ) -> Box<dyn Renderer<Pinged> + 'a> {
        let out = io::stdout().lock();
        let run = || Run::new(target, &self.engine.payload, args.pace(), socket);
        match args.output.format {
            format @ (Format::Json | Format::Jsonl) => {
                let shape = if format == Format::Json { Shape::Document } else { Shape::Lines };
                let json = Json::new(out, run(), shape).timed(args.line_clock());
                let has_end = args.count.is_some() || args.deadline().is_some();
                Box::new(if has_end { json.unless(interrupted) } else { json })
            }
            Format::Text | Format::Table => {
                let layout = self.layout(args, source, target, socket, call);
                if args.classic_json {
                    return Box::new(ClassicJson::new(out, target, layout));
                }
                let text = Text::new(out, call, target, layout);
                if shows_live(args, call) {
                    let patience = self.engine.timeout.unwrap_or(A_LOSS);
                    Box::new(Live::new(text, io::stdout(), patience))
                } else {
                    Box::new(text)
                }
            }
        }
    }

    fn layout(
        &self,
        args: &Args,
        source: &Source,
        target: &Target,
        socket: &EchoSocket,
        call: &Invocation,
    ) -> Layout {
        let is_number = target.is_number && !args.names;
        let shows_ident = args.verbose && (socket.kind() == SocketKind::Raw || args.ident.is_some());
        Layout {
            quiet: args.filler.quiet,
            numeric: args.numeric || is_number || args.flood,
            timed: args.is_timed(),
            exact: args.exact,
            audible: args.audible,
            flood: args.flood && !args.classic_json,
            outstanding: args.outstanding,
            losses: args.timeout.is_some() || args.until_loss,
            verbose: args.verbose,
            group: checks::is_group(args, target),
            has_options: self.socket.options.ip_option.is_some(),
            flow_label: socket.flow_label(),
            ident: shows_ident.then(|| socket.ident().0),
            from: source.header(target.source, args.strict_source),
            device: source.device.clone(),
            clock: args.line_clock().map(LineClock::new),
            percentiles: args.percentiles,
            rates: args.pace().is_zero() || args.flood || args.adaptive,
            color: uses_color(args, call),
            size: args.size(),
            interval: args.pace(),
        }
    }
}

impl Args {
    /// Whether standard output is JSON, which no text may be mixed with.
    pub(super) fn writes_json(&self) -> bool {
        self.classic_json || self.output.format != Format::Text
    }
}

/// Whether a line about the last probes stands below the others: a link's callers know none, a quiet run has nothing to stand
/// below, and a flood draws for itself.
fn shows_live(args: &Args, call: &Invocation) -> bool {
    let may = !call.linked && !args.no_live && !args.filler.quiet && !args.flood;
    may && can_draw(&io::stdout())
}

/// A link's callers know no colours, unless one asks for them.
fn uses_color(args: &Args, call: &Invocation) -> bool {
    let may = !call.linked || args.output.color == Color::Always;
    may && args.output.color.on(&io::stdout())
}

fn payload(args: &Args) -> Payload {
    match &args.filler.pattern {
        // A pattern of the user's covers all of the data.
        Some(pattern) if !pattern.0.is_empty() => {
            Payload { size: args.size(), secret: None, pattern: pattern.0.clone() }
        }
        _ => Payload::new(args.size()),
    }
}

fn stamps(args: &Args) -> KernelTimestamps {
    if args.user_time {
        KernelTimestamps::None
    } else if args.pace() < SHORTEST_FOR_USERS || args.adaptive || args.preload > MOST_STAMPED_AT_ONCE {
        KernelTimestamps::Receive
    } else {
        KernelTimestamps::Both
    }
}

/// A datagram socket takes its identifier from the port it is bound to.
fn with_ident(mut source: SocketAddr, args: &Args) -> SocketAddr {
    source.set_port(args.ident.unwrap_or_default());
    source
}

fn engine(args: &Args, target: &Target, payload: Payload, call: &Invocation) -> PingConfig {
    let shortest = if is_root() { Duration::ZERO } else { SHORTEST_FOR_USERS };
    PingConfig {
        count: args.count,
        interval: args.pace(),
        preload: args.preload,
        adaptive: args.adaptive.then_some(shortest),
        deadline: args.deadline(),
        linger: args.linger(),
        timeout: args.timeout.or_else(|| args.until_loss.then_some(A_LOSS)),
        error_ends_deadline: call.linked,
        stop_when: StopWhen { reply: args.until_reply, loss: args.until_loss },
        // The socket will have one.
        ..PingConfig::new(target.address, Ident(0), payload)
    }
}

fn ip_option(
    args: &Args,
    hops: &[String],
    target: &Target,
    call: &Invocation,
) -> Result<Option<IpOption>, Failure> {
    if target.address.is_ipv6() {
        return Ok(None);
    }
    // The kernel puts the destination behind a source route itself.
    let addresses = || hops.iter().map(|hop| address_of_hop(hop, call)).collect::<Result<Vec<_>, _>>();
    Ok(match args.timestamps {
        Some(TimestampOption::Only) => Some(IpOption::Timestamp(TimestampKind::Only)),
        Some(TimestampOption::WithAddresses) => Some(IpOption::Timestamp(TimestampKind::WithAddresses)),
        Some(TimestampOption::Prespecified) => {
            Some(IpOption::Timestamp(TimestampKind::Prespecified(addresses()?)))
        }
        None if args.record_route => Some(IpOption::RecordRoute),
        None if hops.is_empty() => None,
        None => Some(IpOption::SourceRoute { strict: args.dont_route, through: addresses()? }),
    })
}

fn address_of_hop(word: &str, call: &Invocation) -> Result<Ipv4Addr, Failure> {
    let addresses = target::look_up(word, call)?;
    let v4 = addresses.iter().find_map(|info| match info.sockaddr.ip() {
        IpAddr::V4(v4) => Some(v4),
        IpAddr::V6(_) => None,
    });
    v4.ok_or_else(|| {
        call.failure(Exit::CouldNot, format_args!("{word}: Address family for hostname not supported"))
    })
}

/// When a probe counts as lost if only losses were asked about.
const A_LOSS: Duration = Duration::from_secs(1);
/// More probes at once than this are a flood, for which a message per departure is too much.
const MOST_STAMPED_AT_ONCE: u32 = 64;
