//! Saves what the kernel answers to a dump of inet sockets, as test data.
//!
//! Usage: `capture 4|6 PROTOCOL STATES(hex) EXTENSIONS(hex) FILE`. Datagrams are written one after the other; their
//! boundaries are not kept, and need not be: netlink messages carry their length.

mod raw;

use std::fs::File;
use std::io::{self, Write};

use netdiag_sockdiag::{Extensions, States, inet};

fn main() -> io::Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [family, protocol, states, extensions, file] = &words[..] else {
        return Err(io::Error::other("usage: capture 4|6 PROTOCOL STATES EXTENSIONS FILE"));
    };
    let family = if family == "6" { inet::Family::V6 } else { inet::Family::V4 };
    let request = inet::request(
        family,
        protocol.parse().map_err(io::Error::other)?,
        States(u32::from_str_radix(states, 16).map_err(io::Error::other)?),
        Extensions::from_bits_retain(u8::from_str_radix(extensions, 16).map_err(io::Error::other)?),
    );
    let mut out = File::create(file)?;
    raw::dump(&request, |datagram| out.write_all(datagram))
}
