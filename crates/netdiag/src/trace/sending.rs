//! What probes are and where they come from: the options of `netdiag trace` about single packets.
//!
//! Connections cannot share a flow: the kernel has one at a time between two ports, and all hops are asked at once.

use std::time::Duration;

use clap::ArgGroup;
use netdiag_echo::{ProbeKind, TcpSockets};
use netdiag_text::duration::Short;

use crate::ping::traffic_class;
use crate::whole_number::within;

/// How probes are sent.
#[derive(clap::Args)]
pub(super) struct SendingArgs {
    /// Send UDP datagrams instead of ICMP echo requests
    #[arg(long, conflicts_with = "tcp")]
    pub(super) udp: bool,

    /// Begin TCP connections, which are reset before they come about, instead of sending ICMP echo requests
    #[arg(long, conflicts_with = "paths")]
    pub(super) tcp: bool,

    /// The port that probes go to: 33434 with --udp, 80 with --tcp unless set
    #[arg(long, value_name = "PORT", value_parser = within(1..=u16::MAX), allow_hyphen_values = true, requires = "to_a_port")]
    port: Option<u16>,

    /// The port that datagrams come from; connections come from it for the first hop, from the next for the second, and so on
    #[arg(long, value_name = "PORT", value_parser = within(1..=u16::MAX), allow_hyphen_values = true, requires = "to_a_port")]
    source_port: Option<u16>,

    /// Which of the flows that routers may send different ways all probes belong to: the ICMP checksum, or the UDP source port
    #[arg(long, value_name = "N", value_parser = within(0..=FLOWS - 1), allow_hyphen_values = true, conflicts_with_all = ["tcp", "source_port", "paths"])]
    flow: Option<u16>,

    /// Type of service or traffic class, 0 to 255 or the name of a DSCP
    #[arg(short = 'Q', long, value_name = "TOS", value_parser = traffic_class, allow_hyphen_values = true)]
    pub(super) tos: Option<u8>,

    /// Mark packets for routing and filtering (SO_MARK), which takes cap_net_admin or cap_net_raw
    #[arg(long, value_name = "MARK", value_parser = mark, allow_hyphen_values = true, conflicts_with = "tcp")]
    pub(super) mark: Option<u32>,
}

/// What sends probes to a port.
pub(super) fn to_a_port() -> ArgGroup {
    ArgGroup::new("to_a_port").args(["udp", "tcp", "paths"]).multiple(true)
}

impl SendingArgs {
    pub(super) const fn kind(&self) -> ProbeKind {
        match (self.udp, self.tcp) {
            (true, _) => ProbeKind::Udp,
            (_, true) => ProbeKind::Tcp,
            _ => ProbeKind::Echo,
        }
    }

    /// Zero where probes have none.
    pub(super) fn port(&self) -> u16 {
        match self.kind() {
            ProbeKind::Echo => 0,
            ProbeKind::Udp => self.port.unwrap_or(33_434),
            ProbeKind::Tcp => self.port.unwrap_or(80),
        }
    }

    /// Where probes come from, or the first of them; `None` leaves it to the system.
    pub(super) fn source_port(&self) -> Option<u16> {
        let of_flow = self.flow.filter(|_| self.udp).map(|flow| FLOWS + flow);
        self.source_port.or(of_flow)
    }

    /// Whether each hop is asked from a port that was chosen, which is to be had again only once the connection from it is over.
    pub(super) const fn chooses_ports_of_hops(&self) -> bool {
        self.tcp && self.source_port.is_some()
    }

    /// The checksum that all echo requests have.
    pub(super) fn checksum(&self) -> Option<u32> {
        self.flow.map(u32::from)
    }

    /// What is sent, in words that follow "rounds of".
    pub(super) fn probes(&self) -> String {
        let port = self.port();
        match self.kind() {
            ProbeKind::Echo => "ICMP echo".to_owned(),
            ProbeKind::Udp => format!("UDP to port {port}"),
            ProbeKind::Tcp => format!("TCP to port {port} (each hop a flow of its own)"),
        }
    }

