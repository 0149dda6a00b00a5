//! The host, as an address, and the way to it.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use dns_lookup::AddrInfoHints;
use netdiag_echo::Family;
use netdiag_text::{Exit, strerror};
use nix::libc;

use super::args::Args;
use crate::failure::Failure;
use crate::invocation::Invocation;
use crate::ping::address::unmapped;
use crate::ping::asked;

/// The address of the host, of IPv4 where that is as good as the other.
pub(super) fn resolve(args: &Args, call: &Invocation) -> Result<SocketAddr, Failure> {
    let wanted = match (args.ipv4, args.ipv6) {
        (true, _) => Some(Family::V4),
        (_, true) => Some(Family::V6),
        _ => call.family,
    };
    let found = look_up(&args.host, wanted).map_err(|why| refused(&args.host, &why, call))?;
    let of = |family| found.iter().copied().find(|address| Family::of(*address) == family);
    let address = of(wanted.unwrap_or(Family::V4)).or_else(|| found.first().copied());
    address.ok_or_else(|| refused(&args.host, "Name or service not known", call))
}

/// The gateways to go through.
pub(super) fn gateways(args: &Args, call: &Invocation) -> Result<Vec<Ipv4Addr>, Failure> {
    let gateway = |word: &String| {
        let found = look_up(word, Some(Family::V4)).unwrap_or_default();
        let first = found.iter().find_map(|address| match address.ip() {
            IpAddr::V4(address) => Some(address),
            IpAddr::V6(_) => None,
        });
        first.ok_or_else(|| call.failure(Exit::Misuse, format_args!("{word}: no such gateway")))
    };
    args.gateways.iter().map(gateway).collect()
}

/// The addresses of a name.
pub(crate) fn look_up(word: &str, family: Option<Family>) -> Result<Vec<SocketAddr>, String> {
    let address = family.map_or(libc::AF_UNSPEC, |family| match family {
        Family::V4 => libc::AF_INET,
        Family::V6 => libc::AF_INET6,
    });
    let hints = AddrInfoHints { address, socktype: libc::SOCK_DGRAM, ..AddrInfoHints::default() };
    let found = dns_lookup::getaddrinfo(Some(&asked(word)), None, Some(hints)).map_err(|error| {
        let text = strerror(&io::Error::from(error));
        // The crate puts its own words before those of gai_strerror.
        text.rsplit_once(": ").map_or(text.as_str(), |(_, why)| why).to_owned()
    })?;
    Ok(found.filter_map(Result::ok).map(|info| unmapped(info.sockaddr)).collect())
}

/// Upstream says where in the line the name was.
fn refused(word: &str, why: &str, call: &Invocation) -> Failure {
    if !call.linked {
        return call.failure(Exit::Misuse, format_args!("{word}: {why}"));
    }
    let at = call.words.iter().skip(1).rposition(|typed| typed.to_str() == Some(word)).unwrap_or_default();
    let words =
        format!("{word}: {why}\nCannot handle \"host\" cmdline arg `{word}' on position 1 (argc {at})");
    Failure::new(Exit::Misuse, words)
}
