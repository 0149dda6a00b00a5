//! Addresses with what only the system knows of them: the name of the interface a link-local one is on.

use std::net::SocketAddr;

use netdiag_probe::serve::Peer;

use super::Address;

/// A host's address and port.
pub(crate) fn address(at: SocketAddr) -> Address {
    let scope = match at {
        SocketAddr::V6(v6) if v6.scope_id() != 0 => interface(v6.scope_id()),
        _ => None,
    };
    let plain = Address::from(at);
    Address { scope: scope.or(plain.scope), ..plain }
}

/// Whoever is at the other end of a connection; `None` where the kernel did not say.
pub(crate) fn peer(peer: Peer) -> Option<Address> {
    match peer {
        Peer::Inet(at) => Some(address(at)),
        Peer::Unix { pid, uid } => {
            let pid = pid.and_then(|pid| u32::try_from(pid).ok());
            Some(Address { pid, uid: Some(uid), ..Address::default() })
        }
        Peer::Unknown => None,
    }
}

fn interface(index: u32) -> Option<String> {
    nix::net::if_::if_indextoname(index)
        .ok()
        .and_then(|name| name.into_string().ok())
        .filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_is_an_interface_by_its_name_or_number() {
        let json = |at: &str| serde_json::to_value(address(at.parse().unwrap())).unwrap();
        #[rustfmt::skip]
        let cases = [
            ("192.0.2.1:0",         serde_json::json!({ "address": "192.0.2.1" })),
            ("[2001:db8::1]:80",    serde_json::json!({ "address": "2001:db8::1", "port": 80 })),
            ("[fe80::1%1]:0",       serde_json::json!({ "address": "fe80::1", "scope": "lo" })),
            ("[fe80::1%999999]:53", serde_json::json!({ "address": "fe80::1", "port": 53, "scope": "999999" })),
        ];
        for (at, expected) in cases {
            assert_eq!(json(at), expected, "{at}");
        }
    }
}
