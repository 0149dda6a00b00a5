//! What ties a request to the shape of its answers.
//!
//! Writing is upstream's trait, so upstream's requests take part unchanged; only reading is ours.

use netlink_packet_core::Emitable;

use crate::error::Malformed;

/// A question for the kernel, and the shape of each answer.
pub trait Query: Emitable {
    /// The view of one answer, borrowed from the bytes it came in.
    type Socket<'a>;

    /// Reads one answer in place: the payload of a netlink message.
    ///
    /// # Errors
    /// When the answer is too short or of another family; more than this view knows is no error.
    fn view(record: &[u8]) -> Result<Self::Socket<'_>, Malformed>;
}
