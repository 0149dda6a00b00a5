//! `netdiag ss` against a real kernel, and beside the `ss` that is installed.
//!
//! Sockets are made in hosts of the lab, never in the namespace the tests run in: tests run side by side and would list each
//! other's.

mod callers;
mod cells;
mod identity;
mod internals;
mod layout;
mod oracle;
mod proc;
mod program;
mod scene;
mod sight;
mod states;
mod streams;
mod timers;
