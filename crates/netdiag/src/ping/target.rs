//! The destination: a word turned into an address, and the name the output calls it by.
//!
//! Whether there is a way to it is asked before anything is sent, but not where the source is given: which way a packet takes may
//! depend on what it is, and the question is put by a socket of another protocol.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::unix::net::UnixDatagram;

use dns_lookup::{AddrInfo, AddrInfoHints};
use netdiag_echo::{Error, Family, SocketOptions, source_address};
use netdiag_host::Host;
use netdiag_text::{Exit, strerror};
use nix::libc;
use nix::net::if_::if_indextoname;

use super::address::{are_on_different_links, family, is_on_any_link, unmapped};
use super::source::Source;
use super::{idn, sockets};
use crate::failure::{Failure, warn};
use crate::invocation::Invocation;
use crate::scarcity::FailedCall;

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
    pub(super) source: Source,
    /// All of them but the source.
    pub(super) options: SocketOptions,
    pub(super) mark: Option<u32>,
    /// Whether a way that is not there yet may be waited for.
    pub(super) patient: bool,
    /// Say what the resolver answered.
    pub(super) verbose: bool,
}

/// How a destination is reached.
struct Way {
    to: SocketAddr,
    /// Unspecified where only sending will tell.
    from: SocketAddr,
    is_broadcast: bool,
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
        let Way { to: address, from: source, is_broadcast } =
            first_way(word, &wanted(&found, route), route, call)?;
        if are_on_different_links(address, source) {
            return Err(call.failure(Exit::CouldNot, "scope discrepancy among the nodes"));
        }
        let is_number = family(word).is_some();
        let name = match canonical {
            Some(canonical) if address.is_ipv4() && !is_number => idn::shown(&canonical),
            _ => word.to_owned(),
        };
        Ok(Self { name, address, is_number, is_broadcast, source })
    }
}

/// The addresses that may be used. A source of one family is no source for the other, and a name may be of both.
fn wanted(found: &[AddrInfo], route: &Route) -> Vec<SocketAddr> {
    let is_wanted = |address: &SocketAddr| route.family.is_none_or(|family| family == Family::of(*address));
    let mut addresses: Vec<_> = found.iter().map(|info| unmapped(info.sockaddr)).filter(is_wanted).collect();
    let has_source = |address: &SocketAddr| route.source.of(Family::of(*address)).is_some();
    if addresses.iter().any(has_source) {
        addresses.retain(has_source);
    }
    addresses.iter_mut().for_each(|address| address.set_port(0));
    addresses
}

/// The way to the first address there is one to.
fn first_way(word: &str, addresses: &[SocketAddr], route: &Route, call: &Invocation) -> Result<Way, Failure> {
    let mut refused = None;
    for &to in addresses {
        match reach(to, route) {
            Ok(way) => return Ok(way),
            Err(error) => {
                let may_another_do = is_unreachable(&error);
                refused = Some((to, error));
                if !may_another_do {
                    break;
                }
            }
        }
    }
    match (refused, addresses) {
        (Some((to, error)), [first, ..]) if route.patient && may_appear(to, &error, route) => {
            Ok(Way { to: *first, from: unspecified(*first), is_broadcast: false })
        }
        (Some((to, error)), _) => Err(unusable(to, &error, route, call)),
        (None, _) => {
            Err(call
                .failure(Exit::CouldNot, format_args!("{word}: Address family for hostname not supported")))
        }
    }
}

fn describe(info: &AddrInfo, call: &Invocation) {
    let family = if info.sockaddr.is_ipv4() { "AF_INET" } else { "AF_INET6" };
    let canonical = info.canonname.as_deref().unwrap_or_default();
    warn(call, format_args!("ai->ai_family: {family}, ai->ai_canonname: '{canonical}'"));
}

/// The way to one address.
fn reach(mut to: SocketAddr, route: &Route) -> Result<Way, Error> {
    let (from, is_broadcast) = match route.source.of(Family::of(to)) {
        Some(from) => (from, route.options.broadcast && is_broadcast(to, route)),
        None => asked(to, route)?,
    };
    // The header shows `::` as typed; the kernel takes it for this host.
    if to.ip() == Ipv4Addr::UNSPECIFIED {
        to.set_ip(from.ip());
    }
    Ok(Way { to, from, is_broadcast })
}

