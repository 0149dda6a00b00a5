//! The name of an address, from wherever this system looks names up.
//!
//! A lookup can take seconds; who shows more than one address keeps the answers.

use std::net::SocketAddr;

use nix::libc::NI_NAMEREQD;

/// What an address is called, if anything.
pub(crate) fn look_up(address: SocketAddr) -> Option<String> {
    let (name, _) = dns_lookup::getnameinfo(&address, NI_NAMEREQD).ok()?;
    // A name is somebody else's text; it must not steer a terminal.
    Some(name.chars().map(|c| if c.is_control() { '?' } else { c }).collect())
}
