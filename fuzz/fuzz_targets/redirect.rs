//! Any text as a URL, and any bytes as where answers lead from there.
//!
//! Seeds are in tests/data/redirects: a line with a URL, then a location a line.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| netdiag_probe::fuzzing::redirect(input));
