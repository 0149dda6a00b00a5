//! The command line of `netdiag tracepath`, which is upstream's. The doc comments are its help.

use crate::family_args::FamilyArgs;
use crate::netns::Elsewhere;
use crate::ping::{BadOption, integer};

/// Trace the path to a host, and find its MTU on the way
///
/// One datagram at a time is sent to each distance, as long as can be: who cannot pass it on says how long one may be. It takes no
/// privilege.
///
/// Exit status: 0 walked, whether the host was reached or not; 255 usage; 1 it could not be done.
#[derive(clap::Args)]
#[command(max_term_width = 100)]
pub(crate) struct Args {
    /// Where to; a port may follow after a slash
    #[arg(value_name = "HOST")]
    pub(super) host: String,

    #[command(flatten)]
    pub(super) family: FamilyArgs,

    /// Do not look up the names of addresses
    #[arg(short, long)]
    pub(super) numeric: bool,

    /// Show both name and address
    #[arg(short, long)]
    pub(super) both: bool,

    /// Bytes of the first packet, IP header included [default: 65535 over IPv4, 128000 over IPv6]
    #[arg(short, long, value_name = "N", value_parser = length, allow_hyphen_values = true)]
    pub(super) length: Option<u32>,

    /// The last distance to send to
    #[arg(short, long, default_value = "30", value_name = "N", value_parser = max_hops, allow_hyphen_values = true)]
    pub(super) max_hops: u8,

    /// The first of the 64 ports that datagrams go to in turn [default: 44444]
    #[arg(short, long, value_name = "PORT", value_parser = port, allow_hyphen_values = true)]
    pub(super) port: Option<u16>,

    #[command(flatten)]
    pub(super) elsewhere: Elsewhere,
}

fn length(text: &str) -> Result<u32, BadOption> {
    integer(text, 0, i32::MAX.into()).map(|length| length as u32).map_err(|bad| wanted(bad, i32::MAX.into()))
}

fn max_hops(text: &str) -> Result<u8, BadOption> {
    integer(text, 0, u8::MAX.into()).map(|hops| hops as u8).map_err(|bad| wanted(bad, u8::MAX.into()))
}

pub(super) fn port(text: &str) -> Result<u16, BadOption> {
    integer(text, 0, u16::MAX.into()).map(|port| port as u16).map_err(|bad| wanted(bad, u16::MAX.into()))
}

fn wanted(bad: BadOption, most: i64) -> BadOption {
    bad.wanted(format!("a whole number from 0 to {most} is wanted"))
}
