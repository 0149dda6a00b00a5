//! The command line of `ping`, and what upstream would refuse of it.

use std::time::Duration;

use netdiag_echo::{Family, IcmpSocket, MARK_LEN, Payload, Ping, PingConfig, Tally};

use super::number::{self, Seconds};
use super::target::{self, Target};
use super::{privilege, text};
use crate::failure::Failure;
use crate::invocation::Invocation;

/// Send ICMP echo requests to a host and report what comes back
#[derive(clap::Args, Debug)]
#[command(args_override_self = true)]
pub(crate) struct Args {
    /// Use IPv4 only
    #[arg(short = '4')]
    pub(super) ipv4: bool,

    /// Use IPv6 only
    #[arg(short = '6')]
    pub(super) ipv6: bool,

    /// Stop after sending this many probes; with -w, after this many replies
    #[arg(short = 'c', value_name = "COUNT", value_parser = number::count, allow_hyphen_values = true)]
    pub(super) count: Option<u64>,

    /// Seconds between probes; 0 sends the next as soon as the last is answered
    #[arg(short = 'i', value_name = "SECONDS", value_parser = number::interval, default_value = "1",
          allow_hyphen_values = true)]
    pub(super) interval: Seconds,

    /// Print numbers, never host names
    #[arg(short = 'n')]
    pub(super) numeric: bool,

    /// Print only the header and the summary
    #[arg(short = 'q')]
    pub(super) quiet: bool,

    /// Data bytes in a probe
    #[arg(short = 's', value_name = "BYTES", value_parser = number::size, default_value = "56",
          allow_hyphen_values = true)]
    pub(super) size: usize,

    /// TTL or hop limit of the probes
    #[arg(short = 't', value_name = "HOPS", value_parser = number::hop_limit, allow_hyphen_values = true)]
    pub(super) hop_limit: Option<u8>,

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

    /// Host name or address
    #[arg(value_name = "DESTINATION")]
    pub(super) destination: Vec<String>,
}

impl Args {
    pub(super) fn family(&self, call: &Invocation) -> Result<Option<Family>, Failure> {
        let v4 = self.ipv4 || call.family == Some(Family::V4);
        let v6 = self.ipv6 || call.family == Some(Family::V6);
        match (v4, v6) {
            (true, true) => Err(call.failure(2, "only one -4 or -6 option may be specified")),
            (true, false) => Ok(Some(Family::V4)),
            (false, true) => Ok(Some(Family::V6)),
            (false, false) => Ok(None),
        }
    }

    pub(super) fn destination(&self, call: &Invocation) -> Result<&str, Failure> {
        match &self.destination[..] {
            [] => Err(call.failure(2, "usage error: Destination address required").hint("netdiag ping HOST")),
            [destination] => Ok(destination),
            _ => Err(call
                .failure(2, "several destinations: not supported yet")
                .hint("one `netdiag ping` for each")),
        }
    }

    pub(super) fn check_size(
        &self,
        destination: &str,
        sockets: &[(Family, IcmpSocket)],
        call: &Invocation,
    ) -> Result<(), Failure> {
        let is_v6 = sockets.iter().all(|(family, _)| *family == Family::V6) || destination.contains(':');
        let is_v4 = sockets.iter().all(|(family, _)| *family == Family::V4) || target::is_ipv4(destination);
        let most = if is_v4 && !is_v6 { LARGEST_V4 } else { LARGEST_V6 };
        if self.size <= most {
            return Ok(());
        }
        let range = format!("invalid -s value: '{}': out of range: 0 <= value <= {most}", self.size);
        Err(call.failure(1, range))
    }

    pub(super) fn check_group_interval(&self, target: &Target, call: &Invocation) -> Result<(), Failure> {
        let is_group = target.address.ip().is_multicast();
        if !is_group || self.interval.value >= Duration::from_secs(1) || privilege::is_root() {
            return Ok(());
        }
        let kind = if target.address.is_ipv4() { "broadcast" } else { "multicast" };
        let message =
            format!("minimal interval for {kind} ping for user must be >= 1000 ms, use -i 1 (or higher)");
        Err(call.failure(2, message))
    }

    pub(super) fn check_interval(&self, call: &Invocation) -> Result<(), Failure> {
        if self.interval.value >= Duration::from_millis(2) || privilege::is_root() {
            return Ok(());
        }
        let message = "cannot flood, minimal interval for user must be >= 2 ms, use -i 0.002 (or higher)";
        Err(call.failure(2, message))
    }

    pub(super) fn layout(&self, target: &Target) -> text::Layout {
        text::Layout {
            quiet: self.quiet,
            numeric: self.numeric || target.is_number,
            timed: self.size >= MARK_LEN,
            size: self.size,
            interval: self.interval.value,
        }
    }

    pub(super) fn engine(&self, target: &Target, payload: Payload, call: &Invocation) -> Ping {
        let config = PingConfig {
            to: target.address,
            payload,
            count: self.count,
            interval: self.interval.value,
            deadline: (self.deadline > 0).then(|| Duration::from_secs(self.deadline.into())),
            linger: Some(self.linger.value).filter(|linger| !linger.is_zero()),
            error_ends_deadline: call.linked,
        };
        Ping::new(config, netdiag_echo::now())
    }

    pub(super) fn verdict(&self, tally: &Tally) -> u8 {
        let missing = self.deadline > 0 && self.count.is_some_and(|count| tally.received < count);
        u8::from(tally.received == 0 || missing)
    }
}

/// Largest data an IPv4 packet holds beside both headers.
const LARGEST_V4: usize = 65_535 - 20 - 8;
/// Largest data an IPv6 payload holds beside the ICMP header.
const LARGEST_V6: usize = 65_535 - 8;
