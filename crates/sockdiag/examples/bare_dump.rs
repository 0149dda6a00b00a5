//! Asks for all TCP sockets and throws the answer away unread: what a listing costs before it does anything.
//!
//! Usage: `bare_dump [4|6]... [0xEXTENSIONS] [walk]`, both families when none is named; `walk` then reads each link in each
//! `/proc/PID/fd` once, as who looks for owners must. Prints how many bytes came and how many links were read.

mod raw;

use std::ffi::CStr;
use std::fs::read_dir;
use std::io::{self, Write};
use std::mem::MaybeUninit;

use netdiag_sockdiag::{Extensions, States, inet};
use rustix::fs::{CWD, Mode, OFlags, RawDir, openat, readlinkat_raw};

fn main() -> io::Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let extensions = words.iter().find_map(|word| u8::from_str_radix(word.strip_prefix("0x")?, 16).ok());
    let extensions = Extensions::from_bits_retain(extensions.unwrap_or_default());
    let names = |wanted: &str| words.iter().any(|word| word == wanted);
    let mut bytes = 0;
    for (name, family) in [("4", inet::Family::V4), ("6", inet::Family::V6)] {
        if names(name) || !(names("4") || names("6")) {
            let request = inet::request(family, inet::TCP, States::ALL, extensions.clone());
            raw::dump(&request, |datagram| {
                bytes += datagram.len();
                Ok(())
            })?;
        }
    }
    let links = if names("walk") { walk()? } else { 0 };
    writeln!(io::stdout(), "{bytes} {links}")
}

/// Reads every link to an open file of every process, and gives their number.
fn walk() -> io::Result<usize> {
    let mut links = 0;
    for process in read_dir("/proc")? {
        let files = process?.path().join("fd");
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        // What is no process has no such directory, and a process that has ended no longer has.
        let Ok(files) = openat(CWD, &files, flags, Mode::empty()) else { continue };
        let mut room = [MaybeUninit::uninit(); 32 * 1024];
        let mut entries = RawDir::new(&files, &mut room);
        while let Some(Ok(entry)) = entries.next() {
            let read = |name: &CStr| readlinkat_raw(&files, name, &mut [0; 32]).is_ok();
            links += usize::from(read(entry.file_name()));
        }
    }
    Ok(links)
}
