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
        ];
        known.into_iter().find(|(known, _)| *known == name).map(|(_, method)| method).ok_or_else(|| {
            BadOption::new(Exit::Misuse, format!("Unknown traceroute module {name}"))
                .wanted("methods are default, icmp, udp, udplite")
        })
    }

    /// The method that the name of the program stands for.
    pub(super) fn of_program(name: &str) -> Self {
        if name.starts_with("tracert") && !name.starts_with("traceroute") {
            Self::Icmp
        } else {
            Self::Default
        }
    }

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::Udp => "udp",
            Self::UdpLite => "udplite",
            Self::Icmp => "icmp",
        }
    }

    /// Bytes of its header behind the IP header.
    pub(super) const fn header(self) -> usize {
        8
    }

    /// The port it has if none is asked for; ICMP has its first number instead.
    pub(super) const fn port(self) -> u16 {
        match self {
            Self::Default => 33_434,
            Self::Udp | Self::UdpLite => 53,
            Self::Icmp => 1,
        }
    }

    /// What `-O help` says.
    pub(super) fn help(self) -> String {
        match self {
            Self::Icmp => "  raw      Use a raw socket\n  dgram    Use a datagram socket\n".to_owned(),
            Self::Default | Self::Udp | Self::UdpLite => format!("No options for module `{}'\n", self.name()),
        }
    }

    /// Reads the options of ICMP; those of methods that have none are ignored, as upstream does. The error is the option that
    /// is not known, and its place.
    pub(super) fn icmp_kind(self, options: &[String]) -> Result<IcmpKind, (String, usize)> {
        let mut kind = IcmpKind::Any;
        for (at, option) in options.iter().enumerate().filter(|_| self == Self::Icmp) {
            kind = match option.as_str() {
                "raw" => IcmpKind::Raw,
                "dgram" => IcmpKind::Datagram,
                _ => return Err((option.clone(), at + 1)),
            };
        }
        Ok(kind)
    }
}
