//! Any words where the report of a run can have them, in every format, each read again.
//!
//! Seeds are in tests/data/wordings: words with a record separator between them.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|words: &[u8]| netdiag_check::fuzzing::reports(words));
