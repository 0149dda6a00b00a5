//! Words of lines, and the numbers they write.
//!
//! Addresses and states are hexadecimal without a mark, counts and ids decimal: the place of a word says which.

/// The words of a line as text; none of what is not text.
pub(super) fn words(line: &[u8]) -> impl Iterator<Item = &str> {
    str::from_utf8(line).unwrap_or_default().split_ascii_whitespace()
}

pub(super) fn hex(word: &str) -> Option<u32> {
    u32::from_str_radix(word, 16).ok()
}

/// A kernel address, hashed or zeroed.
pub(super) fn pointer(word: &str) -> Option<u64> {
    u64::from_str_radix(word, 16).ok()
}
