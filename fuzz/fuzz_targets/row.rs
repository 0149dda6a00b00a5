//! Any bytes as a file of sockets below `/proc/net`.
//!
//! Seeds are in tests/data/rows: a byte that picks the family, then the file.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| netdiag_host::fuzzing::rows(input));
