//! `netdiag trace`: the paths to hosts, all hops asked at once, from the command line to the exit status.
//!
//! Silence of a router is no loss. What is said of a path is what its figures prove; what they do not is called unknown.

mod args;
mod as_args;
mod bounds;
mod drawing;
mod figures;
mod headline;
mod json;
mod judgement;
mod live;
mod live_args;
mod mtu;
mod names;
mod notes;
mod paths;
mod pings;
mod progress;
mod render;
mod resolve;
mod sending;
mod shape;
mod sockets;
mod systems;
mod table;
mod target;
mod text;
mod verdict_word;

use std::io;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use netdiag_echo::{
    Family, ManyTargets, OfTarget, Payload, Privilege, ProbeKind, RunControl, Sockets, Trace, TraceConfig,
    now,
};
use netdiag_text::Exit;
use netdiag_text::duration::Short;

pub(crate) use self::args::Args;
use self::as_args::Waypoint;
use self::bounds::Bounds;
use self::figures::Figures;
pub(crate) use self::json::schema;
use self::live_args::When;
use self::names::Who;
use self::progress::Progress;
use self::render::{Item, Outcome, Traced};
use self::shape::Format;
use self::systems::Systems;
pub(crate) use self::systems::is_routed;
use self::target::Target;
use crate::failure::{Failure, warn};
use crate::interruption::{Interruption, call_failure, output_failure, socket_failure, stop_on_signals};
use crate::invocation::Invocation;
use crate::json::Shape;
use crate::render::Renderer;

/// Runs `trace`.
pub(crate) fn run(args: Args, call: &Invocation) -> Result<ExitCode, Failure> {
    let args = &args.settled();
    // Once the capabilities are given up nobody may.
    args.elsewhere.enter(call)?;
    let privilege = Privilege::take().map_err(|error| call_failure("capset", &error, call))?;
    if args.first_ttl > args.max_ttl {
        let words = format!("--first-ttl {} is more than --max-ttl {}", args.first_ttl, args.max_ttl);
        return Err(call.failure(Exit::Misuse, words));
    }
    let hops = args.max_ttl.get() - args.first_ttl.get() + 1;
    if let Some(mistake) = args.sending.mistake(hops, args.interval()) {
        return Err(call.failure(Exit::Misuse, mistake));
    }
    paths::check(args, call)?;
    let targets = resolve::resolve(args, call)?;
    let mut sockets = sockets::open(args, &targets, call)?;
    privilege.drop_for_good().map_err(|error| call_failure("capset", &error, call))?;
    // Before any thread is begun: what one of them caught would not wake the run.
    let interrupted = Arc::new(AtomicBool::new(false));
    let control = stop_on_signals(&interrupted).map_err(|error| call_failure("sigaction", &error, call))?;
    // As the caller, who may read what we might have been allowed to.
    let who = who(args, call)?;
    let is_live = is_live(args, call)?;
    let mut engine = engines(args, &targets, &sockets, is_live, call)?;
    let cached = mtu::cached(args, &targets);
    let mut renderer = match is_live {
        true => live(args, &targets, who.clone(), &control)
            .map_err(|error| call_failure("terminal", &error, call))?,
        false => renderer(args, &targets, who.clone()),
    };
    renderer.header().map_err(|error| output_failure(&error, call))?;
    let progress = Progress::new(args.rounds(), is_live);
    let began = now();
    let figures = trace(&progress, &mut engine, &mut sockets, &control, &mut *renderer, call)?;
    let mut outcomes: Vec<Outcome> = (targets.into_iter().zip(engine.engines()).zip(figures))
        .map(|((target, trace), figures)| Outcome::new(target, trace, figures))
        .collect();
    if args.mtu.mtu && !interrupted.load(Ordering::Relaxed) {
        let found = mtu::search(args, engine.engines(), cached, (&mut sockets, &control), began)
            .map_err(|error| socket_failure(&error, call))?;
        outcomes.iter_mut().zip(found).for_each(|(outcome, mtu)| outcome.mtu = Some(mtu));
    }
    if args.ping_hops && !interrupted.load(Ordering::Relaxed) {
        let how = (args.rounds(), args.interval().max(PING_INTERVAL), args.timeout);
        pings::ping_hops(&mut outcomes, &mut sockets, how, &control)
            .map_err(|error| socket_failure(&error, call))?;
    }
    if !interrupted.load(Ordering::Relaxed) {
        paths::find(args, &mut outcomes, &mut sockets, &control, began, call)?;
    }
    let bounds = Bounds::from(args);
    for outcome in &mut outcomes {
        outcome.judgement = bounds.judge(outcome, &who);
    }
    renderer.end(&outcomes).map_err(|error| output_failure(&error, call))?;
    Ok(call.code(verdict(&outcomes, call)))
}

