//! How much a counter grew between two readings, or why that is not known.
//!
//! A counter that went backwards was set back, or belongs to something that was made anew: what it would take to wrap around is no
//! answer.

/// Why the growth of a counter is not known.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum UnknownGrowth {
    /// One of the readings has no such counter.
    #[error("this kernel does not count it")]
    Absent,
    /// It is less than it was.
    #[error("it went backwards, from {before} to {after}")]
    WentBackwards {
        /// Its earlier value.
        before: u64,
        /// Its later value.
        after: u64,
    },
    /// What it belongs to was taken away and made anew in between, and counts from 0.
    #[error("what it is counted for was made anew meanwhile")]
    Recreated,
}

/// How much a counter grew from one reading to the next.
///
/// # Errors
/// Why that is not known.
pub fn counter_growth(before: Option<u64>, after: Option<u64>) -> Result<u64, UnknownGrowth> {
    let (before, after) = before.zip(after).ok_or(UnknownGrowth::Absent)?;
    after.checked_sub(before).ok_or(UnknownGrowth::WentBackwards { before, after })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_counter_only_ever_grows() {
        #[rustfmt::skip]
        let cases = [
            (Some(5),            Some(9), Ok(4)),
            (Some(9),            Some(9), Ok(0)),
            (Some(1),            Some(0), Err(UnknownGrowth::WentBackwards { before: 1, after: 0 })),
            (Some(u64::MAX),     Some(3), Err(UnknownGrowth::WentBackwards { before: u64::MAX, after: 3 })),
            (None,               Some(3), Err(UnknownGrowth::Absent)),
            (Some(3),            None,    Err(UnknownGrowth::Absent)),
        ];
        for (before, after, expected) in cases {
            assert_eq!(counter_growth(before, after), expected, "{before:?} {after:?}");
        }
    }
}
