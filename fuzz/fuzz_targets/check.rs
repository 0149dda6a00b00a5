//! Any text as a check file, in TOML or in JSON.
//!
//! Seeds are the files in tests/data/checks; fuzz/check.dict has the words.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &[u8]| netdiag_check::fuzzing::file(text));
