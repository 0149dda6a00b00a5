//! C's `%g`, the one number format of the upstream tools that Rust's formatter lacks.

use std::fmt::{self, Display};

/// Six significant digits, no trailing zeros, an exponent only when it is shorter.
pub(crate) struct General(pub(crate) f64);

impl Display for General {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 == 0.0 || !self.0.is_finite() {
            return write!(f, "{}", self.0);
        }
        // Rounding to six digits can carry into the exponent, so it is read off the rounded number.
        let rounded = format!("{:.*e}", DIGITS - 1, self.0);
        let (mantissa, exponent) = rounded.split_once('e').unwrap_or((&rounded, "0"));
        let exponent: i32 = exponent.parse().unwrap_or_default();
        if (-4..DIGITS as i32).contains(&exponent) {
            let decimals = usize::try_from(DIGITS as i32 - 1 - exponent).unwrap_or_default();
            f.write_str(without_zeros(&format!("{:.decimals$}", self.0)))
        } else {
            let sign = if exponent < 0 { '-' } else { '+' };
            write!(f, "{}e{sign}{:02}", without_zeros(mantissa), exponent.abs())
        }
    }
}

const DIGITS: usize = 6;

fn without_zeros(text: &str) -> &str {
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_print_as_c_prints_them() {
        #[rustfmt::skip]
        let cases = [
            (0.0, "0"), (100.0, "100"), (33.333_332, "33.3333"), (97.435_897, "97.4359"), (0.5, "0.5"), (-25.0, "-25"),
            (66.666_664, "66.6667"), (999_999.0, "999999"), (999_999.5, "1e+06"), (1_234_567.0, "1.23457e+06"),
            (0.000_1, "0.0001"), (0.000_01, "1e-05"), (0.000_099_999_99, "0.0001"), (123_456.7, "123457"), (6.025, "6.025"),
        ];
        for (number, expected) in cases {
            assert_eq!(General(number).to_string(), expected);
        }
    }
}
