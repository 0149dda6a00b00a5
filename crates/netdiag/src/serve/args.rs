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

/// Serve echo, discard, chargen or HTTP, with faults if asked for
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

    /// Connections that may wait in the kernel's queue, for each listener
    #[arg(long, default_value_t = 4096, value_name = "N", value_parser = within(0..=u32::MAX), allow_hyphen_values = true)]
    pub(super) backlog: u32,

    /// Answer /echo, /status/N, /delay/MS and /bytes/N beside the files in DIR
    #[arg(long)]
    pub(super) trials: bool,

    /// Write lines as text or as JSON
    #[arg(long, value_enum, default_value_t, hide_possible_values = true, value_name = "text|jsonl")]
    pub(super) format: Format,

    /// Do not log connections
    #[arg(short, long, conflicts_with = "verbose")]
    pub(super) quiet: bool,

    /// Also log each HTTP request
    #[arg(short, long)]
    pub(super) verbose: bool,

    /// Once all addresses listen, write a line to this file descriptor and close it
    #[arg(long, value_name = "FD", value_parser = within(0..=i32::MAX), allow_hyphen_values = true)]
    pub(super) ready_fd: Option<i32>,

    /// Once all addresses listen, write the ports to this file, one per line
    #[arg(long, value_name = "FILE")]
    pub(super) port_file: Option<PathBuf>,

    /// Serve over TLS, with a certificate made at the start unless one is given
    #[arg(long, help_heading = "TLS")]
    tls: bool,

    /// The certificate and its chain, as PEM
    #[arg(long, value_name = "FILE", requires = "key", help_heading = "TLS")]
    pub(super) cert: Option<PathBuf>,

    /// The certificate's key, as PEM
    #[arg(long, value_name = "FILE", requires = "cert", help_heading = "TLS")]
    pub(super) key: Option<PathBuf>,

    /// Write the certificate that is made to this file, for clients to trust
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
    /// Send back what arrives (RFC 862)
    Echo,
    /// Discard what arrives (RFC 863)
    Discard,
    /// Send text without end (RFC 864)
    Chargen,
    /// Serve files, or answers made for tests
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
    /// Most connections at a time; further ones wait
    #[arg(long, default_value_t = 16_384, value_name = "N", value_parser = within(1..=u32::MAX), allow_hyphen_values = true)]
    max_conns: u32,

    /// Close connections that are idle for this long; http has 60s by default
    #[arg(long, value_name = "TIME", value_parser = duration::positive, allow_hyphen_values = true)]
    idle_timeout: Option<Duration>,

    /// Time limit for a TLS handshake and for the head of each HTTP request [default: 10s]
    #[arg(long, value_name = "TIME", value_parser = duration::positive, allow_hyphen_values = true)]
    head_timeout: Option<Duration>,

    /// Largest body of an HTTP request [default: 16M]
    #[arg(long, value_name = "SIZE", value_parser = size::or_bytes, allow_hyphen_values = true)]
    max_body: Option<u64>,

    /// Time limit for connections to end once told to stop [default: 10s]
    #[arg(long, value_name = "TIME", value_parser = duration::with_unit, allow_hyphen_values = true)]
    drain_timeout: Option<Duration>,
}

/// What to do wrong.
#[derive(clap::Args)]
#[command(next_help_heading = "Faults")]
pub(super) struct FaultArgs {
    /// Wait this long before each answer
    #[arg(long, value_name = "TIME", value_parser = duration::with_unit, allow_hyphen_values = true)]
    delay: Option<Duration>,

    /// Drop this share of arriving datagrams: 10%
    #[arg(long, value_name = "PERCENT", value_parser = percentage::percent, allow_hyphen_values = true)]
    drop: Option<f64>,

    /// Seed of the random numbers for --drop
    #[arg(long, default_value_t, value_name = "N", value_parser = within(0..=u64::MAX), allow_hyphen_values = true)]
    seed: u64,

    /// Reset the connection after this many bytes of answers (discard: of data)
    #[arg(long, value_name = "SIZE", value_parser = size::or_bytes, allow_hyphen_values = true)]
    rst_after: Option<u64>,

    /// Shut down sending after the first answer (discard: at once), but go on reading: FIN-WAIT-2
    #[arg(long)]
    half_close: bool,

    /// Never accept: connections stay in the queue, whose length is --backlog
    #[arg(long)]
    never_accept: bool,

    /// Never read: what arrives stays in the socket until its receive window is closed
    #[arg(long)]
    never_read: bool,

    /// Never close when the peer does: CLOSE-WAIT
    #[arg(long)]
    never_close: bool,

    /// Send slowly (discard: read slowly)
    #[arg(long, value_name = "RATE", value_parser = pace, allow_hyphen_values = true)]
    slow: Option<NonZeroU64>,

    /// Close after this many bytes of the answer; truncate datagrams and messages to that
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
