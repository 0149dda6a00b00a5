//! Any bytes a socket may deliver, read as an answer to a probe.
//!
//! The first byte picks the socket's layout, modulo three in the order of [`LAYOUTS`]; the rest is the packet.
#![no_main]

use libfuzzer_sys::fuzz_target;
use netdiag_echo::Family;
use netdiag_echo::wire::{Layout, MessageBody, decode, decode_quoted};

const LAYOUTS: [Layout; 3] = [Layout::Ipv4Raw, Layout::Ipv4Datagram, Layout::Ipv6];

fuzz_target!(|input: &[u8]| {
    let Some((pick, packet)) = input.split_first() else { return };
    let layout = LAYOUTS[usize::from(*pick) % LAYOUTS.len()];
    if let Ok(Some(message)) = decode(layout, packet)
        && let MessageBody::Reply { payload, .. } = message.body
    {
        // What is handed on is what arrived, to its end.
        assert!(packet.ends_with(payload));
    }
    let family = if layout == Layout::Ipv6 { Family::V6 } else { Family::V4 };
    let _ = decode_quoted(family, packet);
});
