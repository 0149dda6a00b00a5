//! What is sent: [`Method`], and the options it takes.

use netdiag_text::Exit;

use crate::ping::BadOption;

/// What is sent.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Method {
    /// UDP datagrams, each to a port of its own.
    Default,
    /// UDP datagrams, all to one port.
    Udp,
    /// UDP-Lite datagrams, all to one port.
    UdpLite,
    /// ICMP echo requests.
    Icmp,
    /// Beginnings of TCP connections.
    Tcp,
    /// Packets of that IP protocol.
    Protocol(u8),
}

/// The options of a method.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct MethodOptions {
    pub(super) icmp: IcmpKind,
    /// Whether to tell the flags of a TCP answer.
    pub(super) info: bool,
}

/// Which socket ICMP uses.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) enum IcmpKind {
    /// Whichever there is.
    #[default]
    Any,
    Raw,
    Datagram,
}

impl Method {
    /// The method upstream calls that.
    pub(super) fn named(name: &str) -> Result<Self, BadOption> {
        let known = [
            ("default", Self::Default),
            ("udp", Self::Udp),
            ("udplite", Self::UdpLite),
            ("icmp", Self::Icmp),
            ("tcp", Self::Tcp),
        ];
        known.into_iter().find(|(known, _)| *known == name).map(|(_, method)| method).ok_or_else(|| {
            BadOption::new(Exit::Misuse, format!("Unknown traceroute module {name}"))
                .wanted("methods are default, icmp, udp, udplite, tcp; for others there is -P")
        })
    }

    /// The method that the name of the program stands for.
    pub(super) fn of_program(name: &str) -> Self {
        match () {
            () if name.starts_with("tcp") => Self::Tcp,
            () if name.starts_with("tracert") && !name.starts_with("traceroute") => Self::Icmp,
            () => Self::Default,
        }
    }

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::Udp => "udp",
            Self::UdpLite => "udplite",
            Self::Icmp => "icmp",
            Self::Tcp => "tcp",
            Self::Protocol(_) => "raw",
        }
    }

    /// Whether its probes have ports.
    pub(super) const fn has_ports(self) -> bool {
        !matches!(self, Self::Icmp | Self::Protocol(_))
    }

    /// Bytes of its header behind the IP header; those of TCP are all there is, options included.
    pub(super) const fn header(self) -> usize {
        match self {
            Self::Tcp => 40,
            Self::Protocol(_) => 0,
            Self::Default | Self::Udp | Self::UdpLite | Self::Icmp => 8,
        }
    }

    /// The port it has if none is asked for; ICMP has its first number instead.
    pub(super) const fn port(self) -> u16 {
        match self {
            Self::Default => 33_434,
            Self::Udp | Self::UdpLite => 53,
            Self::Icmp => 1,
            Self::Tcp => 80,
            Self::Protocol(_) => 0,
        }
    }

    /// What `-O help` says of its options; `None` if it has none.
    pub(super) const fn options(self) -> Option<&'static str> {
        match self {
            Self::Icmp => Some("  raw      Use a raw socket\n  dgram    Use a datagram socket\n"),
            Self::Tcp => Some(
                "  syn      Send a SYN, as is done anyway\n  info     Tell which flags the port answered with\n",
            ),
            Self::Default | Self::Udp | Self::UdpLite | Self::Protocol(_) => None,
        }
    }

    /// Reads its options; methods that have none ignore them, as upstream does. The error says what is wrong.
    pub(super) fn read(self, options: &[String]) -> Result<MethodOptions, String> {
        let mut read = MethodOptions::default();
        for (at, option) in options.iter().enumerate() {
            match (self, option.as_str()) {
                (Self::Icmp, "raw") => read.icmp = IcmpKind::Raw,
                (Self::Icmp, "dgram") => read.icmp = IcmpKind::Datagram,
                (Self::Tcp, "info") => read.info = true,
                (Self::Tcp, "syn") => {}
                (Self::Tcp, known) if OF_RAW_TCP.contains(&known.split('=').next().unwrap_or_default()) => {
                    return Err(format!(
                        "-O {known}: only SYN can be sent, with the options that the system gives it"
                    ));
                }
                (Self::Icmp | Self::Tcp, _) => {
                    return Err(format!("`{option}' (argc {}): arguments are not allowed", at + 1));
                }
                _ => {}
            }
        }
        Ok(read)
    }
}

/// What takes raw packets, which the kernel's own connections are not.
const OF_RAW_TCP: [&str; 16] = [
    "ack",
    "fin",
    "rst",
    "psh",
    "urg",
    "ece",
    "cwr",
    "flags",
    "ecn",
    "sack",
    "timestamps",
    "window_scaling",
    "sysctl",
    "fastopen",
    "reuse",
    "mss",
];