    /// How long a probe is waited for, of the time that it may be.
    pub(super) fn patience(&self, timeout: Duration) -> Duration {
        if self.tcp { timeout.min(TcpSockets::PATIENCE) } else { timeout }
    }

    /// What is wrong with the options together, where so many hops are asked as often as that.
    pub(super) fn mistake(&self, hops: u8, interval: Duration) -> Option<String> {
        let last = u32::from(self.source_port.unwrap_or_default()) + u32::from(hops.saturating_sub(1));
        if self.tcp && last > u16::MAX.into() {
            return Some(format!(
                "--source-port: {hops} hops are asked from ports in a row, which ends at 65535"
            ));
        }
        if self.chooses_ports_of_hops() && interval < PORT_IS_FREE {
            return Some(format!(
                "--source-port: a silent hop's connection has its port for {}, so that --interval is {} or more with --tcp",
                Short(TcpSockets::PATIENCE),
                Short(PORT_IS_FREE)
            ));
        }
        let ecn = self.tos.unwrap_or_default() & 3;
        (self.tcp && ecn != 0)
            .then(|| "--tos: of TCP packets the kernel sets the last two bits (ECN) itself".to_owned())
    }
}

/// Decimal, or hexadecimal as firewalls write it.
fn mark(text: &str) -> Result<u32, String> {
    let hexadecimal = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"));
    let digits = |word: &str| word.starts_with(|first: char| first.is_ascii_hexdigit());
    let read = match hexadecimal {
        Some(word) if digits(word) => u32::from_str_radix(word, 16).ok(),
        None if digits(text) => text.parse().ok(),
        _ => None,
    };
    read.ok_or_else(|| {
        "a whole number from 0 to 4294967295 is wanted, decimal or 0x and hexadecimal".to_owned()
    })
}

/// So many flows have a number; as datagrams they come from the upper half of all ports, which are nobody's.
const FLOWS: u16 = 1 << 15;

/// When a port is to be had again, even if the round before left a little late: later than connections are waited for.
const PORT_IS_FREE: Duration = Duration::from_secs(1);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::Args;

    fn args(words: &str) -> Args {
        let words = ["netdiag", "trace", "host.example"].into_iter().chain(words.split_whitespace());
        let found = crate::tools::grammar().try_get_matches_from(words).unwrap();
        let (_, found) = found.subcommand().unwrap();
        <Args as clap::FromArgMatches>::from_arg_matches(found).unwrap()
    }

    #[test]
    fn a_port_that_was_chosen_for_a_hop_is_not_asked_for_again_while_it_is_taken() {
        assert!(PORT_IS_FREE > TcpSockets::PATIENCE);
        #[rustfmt::skip]
        let cases = [
            // command line,                       glances, is refused
            ("",                                   true,    false),
            ("--tcp",                              true,    false),
            ("--udp --source-port 40000",          true,    false),
            ("--tcp --source-port 40000",          false,   false),
            ("--tcp --source-port 40000 -i 1s",    false,   false),
            ("--tcp --source-port 40000 -i 999ms", false,   true),
            ("--tcp -i 10ms",                      false,   false),
            ("--udp --source-port 40000 -i 10ms",  false,   false),
        ];
        for (words, glances, is_refused) in cases {
            let args = args(words);
            assert_eq!(args.glance().is_some(), glances, "{words}");
            assert_eq!(args.sending.mistake(30, args.interval()).is_some(), is_refused, "{words}");
        }
        let mistake =
            args("--tcp --source-port 40000 -i 10ms").sending.mistake(30, Duration::from_millis(10));
        let expected = "--source-port: a silent hop's connection has its port for 950 ms, so that --interval is 1 s or more with --tcp";
        assert_eq!(mistake.as_deref(), Some(expected));
    }

    #[test]
    fn a_mark_is_decimal_or_hexadecimal() {
        #[rustfmt::skip]
        let cases = [("0", Some(0)), ("4294967295", Some(u32::MAX)), ("0xfF", Some(255)), ("0x", None), ("0x+1", None), ("+1", None), ("-1", None), ("4294967296", None), ("", None)];
        for (text, expected) in cases {
            assert_eq!(mark(text).ok(), expected, "{text}");
        }
    }
}
