//! What a user types and what the program says, as whole-output snapshots: a target of crates/netdiag.
//!
//! One file per subcommand. These tests need no privilege and no network but loopback; what needs more is in tests/netns.

#![expect(clippy::unwrap_used, reason = "a harness fails its test by panicking")]

mod action;
mod check;
mod check_bounds;
mod check_help;
mod check_input;
mod check_manners;
mod check_output;
mod check_paths;
mod check_refused;
mod check_run;
mod check_secrets;
mod check_terminal;
mod connect;
mod examples;
mod filter;
mod help;
mod hostile;
mod netdiag;
mod ping;
mod ping_help;
mod ping_values;
mod probe;
mod scarcity;
mod schema;
mod serve;
mod serve_help;
mod serve_values;
mod session;
mod ss;
mod ss_count;
mod ss_owners;
mod ss_recording;
mod ss_refused;
mod ss_summary;
mod terminal;
mod wait;