fn trace(
    progress: &Progress,
    engine: &mut ManyTargets<Trace>,
    sockets: &mut Sockets,
    control: &RunControl,
    renderer: &mut dyn Renderer<Traced>,
    call: &Invocation,
) -> Result<Vec<Figures>, Failure> {
    let mut figures = vec![Figures::default(); engine.engines().len()];
    let report = |OfTarget { index, event }| {
        let Some(figures) = figures.get_mut(index) else { return Ok(()) };
        figures.record(&event);
        let item = Item { index, event: &event, figures };
        progress.beside(&event, || renderer.item(item)).map_err(Interruption::Output)
    };
    let ended = netdiag_echo::run(engine, sockets, control, report);
    progress.end();
    ended.map_err(|ended: Interruption| ended.failure(call))?;
    Ok(figures)
}

fn engines(
    args: &Args,
    targets: &[Target],
    sockets: &Sockets,
    is_live: bool,
    call: &Invocation,
) -> Result<ManyTargets<Trace>, Failure> {
    let (mut many, start) = (ManyTargets::default(), now());
    for target in targets {
        let size = sockets::data_len(args, Family::of(target.to), call)?;
        let (payload, ident) = (Payload::new(size), sockets.ident(target.to));
        let ident = ident.ok_or_else(|| call.failure(Exit::CouldNot, "no socket of its family"))?;
        let secret = payload.secret;
        let config = TraceConfig {
            first: args.first_ttl.get(),
            last: args.max_ttl.get(),
            rounds: Some(args.rounds()).filter(|_| !is_live || args.is_counted()),
            interval: args.interval(),
            glance: args.glance().filter(|_| !is_live),
            timeout: args.sending.patience(args.timeout),
            deadline: args.deadline,
            confirms: !args.no_confirm,
            kind: args.sending.kind(),
            source_port: args.sending.source_port(),
            source: Some(target.from.ip()),
            tos: args.sending.tos.unwrap_or_default(),
            target_limits: args.sending.udp,
            ..TraceConfig::new(target.to, ident, payload)
        };
        let config = TraceConfig { flow: args.sending.checksum().unwrap_or(config.flow), ..config };
        // No two are the same.
        let _ = many.add(target.to, secret, Trace::new(config, start), start);
    }
    Ok(many)
}

/// Who addresses are, as far as that is asked for.
fn who(args: &Args, call: &Invocation) -> Result<Who, Failure> {
    let from = &args.systems.systems;
    let asks = |point: &Waypoint| matches!(point, Waypoint::System(_));
    if *from == systems::From::Off && args.via.iter().chain(&args.not_via).any(asks) {
        let failure = call.failure(Exit::Misuse, "--via and --not-via with an AS number need --as");
        return Err(failure.hint("--as FILE reads AS numbers from a file, --as dns asks for them"));
    }
    let (systems, complaint) =
        Systems::open(from).map_err(|words| call.failure(Exit::CouldNot, format_args!("--as {words}")))?;
    complaint.iter().for_each(|words| warn(call, format_args!("--as {words}")));
    Ok(Who::new(!args.numeric, systems))
}

