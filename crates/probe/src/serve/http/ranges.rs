//! Parts of a file a client asks for (RFC 9110 §14).
//!
//! What is no range at all is passed over, as the RFC has it: the whole file is the answer then.

use std::ops::Range;

/// What a `Range` header comes to.
#[derive(Debug, Eq, PartialEq)]
pub(super) enum Ranges {
    /// Nothing a server has to heed.
    Whole,
    /// None of them is in the file.
    Unsatisfiable,
    /// These bytes; one or more, none of them empty.
    Parts(Vec<Range<u64>>),
}

impl Ranges {
    /// Reads the header's value, for a file of this length.
    pub(super) fn new(value: &str, length: u64) -> Self {
        let Some(list) = value.trim().strip_prefix("bytes=") else {
            return Self::Whole;
        };
        let mut parts = Vec::new();
        for (count, word) in list.split(',').map(str::trim).filter(|word| !word.is_empty()).enumerate() {
            match range(word, length) {
                _ if count >= MOST => return Self::Whole,
                None => return Self::Whole,
                Some(part) if part.is_empty() => {}
                Some(part) => parts.push(part),
            }
        }
        // More than there is: they overlap, and whoever asks wants us to work for nothing.
        let total = parts.iter().map(|part| part.end - part.start).fold(0, u64::saturating_add);
        match parts.is_empty() {
            true if list.trim_matches([',', ' ']).is_empty() => Self::Whole,
            true => Self::Unsatisfiable,
            false if parts.len() > 1 && total > length => Self::Whole,
            false => Self::Parts(parts),
        }
    }
}

/// One range as far as it is within the file; `None` if it is none.
fn range(word: &str, length: u64) -> Option<Range<u64>> {
    let (first, last) = word.split_once('-')?;
    match (number(first), number(last)) {
        (Some(first), None) if last.is_empty() => Some(first.min(length)..length),
        (Some(first), Some(last)) if first <= last => {
            Some(first.min(length)..last.saturating_add(1).min(length))
        }
        (None, Some(last)) if first.is_empty() => Some(length.saturating_sub(last)..length),
        _ => None,
    }
}

/// Digits only; what is too large for a number is beyond every file.
fn number(word: &str) -> Option<u64> {
    let digits = !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| word.parse().unwrap_or(u64::MAX))
}

/// Ranges a client may ask for at once; more of them are answered with the whole file.
pub(super) const MOST: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_cut_to_the_file() {
        let one = |start, end| Ranges::Parts(std::iter::once(start..end).collect());
        let [all, many] = [16, 17].map(|count| format!("bytes={}", "0-0,".repeat(count)));
        #[rustfmt::skip]
        let cases = [
            // value,                           length, parts
            ("bytes=0-3",                        10, one(0, 4)),
            ("bytes=4-",                         10, one(4, 10)),
            ("bytes=-3",                         10, one(7, 10)),
            ("bytes=-30",                        10, one(0, 10)),
            ("bytes=8-99999999999999999999999",  10, one(8, 10)),
            ("bytes=0-18446744073709551615",     10, one(0, 10)),
            ("bytes=0-0, 9-9",                   10, Ranges::Parts(vec![0..1, 9..10])),
            ("bytes=0-0,20-30",                  10, one(0, 1)),
            ("bytes=10-",                        10, Ranges::Unsatisfiable),
            ("bytes=-0",                         10, Ranges::Unsatisfiable),
            ("bytes=0-",                          0, Ranges::Unsatisfiable),
            ("bytes=0-,0-",                      10, Ranges::Whole),
            ("bytes=3-2",                        10, Ranges::Whole),
            ("bytes=",                           10, Ranges::Whole),
            ("bytes=a-b",                        10, Ranges::Whole),
            ("bytes=+1-2",                       10, Ranges::Whole),
            ("bytes=-",                          10, Ranges::Whole),
            ("lines=0-3",                        10, Ranges::Whole),
            (all.as_str(),                      100, Ranges::Parts(vec![0..1; 16])),
            (many.as_str(),                     100, Ranges::Whole),
        ];
        for (value, length, expected) in cases {
            assert_eq!(Ranges::new(value, length), expected, "{value} of {length}");
        }
    }
}
