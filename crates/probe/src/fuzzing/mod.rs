//! What fuzz targets call, and nobody else: one function for each.
//!
//! Those that need what is private to a directory are there.

#[cfg(all(feature = "http", feature = "tls"))]
mod found;
mod talk;
mod target;

#[cfg(all(feature = "http", feature = "tls"))]
pub use self::found::{certificate, text};
pub use self::talk::{framing, talk};
pub use self::target::target;
#[cfg(feature = "dns")]
pub use crate::dns::fuzzing::answer;
#[cfg(feature = "http")]
pub use crate::http::fuzzing::redirect;
pub use crate::played::Played;
#[cfg(all(feature = "http", feature = "server"))]
pub use crate::serve::http::fuzzing::request;
