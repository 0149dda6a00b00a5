//! Our clients against other people's servers, on loopback and without privilege: a target of crates/netdiag.
//!
//! A program that is missing fails the test that needs it, by name. Each peer has an address of its own, so that tests can
//! run side by side.

#![expect(clippy::unwrap_used, reason = "a harness fails its test by panicking")]

mod connect;
mod connect_end;
mod fed;
mod peer;
mod probe_dns;
mod probe_http;
mod probe_talk;
mod probe_tls;
mod program;
mod reports;
mod scripted;
mod wait;
mod wait_end;
