//! Any bytes a socket may deliver and any control messages with them, lived through by a run.
//!
//! The first byte picks the socket's layout as for `packet`, so its captures are seeds here too; `netdiag_echo::fuzzing` says
//! what the rest becomes. The run's probes carry a secret, and what lacks it must not count.
#![no_main]

use libfuzzer_sys::fuzz_target;
use netdiag_echo::fuzzing::arrival;
use netdiag_echo::wire::Layout;

const LAYOUTS: [Layout; 3] = [Layout::Ipv4Raw, Layout::Ipv4Datagram, Layout::Ipv6];

fuzz_target!(|input: &[u8]| {
    if let Some((pick, packet)) = input.split_first() {
        arrival(LAYOUTS[usize::from(*pick) % LAYOUTS.len()], packet);
    }
});