/// The address to send from, and whether it goes to a broadcast address.
fn asked(to: SocketAddr, route: &Route) -> Result<(SocketAddr, bool), Error> {
    let answer = ask(to, route, false);
    match answer {
        Err(Error::Os { call: "connect", source: refusal })
            if route.options.broadcast && refusal.kind() == io::ErrorKind::PermissionDenied =>
        {
            Ok((ask(to, route, true)?, true))
        }
        // A raw socket may still find the link by the routing table.
        Err(Error::Os { call: "connect", source: refusal })
            if is_on_any_link(to) && refusal.kind() == io::ErrorKind::InvalidInput =>
        {
            Ok((unspecified(to), false))
        }
        answer => Ok((answer?, false)),
    }
}

/// Whether it is an address of the kind that has to be asked for.
fn is_broadcast(to: SocketAddr, route: &Route) -> bool {
    let refusal = ask(to, route, false).err();
    let is_refused = refusal.is_some_and(|error| {
        matches!(error, Error::Os { call: "connect", source } if source.kind() == io::ErrorKind::PermissionDenied)
    });
    is_refused && ask(to, route, true).is_ok()
}

fn ask(to: SocketAddr, route: &Route, broadcast: bool) -> Result<SocketAddr, Error> {
    source_address(to, &SocketOptions { broadcast, ..route.options.clone() }, route.mark)
}

/// Whether there may be a way later where there is none now.
fn may_appear(to: SocketAddr, error: &Error, route: &Route) -> bool {
    matches!(error, Error::Os { call: "connect", .. }) && !is_broadcast(to, route)
}

const fn unspecified(address: SocketAddr) -> SocketAddr {
    let any = match address {
        SocketAddr::V4(_) => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
        SocketAddr::V6(_) => IpAddr::V6(Ipv6Addr::UNSPECIFIED),
    };
    SocketAddr::new(any, 0)
}

/// All addresses of a word.
pub(crate) fn look_up(word: &str, call: &Invocation) -> Result<Vec<AddrInfo>, Failure> {
    let unknown = |why: &str| call.failure(Exit::CouldNot, format_args!("{word}: {why}"));
    let hints =
        AddrInfoHints { flags: libc::AI_CANONNAME, socktype: libc::SOCK_RAW, ..AddrInfoHints::default() };
    let found = dns_lookup::getaddrinfo(Some(&idn::asked(word)), None, Some(hints)).map_err(|error| {
        // glibc, out of files, says that there is no such name.
        if let Err(source) = UnixDatagram::unbound() {
            return unknown(&FailedCall { call: "getaddrinfo", source }.to_string());
        }
        let text = strerror(&io::Error::from(error));
        // The crate puts its own words before those of gai_strerror.
        unknown(text.rsplit_once(": ").map_or(text.as_str(), |(_, why)| why))
    })?;
    let addresses: Vec<AddrInfo> = found.filter_map(Result::ok).collect();
    if addresses.is_empty() { Err(unknown("Name or service not known")) } else { Ok(addresses) }
}

fn is_unreachable(error: &Error) -> bool {
    let Error::Os { call: "connect", source } = error else { return false };
    matches!(source.kind(), io::ErrorKind::NetworkUnreachable | io::ErrorKind::HostUnreachable)
}

fn unusable(address: SocketAddr, error: &Error, route: &Route, call: &Invocation) -> Failure {
    let Error::Os { call: refused, source } = error else { return call.failure(Exit::CouldNot, error) };
    match *refused {
        "connect"
            if address.is_ipv4()
                && source.kind() == io::ErrorKind::PermissionDenied
                && !route.options.broadcast =>
        {
            let question = "Do you want to ping broadcast? Then -b. If not, check your local firewall rules";
            call.failure(Exit::CouldNot, question).hint("a route of type `prohibit` says the same")
        }
        "connect" => call
            .failure(Exit::CouldNot, format_args!("connect: {}", strerror(source)))
            .hint("`ip route get ADDRESS` shows what the routing table says"),
        _ => sockets::option_failure(error, Family::of(address), route.options.device.as_deref(), call),
    }
}
