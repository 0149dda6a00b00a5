//! What every comparison is given: how much to measure, and where the programs are that were built for it.

use std::path::PathBuf;

/// How much is measured.
#[derive(clap::Args)]
pub(super) struct Extent {
    /// How many established TCP sockets there are to list
    #[arg(long, value_name = "N", default_value_t = 200_000, value_parser = clap::value_parser!(u32).range(2..))]
    pub(super) sockets: u32,
    /// How many there are in turn, to see how a listing grows with them
    #[arg(long, value_name = "N,...", value_delimiter = ',', default_value = "10000,100000,1000000",
        value_parser = clap::value_parser!(u32).range(2..))]
    pub(super) scale: Vec<u32>,
    /// How often each program is measured, after one run that does not count
    #[arg(long, value_name = "N", default_value_t = 7, value_parser = clap::value_parser!(u32).range(1..))]
    pub(super) rounds: u32,
}

/// Of this run, inside the namespace.
#[derive(clap::Args)]
pub(super) struct Inside {
    #[command(flatten)]
    pub(super) extent: Extent,
    #[arg(long)]
    pub(super) netdiag: PathBuf,
    #[arg(long)]
    pub(super) bare_dump: PathBuf,
    #[arg(long)]
    pub(super) bare_flood: PathBuf,
    #[arg(long)]
    pub(super) pair: PathBuf,
    #[arg(long)]
    pub(super) scripted: PathBuf,
    /// The static netdiag, if it could be built.
    #[arg(long)]
    pub(super) portable: Option<PathBuf>,
    /// Another `ss` to compare with, newer than the installed one.
    #[arg(long)]
    pub(super) peer_ss: Option<PathBuf>,
}

impl Extent {
    /// These arguments as typed.
    pub(super) fn words(&self) -> Vec<String> {
        let scale: Vec<String> = self.scale.iter().map(u32::to_string).collect();
        vec![
            format!("--sockets={}", self.sockets),
            format!("--scale={}", scale.join(",")),
            format!("--rounds={}", self.rounds),
        ]
    }
}
