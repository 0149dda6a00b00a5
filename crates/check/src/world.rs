//! What the checks of a run share, so that asking twice costs once.

/// The state of one run.
#[derive(Debug, Default)]
pub struct World {}
