//! The command line of `netdiag trace`. The doc comments are its help.

use std::net::IpAddr;
use std::num::{NonZeroU8, NonZeroU64};
use std::time::Duration;

use netdiag_echo::Glance;
use netdiag_text::{duration, percentage, size};

use super::as_args::{AsArgs, Waypoint};
use super::live_args::LiveArgs;
use super::mtu::MtuArgs;
use super::paths::PathsArgs;
use super::sending::{SendingArgs, to_a_port};
use super::shape::{Format, with_drawings};
use crate::family_args::FamilyArgs;
use crate::format::Output;
use crate::netns::Elsewhere;
use crate::whole_number::within;

/// Trace the path to hosts hop by hop, and say where on it packets are lost
///
/// All hops are asked at once, round after round. A router that does not answer loses nothing: what it does not answer is held
/// against what passes it, and routers that answered in part are asked again, slowly, to find out whether they limit their answers.
///
/// Exit status: 0 reached, and within the bounds that were set; 1 not; 2 usage; 3 it could not be measured.
#[derive(clap::Args)]
#[command(max_term_width = 100, mut_arg("format", with_drawings), group = to_a_port())]
pub(crate) struct Args {
    /// Where to
    #[arg(value_name = "HOST", required = true)]
    pub(super) hosts: Vec<String>,

    /// Number of rounds, each of which asks every hop once; if neither this nor --interval is given, 5 within half a second, and up to
    /// 10 a second apart if these leave a question
    #[arg(short, long, value_name = "N", value_parser = within(NonZeroU64::MIN..=NonZeroU64::MAX), allow_hyphen_values = true)]
    count: Option<NonZeroU64>,

    /// Time from the start of one round to the start of the next, by default 1 s; routers limit how often they answer
    #[arg(short, long, value_name = "TIME", value_parser = interval, allow_hyphen_values = true)]
    interval: Option<Duration>,

    /// Time limit for one probe; a connection is waited for 950 ms at most
    #[arg(short, long, default_value = "3s", value_name = "TIME", value_parser = duration::positive, allow_hyphen_values = true)]
    pub(super) timeout: Duration,

    /// End the whole run after this time
    #[arg(short = 'w', long, value_name = "TIME", value_parser = duration::positive, allow_hyphen_values = true)]
    pub(super) deadline: Option<Duration>,

    /// The lowest TTL or hop limit to send with
    #[arg(long, default_value = "1", value_name = "N", value_parser = within(NonZeroU8::MIN..=NonZeroU8::MAX), allow_hyphen_values = true)]
    pub(super) first_ttl: NonZeroU8,

    /// The highest TTL or hop limit to send with
    #[arg(long, default_value = "30", value_name = "N", value_parser = within(NonZeroU8::MIN..=NonZeroU8::MAX), allow_hyphen_values = true)]
    pub(super) max_ttl: NonZeroU8,

    #[command(flatten)]
    pub(super) sending: SendingArgs,

    /// Length of each packet, IP header included; routers add labels and interfaces to answers from 128 bytes on
    #[arg(long, default_value = "128", value_name = "SIZE", value_parser = size::positive, allow_hyphen_values = true, conflicts_with = "tcp")]
    pub(super) size: u64,

    #[command(flatten)]
    pub(super) family: FamilyArgs,

    /// Use this source address
    #[arg(short, long, value_name = "ADDRESS")]
    pub(super) source: Option<IpAddr>,

    /// Use this interface only
    #[arg(short = 'I', long, value_name = "NAME")]
    pub(super) interface: Option<String>,

    #[command(flatten)]
    pub(super) elsewhere: Elsewhere,

    /// Do not look up the names of addresses
    #[arg(short, long)]
    pub(super) numeric: bool,

    /// Do not ask routers again that answered in part
    #[arg(long)]
    pub(super) no_confirm: bool,

    /// Ping each router itself after the trace; that may take another path
    #[arg(long, conflicts_with_all = ["udp", "tcp", "paths"])]
    pub(super) ping_hops: bool,

    /// Show only what the path comes to
    #[arg(short, long)]
    pub(super) quiet: bool,

    #[command(flatten)]
    pub(super) live: LiveArgs,

    #[command(flatten)]
    pub(super) systems: AsArgs,

    /// Fail if more of the probes to the host are lost
    #[arg(long, value_name = "PERCENT", value_parser = percentage::percent, allow_hyphen_values = true, help_heading = "Bounds")]
    pub(super) max_loss: Option<f64>,

    /// Fail if more than one round trip in a hundred to the host takes longer
    #[arg(long, value_name = "TIME", value_parser = duration::positive, allow_hyphen_values = true, help_heading = "Bounds")]
    pub(super) max_rtt_p99: Option<Duration>,

    /// Fail if the host is more hops away
    #[arg(long, value_name = "N", value_parser = within(NonZeroU8::MIN..=NonZeroU8::MAX), allow_hyphen_values = true, help_heading = "Bounds")]
    pub(super) max_hops: Option<NonZeroU8>,

    /// Fail unless this address, or one of this AS, is on the path; may be repeated
    #[arg(long, value_name = "ADDRESS|ASNUMBER", help_heading = "Bounds")]
    pub(super) via: Vec<Waypoint>,

    /// Fail if this address, or one of this AS, is on the path; may be repeated
    #[arg(long, value_name = "ADDRESS|ASNUMBER", help_heading = "Bounds")]
    pub(super) not_via: Vec<Waypoint>,

    #[command(flatten)]
    pub(super) paths: PathsArgs,

    #[command(flatten)]
    pub(super) mtu: MtuArgs,

    #[command(flatten)]
    pub(super) output: Output<Format>,
}

impl Args {
    /// The same with what other options mean for probes.
    pub(super) fn settled(mut self) -> Self {
        self.sending.udp |= self.paths.means_udp();
        self
    }

    /// Whether somebody said how many rounds there are to be.
    pub(super) const fn is_counted(&self) -> bool {
        self.count.is_some()
    }

    /// How many rounds there may be.
    pub(super) fn rounds(&self) -> u64 {
        self.count.map_or(ROUNDS, NonZeroU64::get)
    }

    /// From one round to the next.
    pub(super) fn interval(&self) -> Duration {
        self.interval.unwrap_or(INTERVAL)
    }

    /// The first rounds, where nobody said how often to ask, nor chose ports that are not to be had again as soon.
    pub(super) fn glance(&self) -> Option<Glance> {
        let is_free = self.count.is_none() && self.interval.is_none();
        (is_free && !self.sending.chooses_ports_of_hops()).then(Glance::default)
    }
}

const ROUNDS: u64 = 10;
const INTERVAL: Duration = Duration::from_secs(1);

/// A round may be thirty packets.
fn interval(text: &str) -> Result<Duration, String> {
    let interval = duration::positive(text).map_err(|error| error.to_string())?;
    if interval < SHORTEST {
        return Err("shorter than 10 ms: every hop is asked as often as that".to_owned());
    }
    Ok(interval)
}

const SHORTEST: Duration = Duration::from_millis(10);
