//! The destination: a word turned into an address, and the name the output calls it by.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use dns_lookup::{AddrInfo, AddrInfoHints};
use netdiag_echo::{Error, Family, SocketOptions, source_address};
use netdiag_host::Host;
use netdiag_text::{Exit, strerror};
use nix::libc;
use nix::net::if_::if_indextoname;

use super::{idn, sockets};
use crate::failure::{Failure, warn};
use crate::invocation::Invocation;

/// Where probes go.
#[derive(Debug)]
pub(super) struct Target {
    /// What the header and the summary call it.
    pub(super) name: String,
    /// The address, port zero.
    pub(super) address: SocketAddr,
    /// Whether the word was an address, which is then not looked up.
    pub(super) is_number: bool,
    /// Whether it is a broadcast address, which only asking for it makes usable.
    pub(super) is_broadcast: bool,
    /// The address probes come from; unspecified where the kernel says so only when it sends.
    pub(super) source: SocketAddr,
}

/// How destinations are reached.
#[derive(Clone, Debug)]
pub(super) struct Route {
    pub(super) family: Option<Family>,
    pub(super) options: SocketOptions,
    pub(super) mark: Option<u32>,
    /// Say what the resolver answered.
    pub(super) verbose: bool,
}

impl Target {
    /// Whether it is a link-local IPv6 address, one of many links that is not named.
    pub(super) fn is_on_any_link(&self) -> bool {
        is_on_any_link(self.address)
    }

    /// The device packets leave by on their way there, by the routing table as it is now.
    pub(super) fn device(&self) -> Option<String> {
        let source = Some(self.source.ip()).filter(|source| !source.is_unspecified());
        let route = Host::here().route_to(self.address, source).ok()?;
        if_indextoname(route.link?).ok()?.into_string().ok()
    }

    /// Looks the word up and takes the first address there is a route to.
    pub(super) fn resolve(word: &str, route: &Route, call: &Invocation) -> Result<Self, Failure> {
        let found = look_up(word, call)?;
        if route.verbose {
            found.iter().for_each(|info| describe(info, call));
        }
        let canonical = found.iter().find_map(|info| info.canonname.clone());
        let is_wanted =
            |address: &SocketAddr| route.family.is_none_or(|family| family == Family::of(*address));
        let mut addresses = found.iter().map(|info| unmapped(info.sockaddr)).filter(is_wanted).peekable();
        loop {
            let Some(address) = addresses.next() else {
                return Err(call.failure(
                    Exit::CouldNot,
                    format_args!("{word}: Address family for hostname not supported"),
                ));
            };
            match reach(address, route) {
                Ok((address, source, is_broadcast)) => {
                    let is_number = family(word).is_some();
                    let name = match canonical {
                        Some(canonical) if address.is_ipv4() && !is_number => idn::shown(&canonical),
                        _ => word.to_owned(),
                    };
                    return Ok(Self { name, address, is_number, is_broadcast, source });
                }
                Err(Error::Os { call: "connect", source })
                    if is_unreachable(&source) && addresses.peek().is_some() => {}
                Err(error) => return Err(unusable(address, &error, route, call)),
            }
        }
    }
}

fn describe(info: &AddrInfo, call: &Invocation) {
    let family = if info.sockaddr.is_ipv4() { "AF_INET" } else { "AF_INET6" };
    let canonical = info.canonname.as_deref().unwrap_or_default();
    warn(call, format_args!("ai->ai_family: {family}, ai->ai_canonname: '{canonical}'"));
}

/// The address to send to, the one to send from, and whether the former is a broadcast address.
fn reach(mut address: SocketAddr, route: &Route) -> Result<(SocketAddr, SocketAddr, bool), Error> {
    address.set_port(0);
    let unicast = SocketOptions { broadcast: false, ..route.options.clone() };
    let (source, is_broadcast) = match source_address(address, &unicast, route.mark) {
        Err(Error::Os { call: "connect", source: refusal })
            if route.options.broadcast && refusal.kind() == io::ErrorKind::PermissionDenied =>
        {
            (source_address(address, &route.options, route.mark)?, true)
        }
        // A raw socket may still find the link by the routing table.
        Err(Error::Os { call: "connect", source: refusal })
            if is_on_any_link(address) && refusal.kind() == io::ErrorKind::InvalidInput =>
        {
            ((Ipv6Addr::UNSPECIFIED, 0).into(), false)
        }
        answer => (answer?, false),
    };
    // The header shows `::` as typed; the kernel takes it for this host.
    if address.ip() == Ipv4Addr::UNSPECIFIED {
        address.set_ip(source.ip());
    }
    Ok((address, source, is_broadcast))
}

fn is_on_any_link(address: SocketAddr) -> bool {
    let SocketAddr::V6(v6) = address else { return false };
    let is_group = v6.ip().segments()[0] & 0xff0f == 0xff02;
    v6.scope_id() == 0 && (v6.ip().is_unicast_link_local() || is_group)
}

