//! Any bytes as a peer's certificate, and as text wherever a peer can say some, shown in every format of `probe`.
//!
//! Seeds are in tests/data/certificates: DER, and a text.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| netdiag::fuzzing::certificate(bytes));
