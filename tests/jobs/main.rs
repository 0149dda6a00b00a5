//! Jobs as somebody does them who has read `--help` and the documents, and every command line that these show: a target of
//! crates/netdiag, privileged.
//!
//! `cargo xtask test` runs it, as the jobs ping and listen on ports that a machine has in use. Names lead to this host, and what
//! listens there is of the test.

#![expect(clippy::unwrap_used, reason = "a harness fails its test by panicking")]

mod command_lines;
mod documents;
#[path = "../netns/guard.rs"]
mod guard;
mod lines;
mod scene;
mod scripts;
