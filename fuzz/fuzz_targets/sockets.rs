//! Any bytes as sockets of every family, with every attribute they seem to have, in text and JSON.
//!
//! The captures in tests/data are whole answers, from which the records are taken first.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|datagram: &[u8]| netdiag::fuzzing::sockets(datagram));
