//! Memory a socket holds or may hold: the words of `INET_DIAG_SKMEMINFO` and its like in other families.
//!
//! The list of words has grown over the years, so each can be absent.

use crate::fields::fields;

/// Bytes of memory by use, as the kernel accounts for them: buffers count with their overhead.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[doc(alias = "SK_MEMINFO_VARS")]
pub struct MemInfo<'a>(&'a [u8]);

impl<'a> MemInfo<'a> {
    /// Reads `payload`, of any length.
    pub fn new(payload: &'a [u8]) -> Self {
        Self(payload)
    }

    /// How many words the kernel sent.
    pub fn len(&self) -> usize {
        self.0.len() / WORD
    }

    /// Whether the kernel sent nothing.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fields! {
        /// Bytes held by what has arrived.
        rmem_alloc: u32 = 0, "SK_MEMINFO_RMEM_ALLOC";
        /// Limit of that, bytes.
        rcvbuf: u32 = 4, "SK_MEMINFO_RCVBUF";
        /// Bytes held by what is being sent.
        wmem_alloc: u32 = 8, "SK_MEMINFO_WMEM_ALLOC";
        /// Limit of what is queued for sending, bytes.
        sndbuf: u32 = 12, "SK_MEMINFO_SNDBUF";
        /// Bytes set aside and not yet used; less than nothing while the account runs late.
        fwd_alloc: i32 = 16, "SK_MEMINFO_FWD_ALLOC";
        /// Bytes queued for sending.
        wmem_queued: u32 = 20, "SK_MEMINFO_WMEM_QUEUED";
        /// Bytes held by options and filters.
        optmem: u32 = 24, "SK_MEMINFO_OPTMEM";
        /// Bytes that arrived while the socket was locked.
        backlog: u32 = 28, "SK_MEMINFO_BACKLOG";
        /// Packets dropped for want of room.
        drops: u32 = 32, "SK_MEMINFO_DROPS";
    }
}

const WORD: usize = size_of::<u32>();

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_there_when_all_of_it_is() {
        let bytes: Vec<u8> = (1..=9u32).flat_map(u32::to_ne_bytes).collect();
        for len in 0..=bytes.len() {
            let info = MemInfo::new(&bytes[..len]);
            #[rustfmt::skip]
            let words = [
                info.rmem_alloc(), info.rcvbuf(), info.wmem_alloc(), info.sndbuf(), info.fwd_alloc().map(i32::cast_unsigned),
                info.wmem_queued(), info.optmem(), info.backlog(), info.drops(),
            ];
            assert_eq!((info.len(), info.is_empty()), (len / WORD, len < WORD), "{len}");
            for (n, word) in (1..).zip(words) {
                assert_eq!(word, (len >= 4 * n).then_some(n as u32), "{len}");
            }
        }
    }
}
