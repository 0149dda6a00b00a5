//! What a socket's buffers hold and may hold, as `sock_diag` reports it for every family.
//!
//! The kernel sends an array that has grown over time: [`backlog`](MemInfo::backlog) came with Linux 2.6.38 and
//! [`drops`](MemInfo::drops) with 4.7. A word that was not sent is `None`, never 0.

#![cfg_attr(not(test), warn(clippy::indexing_slicing))]

/// The words of an `SK_MEMINFO` array. All are bytes, but for [`drops`](Self::drops).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[doc(alias = "SKMEMINFO")]
pub struct MemInfo<'a>(&'a [u8]);

impl<'a> MemInfo<'a> {
    /// Reads an attribute's value.
    pub fn new(payload: &'a [u8]) -> Self {
        Self(payload)
    }

    /// How many words the kernel sent.
    pub fn len(self) -> usize {
        self.0.len() / WORD
    }

    /// Whether the kernel sent nothing.
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// Received and not yet read.
    #[doc(alias = "SK_MEMINFO_RMEM_ALLOC")]
    pub fn rmem_alloc(self) -> Option<u32> {
        self.word(0)
    }

    /// How much may be received before data is refused.
    #[doc(alias = "SK_MEMINFO_RCVBUF")]
    pub fn rcvbuf(self) -> Option<u32> {
        self.word(1)
    }

    /// On its way out, in the layers below the socket.
    #[doc(alias = "SK_MEMINFO_WMEM_ALLOC")]
    pub fn wmem_alloc(self) -> Option<u32> {
        self.word(2)
    }

    /// How much may wait to be sent.
    #[doc(alias = "SK_MEMINFO_SNDBUF")]
    pub fn sndbuf(self) -> Option<u32> {
        self.word(3)
    }

    /// Reserved from the protocol's share and not in use.
    #[doc(alias = "SK_MEMINFO_FWD_ALLOC")]
    pub fn fwd_alloc(self) -> Option<u32> {
        self.word(4)
    }

    /// Queued to be sent, whether sent already or not.
    #[doc(alias = "SK_MEMINFO_WMEM_QUEUED")]
    pub fn wmem_queued(self) -> Option<u32> {
        self.word(5)
    }

    /// Taken by socket options and filters.
    #[doc(alias = "SK_MEMINFO_OPTMEM")]
    pub fn optmem(self) -> Option<u32> {
        self.word(6)
    }

    /// Arrived while the socket was busy, and not yet looked at.
    #[doc(alias = "SK_MEMINFO_BACKLOG")]
    pub fn backlog(self) -> Option<u32> {
        self.word(7)
    }

    /// How many packets the socket has thrown away.
    #[doc(alias = "SK_MEMINFO_DROPS")]
    pub fn drops(self) -> Option<u32> {
        self.word(8)
    }

    /// Every word sent, in the order of the accessors above; later kernels may send more than they name.
    pub fn words(self) -> impl Iterator<Item = u32> + 'a {
        let (words, _) = self.0.as_chunks();
        words.iter().map(|word| u32::from_ne_bytes(*word))
    }

    fn word(self, index: usize) -> Option<u32> {
        self.0.get(index * WORD..)?.first_chunk().map(|word| u32::from_ne_bytes(*word))
    }
}

const WORD: usize = size_of::<u32>();

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_there_as_far_as_they_were_sent() {
        let bytes: Vec<u8> = (1..=9u32).flat_map(u32::to_ne_bytes).collect();
        let named = |info: MemInfo<'_>| {
            [
                info.rmem_alloc(),
                info.rcvbuf(),
                info.wmem_alloc(),
                info.sndbuf(),
                info.fwd_alloc(),
                info.wmem_queued(),
                info.optmem(),
                info.backlog(),
                info.drops(),
            ]
        };
        for len in 0..=bytes.len() {
            let info = MemInfo::new(&bytes[..len]);
            let sent = len / WORD;
            let expected: Vec<u32> = (1..=9).take(sent).collect();
            assert_eq!(info.words().collect::<Vec<_>>(), expected, "{len} bytes");
            assert_eq!(named(info).into_iter().flatten().collect::<Vec<_>>(), expected, "{len} bytes");
            assert_eq!((info.len(), info.is_empty()), (sent, sent == 0), "{len} bytes");
        }
    }
}
