//! IP addresses as host names, from wherever this system looks names up.
//!
//! A look-up can take seconds and asks the network: who shows more than one address keeps the answers.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};

use nix::libc::NI_NAMEREQD;

/// What an address is called, if anything: somebody else's text, which may have anything in it.
pub fn address_name(address: SocketAddr) -> Option<String> {
    dns_lookup::getnameinfo(&address, NI_NAMEREQD).ok().map(|(name, _)| name)
}

/// Names by address, each asked for once, whether or not it turns out to have one.
#[derive(Debug)]
pub struct AddressNames {
    known: HashMap<IpAddr, Option<Box<str>>>,
    resolve: fn(IpAddr) -> Option<String>,
}

impl Default for AddressNames {
    fn default() -> Self {
        Self { known: HashMap::new(), resolve: |address| address_name((address, 0).into()) }
    }
}

impl AddressNames {
    /// The name of an address, if it has one. An IPv4 address mapped into IPv6 has the name it has in IPv4.
    pub fn name(&mut self, address: IpAddr) -> Option<&str> {
        let address = address.to_canonical();
        // The address of no host in particular has no name to ask for.
        if address.is_unspecified() {
            return None;
        }
        let resolve = self.resolve;
        self.known.entry(address).or_insert_with(|| resolve(address).map(Into::into)).as_deref()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    static ASKED: AtomicU32 = AtomicU32::new(0);

    fn resolve(address: IpAddr) -> Option<String> {
        ASKED.fetch_add(1, Ordering::Relaxed);
        (address == IpAddr::from([10, 0, 0, 1])).then(|| "ten".to_owned())
    }

    #[test]
    fn every_address_is_asked_for_once_and_mapped_ones_as_ipv4() {
        let mut hosts = AddressNames { known: HashMap::new(), resolve };
        #[rustfmt::skip]
        let cases = [
            // address,         name,        asked so far
            ("10.0.0.1",        Some("ten"), 1),
            ("::ffff:10.0.0.1", Some("ten"), 1),
            ("10.0.0.2",        None,        2),
            ("10.0.0.2",        None,        2),
            ("0.0.0.0",         None,        2),
            ("::",              None,        2),
        ];
        for (address, name, asked) in cases {
            assert_eq!(hosts.name(address.parse().unwrap()), name, "{address}");
            assert_eq!(ASKED.load(Ordering::Relaxed), asked, "{address}");
        }
    }
}
