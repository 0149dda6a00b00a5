//! Any bytes as a file of sockets (`TCPDIAG_FILE`), and what was read written again (`-D`).
//!
//! The captures in tests/data are such files as they are.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|file: &[u8]| netdiag_sockdiag::fuzzing::recording(file));
