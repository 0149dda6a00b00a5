//! The lab put to the test on a real kernel.
//!
//! Needs root or a user namespace, so plain `cargo test` leaves it out: `cargo test -p netdiag-lab
//! --test lab`.

#![expect(clippy::unwrap_used, reason = "a test helper fails like the test it helps")]

mod hosts;
mod ping;
mod tcp;
mod wires;
