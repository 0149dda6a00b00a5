//! Records laid out as the kernel's, written piece by piece.

/// Adds words in the order given.
pub(super) fn words(record: &mut Vec<u8>, words: &[u32]) {
    for word in words {
        record.extend_from_slice(&word.to_ne_bytes());
    }
}

/// Adds an attribute, padded; `None` if it is too long to be one.
pub(super) fn attr(record: &mut Vec<u8>, kind: u16, payload: &[u8]) -> Option<()> {
    let len = u16::try_from(4 + payload.len()).ok()?;
    record.extend_from_slice(&len.to_ne_bytes());
    record.extend_from_slice(&kind.to_ne_bytes());
    record.extend_from_slice(payload);
    record.resize(record.len().next_multiple_of(4), 0);
    Some(())
}

/// A cookie as it is sent, the low half first.
pub(super) fn cookie(cookie: u64) -> [u32; 2] {
    [cookie as u32, (cookie >> 32) as u32]
}
