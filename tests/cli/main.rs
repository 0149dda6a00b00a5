//! What a user types and what the program says, as whole-output snapshots: a target of crates/netdiag.
//!
//! One file per subcommand. These tests need no privilege and no network but loopback; what needs more is in tests/netns.

#![expect(clippy::unwrap_used, reason = "a harness fails its test by panicking")]

mod filter;
mod netdiag;
mod ping;
mod ping_help;
mod ping_values;
mod schema;
mod serve;
mod serve_values;
mod session;
mod ss;
