//! What may be typed after `netdiag wait`.

use std::ffi::OsString;
use std::num::NonZeroU32;
use std::time::Duration;

use netdiag_text::duration;

use crate::family_args::FamilyArgs;
use crate::netns::Elsewhere;
use crate::tls_args::TlsArgs;

/// Wait until servers are up, then run a command if one is given
///
/// A target is what `netdiag probe` takes: tcp://HOST:PORT (or just HOST:PORT, PORT), tls://…, udp://…, unix:PATH, http://… (or
/// just HOST:PORT/PATH), https://…, dns://SERVER/NAME, dns:NAME, icmp://HOST. TCP and UDP ports of this host and unix sockets are watched without
/// connecting. A UDP port elsewhere is up when it answers an empty datagram; HTTP is when the status is below 400.
///
/// Exit status: 0 they are, or that of CMD; 1 the process of --pid-alive has ended; 2 usage; 124 time is up; 125 waiting itself
/// failed; 126 CMD cannot be run; 127 CMD is not found; 128+N ended by signal N.
#[derive(clap::Args)]
#[command(max_term_width = 100)]
pub(crate) struct Args {
    /// What to wait for
    #[arg(value_name = "TARGET", required = true)]
    pub(super) targets: Vec<String>,

    /// Give up after this time; 0 is never, as with timeout(1)
    #[arg(short, long, default_value = "60s", value_name = "TIME", value_parser = duration::or_seconds, allow_hyphen_values = true)]
    pub(super) timeout: Duration,

    /// Times in a row that a target has to be up
    #[arg(long, default_value = "1", value_name = "N")]
    pub(super) stable: NonZeroU32,

    /// Succeed as soon as one of the targets is up
    #[arg(long)]
    pub(super) any: bool,

    /// Wait until the targets are down: refused, unreachable, or gone; silence does not count
    #[arg(long)]
    pub(super) down: bool,

    /// Give up when this process ends
    #[arg(long, value_name = "PID", value_parser = clap::value_parser!(i32).range(1..))]
    pub(super) pid_alive: Option<i32>,

    /// Time between two looks; by default short at first, growing to a second
    #[arg(short, long, value_name = "TIME", value_parser = duration::positive, allow_hyphen_values = true)]
    pub(super) interval: Option<Duration>,

    /// Print nothing
    #[arg(short, long)]
    pub(super) quiet: bool,

    #[command(flatten)]
    pub(super) family: FamilyArgs,

    #[command(flatten)]
    pub(super) elsewhere: Elsewhere,

    /// Command to run then, in place of this process
    #[arg(last = true, value_name = "CMD")]
    pub(super) command: Vec<OsString>,

    #[command(flatten)]
    pub(super) tls: TlsArgs,
}
