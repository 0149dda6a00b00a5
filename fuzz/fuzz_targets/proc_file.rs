//! Any bytes as the small files this machine tells of itself in: counters, services, mounts, ports and their like.
//!
//! Seeds are in tests/data/proc_files: a byte that picks the reader, then the file.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| netdiag_host::fuzzing::files(input));
