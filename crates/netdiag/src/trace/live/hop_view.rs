//! What is shown of a hop beside what the engine tells: [`HopView`].

use std::net::SocketAddr;
use std::time::Duration;

/// What is shown of a hop beside what the engine tells.
#[derive(Clone, Debug, Default)]
pub(super) struct HopView {
    pub(super) median: Option<Duration>,
    pub(super) p95: Option<Duration>,
    pub(super) who: Vec<Called>,
}

/// Who answers.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Called {
    pub(super) address: Option<SocketAddr>,
    pub(super) name: Option<String>,
    /// Whose network it is in.
    pub(super) system: Option<String>,
    /// What it says, its labels left out.
    pub(super) said: Vec<String>,
    pub(super) labels: Vec<String>,
}
