//! How many of something, in words.

use std::fmt;

/// A number and what it counts, whose plural has an s more: `1 byte`, `2 bytes`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Counted(pub u64, pub &'static str);

impl Counted {
    /// Of a length, which is never longer than 64 bits.
    pub fn len(length: usize, noun: &'static str) -> Self {
        Self(length as u64, noun)
    }
}

impl fmt::Display for Counted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(count, noun) = self;
        write!(f, "{count} {noun}{}", if *count == 1 { "" } else { "s" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_no_plural() {
        for (count, text) in [(0, "0 bytes"), (1, "1 byte"), (2, "2 bytes"), (11, "11 bytes")] {
            assert_eq!(Counted(count, "byte").to_string(), text);
        }
    }
}
