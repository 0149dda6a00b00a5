//! Any bytes as the file that remembers which checks failed.
//!
//! Seeds are in tests/data/states.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|file: &[u8]| netdiag::fuzzing::memory(file));
