//! Ports by number or by the name of their service (`services(5)`).

use dns_lookup::{AddrInfoHints, SockType, getaddrinfo};
use netdiag_text::port::{self, BadPort};

/// The port a word means for `protocol` (`tcp` or `udp`), or what is wrong with it.
pub(crate) fn port(word: &str, protocol: &str) -> Result<u16, String> {
    match port::parse(word) {
        Err(BadPort::NotANumber) => {}
        number => return number.map_err(|wrong| wrong.to_string()),
    }
    let kind = if protocol == "udp" { SockType::DGram } else { SockType::Stream };
    let hints = AddrInfoHints { socktype: kind.into(), ..AddrInfoHints::default() };
    let found = getaddrinfo(None, Some(word), Some(hints)).ok();
    let port = found.and_then(|mut found| found.find_map(Result::ok)).map(|info| info.sockaddr.port());
    port.ok_or_else(|| format!("no port, and no {protocol} service of that name in /etc/services"))
}