/// An IPv4 address in IPv6 notation (RFC 4291, 2.5.5.2) is that IPv4 host: nothing answers to it over IPv6.
fn unmapped(address: SocketAddr) -> SocketAddr {
    match address.ip().to_canonical() {
        v4 @ IpAddr::V4(_) => SocketAddr::new(v4, address.port()),
        IpAddr::V6(_) => address,
    }
}

/// The IP version of the host a word is an address of; `None` for a name.
pub(super) fn family(word: &str) -> Option<Family> {
    let is_mapped = || word.parse::<Ipv6Addr>().is_ok_and(|address| address.to_ipv4_mapped().is_some());
    match word.contains(':') {
        _ if is_ipv4(word) || is_mapped() => Some(Family::V4),
        true => Some(Family::V6),
        false => None,
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

/// All addresses of a word.
pub(super) fn look_up(word: &str, call: &Invocation) -> Result<Vec<AddrInfo>, Failure> {
    let unknown = |why: &str| call.failure(Exit::CouldNot, format_args!("{word}: {why}"));
    let hints =
        AddrInfoHints { flags: libc::AI_CANONNAME, socktype: libc::SOCK_RAW, ..AddrInfoHints::default() };
    let found = dns_lookup::getaddrinfo(Some(&idn::asked(word)), None, Some(hints)).map_err(|error| {
        let text = strerror(&io::Error::from(error));
        // The crate puts its own words before those of gai_strerror.
        unknown(text.rsplit_once(": ").map_or(text.as_str(), |(_, why)| why))
    })?;
    let addresses: Vec<AddrInfo> = found.filter_map(Result::ok).collect();
    if addresses.is_empty() { Err(unknown("Name or service not known")) } else { Ok(addresses) }
}

fn is_unreachable(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NetworkUnreachable | io::ErrorKind::HostUnreachable)
}

fn unusable(address: SocketAddr, error: &Error, route: &Route, call: &Invocation) -> Failure {
    let Error::Os { call: refused, source } = error else { return call.failure(Exit::CouldNot, error) };
    match *refused {
        "connect" if address.is_ipv4() && source.kind() == io::ErrorKind::PermissionDenied => {
            let question = "Do you want to ping broadcast? Then -b. If not, check your local firewall rules";
            call.failure(Exit::CouldNot, question).hint("a route of type `prohibit` says the same")
        }
        "connect" if are_on_different_links(address, route.options.source) => {
            call.failure(Exit::CouldNot, "scope discrepancy among the nodes")
        }
        "connect" => call
            .failure(Exit::CouldNot, format_args!("connect: {}", strerror(source)))
            .hint("`ip route get ADDRESS` shows what the routing table says"),
        _ => sockets::option_failure(error, Family::of(address), route.options.device.as_deref(), call),
    }
}

/// Whether both name a link, and not the same.
fn are_on_different_links(destination: SocketAddr, source: Option<SocketAddr>) -> bool {
    let scope = |address| match address {
        SocketAddr::V6(v6) => Some(v6.scope_id()).filter(|scope| *scope != 0),
        SocketAddr::V4(_) => None,
    };
    scope(destination).zip(source.and_then(scope)).is_some_and(|(there, here)| there != here)
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

    #[test]
    fn a_link_local_address_is_on_some_link() {
        #[rustfmt::skip]
        let cases = [
            ("[fe80::1]:0", true), ("[febf::1]:0", true), ("[ff02::1]:0", true), ("[ff12::1]:0", true),
            ("[fe80::1%2]:0", false), ("[ff02::1%2]:0", false), ("[fec0::1]:0", false), ("[ff05::1]:0", false),
            ("[::1]:0", false), ("169.254.0.1:0", false),
        ];
        for (address, expected) in cases {
            assert_eq!(is_on_any_link(address.parse().unwrap()), expected, "{address}");
        }
    }

    #[test]
    fn a_mapped_address_is_an_ipv4_host() {
        #[rustfmt::skip]
        let cases = [
            ("127.1",            Some(Family::V4)),
            ("::ffff:127.0.0.1", Some(Family::V4)),
            ("::ffff:7f00:1",    Some(Family::V4)),
            ("::127.0.0.1",      Some(Family::V6)),
            ("::1",              Some(Family::V6)),
            ("fe80::1%eth0",     Some(Family::V6)),
            ("localhost",        None),
        ];
        for (word, expected) in cases {
            assert_eq!(family(word), expected, "{word}");
        }
        assert_eq!(unmapped("[::ffff:127.0.0.1]:0".parse().unwrap()), "127.0.0.1:0".parse().unwrap());
        assert_eq!(unmapped("[fe80::1%2]:0".parse().unwrap()), "[fe80::1%2]:0".parse().unwrap());
    }
}
