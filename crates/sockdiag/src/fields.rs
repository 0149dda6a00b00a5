//! Fields of kernel structs, read by offset from as many bytes as the kernel sent.
//!
//! The structs grow at their end from release to release, so a field is absent exactly when the bytes end before it does.

#![cfg_attr(not(test), warn(clippy::indexing_slicing))]

/// The number at `at`, or `None` if the bytes end before it does.
#[inline]
pub(crate) fn bytes<const N: usize>(record: &[u8], at: usize) -> Option<[u8; N]> {
    record.get(at..)?.first_chunk().copied()
}

/// Methods named after fields: `name: type = offset, "kernel's name";` on a struct that holds the bytes as `.0`.
///
/// `of BYTES` behind the type is the length of the shortest struct that has it, where a shorter one has padding in its place;
/// `unless PATTERN` is what stands for "not measured".
macro_rules! fields {
    ($($(#[$doc:meta])* $name:ident: $type:ident $(of $least:literal)? $(unless $none:pat)? = $at:literal, $kernel:literal;)*) => {
        $(
            $(#[$doc])*
            #[doc(alias = $kernel)]
            #[inline]
            pub fn $name(&self) -> Option<$type> {
                $(if self.0.len() < $least { return None; })?
                let value = crate::fields::bytes(self.0, $at).map(<$type>::from_ne_bytes);
                $(let value = value.filter(|value| !matches!(*value, $none));)?
                value
            }
        )*
    };
}

pub(crate) use fields;

/// A bit field as the compiler lays it out: the first declared is lowest on little-endian machines, highest on others.
#[inline]
pub(crate) fn bits(byte: u8, first: u32, count: u32) -> u8 {
    let shift = if cfg!(target_endian = "little") { first } else { 8 - first - count };
    byte >> shift & ((1 << count) - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_there_when_all_of_it_is() {
        let record: Vec<u8> = (0..8).collect();
        for len in 0..=8 {
            assert_eq!(bytes::<2>(&record[..len], 3).is_some(), len >= 5, "{len}");
        }
        assert_eq!(bytes::<1>(&record, 9), None);
        assert_eq!(bytes(&record, 6), Some([6, 7]));
    }

    #[test]
    #[cfg(target_endian = "little")]
    fn bits_are_counted_from_the_first_declared() {
        assert_eq!((bits(0xa7, 0, 4), bits(0xa7, 4, 4), bits(0b101, 0, 1), bits(0b101, 1, 2)), (7, 10, 1, 2));
    }
}
