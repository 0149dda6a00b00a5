//! The command line of `serve`.

use std::num::NonZeroU64;
use std::path::PathBuf;
use std::time::Duration;

use clap::ValueEnum;
use netdiag_probe::Family;
use netdiag_probe::serve::{Faults, Limits};
use netdiag_text::rate::{self, BadRate};
use netdiag_text::{duration, percentage, size};

use crate::family_args::FamilyArgs;
use crate::netns::Elsewhere;
use crate::whole_number::within;

/// Serve echo, discard, chargen or HTTP, rightly or wrongly on demand
///
/// An ADDR is PORT, :PORT, HOST:PORT (an IPv6 address in brackets), udp://HOST:PORT, tls://HOST:PORT, unix:PATH, unix-dgram:PATH or
/// unix-seqpacket:PATH, with @NAME for an abstract name; port 0 is chosen by the kernel. HTTP shows the files in DIR, or without
/// one answers /echo, /status/N, /delay/MS and /bytes/N.
#[derive(clap::Args)]
#[command(override_usage = "netdiag serve [OPTIONS] <KIND> [DIR] <ADDR>...")]
pub(crate) struct Args {
    /// What to serve
    #[arg(value_enum)]
    pub(super) kind: Kind,

    /// Where to listen; with http, a directory first
    #[arg(required = true, value_name = "ADDR")]
    pub(super) words: Vec<String>,

    #[command(flatten)]
    family: FamilyArgs,

    #[command(flatten)]
    pub(super) elsewhere: Elsewhere,

    /// Connections the kernel may keep waiting for each listener
    #[arg(long, default_value_t = 4096, value_name = "N", value_parser = within(0..=u32::MAX), allow_hyphen_values = true)]
    pub(super) backlog: u32,

    /// Answer /echo, /status/N, /delay/MS and /bytes/N beside the files in DIR
    #[arg(long)]
    pub(super) trials: bool,

    /// Write lines as text or as JSON
    #[arg(long, value_enum, default_value_t, hide_possible_values = true, value_name = "text|jsonl")]
    pub(super) format: Format,

    /// Do not tell of connections
    #[arg(short, long, conflicts_with = "verbose")]
    pub(super) quiet: bool,

    /// Tell of each HTTP request, too
    #[arg(short, long)]
    pub(super) verbose: bool,

    /// Write a line to this descriptor once all of it listens, and close it
    #[arg(long, value_name = "FD", value_parser = within(0..=i32::MAX), allow_hyphen_values = true)]
    pub(super) ready_fd: Option<i32>,

    /// Write the ports to this file once all of it listens, one to a line
    #[arg(long, value_name = "FILE")]
    pub(super) port_file: Option<PathBuf>,

    /// Carry TLS, with a certificate made for the occasion unless one is given
    #[arg(long, help_heading = "TLS")]
    tls: bool,

    /// The certificate and those that vouch for it, as PEM
    #[arg(long, value_name = "FILE", requires = "key", help_heading = "TLS")]
    pub(super) cert: Option<PathBuf>,

    /// The certificate's key, as PEM
    #[arg(long, value_name = "FILE", requires = "cert", help_heading = "TLS")]
    pub(super) key: Option<PathBuf>,

    /// Where to write the certificate made, for clients to trust
    #[arg(long, value_name = "FILE", conflicts_with = "cert", help_heading = "TLS")]
    pub(super) cert_out: Option<PathBuf>,

    #[command(flatten)]
    bounds: Bounds,

    #[command(flatten)]
    pub(super) faults: FaultArgs,
}

/// What to serve.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(super) enum Kind {
    /// What comes goes back (RFC 862)
    Echo,
    /// What comes is thrown away (RFC 863)
    Discard,
    /// Text without end (RFC 864)
    Chargen,
    /// Files, or answers made for tests
    Http,
}

/// The shape of lines.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, ValueEnum)]
pub(super) enum Format {
    /// For people, and for `cut` and `grep`.
    #[default]
    Text,
    /// One JSON object per line.
    Jsonl,
}

#[derive(clap::Args)]
#[command(next_help_heading = "Limits")]
struct Bounds {
    /// Connections at a time; more of them wait
    #[arg(long, default_value_t = 16_384, value_name = "N", value_parser = within(1..=u32::MAX), allow_hyphen_values = true)]
    max_conns: u32,

