//! The name of an address, from wherever this system looks names up.
//!
//! A lookup can take seconds; who shows more than one address keeps the answers.

use std::net::SocketAddr;

use nix::libc::NI_NAMEREQD;

/// What an address is called, if anything: somebody else's text, which may have anything in it.
pub(crate) fn look_up(address: SocketAddr) -> Option<String> {
    dns_lookup::getnameinfo(&address, NI_NAMEREQD).ok().map(|(name, _)| name)
}
