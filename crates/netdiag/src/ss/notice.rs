//! What kept a part of a list from being whole.
//!
//! That this kernel cannot tell of such sockets is told like the others, but is no failure: what it cannot have is not missing.

use netdiag_host::CutShort;
use netdiag_sockdiag::RecordingError;

/// What a listing has to say of a part besides the sockets.
#[derive(Debug)]
pub(crate) enum Notice {
    /// There may be more sockets than those listed.
    CutShort(CutShort),
    /// The recording in place of the kernel cannot be read, or not to its end.
    Unreplayable(RecordingError),
    /// What the filter asks of TCP is not told here, so that sockets may be missing that are meant.
    Untold(String),
}

impl Notice {
    /// Whether nearly all sockets were told of: some that came or went meanwhile may be missing or doubled, some could not be read.
    pub(crate) fn is_inexact(&self) -> bool {
        matches!(self, Self::CutShort(CutShort::Interrupted | CutShort::Malformed(_)))
    }

    /// Whether sockets are missing for a reason that is no property of this kernel.
    pub(crate) fn is_failure(&self) -> bool {
        !matches!(self, Self::CutShort(CutShort::Interrupted | CutShort::Unsupported))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_missing_for_no_good_reason_is_a_failure() {
        assert!(Notice::CutShort(CutShort::Malformed(1)).is_failure());
        assert!(Notice::Untold("/proc/net/tcp".to_owned()).is_failure());
        assert!(!Notice::CutShort(CutShort::Unsupported).is_failure());
        assert!(!Notice::CutShort(CutShort::Interrupted).is_failure());
    }
}
