//! How a check ended.
//!
//! "Could not measure" is a verdict of its own: it is neither a failure of what was measured nor its success.

use std::fmt;

/// A check's end, from good to bad.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Verdict {
    /// Everything is as stated.
    Pass,
    /// Not run, or not to be judged, for the reason given.
    Skip,
    /// Not as stated, which was to be no more than a warning.
    Warn,
    /// As stated, but not at the first attempt.
    Flaky,
    /// Not as stated.
    Fail,
    /// It could not be measured: permission or support is missing on our side.
    Error,
}

impl Verdict {
    /// All of them, from good to bad.
    pub const ALL: [Self; 6] = [Self::Pass, Self::Skip, Self::Warn, Self::Flaky, Self::Fail, Self::Error];

    /// Its word in every report.
    pub fn word(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Skip => "skip",
            Self::Warn => "warn",
            Self::Flaky => "flaky",
            Self::Fail => "fail",
            Self::Error => "error",
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}
