//! Any words as the command line of `ping`, up to its sockets.
//!
//! Seeds are in tests/data/pings: a byte that says whether the call is through a link, then a word a line.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|words: &[u8]| netdiag::fuzzing::ping(words));
