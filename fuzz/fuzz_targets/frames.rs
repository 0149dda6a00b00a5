//! Any bytes a netlink socket may deliver, read as the kernel's answer to a dump.
//!
//! The captures in tests/data are whole answers, so the fuzzer starts from real frames, records and attributes.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|datagram: &[u8]| netdiag_sockdiag::fuzzing::datagram(datagram));
