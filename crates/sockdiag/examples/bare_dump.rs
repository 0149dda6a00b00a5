//! Asks for all TCP sockets and throws the answer away unread: what a listing costs before it does anything.
//!
//! Usage: `bare_dump [4|6]... [0xEXTENSIONS]`, both families when none is named. Prints how many bytes came.

mod raw;

use std::io::{self, Write};

use netdiag_sockdiag::{Extensions, States, inet};

fn main() -> io::Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let extensions = words.iter().find_map(|word| u8::from_str_radix(word.strip_prefix("0x")?, 16).ok());
    let extensions = Extensions::from_bits_retain(extensions.unwrap_or_default());
    let families_named = words.iter().any(|word| !word.starts_with("0x"));
    let mut bytes = 0;
    for (name, family) in [("4", inet::Family::V4), ("6", inet::Family::V6)] {
        if !families_named || words.iter().any(|word| word == name) {
            let request = inet::request(family, inet::TCP, States::ALL, extensions.clone());
            raw::dump(&request, |datagram| {
                bytes += datagram.len();
                Ok(())
            })?;
        }
    }
    writeln!(io::stdout(), "{bytes}")
}
