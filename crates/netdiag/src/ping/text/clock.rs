//! The time in front of a line: that of printing, as upstream has it.

use std::fmt::{self, Display};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use jiff::Zoned;

use super::super::args::TimeFormat;

/// How to write the time before a line.
#[derive(Clone, Debug)]
pub(crate) struct LineClock {
    format: TimeFormat,
    start: Instant,
}

impl LineClock {
    /// A clock whose relative times count from now.
    pub(crate) fn new(format: TimeFormat) -> Self {
        Self { format, start: Instant::now() }
    }
}

impl Display for LineClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.format {
            TimeFormat::Iso => Zoned::now().strftime("%Y-%m-%dT%H:%M:%S%.6f%:z").fmt(f),
            TimeFormat::Unix => {
                let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
                write!(f, "{}.{:06}", now.as_secs(), now.subsec_micros())
            }
            TimeFormat::Relative => {
                let elapsed = self.start.elapsed();
                write!(f, "{}.{:06}", elapsed.as_secs(), elapsed.subsec_micros())
            }
        }
    }
}
