//! Unsigned numbers as decimal text, without the formatting machinery of `std`.
//!
//! A listing writes half a dozen numbers for every socket, so this is where its time would go. Digits are written eight at a
//! time: what lies behind a number's end is overwritten and means nothing.

#![cfg_attr(not(test), warn(clippy::indexing_slicing))]

/// Writes `number` and says how long it is.
#[inline]
pub(crate) fn write(number: u32, to: &mut [u8; 10]) -> usize {
    if number < EIGHT_DIGITS {
        return short(number, to.first_chunk_mut().expect("ten are more than eight"));
    }
    let mut text = [0; 20];
    let len = long(number.into(), &mut text);
    to.copy_from_slice(text.first_chunk::<10>().expect("twenty are more than ten"));
    len
}

/// Writes `number` and says how long it is.
#[inline]
pub(crate) fn write_u64(number: u64, to: &mut [u8; 20]) -> usize {
    match u32::try_from(number) {
        Ok(few) if few < EIGHT_DIGITS => {
            short(few, to.first_chunk_mut().expect("twenty are more than eight"))
        }
        _ => long(number, to),
    }
}

/// Writes a number with more than eight digits, the last eight of them apart.
fn long(number: u64, to: &mut [u8; 20]) -> usize {
    let eight = u64::from(EIGHT_DIGITS);
    let len = write_u64(number / eight, to);
    if let Some(place) = to.get_mut(len..len + 8) {
        place.copy_from_slice(&eight_digits((number % eight) as u32));
    }
    len + 8
}

/// Writes a number of up to eight digits and says how long it is, without a loop.
#[inline]
fn short(number: u32, to: &mut [u8; 8]) -> usize {
    let digits = u64::from_le_bytes(eight_digits(number));
    // The last digit never leads, even if it is a zero.
    let leading = ((digits & 0x000f_0f0f_0f0f_0f0f) | 1 << 56).trailing_zeros() / 8;
    *to = (digits >> (8 * leading)).to_le_bytes();
    8 - leading as usize
}

/// All eight digits of a number below 10^8. Pairs are split in parallel, each in its own part of one word.
#[inline]
fn eight_digits(number: u32) -> [u8; 8] {
    let fours = u64::from(number / 10_000) | u64::from(number % 10_000) << 32;
    let hundreds = ((fours * 10_486) >> 20) & 0x0000_007f_0000_007f;
    let twos = hundreds | (fours - 100 * hundreds) << 16;
    let tens = ((twos * 103) >> 10) & 0x000f_000f_000f_000f;
    let ones = tens | (twos - 10 * tens) << 8;
    (ones | 0x3030_3030_3030_3030).to_le_bytes()
}

/// Writes a port and says how long it is. Nearly every number of a listing is one, so this has no loop and no branch.
#[inline]
pub(crate) fn write_port(port: u16, to: &mut [u8; 8]) -> usize {
    let digits = [10_000, 1000, 100, 10, 1].map(|place| b'0' + (port / place % 10) as u8);
    let [a, b, c, d, e] = digits;
    let leading = [9999, 999, 99, 9].map(|most| usize::from(port <= most)).iter().sum::<usize>();
    *to = (u64::from_le_bytes([a, b, c, d, e, 0, 0, 0]) >> (8 * leading)).to_le_bytes();
    digits.len() - leading
}

/// The first number with more than eight digits.
const EIGHT_DIGITS: u32 = 100_000_000;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn written(number: u32) -> String {
        let mut to = [0; 10];
        let len = write(number, &mut to);
        String::from_utf8(to[..len].to_vec()).unwrap()
    }

    fn written_u64(number: u64) -> String {
        let mut to = [0; 20];
        let len = write_u64(number, &mut to);
        String::from_utf8(to[..len].to_vec()).unwrap()
    }

    #[test]
    fn lengths_change_at_powers_of_ten() {
        for power in (0..10).map(|n| 10u32.pow(n)) {
            for number in [power - 1, power, power + 1, u32::MAX] {
                assert_eq!(written(number), number.to_string());
            }
        }
        for power in (0..20).map(|n| 10u64.pow(n)) {
            for number in [power - 1, power, power + 1, u64::MAX] {
                assert_eq!(written_u64(number), number.to_string());
            }
        }
    }

    #[test]
    fn every_port_is_as_std_writes_it() {
        for port in 0..=u16::MAX {
            let mut to = [0; 8];
            let len = write_port(port, &mut to);
            assert_eq!(to[..len], *port.to_string().as_bytes());
        }
    }

    proptest! {
        #[test]
        fn std_agrees(number: u32, long: u64, shift in 0u32..64) {
            prop_assert_eq!(written(number), number.to_string());
            prop_assert_eq!(written_u64(long >> shift), (long >> shift).to_string());
        }
    }
}
