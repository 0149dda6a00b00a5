//! Saves what the kernel answers to a dump, as test data.
//!
//! Usage: `capture FAMILY PROTOCOL STATES(hex) DETAILS(hex) FILE`. FAMILY is 4, 6, unix, packet or netlink; PROTOCOL matters to 4
//! and 6 only; DETAILS are extensions there and `SHOW_*` elsewhere. Datagrams are written one after the other; their boundaries
//! are not kept, and need not be: netlink messages carry their length.

mod raw;

use std::fs::File;
use std::io::{self, Write};

use netdiag_sockdiag::{Extensions, Filtered, NetlinkRequest, PacketRequest, States, inet, unix};

fn main() -> io::Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [family, protocol, states, details, file] = &words[..] else {
        return Err(io::Error::other("usage: capture FAMILY PROTOCOL STATES DETAILS FILE"));
    };
    let states = States(u32::from_str_radix(states, 16).map_err(io::Error::other)?);
    let show = u32::from_str_radix(details, 16).map_err(io::Error::other)?;
    let mut out = File::create(file)?;
    let keep = |datagram: &[u8]| out.write_all(datagram);
    let version = match &family[..] {
        "unix" => return raw::dump(&unix::request(states, show), keep),
        "packet" => return raw::dump(&PacketRequest { show }, keep),
        "netlink" => return raw::dump(&NetlinkRequest { show }, keep),
        "6" => inet::Family::V6,
        _ => inet::Family::V4,
    };
    let extensions = Extensions::from_bits_retain(show as u8);
    match protocol.parse().map_err(io::Error::other)? {
        inet::MPTCP => {
            let request = inet::request(version, inet::TCP, states, extensions);
            let protocol = Some(inet::MPTCP.into());
            raw::dump(&Filtered { request, bytecode: None, protocol }, keep)
        }
        protocol => raw::dump(&inet::request(version, protocol as u8, states, extensions), keep),
    }
}
