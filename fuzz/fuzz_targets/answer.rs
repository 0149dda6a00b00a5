//! Any bytes as the answer of a DNS server, shown in every format of `probe`.
//!
//! Seeds are in tests/data/answers: whole messages, as they come over UDP.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| netdiag::fuzzing::dns(bytes));
