//! Any names of processes and interfaces in the file that `check --init` writes, which is read again.
//!
//! Seeds are in tests/data/inits: names with a record separator between them.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|names: &[u8]| netdiag::fuzzing::init(names));
