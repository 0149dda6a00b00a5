//! What ties a request to the shape of its answers.
//!
//! Writing is upstream's trait, so upstream's requests take part unchanged; only reading is ours.

use netlink_packet_core::Emitable;
use netlink_packet_sock_diag::constants::SOCK_DIAG_BY_FAMILY;

use crate::error::Malformed;

/// A question for the kernel, and the shape of each answer.
pub trait Query: Emitable {
    /// The view of one answer, borrowed from the bytes it came in.
    type Socket<'a>;

    /// The number of the request among the messages of its protocol: that of `sock_diag` unless it is for another part of the kernel.
    fn kind(&self) -> u16 {
        SOCK_DIAG_BY_FAMILY
    }

    /// Reads one answer in place: the payload of a netlink message.
    ///
    /// # Errors
    /// When the answer is too short or of another family; more than this view knows is no error.
    fn view(record: &[u8]) -> Result<Self::Socket<'_>, Malformed>;
}
