//! Sockets of this host, watched without connecting: a look costs the server nothing and leaves nothing behind.
//!
//! The kernel lists unix sockets by network namespace: a path that is bound in another is not found here.

use std::net::IpAddr;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;

use netdiag_probe::{Endpoint, Host, HostPort, UnixKind, UnixName};
use netdiag_sockdiag::{Client, Error, Extensions, SocketType, State, States, inet, unix};
use nix::ifaddrs::getifaddrs;

use super::Seen;

/// A socket to look for in the kernel's lists.
#[derive(Debug)]
pub(super) enum Local {
    /// A port at any of these addresses, of TCP or UDP.
    Port(u8, Vec<IpAddr>, u16),
    /// A unix socket.
    Unix(UnixKind, UnixName),
}

impl Local {
    /// `None` for what is of another host, or may be.
    pub(super) fn of(endpoint: &Endpoint, family: Option<netdiag_probe::Family>) -> Option<Self> {
        let port = |protocol, inet: &HostPort| {
            let mut addresses = own(&inet.host)?;
            addresses
                .retain(|address| family.is_none_or(|family| netdiag_probe::Family::of(*address) == family));
            Some(Self::Port(protocol, addresses, inet.port))
                .filter(|local| !matches!(local, Self::Port(_, none, _) if none.is_empty()))
        };
        match endpoint {
            Endpoint::Tcp(inet) => port(inet::TCP, inet),
            Endpoint::Udp(inet) => port(inet::UDP, inet),
            Endpoint::Tls(_) => None,
            Endpoint::Unix(kind, name) => Some(Self::Unix(*kind, name.clone())),
        }
    }

    /// Looks; `None` where only connecting can tell.
    pub(super) fn look(&self) -> Result<Option<Seen>, Error> {
        match self {
            Self::Port(protocol, addresses, port) => match is_bound(*protocol, addresses, *port)? {
                true => Ok(Some(Seen::Up)),
                false => Ok(Some(Seen::Down("nobody listens there".to_owned()))),
            },
            Self::Unix(kind, name) => {
                let exists = match name {
                    UnixName::Path(path) => path.exists(),
                    UnixName::Abstract(_) => true,
                };
                match (exists && is_listening(*kind, name)?, name) {
                    (true, _) => Ok(Some(Seen::Up)),
                    (false, UnixName::Path(_)) if exists => Ok(None),
                    (false, _) => Ok(Some(Seen::Down("no such socket".to_owned()))),
                }
            }
        }
    }
}

/// The addresses of a host that is surely this one.
fn own(host: &Host) -> Option<Vec<IpAddr>> {
    let loopback = || vec![IpAddr::from([127, 0, 0, 1]), IpAddr::from([0, 0, 0, 0, 0, 0, 0, 1])];
    match host {
        Host::Any => Some(loopback()),
        Host::Name(name) => (name == "localhost").then(loopback),
        Host::Ip(address, _) if address.is_unspecified() => Some(loopback()),
        Host::Ip(address, None) => (address.is_loopback() || is_own(*address)).then(|| vec![*address]),
        Host::Ip(_, Some(_)) => None,
    }
}

fn is_own(address: IpAddr) -> bool {
    let addresses = getifaddrs().into_iter().flatten().filter_map(|interface| interface.address);
    addresses.into_iter().any(|own| {
        let v4 = own.as_sockaddr_in().map(|own| IpAddr::V4(own.ip()));
        let v6 = own.as_sockaddr_in6().map(|own| IpAddr::V6(own.ip()));
        v4.or(v6) == Some(address)
    })
}

fn is_bound(protocol: u8, addresses: &[IpAddr], port: u16) -> Result<bool, Error> {
    let states = States::only(if protocol == inet::TCP { State::LISTEN } else { State::CLOSE });
    let mut client = Client::open()?;
    for family in [inet::Family::V4, inet::Family::V6] {
        let mut dump = client.dump(&inet::request(family, protocol, states, Extensions::empty()))?;
        let mut found = false;
        // Read to its end: the client takes one question at a time.
        while let Some(socket) = dump.next()? {
            found |= socket.local_port() == port && addresses.iter().any(|wanted| socket.takes(*wanted));
        }
        if found {
            return Ok(true);
        }
    }
    Ok(false)
}

fn is_listening(kind: UnixKind, name: &UnixName) -> Result<bool, Error> {
    let (kind, state) = match kind {
        UnixKind::Stream => (SocketType::STREAM, State::LISTEN),
        UnixKind::Dgram => (SocketType::DGRAM, State::CLOSE),
        UnixKind::Seqpacket => (SocketType::SEQPACKET, State::LISTEN),
    };
    // A path has many spellings, its inode one.
    let (bytes, inode) = match name {
        UnixName::Path(path) => {
            let inode = path.metadata().ok().and_then(|metadata| u32::try_from(metadata.ino()).ok());
            (path.as_os_str().as_bytes().to_vec(), inode)
        }
        UnixName::Abstract(name) => ([b"\0", &name[..]].concat(), None),
    };
    let mut client = Client::open()?;
    let mut dump = client.dump(&unix::request(States::only(state), unix::SHOW_NAME | unix::SHOW_VFS))?;
    let mut found = false;
    while let Some(socket) = dump.next()? {
        let named = match inode {
            Some(inode) => socket.vfs().is_some_and(|vfs| vfs.inode == inode),
            None => socket.name() == Some(&bytes),
        };
        found |= socket.kind() == kind && socket.state() == state && named;
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_surely_here_is_watched() {
        #[rustfmt::skip]
        let cases = [
            ("5432",               true),
            ("localhost:1",        true),
            ("127.0.0.9:1",        true),
            ("udp://[::1]:1",      true),
            ("unix:/run/s",        true),
            ("192.0.2.1:1",        false),
            ("db:1",               false),
            ("tls://127.0.0.1:1",  false),
        ];
        for (text, watched) in cases {
            assert_eq!(Local::of(&text.parse().unwrap(), None).is_some(), watched, "{text}");
        }
    }
}
