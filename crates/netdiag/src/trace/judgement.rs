//! What a path is found to be by what was asked of it: [`Judgement`].
//!
//! What could not be measured is neither kept nor missed.

use netdiag_text::Exit;

/// What a path is by what was asked of it, in words.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Judgement {
    /// What is not as asked.
    pub(super) missed: Vec<String>,
    /// What could not be found out.
    pub(super) unmeasured: Vec<String>,
}

impl Judgement {
    /// How a run ends that came to this.
    pub(super) fn exit(&self) -> Exit {
        match (self.missed.is_empty(), self.unmeasured.is_empty()) {
            (false, _) => Exit::Unexpected,
            (true, false) => Exit::CouldNot,
            (true, true) => Exit::Success,
        }
    }
}
