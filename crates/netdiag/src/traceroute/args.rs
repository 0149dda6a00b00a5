//! The command line of `netdiag traceroute`, which is upstream's. The doc comments are its help.
//!
//! Of several methods the last one given counts.

use std::net::IpAddr;

use super::method::Method;
use super::values::{self, Patience};
use crate::netns::Elsewhere;
use crate::ping;

/// Trace the path to a host, hop by hop
///
/// For each distance a few probes are sent, and what the routers on the way answer is shown as soon as it is settled. UDP and TCP
/// take no privilege, ICMP takes none where `net.ipv4.ping_group_range` lets it.
///
/// Exit status: 0 walked, whether the host was reached or not; 2 usage, or no such host; 1 it could not be done.
#[derive(clap::Args)]
#[command(max_term_width = 100)]
pub(crate) struct Args {
    /// Where to
    #[arg(value_name = "HOST")]
    pub(super) host: String,

    /// Bytes of each packet, IP header included [default: 60 over IPv4, 80 over IPv6]
    #[arg(value_name = "LENGTH", value_parser = values::length, allow_hyphen_values = true)]
    pub(super) length: Option<u32>,

    /// Use IPv4 only
    #[arg(short = '4', long, overrides_with = "ipv6")]
    pub(super) ipv4: bool,

    /// Use IPv6 only
    #[arg(short = '6', long)]
    pub(super) ipv6: bool,

    /// Send ICMP echo requests instead of UDP datagrams
    #[arg(short = 'I', long, overrides_with_all = METHODS)]
    icmp: bool,

    /// Send UDP datagrams to one port, instead of to the next port each time
    #[arg(short = 'U', long, overrides_with_all = METHODS)]
    udp: bool,

    /// Begin TCP connections, none of which is completed
    #[arg(short = 'T', long, overrides_with_all = METHODS)]
    tcp: bool,

    /// Send packets of this IP protocol, one at a time; it takes cap_net_raw
    #[arg(short = 'P', long, value_name = "PROTOCOL", value_parser = values::protocol, overrides_with_all = METHODS)]
    protocol: Option<u8>,

    /// Send DCCP requests, which Linux can no more
    #[arg(short = 'D', long)]
    pub(super) dccp: bool,

    /// With -U (as -UL) send UDP-Lite datagrams
    #[arg(short = 'L', long)]
    udplite: bool,

    /// Use this method: default, icmp, udp, udplite, tcp
    #[arg(short = 'M', long = "module", value_name = "METHOD", value_parser = Method::named, overrides_with_all = METHODS)]
    method: Option<Method>,

    /// Options of the method, after commas; `help` lists them
    #[arg(short = 'O', long = "options", value_name = "OPTION,…", value_delimiter = ',')]
    pub(super) options: Vec<String>,

    /// The port: of the first datagram, of all with -U and -T, or the number of the first echo request
    #[arg(short, long, value_name = "PORT|SERVICE", value_parser = values::port, allow_hyphen_values = true)]
    pub(super) port: Option<u16>,

    /// Send from this port, one probe at a time
    #[arg(long, value_name = "PORT", value_parser = values::source_port, allow_hyphen_values = true)]
    pub(super) sport: Option<u16>,

    /// The first distance to send to
    #[arg(short, long, default_value = "1", value_name = "N", value_parser = values::first, allow_hyphen_values = true)]
    pub(super) first: u8,

    /// The last distance to send to
    #[arg(short, long, default_value = "30", value_name = "N", value_parser = values::max_hops, allow_hyphen_values = true)]
    pub(super) max_hops: u8,

    /// Probes for each distance
    #[arg(short, long, default_value = "3", value_name = "N", value_parser = values::queries, allow_hyphen_values = true)]
    pub(super) queries: u8,

    /// Probes under way at once
    #[arg(short = 'N', long, default_value = "16", value_name = "N", value_parser = values::at_once, allow_hyphen_values = true)]
    pub(super) sim_queries: u16,

    /// Seconds to wait for an answer: at most MAX, HERE times as long as another took of that hop, NEAR times one of a later hop
    #[arg(short, long, default_value = "5,3,10", value_name = "MAX[,HERE,NEAR]", value_parser = values::patience, allow_hyphen_values = true)]
    pub(super) wait: Patience,

    /// Least time between two probes: up to 10 in seconds, more in milliseconds
    #[arg(short = 'z', long, default_value = "0", value_name = "PAUSE", value_parser = values::pause, allow_hyphen_values = true)]
    pub(super) sendwait: std::time::Duration,

    /// Show what routers add to their answers, MPLS labels among it
    #[arg(short, long)]
    pub(super) extensions: bool,

    /// Show how many hops answers seem to have come where that is another number
    #[arg(long)]
    pub(super) back: bool,

    /// Look up autonomous systems in a routing registry, which is not done
    #[arg(short = 'A', long = "as-path-lookups")]
    pub(super) as_path: bool,

    /// Find the path MTU: begin with large packets that no router may divide
    #[arg(long)]
    pub(super) mtu: bool,

    /// Have no router divide packets
    #[arg(short = 'F', long)]
    pub(super) dont_fragment: bool,

    /// Route through this gateway; may be repeated, and several may be separated by commas (IPv4)
    #[arg(short, long = "gateway", value_name = "GATEWAY,…", value_delimiter = ',')]
    pub(super) gateways: Vec<String>,

    /// Use this source address
    #[arg(short, long, value_name = "ADDRESS")]
    pub(super) source: Option<IpAddr>,

    /// Use this interface only
    #[arg(short = 'i', long, value_name = "NAME")]
    pub(super) interface: Option<String>,

    /// Type of service or traffic class: a number, or a DSCP by its name (ef, af11, cs1)
    #[arg(short, long, value_name = "TOS", value_parser = ping::traffic_class, allow_hyphen_values = true)]
    pub(super) tos: Option<u8>,

    /// Use this IPv6 flow label
    #[arg(short = 'l', long = "flowlabel", value_name = "LABEL", value_parser = ping::flow_label, allow_hyphen_values = true)]
    pub(super) flow_label: Option<u32>,

    /// Mark packets for routing and filtering
    #[arg(long = "fwmark", value_name = "MARK", value_parser = ping::mark, allow_hyphen_values = true)]
    pub(super) mark: Option<u32>,

    /// Bypass routing: hosts on a link of this machine only
    #[arg(short = 'r', long)]
    pub(super) bypass_routing: bool,

    /// Have the system keep records of the socket
    #[arg(short, long)]
    pub(super) debug: bool,

    /// Do not look up the names of addresses
    #[arg(short, long)]
    pub(super) numeric: bool,

    #[command(flatten)]
    pub(super) elsewhere: Elsewhere,
}

/// The options that choose a method.
const METHODS: [&str; 5] = ["icmp", "udp", "tcp", "protocol", "method"];

impl Args {
    /// The method asked for; without one, that of the name of the call.
    pub(super) fn method(&self, usual: Method) -> Method {
        match (self.udp, self.icmp, self.method) {
            (true, ..) if self.udplite => Method::UdpLite,
            (true, ..) => Method::Udp,
            (_, true, _) => Method::Icmp,
            _ if self.tcp => Method::Tcp,
            _ if self.protocol.is_some() => Method::Protocol(self.protocol.unwrap_or_default()),
            (.., method) => method.unwrap_or(usual),
        }
    }
}
