//! How attempts at a check make a verdict.

use std::fmt;
use std::time::Duration;

use netdiag_text::Quantity;
use schemars::JsonSchema;
use serde::Deserialize;

/// What a check comes to that cannot be measured.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum OnUnavailable {
    /// It is skipped, with the reason.
    #[default]
    Skip,
    /// It warns.
    Warn,
    /// It fails.
    Fail,
}

/// How attempts make a verdict; displayed in words, as `3 attempts at most, 1s between them`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Repetition {
    /// So many attempts at most; one that passes after others failed is flaky.
    Attempts {
        /// At least one.
        most: u32,
        /// Between them.
        pause: Duration,
    },
    /// It passes as soon as one attempt does.
    Eventually {
        /// Since the first attempt began.
        within: Duration,
        /// From the beginning of one attempt to that of the next.
        every: Duration,
    },
    /// It passes if every attempt does.
    Consistently {
        /// Since the first attempt began.
        during: Duration,
        /// From the beginning of one attempt to that of the next.
        every: Duration,
    },
}

impl fmt::Display for Repetition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Attempts { most: 1, .. } => f.write_str("once"),
            Self::Attempts { most, pause } => {
                write!(f, "{most} attempts at most, {} between them", Quantity::Time(pause))
            }
            Self::Eventually { within, every } => {
                let (every, within) = (Quantity::Time(every), Quantity::Time(within));
                write!(f, "until it passes, every {every} for {within}")
            }
            Self::Consistently { during, every } => {
                let (every, during) = (Quantity::Time(every), Quantity::Time(during));
                write!(f, "all the time, every {every} for {during}")
            }
        }
    }
}
