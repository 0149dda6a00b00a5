//! Our servers against other people's clients, on loopback and without privilege: a target of crates/netdiag.
//!
//! A client that is missing fails the test that needs it, by name.

#![expect(clippy::unwrap_used, reason = "a harness fails its test by panicking")]

mod browser;
mod certificates;
mod client;
mod directory;
#[path = "../clients/fed.rs"]
mod fed;
mod loopback;
mod peers;
mod server;
mod start;
mod stop;
mod trials;