/// Whether the hops are shown as they are measured.
fn is_live(args: &Args, call: &Invocation) -> Result<bool, Failure> {
    // What is looked for afterwards is no part of the view.
    let looks_on = args.ping_hops || args.mtu.mtu || args.paths.most_flows().is_some();
    let is_wanted = args.output.format == Format::Text && !args.quiet && !looks_on;
    match args.live.live {
        When::Never => Ok(false),
        When::Auto => Ok(is_wanted && live::can_begin()),
        When::Always if !is_wanted => {
            let words = "--live always goes with --format text alone, and not with --quiet, --ping-hops, --mtu or --paths";
            Err(call.failure(Exit::Misuse, words))
        }
        When::Always if live::can_begin() => Ok(true),
        When::Always => Err(call.failure(
            Exit::CouldNot,
            "--live always: standard input and output are not one terminal that can be drawn on",
        )),
    }
}

fn live(
    args: &Args,
    targets: &[Target],
    who: Who,
    control: &RunControl,
) -> io::Result<Box<dyn Renderer<Traced>>> {
    let out = io::stdout();
    let settings = live::Settings {
        columns: args.live.columns(),
        names: true,
        systems: true,
        labels: true,
        has_color: args.output.color.on(&out),
        what: format!("{} every {}", args.sending.probes(), Short(args.interval())),
        protocol: match args.sending.kind() {
            ProbeKind::Echo => "the sockets are opened once: --udp and --tcp ask by those",
            ProbeKind::Udp | ProbeKind::Tcp => {
                "the sockets are opened once: without --udp and --tcp it asks by ICMP echo"
            }
        },
    };
    let live = live::Live::begin(settings, targets.to_vec(), who.clone(), control)?;
    let what = if args.is_counted() {
        what(args)
    } else {
        format!("{} every {}, until it was ended", args.sending.probes(), Short(args.interval()))
    };
    let title = |target: &Target| text::title(&target.words(), target.from, &what);
    let text = text::Text::new(out, who, targets.iter().map(title).collect(), (false, args.mtu.mtu));
    Ok(Box::new(live::LiveThen::new(live, text)))
}

fn renderer(args: &Args, targets: &[Target], who: Who) -> Box<dyn Renderer<Traced>> {
    let out = io::stdout();
    match args.output.format {
        Format::Text => {
            let what = what(args);
            let title = |target: &Target| text::title(&target.words(), target.from, &what);
            let titles = targets.iter().map(title).collect();
            Box::new(text::Text::new(out, who, titles, (args.quiet, args.mtu.mtu)))
        }
        Format::Table => {
            let color = args.output.color.on(&out);
            Box::new(table::Table::new(out, who, color))
        }
        Format::Json => Box::new(json::Json::new(out, Shape::Document, json::Begin::new(args, targets), who)),
        Format::Jsonl => Box::new(json::Json::new(out, Shape::Lines, json::Begin::new(args, targets), who)),
        Format::Dot => Box::new(drawing::Drawn::dot(out, who)),
        Format::Svg => Box::new(drawing::Drawn::svg(out, who)),
    }
}

/// What is sent, in words.
fn what(args: &Args) -> String {
    let rounds = match (args.glance(), args.rounds()) {
        (Some(glance), most) => format!("{} to {most} rounds", glance.rounds),
        (None, 1) => "1 round".to_owned(),
        (None, rounds) => format!("{rounds} rounds"),
    };
    let every = args.glance().map_or_else(|| format!(" every {}", Short(args.interval())), |_| String::new());
    // Of connections the kernel makes the packets.
    let size = if args.sending.tcp { String::new() } else { format!(", {} bytes", args.size) };
    format!("{rounds} of {}{every}, {} hops at most{size}", args.sending.probes(), args.max_ttl)
}

fn verdict(outcomes: &[Outcome], call: &Invocation) -> Exit {
    for outcome in outcomes {
        for words in outcome.judgement.missed.iter().chain(&outcome.judgement.unmeasured) {
            warn(call, words);
        }
    }
    let exits: Vec<Exit> = outcomes.iter().map(|outcome| outcome.judgement.exit()).collect();
    [Exit::Unexpected, Exit::CouldNot].into_iter().find(|exit| exits.contains(exit)).unwrap_or(Exit::Success)
}

/// Routers answer pings slowly, too.
const PING_INTERVAL: std::time::Duration = std::time::Duration::from_millis(200);

#[cfg(test)]
mod tests;
