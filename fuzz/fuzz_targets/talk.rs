//! Any text as a script, played with a peer who says any bytes, at once and in pieces.
//!
//! Seeds are in tests/data/talks: a line that names a framing, the script up to a line `---`, then the peer's bytes.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| netdiag_probe::fuzzing::talk(input));
