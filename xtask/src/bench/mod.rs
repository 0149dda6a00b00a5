//! `cargo xtask bench`: our programs beside the installed ones and the bare kernel, as ratios within one run.
//!
//! The programs take turns, so that whatever else the machine does falls on all of them; absolute times say little about
//! another machine, the ratios do. A comparison is one file here; it lists its cases and is named in [`PARTS`].

mod accuracy;
mod case;
mod checks;
mod inside;
mod load;
mod measure;
mod ping;
mod questions;
mod report;
mod scale;
mod servers;
mod sockets;
mod ss;
mod starting;
mod trace;
mod turns;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::cargo::{build, cargo, finish, output_of, root};
use crate::namespace;
use crate::programs::{self, Chore};

pub(crate) use measure::{Args as MeasureArgs, run as measure};
pub(crate) use sockets::{Args as HoldSocketsArgs, hold as hold_sockets};

use inside::{Extent, Inside};

/// Measures netdiag beside the installed ss and ping and the bare kernel, and writes docs/performance.md
///
/// Everything happens in network namespaces made for it. PEER_SS=PATH names another ss to compare with. Programs it calls and this machine lacks are named first. A million sockets
/// take some 5 GB of memory while they are there; --scale chooses fewer.
#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    extent: Extent,
    /// Measures only this, and writes no page
    #[arg(long, value_name = "PART", value_parser = PARTS.map(|(name, _)| name))]
    only: Option<String>,
}

/// Measures, and describes what came of it.
type Compare = fn(&Inside) -> Result<String>;

/// What is compared, in the order of the page.
const PARTS: [(&str, Compare); 9] = [
    ("ss", ss::compare),
    ("questions", questions::compare),
    ("scale", scale::compare),
    ("starting", starting::compare),
    ("ping", ping::compare),
    ("accuracy", accuracy::compare),
    ("trace", trace::compare),
    ("servers", servers::compare),
    ("checks", checks::compare),
];

/// The same, inside the namespace and with what was built.
#[derive(clap::Args)]
pub(crate) struct InsideArgs {
    #[command(flatten)]
    inside: Inside,
    #[arg(long)]
    only: Option<String>,
}

/// Where the programs come from, each named in [`Inside`].
const BUILD: [&str; 11] = [
    "build",
    "--release",
    "--package=netdiag",
    "--bin=netdiag",
    "--package=netdiag-sockdiag",
    "--example=bare_dump",
    "--package=netdiag-echo",
    "--example=bare_flood",
    "--package=netdiag-lab",
    "--example=pair",
    "--example=scripted",
];

pub(crate) fn run(args: &Args) -> Result<()> {
    if args.only.is_none() {
        let lacking = programs::missing(Chore::Bench);
        programs::require(&lacking, "install them as this system does it")?;
    }
    let built = build(&mut cargo(&BUILD)?)?;
    // Theirs were installed, which leaves a file in memory in larger pieces than linking does: it starts sooner.
    let installed = tempfile::tempdir().context("cannot make a directory for the programs")?;
    let mut inside = namespace::command("/proc/self/exe");
    inside.arg("bench-inside").args(args.extent.words());
    inside.args(args.only.iter().map(|only| format!("--only={only}")));
    for name in ["netdiag", "bare_dump", "bare_flood", "pair", "scripted"] {
        let program = built.iter().find(|program| program.name == name);
        let program = program.with_context(|| format!("cargo built no {name}"))?;
        let path = installed.path().join(name);
        std::fs::copy(&program.path, &path).with_context(|| format!("cannot copy {name}"))?;
        inside.arg(format!("--{}", name.replace('_', "-"))).arg(path);
    }
    if let Some(portable) = portable()? {
        let path = installed.path().join("portable");
        std::fs::copy(&portable, &path).context("cannot copy the portable netdiag")?;
        inside.arg("--portable").arg(path);
    }
    if let Some(peer) = std::env::var_os("PEER_SS").filter(|peer| !peer.is_empty()) {
        let peer = std::path::absolute(peer).context("PEER_SS")?;
        inside.arg("--peer-ss").arg(peer);
    }
    finish(inside.current_dir(root()?))
}

/// The static netdiag for every Linux of this architecture, where the toolchain can build it.
fn portable() -> Result<Option<PathBuf>> {
    let target = starting::PORTABLE;
    let library = output_of("rustc", &["--print", "target-libdir", "--target", target])?;
    if !Path::new(library.trim_end()).exists() {
        return Ok(None);
    }
    let words = ["build", "--release", "--package=netdiag", "--bin=netdiag", "--target", target];
    let built = build(&mut cargo(&words)?)?;
    let program = built.into_iter().find(|program| program.name == "netdiag");
    Ok(Some(program.context("cargo built no portable netdiag")?.path))
}

pub(crate) fn run_inside(args: &InsideArgs) -> Result<()> {
    let InsideArgs { inside, only } = args;
    let mut page = report::opening(inside)?;
    for (_, compare) in PARTS.iter().filter(|(name, _)| only.as_ref().is_none_or(|only| only == name)) {
        page.push_str(&compare(inside)?);
    }
    print!("{page}");
    if only.is_some() {
        return Ok(());
    }
    let file = root()?.join("docs/performance.md");
    std::fs::create_dir_all(root()?.join("docs"))?;
    std::fs::write(&file, page).with_context(|| format!("cannot write {}", file.display()))?;
    println!("\nwritten to docs/performance.md");
    Ok(())
}
