//! Any words as the command line of `mtr`, up to its sockets.
//!
//! Seeds are in tests/data/mtrs: a byte that says how the program is called, then a word a line.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|words: &[u8]| netdiag::fuzzing::mtr(words));
