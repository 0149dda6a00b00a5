//! The command line of `ping`.
//!
//! Short options are upstream's and mean what they mean there; everything new is a long one. A time has two: upstream's letter takes
//! seconds, our name wants a unit.

use std::net::IpAddr;
use std::time::Duration;

use netdiag_echo::PathMtuDiscovery;
use netdiag_text::{duration, percentage};

use super::filler::Filler;
use super::letter::{self, Letter};
use super::number;
use super::words::{self, TimestampOption};
use crate::failure::Failure;
use crate::format::{Output, without_table};
use crate::invocation::Invocation;
use crate::netns::Elsewhere;

/// Send ICMP echo requests to a host and report what comes back
#[derive(clap::Args, Debug)]
#[command(args_override_self = true, disable_version_flag = true, mut_arg("format", without_table))]
pub(crate) struct Args {
    /// Print round-trip times with all three decimals
    #[arg(short = '3', long = "exact")]
    pub(super) exact: bool,

    /// Use IPv4 only
    #[arg(short = '4', long = "ipv4")]
    pub(super) ipv4: bool,

    /// Use IPv6 only
    #[arg(short = '6', long = "ipv6")]
    pub(super) ipv6: bool,

    /// Ring the bell at each reply
    #[arg(short = 'a', long = "audible")]
    pub(super) audible: bool,

    /// Send as fast as replies come, one probe per round trip
    #[arg(short = 'A', long = "adaptive")]
    pub(super) adaptive: bool,

    /// Allow a broadcast destination
    #[arg(short = 'b', long = "broadcast")]
    pub(super) broadcast: bool,

    /// Keep the source address chosen at the start
    #[arg(short = 'B', long = "strict-source")]
    pub(super) strict_source: bool,

    /// Stop after sending this many probes; with -w or --deadline, after this many replies
    #[arg(short = 'c', long = "count", value_name = "N", value_parser = number::count, allow_hyphen_values = true)]
    pub(super) count: Option<u64>,

    /// Connect the socket, so that it receives from the destination only
    #[arg(short = 'C', long = "connect")]
    pub(super) connect: bool,

    /// Set SO_DEBUG on the socket
    #[arg(short = 'd', long = "debug")]
    pub(super) debug: bool,

    /// Print the time of day before each line
    #[arg(short = 'D', long = "print-time")]
    pub(super) time_of_day: bool,

    /// Use this identifier; 0 is for raw sockets only
    #[arg(short = 'e', long = "ident", value_name = "IDENT", value_parser = number::ident, allow_hyphen_values = true)]
    pub(super) ident: Option<u16>,

    /// Flood: send as fast as possible, print a dot for each probe, erase one for each reply
    #[arg(short = 'f', long = "flood")]
    pub(super) flood: bool,

    /// Use this IPv6 flow label; 0 lets the kernel choose one
    #[arg(short = 'F', long = "flow-label", value_name = "LABEL", value_parser = words::flow_label, allow_hyphen_values = true)]
    pub(super) flow_label: Option<u32>,

    /// Print host names even for a destination given as a number
    #[arg(short = 'H', long = "names", overrides_with = "numeric")]
    pub(super) names: bool,

    /// Seconds between probes; 0 sends the next as soon as the last is answered [default: 1]
    #[arg(short = 'i', value_name = "SECONDS", value_parser = number::interval, allow_hyphen_values = true, overrides_with = "interval_time")]
    pub(super) interval: Option<Letter<Duration>>,

    /// Time from the start of one probe to the start of the next
    #[arg(long = "interval", value_name = "TIME", value_parser = duration::with_unit, allow_hyphen_values = true, overrides_with = "interval")]
    interval_time: Option<Duration>,

    /// Send from this address or through this interface; may be given for both
    #[arg(short = 'I', value_name = "ADDRESS|INTERFACE", action = clap::ArgAction::Append, allow_hyphen_values = true)]
    pub(super) from: Vec<String>,

    /// Use this source address
    #[arg(long, value_name = "ADDRESS")]
    pub(super) source: Option<IpAddr>,

    /// Use this interface only
    #[arg(long, value_name = "NAME")]
    pub(super) interface: Option<String>,

    /// Print JSON objects as upstream does
    #[arg(short = 'j')]
    pub(super) classic_json: bool,

