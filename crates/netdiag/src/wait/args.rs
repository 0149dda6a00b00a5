//! What may be typed after `netdiag wait`.

use std::ffi::OsString;
use std::num::NonZeroU32;
use std::time::Duration;

use netdiag_text::duration::{self, BadDuration};

use crate::family_args::FamilyArgs;
use crate::format::{Format, without_table};
use crate::json::Shape;
use crate::netns::Elsewhere;
use crate::tls_args::TlsArgs;
use crate::whole_number::within;

/// Wait until servers are up, then run a command if one is given
///
/// A target is what `netdiag probe` takes: tcp://HOST:PORT (or just HOST:PORT, PORT), tls://…, udp://…, unix:PATH, http://… (or
/// just HOST:PORT/PATH), https://…, dns://SERVER/NAME, dns:NAME, icmp://HOST. TCP and UDP ports of this host and unix sockets are watched without
/// connecting. A UDP port elsewhere is up when it answers an empty datagram; HTTP is when the status is below 400.
///
/// Exit status: 0 they are, or that of CMD; 1 the process of --pid-alive has ended; 2 usage; 124 time is up; 125 waiting itself
/// failed; 126 CMD cannot be run; 127 CMD is not found; 128+N ended by signal N.
#[derive(clap::Args)]
#[command(max_term_width = 100, mut_arg("format", without_table))]
pub(crate) struct Args {
    /// What to wait for
    #[arg(value_name = "TARGET", required = true)]
    pub(super) targets: Vec<String>,

    /// End the whole run after this time; 0 is never
    #[arg(short = 'w', long, default_value = "60s", value_name = "TIME", value_parser = duration::with_unit, allow_hyphen_values = true)]
    pub(super) deadline: Duration,

    /// Time limit for one look
    #[arg(short, long, default_value = "5s", value_name = "TIME", value_parser = of_one_look, allow_hyphen_values = true)]
    pub(super) timeout: Duration,

    /// Times in a row that a target has to be up
    #[arg(long, default_value = "1", value_name = "N", value_parser = within(NonZeroU32::MIN..=NonZeroU32::MAX), allow_hyphen_values = true)]
    pub(super) stable: NonZeroU32,

    /// Succeed as soon as one of the targets is up
    #[arg(long)]
    pub(super) any: bool,

    /// Wait until the targets are down: refused, unreachable, or gone; silence does not count
    #[arg(long)]
    pub(super) down: bool,

    /// Give up when this process ends
    #[arg(long, value_name = "PID", value_parser = within(1..=i32::MAX), allow_hyphen_values = true)]
    pub(super) pid_alive: Option<i32>,

    /// Time between two looks; by default short at first, growing to a second
    #[arg(short, long, value_name = "TIME", value_parser = duration::positive, allow_hyphen_values = true)]
    pub(super) interval: Option<Duration>,

    /// Print nothing
    #[arg(short, long)]
    pub(super) quiet: bool,

    #[command(flatten)]
    pub(super) format: Format,

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

impl Args {
    /// The shape of the JSON asked for, if any is.
    pub(super) fn shape(&self) -> Option<Shape> {
        match self.format {
            Format::Json => Some(Shape::Document),
            Format::Jsonl => Some(Shape::Lines),
            Format::Text | Format::Table => None,
        }
    }

    /// Whether nothing is said in words: what JSON has is not said twice.
    pub(super) fn is_silent(&self) -> bool {
        self.quiet || self.shape().is_some()
    }
}

/// The time of one look. Other tools of this kind mean the whole run by that letter, in seconds, and are told.
fn of_one_look(text: &str) -> Result<Duration, String> {
    duration::positive(text).map_err(|wrong| match wrong {
        BadDuration::UnitMissing => {
            "a unit is missing, as in 30s; the time of the whole run is --deadline".to_owned()
        }
        wrong => wrong.to_string(),
    })
}
