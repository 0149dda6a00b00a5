//! Any words as the command line of `ss`, up to what it asks for.
//!
//! Seeds are in tests/data/listings: a byte that says whether the call is through a link, then a word a line.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|words: &[u8]| netdiag::fuzzing::listing(words));
