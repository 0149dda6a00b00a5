//! The options that all paths are asked for by.

use clap::ValueEnum;
use netdiag_echo::Confidence;

use crate::whole_number::within;

/// How to look for all paths.
#[derive(Clone, Copy, Debug, clap::Args)]
#[command(next_help_heading = "Paths")]
pub(in crate::trace) struct PathsArgs {
    /// Find all paths where routers share traffic among several, by so many flows at each hop at the most, or 128; flows are UDP
    /// to as many ports, unless --icmp is given
    #[arg(
        long,
        value_name = "N",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "128",
        value_parser = within(1..=MOST),
        allow_hyphen_values = true,
        conflicts_with = "tcp"
    )]
    paths: Option<u16>,

    /// How sure to be that no path is missing, in percent
    #[arg(
        long,
        value_enum,
        default_value_t,
        hide_possible_values = true,
        value_name = "95|99",
        requires = "paths"
    )]
    confidence: Percent,

    /// Send ICMP echo requests, as is done without --paths; their flows differ by checksum, which Linux routers do not look at
    #[arg(long, conflicts_with_all = ["udp", "tcp"])]
    icmp: bool,
}

impl PathsArgs {
    /// By how many flows at the most all paths are looked for, if they are.
    pub(in crate::trace) const fn most_flows(self) -> Option<u16> {
        self.paths
    }

    /// How sure to be.
    pub(super) const fn confidence(self) -> Confidence {
        match self.confidence {
            Percent::Of95 => Confidence::Of95,
            Percent::Of99 => Confidence::Of99,
        }
    }

    /// Whether probes are datagrams because nobody asked for anything else.
    pub(in crate::trace) const fn means_udp(self) -> bool {
        self.paths.is_some() && !self.icmp
    }
}

/// A confidence there is a rule for.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum Percent {
    #[default]
    #[value(name = "95", alias = "95%")]
    Of95,
    #[value(name = "99", alias = "99%")]
    Of99,
}

/// More than any router shares traffic among.
const MOST: u16 = 4096;
