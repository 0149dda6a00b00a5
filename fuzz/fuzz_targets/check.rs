//! Any text as a check file, in TOML and in JSON, and as a target of the command line.
//!
//! Seeds are the files in tests/data/checks; fuzz/check.dict has the words.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &[u8]| netdiag_check::fuzzing::file(text));
