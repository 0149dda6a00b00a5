//! The command line of `netdiag probe`. The doc comments are its help.
//!
//! What is said to a peer is in `script_args.rs`, because its options keep the order they are typed in.

use std::net::IpAddr;
use std::num::NonZeroU64;
use std::time::Duration;

use netdiag_text::{duration, size};

use super::http_args::HttpArgs;
use super::script_args::ScriptArgs;
use crate::family_args::FamilyArgs;
use crate::format::Output;
use crate::netns::Elsewhere;
use crate::tls_args::TlsArgs;
use crate::whole_number::within;

/// Probe sockets, HTTP and name servers, each phase timed
///
/// A URL is tcp://HOST:PORT (or just HOST:PORT), tls://HOST:PORT, udp://HOST:PORT, unix:PATH, unix-dgram:PATH, unix-seqpacket:PATH
/// (@NAME for an abstract name), http://… (or just HOST:PORT/PATH), https://…, http+unix://PATH/… (slashes of PATH as %2F), dns://SERVER/NAME?type=TYPE&tcp,
/// dns:NAME for the system's resolver, or icmp://HOST. Without anything to send, a connection is enough.
///
/// Exit status: 0 all as expected; 1 not; 2 usage; 3 something could not be measured, and nothing else was wrong.
#[derive(clap::Args)]
#[command(max_term_width = 100)]
pub(crate) struct Args {
    /// What to probe
    #[arg(value_name = "URL", required = true)]
    pub(super) urls: Vec<String>,

    /// Number of probes
    #[arg(short, long, default_value = "1", value_name = "N", value_parser = within(NonZeroU64::MIN..=NonZeroU64::MAX), allow_hyphen_values = true)]
    pub(super) count: NonZeroU64,

    /// Time from the start of one probe to the start of the next
    #[arg(short, long, default_value = "1s", value_name = "TIME", value_parser = duration::with_unit, allow_hyphen_values = true)]
    pub(super) interval: Duration,

    /// Time limit for one probe, all phases together
    #[arg(short, long, default_value = "5s", value_name = "TIME", value_parser = duration::positive, allow_hyphen_values = true)]
    pub(super) timeout: Duration,

    #[command(flatten)]
    pub(super) family: FamilyArgs,

    #[command(flatten)]
    pub(super) elsewhere: Elsewhere,

    /// Try the addresses of a name side by side (RFC 8305) instead of one after the other
    #[arg(long)]
    pub(super) race: bool,

    /// Use this source address
    #[arg(short, long, value_name = "ADDRESS")]
    pub(super) source: Option<IpAddr>,

    /// Use this interface only
    #[arg(short = 'I', long, value_name = "NAME")]
    pub(super) interface: Option<String>,

    /// Show what the kernel knows about the connection: round-trip time, retransmissions, segment size, path MTU
    #[arg(long)]
    pub(super) info: bool,

    /// Show headers, and what was received
    #[arg(short, long)]
    pub(super) verbose: bool,

    /// Show only failures, and the summary
    #[arg(short, long)]
    pub(super) quiet: bool,

    #[command(flatten)]
    pub(super) output: Output,

    /// Send this many bytes and expect the same bytes back: 64k, 10M
    #[arg(
        long,
        value_name = "SIZE",
        value_parser = size::positive, allow_hyphen_values = true,
        help_heading = "Conversation",
        conflicts_with_all = ["send", "expect", "expect-text", "starttls", "end", "expect-end", "talk"]
    )]
    pub(super) echo: Option<u64>,

    #[command(flatten)]
    pub(super) script: ScriptArgs,

    #[command(flatten)]
    pub(super) http: HttpArgs,

    #[command(flatten)]
    pub(super) tls: TlsArgs,
}
