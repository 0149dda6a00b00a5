//! Where probes come from: the words of `-I`.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV6};

use netdiag_echo::SocketKind;
use netdiag_text::Exit;
use nix::ifaddrs::getifaddrs;
use nix::net::if_::if_nametoindex;

use super::target::Target;
use crate::failure::{Failure, warn};
use crate::invocation::Invocation;

/// What `-I` said, given any number of times.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Source {
    pub(super) address: Option<SocketAddr>,
    pub(super) device: Option<String>,
}

impl Source {
    /// A word with a colon is an IPv6 address, perhaps with `%INTERFACE`; an IPv4 address is one; the rest are interfaces.
    pub(super) fn new(words: &[String], call: &Invocation) -> Result<Self, Failure> {
        let mut source = Self::default();
        for word in words {
            if word.contains(':') {
                let (address, device) = match word.split_once('%') {
                    Some((address, device)) => (address, Some(device.to_owned())),
                    None => (word.as_str(), None),
                };
                let address: Ipv6Addr = address.parse().map_err(|_| {
                    call.failure(Exit::Misuse, format_args!("invalid source address: {word}"))
                })?;
                let scope = device.as_deref().and_then(|name| if_nametoindex(name).ok()).unwrap_or_default();
                source.address = Some(SocketAddrV6::new(address, 0, 0, scope).into());
                source.device = device.or(source.device);
            } else if let Ok(address) = word.parse::<Ipv4Addr>() {
                source.address = Some((address, 0).into());
            } else {
                source.device = Some(word.clone());
            }
        }
        Ok(source)
    }

    /// The part `from SRC DEV: ` of the header, if there is one.
    pub(super) fn header(&self, target: &Target, strict: bool) -> Option<String> {
        let device = self.device.as_deref().unwrap_or_default();
        let shown = self.address.is_some() || self.device.is_some() || strict;
        shown.then(|| format!("from {} {device}: ", super::target::number(target.source)))
    }

    /// Says so if nothing names the link that probes are to leave by and a socket of that kind needs to know, or if the system
    /// chose an address of another interface.
    pub(super) fn caution(&self, target: &Target, kind: SocketKind, call: &Invocation) {
        let Some(device) = &self.device else {
            if kind == SocketKind::Datagram && target.is_on_any_link() {
                warn(call, NO_LINK);
            }
            return;
        };
        let Ok(interfaces) = getifaddrs() else { return };
        let on_device = interfaces.filter(|interface| interface.interface_name == *device).any(|interface| {
            let address = interface.address.and_then(|address| {
                let v4 = address.as_sockaddr_in().map(|v4| IpAddr::V4(v4.ip()));
                v4.or_else(|| address.as_sockaddr_in6().map(|v6| IpAddr::V6(v6.ip())))
            });
            address == Some(target.source.ip())
        });
        if !on_device {
            warn(
                call,
                format_args!("Warning: source address might be selected on device other than: {device}"),
            );
        }
    }
}

const NO_LINK: &str = "Warning: IPv6 link-local address on ICMP datagram socket may require ifname or scope-id => \
     use: address%<ifname|scope-id>";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_addresses_or_interfaces_and_the_last_of_a_kind_holds() {
        let call = Invocation { program: "ping".into(), linked: true, family: None, words: Vec::new() };
        #[rustfmt::skip]
        let cases = [
            (&["lo"][..],                        None,                Some("lo")),
            (&["127.0.0.1"],                     Some("127.0.0.1:0"), None),
            (&["lo", "127.0.0.1", "127.0.0.2"],  Some("127.0.0.2:0"), Some("lo")),
            (&["::1"],                           Some("[::1]:0"),     None),
            (&["::1%nosuchdev0"],                Some("[::1]:0"),     Some("nosuchdev0")),
            (&["1.2.3"],                         None,                Some("1.2.3")),
        ];
        for (words, address, device) in cases {
            let words: Vec<String> = words.iter().map(|&word| word.to_owned()).collect();
            let source = Source::new(&words, &call).unwrap();
            let expected = Source {
                address: address.map(|address| address.parse().unwrap()),
                device: device.map(str::to_owned),
            };
            assert_eq!(source, expected, "{words:?}");
        }
        assert!(Source::new(&["fe80::zz".to_owned()], &call).is_err());
    }
}
