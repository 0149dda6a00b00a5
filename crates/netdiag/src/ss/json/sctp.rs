//! What SCTP knows of an association, shown with `-i`: its addresses, and the numbers the registry has.

use netdiag_host::fields::Facts;
use netdiag_sockdiag::SocketAddresses;

use super::fields::{Associated, Grouped};
use crate::json::Address;
use crate::json::record::record;

record! {
    /// What SCTP knows of an association (`struct sctp_info`).
    Sctp<'a> {
    } maybe {
        /// This end's addresses (`INET_DIAG_LOCALS`).
        locals: Vec<Address>,
        /// The peer's addresses (`INET_DIAG_PEERS`).
        peers: Vec<Address>,
        #[serde(flatten)]
        numbers: Associated<'a>,
    }
}

impl<'a> Sctp<'a> {
    /// Addresses come without being asked for.
    pub(crate) fn new(facts: &'a Facts<'a>) -> Self {
        let ips = |addresses: SocketAddresses<'_>| addresses.map(Address::from).collect();
        let (locals, peers) = (facts.attrs.locals().map(ips), facts.attrs.peers().map(ips));
        Self { locals, peers, numbers: Associated::new(facts) }
    }
}
