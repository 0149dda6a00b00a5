//! Keys that sign TCP segments (RFC 2385).

use super::record::record;
use super::scalar::{Hex, Ip};

record! {
    /// A key, and for whom it is (`struct tcp_diag_md5sig`).
    Md5Key<'a> {
        /// The peers' address.
        address: Ip<'a>,
        /// How many of its bits count.
        prefix_len: u8,
        /// The key's bytes.
        key_hex: Hex<'a>,
    }
}
