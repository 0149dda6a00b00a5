//! Any text as a filter: understood, printed, understood again, and divided between the kernel and us.
//!
//! Seeds are the filters in tests/data/filters; fuzz/filter.dict has the words.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &[u8]| netdiag_sockdiag::fuzzing::filter_text(text));
