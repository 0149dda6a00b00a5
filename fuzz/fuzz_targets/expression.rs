//! Any text as an expression a script waits for, and any bytes that it is looked for in.
//!
//! Seeds are in tests/data/expressions: a line with the expression, then the bytes.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| netdiag_probe::fuzzing::expression(input));
