//! `--paths`: all paths to each host, looked for once its trace is over.
//!
//! They are found by the same socket, so that flow 0 is the one that was traced.

mod args;
pub(super) mod found;
pub(super) mod sentence;
pub(super) mod table;
pub(super) mod text;

use std::io;
use std::time::Instant;

use netdiag_echo::{
    Error, Family, FlowField, ManyTargets, OfTarget, PathEnd, Paths, PathsConfig, PathsEvent, Payload,
    RunControl, Sockets, now,
};
use netdiag_text::{Exit, strerror};

pub(super) use self::args::PathsArgs;
use self::found::Found;
use super::args::Args;
use super::progress::Progress;
use super::render::Outcome;
use super::sockets::data_len;
use crate::failure::Failure;
use crate::invocation::Invocation;

/// Looks for all paths to all hosts, as long as the deadline of the whole run allows.
pub(super) fn find(
    args: &Args,
    outcomes: &mut [Outcome],
    sockets: &mut Sockets,
    control: &RunControl,
    began: Instant,
    call: &Invocation,
) -> Result<(), Failure> {
    let Some(most_flows) = args.paths.most_flows() else { return Ok(()) };
    let (mut many, start) = (ManyTargets::default(), now());
    let deadline = args.deadline.map(|deadline| deadline.saturating_sub(start.duration_since(began)));
    for outcome in &*outcomes {
        let to = outcome.target.to;
        let Some(ident) = sockets.ident(to) else { continue };
        let payload = Payload::new(data_len(args, Family::of(to), call)?);
        let secret = payload.secret;
        let config = PathsConfig {
            most_flows,
            deadline,
            first: args.first_ttl.get(),
            last: last(outcome, args),
            confidence: args.paths.confidence(),
            timeout: args.timeout,
            ..PathsConfig::new(to, ident, payload, field(args))
        };
        // No two are the same.
        let _ = many.add(to, secret, Paths::new(config), start);
    }
    let mut refused: Vec<Option<(u64, String)>> = vec![None; outcomes.len()];
    let progress = Progress::new(0, false);
    let ended = netdiag_echo::run(&mut many, sockets, control, |OfTarget { index, event }| {
        progress.say(said(&event));
        if let (Some(words), Some(refused)) = (refusal(&event), refused.get_mut(index)) {
            refused.get_or_insert((0, words)).0 += 1;
        }
        Ok::<(), Error>(())
    });
    progress.end();
    ended.map_err(|error| call.failure(Exit::CouldNot, error))?;
    for ((outcome, paths), refused) in outcomes.iter_mut().zip(many.engines()).zip(refused) {
        let first_port = (paths.config().field == FlowField::Port).then(|| outcome.target.to.port());
        let (graph, confidence, is_cut) = (paths.graph(), paths.config().confidence, paths.is_cut());
        outcome.paths = Some(Found { graph, confidence, first_port, is_cut, refused });
    }
    Ok(())
}

/// Refuses more flows than there are ports for.
pub(super) fn check(args: &Args, call: &Invocation) -> Result<(), Failure> {
    let most_flows = args.paths.most_flows().filter(|_| args.sending.udp).unwrap_or(1);
    match args.sending.port().checked_add(most_flows - 1) {
        Some(_) => Ok(()),
        None => {
            let words =
                format!("--paths={most_flows}: there are not so many ports from {} on", args.sending.port());
            Err(call.failure(Exit::Misuse, words))
        }
    }
}

/// How far to look: nobody answers beyond what the trace found silent.
fn last(outcome: &Outcome, args: &Args) -> u8 {
    let last = match outcome.end {
        PathEnd::Silent(distance) if distance > 0 => distance.saturating_add(1),
        _ => u8::MAX,
    };
    last.min(args.max_ttl.get()).max(args.first_ttl.get())
}

fn field(args: &Args) -> FlowField {
    if args.sending.udp { FlowField::Port } else { FlowField::Checksum }
}

/// How far it is, in words.
fn said(event: &PathsEvent) -> Option<String> {
    match event {
        PathsEvent::Hop { distance, width: 1 } => Some(format!("all paths: hop {distance}")),
        PathsEvent::Hop { distance, width } => Some(format!("all paths: hop {distance}, {width} ways")),
        PathsEvent::AskingSlowly { distance } => {
            Some(format!("all paths: hop {distance} limits its answers, asking slowly"))
        }
        _ => None,
    }
}

/// What the system says that refused a probe.
fn refusal(event: &PathsEvent) -> Option<String> {
    match event {
        PathsEvent::SendFailed { error, .. } => Some(strerror(error)),
        PathsEvent::Refused(error) => Some(strerror(&io::Error::from_raw_os_error(error.errno))),
        _ => None,
    }
}
