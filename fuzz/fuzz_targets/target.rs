//! Any text as what is to be probed.
//!
//! Seeds are in tests/data/targets.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &[u8]| netdiag_probe::fuzzing::target(text));
