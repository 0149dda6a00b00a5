//! A round-trip time as upstream rounds it.

use std::fmt::{self, Display};
use std::time::Duration;

use netdiag_text::duration::Millis;

/// Milliseconds with as many decimals as make three digits, or all three of them.
pub(crate) struct Rtt {
    pub(crate) rtt: Duration,
    pub(crate) exact: bool,
}

impl Display for Rtt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let micros = self.rtt.as_micros();
        match micros {
            _ if self.exact => Millis(self.rtt).fmt(f),
            99_950.. => write!(f, "{}", (micros + 500) / 1000),
            9_995.. => write!(f, "{}.{}", (micros + 50) / 1000, (micros + 50) % 1000 / 100),
            1_000.. => write!(f, "{}.{:02}", (micros + 5) / 1000, (micros + 5) % 1000 / 10),
            _ => Millis(self.rtt).fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_trip_times_have_three_digits() {
        #[rustfmt::skip]
        let cases = [
            (7, "0.007"), (999, "0.999"), (1_000, "1.00"), (1_005, "1.01"), (9_994, "9.99"), (9_995, "10.0"), (10_050, "10.1"),
            (99_949, "99.9"), (99_950, "100"), (100_500, "101"), (3_000_000, "3000"),
        ];
        for (micros, expected) in cases {
            let rtt = Duration::from_micros(micros);
            assert_eq!(Rtt { rtt, exact: false }.to_string(), expected, "{micros} µs");
        }
        assert_eq!(Rtt { rtt: Duration::from_micros(99_951), exact: true }.to_string(), "99.951");
    }
}
