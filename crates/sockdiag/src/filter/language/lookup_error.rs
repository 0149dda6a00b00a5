//! Why it cannot be told what a name in a filter stands for.
//!
//! That a host, a service or an interface is not known is no such error: then there is simply none of that name.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

/// Why [`NameLookup`](super::NameLookup) cannot answer; what is displayed is the reason alone.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum LookupError {
    /// Whoever answers looks nothing up, as [`NoNames`](super::NoNames) does.
    NothingLookedUp,
    /// It was looked up, and failed for this reason.
    Failed(Arc<dyn Error + Send + Sync>),
}

impl LookupError {
    /// That looking it up failed for this reason.
    pub fn failed(reason: impl Error + Send + Sync + 'static) -> Self {
        Self::Failed(Arc::new(reason))
    }
}

impl fmt::Display for LookupError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NothingLookedUp => f.write_str("nothing is looked up here"),
            Self::Failed(reason) => reason.fmt(f),
        }
    }
}

impl Error for LookupError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::NothingLookedUp => None,
            Self::Failed(reason) => reason.source(),
        }
    }
}

/// Two are the same if they read the same: reasons of whatever type have nothing else in common.
impl PartialEq for LookupError {
    fn eq(&self, other: &Self) -> bool {
        self.to_string() == other.to_string()
    }
}

impl Eq for LookupError {}