    /// Send this many probes without waiting
    #[arg(short = 'l', long = "preload", value_name = "N", value_parser = number::preload, default_value = "1",
          allow_hyphen_values = true)]
    pub(super) preload: u32,

    /// Do not loop multicast probes back to this machine
    #[arg(short = 'L', long = "no-loopback")]
    pub(super) no_loop: bool,

    /// Mark packets for routing and filtering
    #[arg(short = 'm', long = "mark", value_name = "MARK", value_parser = number::mark, allow_hyphen_values = true)]
    pub(super) mark: Option<u32>,

    /// Path MTU discovery: do, want, dont or probe
    #[arg(short = 'M', long = "path-mtu", value_name = "STRATEGY", value_parser = words::path_mtu, allow_hyphen_values = true)]
    pub(super) path_mtu: Option<PathMtuDiscovery>,

    /// Print numbers, never host names
    #[arg(short = 'n', long = "numeric", overrides_with = "names")]
    pub(super) numeric: bool,

    /// Node information queries: not supported
    #[arg(short = 'N', value_name = "QUERY", allow_hyphen_values = true)]
    pub(super) node_information: Option<String>,

    /// Print a line if the last probe is unanswered when the next one is sent
    #[arg(short = 'O', long = "outstanding")]
    pub(super) outstanding: bool,

    #[command(flatten)]
    pub(super) filler: Filler,

    /// Type of service or traffic class: a number, or a DSCP by its name (ef, af11, cs1)
    #[arg(short = 'Q', long = "tos", value_name = "TOS", value_parser = words::tos, allow_hyphen_values = true)]
    pub(super) tos: Option<Letter<i32>>,

    /// Bypass routing: hosts on a link of this machine only
    #[arg(short = 'r', long = "bypass-routing")]
    pub(super) dont_route: bool,

    /// Record the route (IPv4)
    #[arg(short = 'R', long = "record-route")]
    pub(super) record_route: bool,

    /// Data bytes in a probe
    #[arg(short = 's', long = "size", value_name = "SIZE", value_parser = number::size, default_value = "56",
          allow_hyphen_values = true)]
    pub(super) size: Letter<usize>,

    /// Bytes of the socket's send buffer
    #[arg(short = 'S', long = "send-buffer", value_name = "SIZE", value_parser = number::send_buffer, allow_hyphen_values = true)]
    pub(super) send_buffer: Option<Letter<usize>>,

    /// TTL or hop limit of the probes
    #[arg(short = 't', long = "ttl", value_name = "N", value_parser = number::hop_limit, allow_hyphen_values = true)]
    pub(super) hop_limit: Option<u8>,

    /// Ask routers for their time stamps (IPv4): tsonly, tsandaddr or tsprespec
    #[arg(short = 'T', long = "ip-timestamps", value_name = "KIND", value_parser = words::timestamp_option, allow_hyphen_values = true)]
    pub(super) timestamps: Option<TimestampOption>,

    /// Measure with this process's clock, without the kernel's time stamps
    #[arg(short = 'U', long = "user-time")]
    pub(super) user_time: bool,

    /// Print more
    #[arg(short = 'v', long = "verbose")]
    pub(super) verbose: bool,

    /// Print version
    #[arg(short = 'V', long = "version")]
    pub(super) version: bool,

    /// End the run after this many seconds, however many replies came [default: 0, never]
    #[arg(short = 'w', value_name = "SECONDS", value_parser = number::deadline, allow_hyphen_values = true, overrides_with = "deadline_time")]
    pub(super) deadline: Option<Letter<Duration>>,

    /// End the whole run after this time, however many replies came
    #[arg(long = "deadline", value_name = "TIME", value_parser = duration::with_unit, allow_hyphen_values = true, overrides_with = "deadline")]
    deadline_time: Option<Duration>,

    /// Seconds to wait after the last probe if nothing was answered; 0 waits for ever [default: 10]
    #[arg(short = 'W', value_name = "SECONDS", value_parser = number::linger, allow_hyphen_values = true, overrides_with = "linger_time")]
    pub(super) linger: Option<Letter<Duration>>,

    /// Time to wait after the last probe if nothing was answered
    #[arg(long = "linger", value_name = "TIME", value_parser = duration::with_unit, allow_hyphen_values = true, overrides_with = "linger")]
    linger_time: Option<Duration>,

    /// Time limit for one probe; a line is printed when it is up
    #[arg(long, value_name = "TIME", value_parser = duration::with_unit, allow_hyphen_values = true)]
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

    /// Find the largest packet that gets through unfragmented (the path's MTU) instead of pinging
    #[arg(long, conflicts_with_all = NOT_OF_A_SEARCH)]
    pub(super) find_mtu: bool,

    /// Keep no line about the last probes below the others on a terminal
    #[arg(long)]
    pub(super) no_live: bool,

    /// Print the time before each line, or add it to each JSON event: of day (iso), since 1970 (unix) or since the start (relative)
    #[arg(long, value_name = "iso|unix|relative", value_enum, hide_possible_values = true)]
    pub(super) time_format: Option<TimeFormat>,

    /// Fail if more probes than this are lost: 1%
    #[arg(long, value_name = "PERCENT", value_parser = percentage::percent, allow_hyphen_values = true)]
    pub(super) max_loss: Option<f64>,

    /// Fail if the mean round-trip time is longer
    #[arg(long, value_name = "TIME", value_parser = duration::with_unit, allow_hyphen_values = true)]
    pub(super) max_rtt_avg: Option<Duration>,

    /// Fail if any round-trip time is longer
    #[arg(long, value_name = "TIME", value_parser = duration::with_unit, allow_hyphen_values = true)]
    pub(super) max_rtt_max: Option<Duration>,

    /// Fail if more than one round trip in a hundred takes longer
    #[arg(long, value_name = "TIME", value_parser = duration::with_unit, allow_hyphen_values = true)]
    pub(super) max_rtt_p99: Option<Duration>,

    /// Fail if the jitter (RFC 3550) is larger
    #[arg(long, value_name = "TIME", value_parser = duration::with_unit, allow_hyphen_values = true)]
    pub(super) max_jitter: Option<Duration>,

    #[command(flatten)]
    pub(super) elsewhere: Elsewhere,

    #[command(flatten)]
    pub(super) output: Output,

    /// Host name or address; under the name `ping`, IPv4 routers to pass through may come before it
    #[arg(value_name = "DESTINATION")]
    pub(super) words: Vec<String>,
}

