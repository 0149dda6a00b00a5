//! Any text as a request to the HTTP server: path, ranges, conditions, host; and any names as what a directory lists.
//!
//! Seeds are in tests/data/requests: the target, a header a line, an empty line, then names with slashes between them.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| netdiag_probe::fuzzing::request(input));
