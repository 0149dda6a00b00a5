//! What has become of a probe's header on its way: [`Quoted`].
//!
//! A router quotes the packet as it came to it. Translators of addresses that are good at it put the quote right on its way back, but for
//! a checksum at times; what they leave is what shows here.

use std::net::SocketAddr;

/// A probe's header as a router quoted it, held against the one that was sent.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Quoted {
    /// Type of service or traffic class.
    pub tos: u8,
    /// The one it was sent with.
    pub sent_tos: u8,
    /// TTL or hop limit that was left, most often one.
    pub hop_limit: u8,
    /// Where it came from, if that is not where it was sent from; without a port where that is as it was.
    pub source: Option<SocketAddr>,
    /// Where it went, if that is not where it was sent to.
    pub destination: Option<SocketAddr>,
    /// Whether its checksum is that of another packet.
    pub has_other_checksum: bool,
}

impl Quoted {
    /// Whether somebody on the way had changed its addresses or ports, and perhaps changed them back.
    pub const fn is_translated(&self) -> bool {
        self.source.is_some() || self.destination.is_some() || self.has_other_checksum
    }
}
