//! Where probes come from: the words of `-I`.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV6};

use netdiag_echo::Family;
use netdiag_text::Exit;
use nix::ifaddrs::getifaddrs;
use nix::net::if_::if_nametoindex;

use super::address::number;
use super::args::Args;
use crate::failure::{Failure, warn};
use crate::invocation::Invocation;

/// What `-I` said, given any number of times.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Source {
    v4: Option<SocketAddr>,
    v6: Option<SocketAddr>,
    pub(super) device: Option<String>,
}

impl Source {
    /// A word with a colon is an IPv6 address, perhaps with `%INTERFACE`; an IPv4 address is one; the rest are interfaces.
    /// The options of our own say which of the two they are.
    pub(super) fn new(args: &Args, call: &Invocation) -> Result<Self, Failure> {
        let mut source = Self::of_words(&args.from, call)?;
        source.device = args.interface.clone().or(source.device);
        match args.source {
            Some(IpAddr::V4(address)) => source.v4 = Some((address, 0).into()),
            Some(IpAddr::V6(address)) => {
                let link = source.device.as_deref().filter(|_| address.is_unicast_link_local());
                let scope = link.and_then(|name| if_nametoindex(name).ok()).unwrap_or_default();
                source.v6 = Some(SocketAddrV6::new(address, 0, 0, scope).into());
            }
            None => {}
        }
        Ok(source)
    }

    fn of_words(words: &[String], call: &Invocation) -> Result<Self, Failure> {
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
                source.v6 = Some(SocketAddrV6::new(address, 0, 0, scope).into());
                source.device = device.or(source.device);
            } else if let Ok(address) = word.parse::<Ipv4Addr>() {
                source.v4 = Some((address, 0).into());
            } else {
                source.device = Some(word.clone());
            }
        }
        Ok(source)
    }

    /// The address for probes of that family; one of the other is of no use to them.
    pub(super) fn of(&self, family: Family) -> Option<SocketAddr> {
        match family {
            Family::V4 => self.v4,
            Family::V6 => self.v6,
        }
    }

    /// Whether probes keep the address they begin with, as they do where an address was named, be it of the other family.
    pub(super) const fn is_strict(&self) -> bool {
        self.v4.is_some() || self.v6.is_some()
    }

    /// The part `from SRC DEV: ` of the header, if there is one.
    pub(super) fn header(&self, chosen: SocketAddr, strict: bool) -> Option<String> {
        let device = self.device.as_deref().unwrap_or_default();
        let shown = strict || self.is_strict() || self.device.is_some();
        shown.then(|| format!("from {} {device}: ", number(chosen)))
    }

    /// Says so if an address is of no use, or if the one that was chosen is another interface's.
    pub(super) fn caution(&self, chosen: SocketAddr, call: &Invocation) {
        let unused =
            self.v4.or(self.v6).filter(|_| self.is_strict() && self.of(Family::of(chosen)).is_none());
        if let Some(unused) = unused.filter(|_| !call.linked) {
            let version = if chosen.is_ipv4() { 4 } else { 6 };
            warn(call, format_args!("{} is not used: the destination is of IPv{version}", number(unused)));
        }
        let Some(device) = &self.device else { return };
        let Ok(interfaces) = getifaddrs() else { return };
        let on_device = interfaces.filter(|interface| interface.interface_name == *device).any(|interface| {
            let address = interface.address.and_then(|address| {
                let v4 = address.as_sockaddr_in().map(|v4| IpAddr::V4(v4.ip()));
                v4.or_else(|| address.as_sockaddr_in6().map(|v6| IpAddr::V6(v6.ip())))
            });
            address == Some(chosen.ip())
        });
        if !on_device {
            warn(
                call,
                format_args!("Warning: source address might be selected on device other than: {device}"),
            );
        }
    }
}

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
            (&["127.0.0.1", "::1", "lo"],        Some("127.0.0.1:0"), Some("lo")),
            (&["1.2.3"],                         None,                Some("1.2.3")),
        ];
        for (words, address, device) in cases {
            let words: Vec<String> = words.iter().map(|&word| word.to_owned()).collect();
            let source = Source::of_words(&words, &call).unwrap();
            let address: Option<SocketAddr> = address.map(|address| address.parse().unwrap());
            let found =
                address.map_or_else(|| source.v4.or(source.v6), |address| source.of(Family::of(address)));
            assert_eq!((found, source.device.as_deref()), (address, device), "{words:?}");
        }
        assert!(Source::of_words(&["fe80::zz".to_owned()], &call).is_err());
    }
}
