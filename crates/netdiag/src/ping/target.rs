//! The destination: a word turned into an address, and the name the output calls it by.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use dns_lookup::{AddrInfo, AddrInfoHints};
use netdiag_echo::{Error, Family, source_address};
use nix::libc;

use crate::failure::{Failure, strerror};
use crate::invocation::Invocation;

/// Where probes go.
#[derive(Debug)]
pub(super) struct Target {
    /// What the header and the summary call it.
    pub(super) name: String,
    /// The address, port zero.
    pub(super) address: SocketAddr,
    /// Whether the word was an address, which is then never looked up.
    pub(super) is_number: bool,
}

impl Target {
    /// Looks the word up and takes the first address there is a route to.
    pub(super) fn resolve(word: &str, family: Option<Family>, call: &Invocation) -> Result<Self, Failure> {
        let found = look_up(word).map_err(|why| call.failure(2, format_args!("{word}: {why}")))?;
        let canonical = found.iter().find_map(|info| info.canonname.clone());
        let mut addresses =
            found.iter().map(|info| info.sockaddr).filter(|a| family.is_none_or(|f| f == Family::of(*a)));
        let mut address = addresses.next().ok_or_else(|| {
            call.failure(2, format_args!("{word}: Address family for hostname not supported"))
        })?;
        loop {
            match source_address(address) {
                // The header shows `::` as typed; the kernel takes it for this host.
                Ok(source) if address.ip() == Ipv4Addr::UNSPECIFIED => address.set_ip(source.ip()),
                Ok(_) => {}
                Err(Error::Os { call: "connect", source }) if is_unreachable(&source) => {
                    match addresses.next() {
                        Some(other) => address = other,
                        None => return Err(no_route(&source, call)),
                    }
                    continue;
                }
                Err(error) => return Err(unusable(address, &error, call)),
            }
            break;
        }
        address.set_port(0);
        let is_number = is_ipv4(word) || word.contains(':');
        let name = match canonical {
            Some(canonical) if address.is_ipv4() && !is_number => canonical,
            _ => word.to_owned(),
        };
        Ok(Self { name, address, is_number })
    }
}

/// Whether `inet_aton` takes the word for an address: one to four numbers of any C radix.
pub(super) fn is_ipv4(word: &str) -> bool {
    let parts: Vec<Option<u64>> = word.split('.').map(c_number).collect();
    let Some((last, leading)) = parts.split_last() else {
        return false;
    };
    let room = 1_u64 << (8 * (4_usize.saturating_sub(leading.len())));
    leading.len() < 4
        && leading.iter().all(|part| part.is_some_and(|byte| byte <= 255))
        && last.is_some_and(|rest| rest < room)
}

fn c_number(text: &str) -> Option<u64> {
    let (digits, radix) = match text.as_bytes() {
        [b'0', b'x' | b'X', ..] => (&text[2..], 16),
        [b'0', _, ..] => (&text[1..], 8),
        _ => (text, 10),
    };
    digits
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric())
        .then(|| u64::from_str_radix(digits, radix).ok())?
}

fn look_up(word: &str) -> Result<Vec<AddrInfo>, String> {
    let hints =
        AddrInfoHints { flags: libc::AI_CANONNAME, socktype: libc::SOCK_RAW, ..AddrInfoHints::default() };
    let found = dns_lookup::getaddrinfo(Some(word), None, Some(hints)).map_err(|error| {
        let error = io::Error::from(error);
        let text = strerror(&error);
        // The crate puts its own words before those of gai_strerror.
        text.rsplit_once(": ").map_or_else(|| text.clone(), |(_, why)| why.to_owned())
    })?;
    let addresses: Vec<AddrInfo> = found.filter_map(Result::ok).collect();
    if addresses.is_empty() { Err("Name or service not known".to_owned()) } else { Ok(addresses) }
}

fn is_unreachable(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NetworkUnreachable | io::ErrorKind::HostUnreachable)
}

fn no_route(error: &io::Error, call: &Invocation) -> Failure {
    call.failure(2, format_args!("connect: {}", strerror(error))).hint("see `ip route get ADDRESS`")
}

fn unusable(address: SocketAddr, error: &Error, call: &Invocation) -> Failure {
    match error {
        Error::Os { call: "connect", source }
            if address.is_ipv4() && source.kind() == io::ErrorKind::PermissionDenied =>
        {
            call.failure(2, "Do you want to ping broadcast? Then -b. If not, check your local firewall rules")
        }
        Error::Os { call: refused, source } => {
            call.failure(2, format_args!("{refused}: {}", strerror(source)))
        }
        other => call.failure(2, other),
    }
}

/// An address as text: the number, with the interface of a link-local IPv6 one.
pub(super) fn number(address: SocketAddr) -> String {
    let scope = match address {
        SocketAddr::V6(v6) if v6.scope_id() != 0 => v6.scope_id(),
        _ => return address.ip().to_string(),
    };
    let interface = nix::net::if_::if_indextoname(scope).ok().and_then(|name| name.into_string().ok());
    format!("{}%{}", address.ip(), interface.unwrap_or_else(|| scope.to_string()))
}

/// The gateway a redirect names.
pub(super) fn gateway(info: u32) -> IpAddr {
    Ipv4Addr::from(info).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_inet_aton_takes_is_an_address() {
        #[rustfmt::skip]
        let cases = [
            ("127.0.0.1", true), ("0", true), ("127.1", true), ("0x7f000001", true), ("1.2.3", true), ("0177.0.0.1", true),
            ("4294967295", true), ("1.16777215", true),
            ("4294967296", false), ("1.16777216", false), ("256.1.1.1", false), ("1.2.3.4.5", false), ("1.2.3.", false),
            ("", false), ("localhost", false), ("08", false), ("0x", false), ("+1", false), ("::1", false),
        ];
        for (word, expected) in cases {
            assert_eq!(is_ipv4(word), expected, "{word}");
        }
    }
}
