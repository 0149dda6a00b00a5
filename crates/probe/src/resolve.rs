//! Names to addresses, by the system's own resolver, as every other program sees them.
//!
//! The resolver cannot be interrupted: a look-up that takes too long is left behind on its thread.

use std::collections::HashSet;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV6};

use dns_lookup::{AddrInfoHints, SockType, getaddrinfo};
use nix::libc;
use nix::net::if_::if_nametoindex;
use socket2::{Domain, Socket, Type};
use tokio::task::spawn_blocking;

use crate::endpoint::{Host, HostPort};
use crate::error::Error;

/// An internet protocol version.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Family {
    /// IPv4.
    V4,
    /// IPv6.
    V6,
}

impl Family {
    /// The version of an address.
    pub fn of(address: IpAddr) -> Self {
        if address.is_ipv4() { Self::V4 } else { Self::V6 }
    }

    /// `IPv4` or `IPv6`.
    pub fn name(self) -> &'static str {
        match self {
            Self::V4 => "IPv4",
            Self::V6 => "IPv6",
        }
    }
}

/// Every address of `inet`'s host, in the order the resolver prefers them, of `family` if one is given; never none.
///
/// [`Host::Any`] is this host itself, by its loopback addresses; servers have a wildcard.
///
/// # Errors
/// [`Error::NoSuchName`] and [`Error::NameServer`]; [`Error::Os`] for an interface that does not exist.
pub async fn resolve(inet: &HostPort, family: Option<Family>) -> Result<Vec<SocketAddr>, Error> {
    let wanted = |address: &IpAddr| family.is_none_or(|family| Family::of(*address) == family);
    let addresses = match &inet.host {
        Host::Any => LOOPBACK.into_iter().filter(wanted).map(|address| (address, inet.port).into()).collect(),
        Host::Ip(address, scope) if wanted(address) => vec![scoped(*address, scope.as_deref(), inet.port)?],
        Host::Ip(..) => Vec::new(),
        Host::Name(name) => look_up(name, inet.port, family).await?,
    };
    match addresses.is_empty() {
        true => Err(Error::NoSuchName { name: inet.host.to_string() }),
        false => Ok(addresses),
    }
}

/// The addresses a server of `inet` listens at: the wildcard where it is for every address.
///
/// # Errors
/// Those of [`resolve`].
pub(crate) async fn listened(inet: &HostPort, family: Option<Family>) -> Result<Vec<SocketAddr>, Error> {
    match (&inet.host, family) {
        (Host::Any, Some(Family::V4)) => Ok(vec![([0; 4], inet.port).into()]),
        (Host::Any, _) => Ok(vec![([0; 16], inet.port).into()]),
        _ => resolve(inet, family).await,
    }
}

/// More servers for this host alone are of IPv4, and who says nothing (UDP) is asked first there.
const LOOPBACK: [IpAddr; 2] = [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)];

fn scoped(address: IpAddr, scope: Option<&str>, port: u16) -> Result<SocketAddr, Error> {
    let (IpAddr::V6(v6), Some(scope)) = (address, scope) else {
        return Ok((address, port).into());
    };
    let index = match scope.parse() {
        Ok(index) => index,
        Err(_) => if_nametoindex(scope).map_err(|errno| Error::os("if_nametoindex", errno))?,
    };
    Ok(SocketAddrV6::new(v6, port, 0, index).into())
}

async fn look_up(name: &str, port: u16, family: Option<Family>) -> Result<Vec<SocketAddr>, Error> {
    let hints = AddrInfoHints {
        socktype: SockType::Stream.into(),
        address: match family {
            None => libc::AF_UNSPEC,
            Some(Family::V4) => libc::AF_INET,
            Some(Family::V6) => libc::AF_INET6,
        },
        ..AddrInfoHints::default()
    };
    let name = name.to_owned();
    let answer = spawn_blocking(move || {
        let found = getaddrinfo(Some(&name), None, Some(hints)).map_err(|error| match no_socket() {
            Some(source) => Error::os("getaddrinfo", source),
            None => Error::of_lookup(&name, error),
        })?;
        Ok(found.filter_map(Result::ok).map(|info| info.sockaddr).collect::<Vec<_>>())
    });
    let mut addresses = answer.await.map_err(|lost| Error::os("getaddrinfo", lost))??;
    for address in &mut addresses {
        address.set_port(port);
    }
    // Where a name stands for ::1 too, glibc gives 127.0.0.1 once more for that.
    let mut seen = HashSet::new();
    addresses.retain(|address| seen.insert(*address));
    Ok(addresses)
}

/// Why there is no socket to be had: glibc, out of files, says that there is no such name.
fn no_socket() -> Option<io::Error> {
    Socket::new(Domain::UNIX, Type::DGRAM, None).err()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addresses(text: &str, family: Option<Family>) -> Result<Vec<String>, Error> {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let inet = HostPort::within(text, 0..text.len(), "tcp").unwrap();
        let found = runtime.block_on(resolve(&inet, family))?;
        Ok(found.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn numbers_are_not_looked_up() {
        #[rustfmt::skip]
        let cases = [
            ("127.0.0.1:7",   None,             "127.0.0.1:7"),
            ("[::1]:7",       None,             "[::1]:7"),
            ("[fe80::1%1]:7", Some(Family::V6), "[fe80::1%1]:7"),
            (":7",            None,             "127.0.0.1:7 [::1]:7"),
            (":7",            Some(Family::V4), "127.0.0.1:7"),
            (":7",            Some(Family::V6), "[::1]:7"),
        ];
        for (text, family, shown) in cases {
            assert_eq!(addresses(text, family).unwrap().join(" "), shown, "{text}");
        }
        assert!(matches!(addresses("127.0.0.1:7", Some(Family::V6)), Err(Error::NoSuchName { .. })));
        assert!(matches!(addresses("[fe80::1%no-such]:7", None), Err(Error::Os { .. })));
    }

    #[test]
    fn names_have_addresses_of_the_family_asked_for() {
        assert_eq!(addresses("localhost:7", Some(Family::V4)).unwrap(), ["127.0.0.1:7"]);
    }
}
