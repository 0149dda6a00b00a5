//! The command line of `ping`.
//!
//! Short options are upstream's; everything new is a long one.

use std::time::Duration;

use netdiag_echo::PathMtuDiscovery;
use netdiag_text::{duration, percentage};

use super::filler::Filler;
use super::number::{self, Seconds};
use super::words::{self, TimestampOption};
use crate::format::Output;
use crate::netns::Elsewhere;

/// Send ICMP echo requests to a host and report what comes back
#[derive(clap::Args, Debug)]
#[command(args_override_self = true)]
pub(crate) struct Args {
    /// Print round-trip times with all three decimals
    #[arg(short = '3')]
    pub(super) exact: bool,

    /// Use IPv4 only
    #[arg(short = '4')]
    pub(super) ipv4: bool,

    /// Use IPv6 only
    #[arg(short = '6')]
    pub(super) ipv6: bool,

    /// Ring the bell at each reply
    #[arg(short = 'a')]
    pub(super) audible: bool,

    /// Send as fast as replies come, one probe per round trip
    #[arg(short = 'A')]
    pub(super) adaptive: bool,

    /// Allow a broadcast destination
    #[arg(short = 'b')]
    pub(super) broadcast: bool,

    /// Keep the source address chosen at the start
    #[arg(short = 'B')]
    pub(super) strict_source: bool,

    /// Stop after sending this many probes; with -w, after this many replies
    #[arg(short = 'c', value_name = "COUNT", value_parser = number::count, allow_hyphen_values = true)]
    pub(super) count: Option<u64>,

    /// Connect the socket, so that it receives from the destination only
    #[arg(short = 'C')]
    pub(super) connect: bool,

    /// Set SO_DEBUG on the socket
    #[arg(short = 'd')]
    pub(super) debug: bool,

    /// Print the time of day before each line
    #[arg(short = 'D')]
    pub(super) time_of_day: bool,

    /// Use this identifier; 0 is for raw sockets only
    #[arg(short = 'e', value_name = "IDENT", value_parser = number::ident, allow_hyphen_values = true)]
    pub(super) ident: Option<u16>,

    /// Flood: send as fast as possible, print a dot for each probe, erase one for each reply
    #[arg(short = 'f')]
    pub(super) flood: bool,

    /// Use this IPv6 flow label; 0 lets the kernel choose one
    #[arg(short = 'F', value_name = "LABEL", value_parser = words::flow_label, allow_hyphen_values = true)]
    pub(super) flow_label: Option<u32>,

    /// Print host names even for a destination given as a number
    #[arg(short = 'H', overrides_with = "numeric")]
    pub(super) names: bool,

    /// Seconds between probes; 0 sends the next as soon as the last is answered [default: 1]
    #[arg(short = 'i', value_name = "SECONDS", value_parser = number::interval, allow_hyphen_values = true)]
    pub(super) interval: Option<Seconds>,

    /// Send from this address or through this interface; may be given for both
    #[arg(short = 'I', value_name = "ADDRESS|INTERFACE", action = clap::ArgAction::Append, allow_hyphen_values = true)]
    pub(super) from: Vec<String>,

    /// Print JSON objects as upstream does
    #[arg(short = 'j')]
    pub(super) json: bool,

