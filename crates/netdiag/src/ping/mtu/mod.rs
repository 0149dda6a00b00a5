//! `netdiag ping --find-mtu`: the largest packet that gets through, searched for instead of pinging.
//!
//! It takes no privilege where a ping takes none. What the kernel takes for the path's MTU is told apart: that is what other programs'
//! packets go by, right or wrong.

pub(super) mod json;
mod render;
mod text;

use std::io;

use netdiag_echo::{
    EchoSocket, Error, KernelRoute, KernelTimestamps, MtuConfig, MtuSearch, PathMtuDiscovery, RunControl,
    SocketConfig, SocketOptions,
};
use netdiag_text::Exit;

use self::json::Json;
use self::render::{Found, Searched};
use self::text::Text;
use super::args::Args;
use super::target::Target;
use super::text::LineClock;
use crate::failure::Failure;
use crate::format::Format;
use crate::interruption::{Interruption, output_failure};
use crate::invocation::Invocation;
use crate::json::Shape;
use crate::render::Renderer;

/// The socket of a search, which is a ping's but for sizes: it divides no packet, and does not go by what the kernel knows of the path.
pub(super) fn socket(ping: SocketConfig) -> SocketConfig {
    let options = SocketOptions { path_mtu: Some(PathMtuDiscovery::Probe), ..ping.options };
    SocketConfig { size: LARGEST, stamps: KernelTimestamps::Both, window: 1, options, ..ping }
}

/// Searches, tells of it, and says how it ended.
pub(super) fn run(
    args: &Args,
    target: &Target,
    socket: EchoSocket,
    route: Option<&KernelRoute>,
    control: &RunControl,
    call: &Invocation,
) -> Result<Exit, Failure> {
    let usual = MtuConfig::new(target.address, socket.ident());
    let timeout = args.timeout.unwrap_or(usual.timeout);
    let config = MtuConfig { deadline: args.deadline(), timeout, ..usual };
    let mut search = MtuSearch::new(config);
    let mut renderer = renderer(args, target);
    let unwritten = |error| output_failure(&error, call);
    renderer.header().map_err(unwritten)?;
    let report = |event| renderer.item(&event).map_err(Interruption::Output);
    netdiag_echo::run(&mut search, &mut socket.into(), control, report)
        .map_err(|ended: Interruption| ended.failure(call))?;
    let path = search.outcome();
    let kernel = route.and_then(|route| route.mtu().ok());
    renderer.end(&Found { path, kernel }).map_err(unwritten)?;
    Ok(if path.complete { Exit::Success } else { Exit::Unexpected })
}

/// The route to ask the kernel about, while there still is privilege for it; without one nothing is told of it.
pub(super) fn route(target: &Target, args: &Args, options: &SocketOptions) -> Option<KernelRoute> {
    let asked: Result<KernelRoute, Error> = KernelRoute::new(target.address, options, args.mark);
    asked.ok()
}

fn renderer<'a>(args: &Args, target: &'a Target) -> Box<dyn Renderer<Searched> + 'a> {
    let out = io::stdout().lock();
    match args.output.format {
        Format::Json => Box::new(Json::new(out, target, Shape::Document)),
        Format::Jsonl => Box::new(Json::new(out, target, Shape::Lines)),
        Format::Text | Format::Table => {
            Box::new(Text::new(out, target, args.filler.quiet, args.line_clock().map(LineClock::new)))
        }
    }
}

/// Data of the largest probe there can be.
const LARGEST: usize = 65_535 - 28;
