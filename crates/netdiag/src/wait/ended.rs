//! Why waiting is over.

use nix::sys::signal::Signal;

/// Why waiting is over.
#[derive(Clone, Copy, Debug)]
pub(super) enum Ended {
    /// What was waited for is so.
    Ready,
    TimeUp,
    /// The process of `--pid-alive` has ended.
    ProcessGone,
    Signalled(Signal),
}

impl Ended {
    /// Its word in JSON.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::TimeUp => "deadline",
            Self::ProcessGone => "process-gone",
            Self::Signalled(_) => "interrupted",
        }
    }
}
