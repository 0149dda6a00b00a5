//! Any bytes that a router may add to an ICMP error, read as extensions.
//!
//! The input is the structure from its header on. A checksum that is wrong is also read as if there were none, so that what is
//! behind it is reached.
#![no_main]

use libfuzzer_sys::fuzz_target;
use netdiag_echo::extensions::{Object, objects};

fuzz_target!(|input: &[u8]| {
    read(input);
    if let [version, reserved, _, _, rest @ ..] = input {
        read(&[&[*version, *reserved, 0, 0], rest].concat());
    }
});

fn read(structure: &[u8]) {
    let Ok(all) = objects(structure) else { return };
    let mut length = 4;
    for object in all.flatten() {
        length += 4 + match object {
            Object::Labels(stack) => stack.iter().count() * 4,
            // A name is told without its length.
            Object::Interface(interface) => interface.name.map_or(0, str::len),
            Object::Other { data, .. } => data.len(),
            _ => 0,
        };
    }
    assert!(length <= structure.len(), "more is told than there is");
}
