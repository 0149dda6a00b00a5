//! Any text as a check on the command line: its kind, its target and its conditions in one word.
//!
//! Seeds are in tests/data/words.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &[u8]| netdiag_check::fuzzing::word(text));
