//! What a kind of check is: words of a file that come to work, and work that comes to findings.

use std::fmt::Debug;
use std::time::Duration;

use futures_util::future::BoxFuture;
use netdiag_text::Message;
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use tokio::time::Instant;

use crate::finding::Finding;
use crate::needs::Needs;
use crate::settings::Settings;
use crate::source::Complaint;
use crate::world::World;

/// What may be written of a kind, besides what may be written of every check.
pub(crate) trait Config: DeserializeOwned + JsonSchema {
    /// The kind's word.
    const WORD: &'static str;

    /// Decides.
    fn plan(self, settings: &Settings<'_>) -> Planned;
}

/// What a file's words about a check come to.
pub(crate) type Planned = Result<Box<dyn Work>, Vec<Complaint>>;

/// What an attempt at a check does. It holds only what was decided from the file, and no state of a run.
pub(crate) trait Work: Debug + Send + Sync {
    /// What is checked, as a person would say it.
    fn target(&self) -> Message;

    /// Looks, until `deadline` at the latest, and tells what was found.
    fn attempt<'a>(&'a self, world: &'a World, deadline: Instant) -> BoxFuture<'a, Finding>;

    /// The command to look further with after a finding that is not as expected.
    fn hint(&self, finding: &Finding) -> Option<Message>;

    /// What it wants to know of this host's sockets.
    fn needs(&self) -> Needs {
        Needs::default()
    }

    /// How long an attempt takes at least, which is added to the time it may take.
    fn lasts(&self) -> Duration {
        Duration::ZERO
    }

    /// Whether other checks beside it would falsify it, unless the file says otherwise.
    fn is_sensitive(&self) -> bool {
        false
    }
}
