//! Rates in bits per second, short for people or exact.
//!
//! Three digits are kept before the unit is chosen, so just below a million they read `1e+03k`, as upstream's do.

use super::super::super::cells::Cell;
use crate::printf;

/// How rates are put.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Rates {
    /// `13.8Gbps`.
    Short,
    /// `13762560000bps` (`-n`).
    Exact,
}

impl Rates {
    /// Writes a name and a rate given in bits per second.
    #[inline]
    pub(super) fn write<const N: usize>(self, cell: &mut Cell<'_>, name: &[u8; N], rate: f64) {
        if self == Self::Exact {
            cell.named(name, |to| printf::whole(rate, to));
            return cell.word(b"bps");
        }
        let Some(&(unit, letter)) = UNITS.iter().find(|(unit, _)| rate >= *unit) else {
            cell.named(name, |to| printf::general::<6>(rate, to));
            return cell.word(b"bps");
        };
        cell.named(name, |to| printf::general::<3>(rate / unit, to));
        cell.word(&[letter, b'b', b'p', b's']);
    }

    /// Writes a name and a rate given in bytes per second.
    #[inline]
    pub(super) fn write_bytes<const N: usize>(self, cell: &mut Cell<'_>, name: &[u8; N], rate: u64) {
        self.write(cell, name, rate as f64 * 8.0);
    }
}

const UNITS: [(f64, u8); 4] = [(1e12, b'T'), (1e9, b'G'), (1e6, b'M'), (1e3, b'k')];

#[cfg(test)]
mod tests {
    use super::super::tests::text;
    use super::*;

    #[test]
    fn rates_have_three_digits_and_a_unit_or_all_digits() {
        #[rustfmt::skip]
        let cases = [
            (0.0,                   "0bps",        "0bps"),
            (999.0,                 "999bps",      "999bps"),
            (999.5,                 "999.5bps",    "1000bps"),
            (1000.0,                "1kbps",       "1000bps"),
            (999_999.0,             "1e+03kbps",   "999999bps"),
            (32_612_345.67,         "32.6Mbps",    "32612346bps"),
            (13_762_560_000.0,      "13.8Gbps",    "13762560000bps"),
            (1.475_739_525_896e20,  "1.48e+08Tbps", "147573952589599997952bps"),
        ];
        for (rate, short, exact) in cases {
            assert_eq!(text(|cell| Rates::Short.write(cell, b"", rate)), short);
            assert_eq!(text(|cell| Rates::Exact.write(cell, b"", rate)), exact);
        }
        assert_eq!(text(|cell| Rates::Short.write_bytes(cell, b" pacing_rate ", 125)), " pacing_rate 1kbps");
    }
}