    /// Send this many probes without waiting
    #[arg(short = 'l', value_name = "COUNT", value_parser = number::preload, default_value = "1",
          allow_hyphen_values = true)]
    pub(super) preload: u32,

    /// Do not loop multicast probes back to this machine
    #[arg(short = 'L')]
    pub(super) no_loop: bool,

    /// Mark packets for routing and filtering
    #[arg(short = 'm', value_name = "MARK", value_parser = number::mark, allow_hyphen_values = true)]
    pub(super) mark: Option<u32>,

    /// Path MTU discovery: do, want, dont or probe
    #[arg(short = 'M', value_name = "STRATEGY", value_parser = words::path_mtu, allow_hyphen_values = true)]
    pub(super) path_mtu: Option<PathMtuDiscovery>,

    /// Print numbers, never host names
    #[arg(short = 'n', overrides_with = "names")]
    pub(super) numeric: bool,

    /// Node information queries: not supported
    #[arg(short = 'N', value_name = "QUERY", allow_hyphen_values = true)]
    pub(super) node_information: Option<String>,

    /// Print a line if the last probe is unanswered when the next one is sent
    #[arg(short = 'O')]
    pub(super) outstanding: bool,

    #[command(flatten)]
    pub(super) filler: Filler,

    /// Type of service or traffic class
    #[arg(short = 'Q', value_name = "TOS", value_parser = words::tos, allow_hyphen_values = true)]
    pub(super) tos: Option<i32>,

    /// Bypass routing: hosts on a link of this machine only
    #[arg(short = 'r')]
    pub(super) dont_route: bool,

    /// Record the route (IPv4)
    #[arg(short = 'R')]
    pub(super) record_route: bool,

    /// Data bytes in a probe
    #[arg(short = 's', value_name = "BYTES", value_parser = number::size, default_value = "56",
          allow_hyphen_values = true)]
    pub(super) size: usize,

    /// Bytes of the socket's send buffer
    #[arg(short = 'S', value_name = "BYTES", value_parser = number::send_buffer, allow_hyphen_values = true)]
    pub(super) send_buffer: Option<usize>,

    /// TTL or hop limit of the probes
    #[arg(short = 't', value_name = "HOPS", value_parser = number::hop_limit, allow_hyphen_values = true)]
    pub(super) hop_limit: Option<u8>,

    /// Ask routers for their time stamps (IPv4): tsonly, tsandaddr or tsprespec
    #[arg(short = 'T', value_name = "KIND", value_parser = words::timestamp_option, allow_hyphen_values = true)]
    pub(super) timestamps: Option<TimestampOption>,

    /// Measure with this process's clock, without the kernel's time stamps
    #[arg(short = 'U')]
    pub(super) user_time: bool,

    /// Print more
    #[arg(short = 'v')]
    pub(super) verbose: bool,

    /// Print the version and exit
    #[arg(short = 'V')]
    pub(super) version: bool,

    /// End the run after this many seconds, however many replies came
    #[arg(short = 'w', value_name = "SECONDS", value_parser = number::deadline, default_value = "0",
          allow_hyphen_values = true)]
    pub(super) deadline: u32,

    /// Seconds to wait after the last probe if nothing was answered; 0 waits for ever
    #[arg(short = 'W', value_name = "SECONDS", value_parser = number::linger, default_value = "10",
          allow_hyphen_values = true)]
    pub(super) linger: Seconds,

    /// Give up on a probe after this time (300ms, 2s), and print a line for it then
    #[arg(long, value_name = "DURATION", value_parser = duration::or_seconds, allow_hyphen_values = true)]
    pub(super) timeout: Option<Duration>,

    /// End the run with the first reply
    #[arg(long)]
    pub(super) until_reply: bool,

    /// End the run with the first lost probe or error; a probe is lost after --timeout, or after a second
    #[arg(long)]
    pub(super) until_loss: bool,

    /// Add percentiles of the round-trip times and their jitter (RFC 3550) to the summary
    #[arg(long)]
    pub(super) percentiles: bool,

    /// Keep no line about the last probes below the others on a terminal
    #[arg(long)]
    pub(super) no_live: bool,

    /// Print the time before each line: of day (iso), since 1970 (unix) or since the start (relative)
    #[arg(long, value_name = "iso|unix|relative", value_enum, hide_possible_values = true)]
    pub(super) time_format: Option<TimeFormat>,

    /// Fail if more probes than this are lost, in percent
    #[arg(long, value_name = "PERCENT", value_parser = percentage::of_hundred, allow_hyphen_values = true)]
    pub(super) max_loss: Option<f64>,

    /// Fail if the mean round-trip time is longer
    #[arg(long, value_name = "DURATION", value_parser = duration::or_seconds, allow_hyphen_values = true)]
    pub(super) max_rtt_avg: Option<Duration>,

    /// Fail if any round-trip time is longer
    #[arg(long, value_name = "DURATION", value_parser = duration::or_seconds, allow_hyphen_values = true)]
    pub(super) max_rtt_max: Option<Duration>,

    /// Fail if more than one round trip in a hundred takes longer
    #[arg(long, value_name = "DURATION", value_parser = duration::or_seconds, allow_hyphen_values = true)]
    pub(super) max_rtt_p99: Option<Duration>,

    /// Fail if the jitter (RFC 3550) is larger
    #[arg(long, value_name = "DURATION", value_parser = duration::or_seconds, allow_hyphen_values = true)]
    pub(super) max_jitter: Option<Duration>,

    #[command(flatten)]
    pub(super) elsewhere: Elsewhere,

    #[command(flatten)]
    pub(super) output: Output,

    /// Host name or address; under the name `ping`, IPv4 routers to pass through may come before it
    #[arg(value_name = "DESTINATION")]
    pub(super) words: Vec<String>,
}

/// How times before lines are written.
#[derive(Clone, Copy, Debug, Eq, PartialEq, clap::ValueEnum)]
pub(super) enum TimeFormat {
    /// Local time of day as ISO 8601 has it.
    Iso,
    /// Seconds since 1970.
    Unix,
    /// Seconds since the start of the run.
    Relative,
}

impl Args {
    /// The time between probes.
    pub(super) fn pace(&self) -> Duration {
        let default = if self.flood { Duration::ZERO } else { Duration::from_secs(1) };
        self.interval.as_ref().map_or(default, |interval| interval.value)
    }

    /// What a bare size means is the mark, without which upstream knows no times.
    pub(super) fn is_timed(&self) -> bool {
        self.size >= netdiag_echo::MARK_LEN
    }
}
