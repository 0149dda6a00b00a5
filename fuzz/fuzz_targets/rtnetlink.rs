//! Any bytes as what the kernel lists of links, addresses, routes and neighbours.
//!
//! The captures in tests/data/rtnetlinks are answers of the kernel.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|datagram: &[u8]| netdiag_host::fuzzing::rtnetlink(datagram));
