//! Keys that sign TCP segments (RFC 2385).

use std::net::IpAddr;

use netdiag_sockdiag::Md5Key as Key;

use super::scalar::Hex;
use crate::json::record::record;

record! {
    /// A key, and for whom it is (`struct tcp_diag_md5sig`).
    Md5Key<'a> {
        /// The IP address, never a name: that of the peers.
        #[schemars(with = "String")]
        address: IpAddr,
        /// How many of its bits count.
        prefix_len: u8,
        /// The key's bytes.
        key_hex: Hex<'a>,
    }
}

impl<'a> Md5Key<'a> {
    pub(crate) fn new(key: Key<'a>) -> Self {
        Self { address: key.address, prefix_len: key.prefix_len, key_hex: Hex(key.key) }
    }
}
