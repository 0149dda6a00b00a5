//! Unsigned numbers as decimal text, without the formatting machinery of `std`.
//!
//! A listing writes half a dozen numbers for every socket, so this is where its time would go.

#![cfg_attr(not(test), warn(clippy::indexing_slicing))]

/// Writes `number` and says how long it is.
#[inline]
pub(crate) fn write(mut number: u32, to: &mut [u8; 10]) -> usize {
    let len = number.checked_ilog10().unwrap_or(0) as usize + 1;
    for place in to.iter_mut().take(len).rev() {
        *place = b'0' + (number % 10) as u8;
        number /= 10;
    }
    len
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn written(number: u32) -> String {
        let mut to = [0; 10];
        let len = write(number, &mut to);
        String::from_utf8(to[..len].to_vec()).unwrap()
    }

    #[test]
    fn lengths_change_at_powers_of_ten() {
        for power in (0..10).map(|n| 10u32.pow(n)) {
            for number in [power - 1, power, power + 1, u32::MAX] {
                assert_eq!(written(number), number.to_string());
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
        fn std_agrees(number: u32) {
            prop_assert_eq!(written(number), number.to_string());
        }
    }
}
