//! Any bytes as frames that come in pieces, and as messages that go through frames and back.
//!
//! Seeds are in tests/data/framings: a line that names a framing, then the bytes.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| netdiag_probe::fuzzing::framing(input));
