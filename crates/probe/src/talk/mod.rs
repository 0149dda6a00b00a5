//! Conversations by a script: send, expect, begin TLS.
//!
//! A peer's words may come in any pieces: what is expected is looked for in all that came and was not yet matched.

mod conversation;
mod escape;
mod script;

pub use self::conversation::{ScriptOutcome, ScriptRun};
pub use self::escape::{escape, unescape};
pub(crate) use self::script::QUOTED;
pub use self::script::{Pattern, Script, Step};
