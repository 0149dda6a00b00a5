//! Any text as a JSONPath, led through any body.
//!
//! Seeds are in tests/data/jsonpaths: a line with a path, a line with a condition, then the body.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| netdiag_check::fuzzing::jsonpath(input));
