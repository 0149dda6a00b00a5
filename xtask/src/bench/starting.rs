//! Programs that have next to nothing to do: what starting up costs.

use std::path::Path;

use anyhow::Result;

use super::case::{Bench, Case, Limits, Rival};
use super::inside::Inside;
use super::measure::Figures;
use super::servers::Server;

/// A port of this network, which nobody else is in.
const PORT: u16 = 8002;
/// One run is too short to be measured.
const RUNS: u32 = 50;
const NOTE: &str = "The mean of 50 runs, one after the other; memory is that of one.";

/// The static build's target, which .cargo/config.toml has a setting for.
#[cfg(target_arch = "x86_64")]
pub(super) const PORTABLE: &str = "x86_64-unknown-linux-musl";
#[cfg(not(target_arch = "x86_64"))]
pub(super) const PORTABLE: &str = "aarch64-unknown-linux-musl";

/// What is typed after `netdiag`, the program that does the same and what is typed after that, and whether the ratio has a limit.
const STARTS: [(&str, &str, &str, bool); 5] = [
    ("ping -c1 127.0.0.1", "ping", "-c1 127.0.0.1", true),
    ("ss -tln", "ss", "-tln", true),
    ("probe tcp://127.0.0.1:8002", "nc", "-z 127.0.0.1 8002", true),
    ("wait -q 127.0.0.1:8002", "nc", "-z 127.0.0.1 8002", false),
    ("check tcp:127.0.0.1:8002", "nc", "-z 127.0.0.1 8002", false),
];

/// A build of ours, and what its ratios should not exceed.
struct Build<'a> {
    name: &'static str,
    netdiag: &'a Path,
    wall: f64,
}

pub(super) fn compare(inside: &Inside) -> Result<String> {
    // It accepts, as a queue that nobody empties would be full before the end.
    let _server = Server::at(inside, &["discard"], &[format!("127.0.0.1:{PORT}")])?;
    let portable = inside.portable.as_deref();
    let portable = portable.map(|netdiag| Build { name: "static netdiag", netdiag, wall: 1.0 });
    let mut page = String::new();
    let usual = Build { name: "netdiag", netdiag: &inside.netdiag, wall: 1.15 };
    for build in std::iter::once(&usual).chain(&portable) {
        for (line, theirs, words, limited) in STARTS {
            let wall = limited.then_some(build.wall);
            page.push_str(&start(inside, (build, line), (theirs, words), wall)?);
        }
    }
    if portable.is_none() {
        page.push_str(&format!("The static build was not measured: `rustup target add {PORTABLE}`.\n\n"));
    }
    Ok(page)
}

fn start(
    inside: &Inside,
    (build, line): (&Build<'_>, &'static str),
    (program, words): (&str, &'static str),
    wall: Option<f64>,
) -> Result<String> {
    let at_most = || Figures { wall, ..Figures::NONE };
    let mut rivals = vec![Rival { case: Case::new(program, words), at_most: at_most() }];
    if let Some(peer) = inside.peer_ss.as_deref().filter(|_| program == "ss") {
        let case = Case::new(peer, words).called("$PEER_SS");
        rivals.push(Rival { case, at_most: at_most() });
    }
    let bench = Bench {
        title: format!("Starting up: `{} {line}`", build.name),
        note: NOTE,
        runs: RUNS,
        rivals,
        ours: Case::new(build.netdiag, line).called(build.name),
        limits: Limits::NONE,
    };
    bench.section(inside.extent.rounds)
}