/// What a search for the path's MTU has no use for.
const NOT_OF_A_SEARCH: [&str; 20] = [
    "adaptive",
    "broadcast",
    "classic_json",
    "connect",
    "count",
    "flood",
    "interval",
    "max_jitter",
    "max_loss",
    "max_rtt_avg",
    "max_rtt_max",
    "max_rtt_p99",
    "path_mtu",
    "percentiles",
    "preload",
    "record_route",
    "size",
    "timestamps",
    "until_loss",
    "until_reply",
];

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
    /// The same with every letter's value as the name of the call has it read.
    ///
    /// # Errors
    /// What is wrong with a value by that reading, in its words.
    pub(super) fn settled(mut self, call: &Invocation) -> Result<Self, Failure> {
        letter::settle(self.interval.as_mut(), "-i <SECONDS>", call)?;
        letter::settle(self.tos.as_mut(), "--tos <TOS>", call)?;
        letter::settle(Some(&mut self.size), "--size <SIZE>", call)?;
        letter::settle(self.send_buffer.as_mut(), "--send-buffer <SIZE>", call)?;
        letter::settle(self.deadline.as_mut(), "-w <SECONDS>", call)?;
        letter::settle(self.linger.as_mut(), "-W <SECONDS>", call)?;
        Ok(self)
    }

    /// The letters that upstream reads as seconds and whatever follows.
    pub(super) fn garbage(&self) -> impl Iterator<Item = &str> {
        self.interval.iter().chain(&self.linger).filter_map(Letter::garbage)
    }

    /// The time in front of each line.
    pub(super) fn line_clock(&self) -> Option<TimeFormat> {
        self.time_format.or_else(|| self.time_of_day.then_some(TimeFormat::Unix))
    }

    /// The time between probes.
    pub(super) fn pace(&self) -> Duration {
        let default = if self.flood { Duration::ZERO } else { Duration::from_secs(1) };
        self.interval_time.or_else(|| self.interval.as_ref().map(Letter::value)).unwrap_or(default)
    }

    /// How long the whole run may take, if there is an end to it.
    pub(super) fn deadline(&self) -> Option<Duration> {
        let time = self.deadline_time.or_else(|| self.deadline.as_ref().map(Letter::value));
        time.filter(|time| !time.is_zero())
    }

    /// How long to wait for a first answer after the last probe, if not for ever.
    pub(super) fn linger(&self) -> Option<Duration> {
        let time = self.linger_time.or_else(|| self.linger.as_ref().map(Letter::value));
        Some(time.unwrap_or(LINGER)).filter(|time| !time.is_zero())
    }

    /// Data bytes in a probe.
    pub(super) fn size(&self) -> usize {
        self.size.value()
    }

    /// What a bare size means is the mark, without which upstream knows no times.
    pub(super) fn is_timed(&self) -> bool {
        self.size() >= netdiag_echo::MARK_LEN
    }

    /// The words by which another tool would work in the same place and go the same way.
    pub(super) fn way(&self) -> Vec<String> {
        let family = [("-4", self.ipv4), ("-6", self.ipv6)].into_iter().filter(|(_, given)| *given);
        let mut words: Vec<String> = family.map(|(word, _)| word.to_owned()).collect();
        let source = self.source.map(|source| source.to_string());
        for (option, value) in [("--source", &source), ("--interface", &self.interface)] {
            words.extend(value.iter().flat_map(|value| [option.to_owned(), value.clone()]));
        }
        words.extend(self.from.iter().flat_map(|word| {
            let option = if word.parse::<IpAddr>().is_ok() { "--source" } else { "--interface" };
            [option.to_owned(), word.clone()]
        }));
        words.extend(self.elsewhere.words());
        words
    }
}

/// What upstream waits for a first answer.
const LINGER: Duration = Duration::from_secs(10);