    /// End connections on which nothing moves, http's after 60s
    #[arg(long, value_name = "TIME", value_parser = duration::positive, allow_hyphen_values = true)]
    idle_timeout: Option<Duration>,

    /// Time for a TLS handshake and for the head of each HTTP request [default: 10s]
    #[arg(long, value_name = "TIME", value_parser = duration::positive, allow_hyphen_values = true)]
    head_timeout: Option<Duration>,

    /// Bytes of an HTTP request's body [default: 16M]
    #[arg(long, value_name = "SIZE", value_parser = size::or_bytes, allow_hyphen_values = true)]
    max_body: Option<u64>,

    /// Time for connections to end once told to stop [default: 10s]
    #[arg(long, value_name = "TIME", value_parser = duration::with_unit, allow_hyphen_values = true)]
    drain_timeout: Option<Duration>,
}

/// What to do wrong.
#[derive(clap::Args)]
#[command(next_help_heading = "Faults")]
pub(super) struct FaultArgs {
    /// Let this long pass before each answer
    #[arg(long, value_name = "TIME", value_parser = duration::with_unit, allow_hyphen_values = true)]
    delay: Option<Duration>,

    /// Lose this share of arriving datagrams: 10%
    #[arg(long, value_name = "PERCENT", value_parser = percentage::percent, allow_hyphen_values = true)]
    drop: Option<f64>,

    /// What losses are drawn from
    #[arg(long, default_value_t, value_name = "N", value_parser = within(0..=u64::MAX), allow_hyphen_values = true)]
    seed: u64,

    /// Reset the connection after this many bytes of answers (discard: of data)
    #[arg(long, value_name = "SIZE", value_parser = size::or_bytes, allow_hyphen_values = true)]
    rst_after: Option<u64>,

    /// Stop sending after the first answer (discard: at once) and read on: FIN-WAIT-2
    #[arg(long)]
    half_close: bool,

    /// Leave connections in the queue, which --backlog makes short
    #[arg(long)]
    never_accept: bool,

    /// Leave what arrives in the socket until its window is closed
    #[arg(long)]
    never_read: bool,

    /// Do not close when the peer does: CLOSE-WAIT
    #[arg(long)]
    never_close: bool,

    /// Send slowly (discard: read slowly)
    #[arg(long, value_name = "RATE", value_parser = pace, allow_hyphen_values = true)]
    slow: Option<NonZeroU64>,

    /// End after this many bytes of the answer; cut datagrams and messages to that
    #[arg(long, value_name = "SIZE", value_parser = size::or_bytes, allow_hyphen_values = true)]
    reply_short: Option<u64>,
}

impl Args {
    pub(super) fn family(&self) -> Option<Family> {
        self.family.family()
    }

    /// Whether what carries bytes is to carry TLS.
    pub(super) fn wants_tls(&self) -> bool {
        self.tls || self.cert.is_some()
    }

    pub(super) fn limits(&self) -> Limits {
        let bounds = &self.bounds;
        let default = Limits::default();
        let idle = (self.kind == Kind::Http).then_some(HTTP_IDLE);
        Limits {
            connections: bounds.max_conns as usize,
            idle: bounds.idle_timeout.or(idle),
            head: bounds.head_timeout.unwrap_or(default.head),
            body: bounds.max_body.unwrap_or(default.body),
            drain: bounds.drain_timeout.unwrap_or(default.drain),
        }
    }
}

impl FaultArgs {
    pub(super) fn faults(&self) -> Faults {
        Faults {
            delay: self.delay,
            drop: self.drop.map(|percent| percent / 100.0),
            seed: self.seed,
            rst_after: self.rst_after,
            half_close: self.half_close,
            never_accept: self.never_accept,
            never_read: self.never_read,
            never_close: self.never_close,
            slow: self.slow,
            reply_short: self.reply_short,
        }
    }
}

/// How fast to be, which is never not at all.
fn pace(text: &str) -> Result<NonZeroU64, String> {
    rate::positive(text).map_err(|wrong| match wrong {
        BadRate::Nothing => "at least 1: --never-read stops altogether".to_owned(),
        wrong => wrong.to_string(),
    })
}

/// A client of HTTP has something to ask, or it goes.
const HTTP_IDLE: Duration = Duration::from_secs(60);
