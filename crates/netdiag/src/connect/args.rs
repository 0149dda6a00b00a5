//! The command line of `netdiag connect`. The doc comments are its help.
//!
//! Letters are those of `nc` where `nc` has the option.

use std::net::IpAddr;
use std::time::Duration;

use netdiag_text::duration::{self, BadDuration};

use crate::family_args::FamilyArgs;
use crate::netns::Elsewhere;
use crate::tls_args::TlsArgs;
use crate::whole_number::within;

/// Connect standard input and output to a socket
///
/// ADDRESS is HOST:PORT (an IPv6 address in brackets), HOST PORT, a path, or one of tcp://HOST:PORT, tls://HOST:PORT,
/// udp://HOST:PORT, unix:PATH, unix-dgram:PATH, unix-seqpacket:PATH; @NAME instead of PATH is an abstract name. The end of
/// input shuts down sending, and the peer's answer is read to the end.
///
/// Exit status: 0 everything was transferred, or with -z a port is open; 1 refused, reset, unreachable, no such name; 2 usage; 3 could not be
/// tried or written; 124 timed out.
#[derive(clap::Args)]
#[command(max_term_width = 100)]
pub(crate) struct Args {
    /// Where to connect, or with -l where to listen
    #[arg(value_name = "ADDRESS", num_args = 1..=2, required_unless_present = "source_port")]
    pub(super) words: Vec<String>,

    /// Test whether ports are open, and print those that are: HOST 20-25,80
    #[arg(short = 'z', long, conflicts_with = "listen")]
    pub(super) test: bool,

    /// Wait for one peer to connect instead of connecting
    #[arg(short, long)]
    pub(super) listen: bool,

    /// Time limit for the connection, and later for anything to happen on it
    #[arg(long, value_name = "TIME", value_parser = duration::positive, allow_hyphen_values = true, overrides_with = "timeout_seconds")]
    timeout: Option<Duration>,

    /// The same in seconds, as with nc
    #[arg(short = 'w', value_name = "SECONDS", value_parser = positive_seconds, allow_hyphen_values = true, overrides_with = "timeout")]
    timeout_seconds: Option<Duration>,

    /// Use this source address
    #[arg(short, long, value_name = "ADDRESS")]
    pub(super) source: Option<IpAddr>,

    /// Connect from this port, or with -l listen on it
    #[arg(short = 'p', long, value_name = "PORT", value_parser = within(1..=u16::MAX), allow_hyphen_values = true)]
    pub(super) source_port: Option<u16>,

    /// Use this interface only
    #[arg(short = 'I', long, value_name = "NAME")]
    pub(super) interface: Option<String>,

    #[command(flatten)]
    pub(super) family: FamilyArgs,

    #[command(flatten)]
    pub(super) elsewhere: Elsewhere,

    /// Use UDP where ADDRESS says nothing else; with -U, datagrams
    #[arg(short, long)]
    pub(super) udp: bool,

    /// ADDRESS is the path of a unix socket
    #[arg(short = 'U', long)]
    pub(super) unix: bool,

    /// Do not look up names
    #[arg(short = 'n', long)]
    pub(super) numeric: bool,

    /// Do not read standard input
    #[arg(short = 'd', long)]
    pub(super) detach: bool,

    /// After the end of standard input, wait at most this long for the peer to finish
    #[arg(long, value_name = "TIME", value_parser = duration::with_unit, allow_hyphen_values = true, overrides_with = "quit_after_seconds")]
    quit_after: Option<Duration>,

    /// The same in seconds, as with nc
    #[arg(short = 'q', value_name = "SECONDS", value_parser = duration::or_seconds, allow_hyphen_values = true, overrides_with = "quit_after")]
    quit_after_seconds: Option<Duration>,

    /// For scripts made for nc: the end of standard input is always told to the peer
    #[arg(short = 'N', long, hide = true)]
    pub(super) shutdown: bool,

    /// Print what was connected to, and which ports are not open
    #[arg(short, long)]
    pub(super) verbose: bool,

    #[command(flatten)]
    pub(super) tls: TlsArgs,
}

impl Args {
    /// How long to wait for the connection, and then for anything to happen.
    pub(super) fn timeout(&self) -> Option<Duration> {
        self.timeout.or(self.timeout_seconds)
    }

    /// How long to wait for the peer's end once there is nothing more to send.
    pub(super) fn quit_after(&self) -> Option<Duration> {
        self.quit_after.or(self.quit_after_seconds)
    }
}

fn positive_seconds(text: &str) -> Result<Duration, BadDuration> {
    match duration::or_seconds(text)? {
        Duration::ZERO => Err(BadDuration::Nothing),
        time => Ok(time),
    }
}
