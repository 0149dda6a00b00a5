//! Asks for TCP sockets and throws the answer away unread: what a listing costs before it does anything.
//!
//! Usage: `bare_dump [4|6|both|none]... [bound|all] [halves] [0xEXTENSIONS] [walk]`. IPv4 and then IPv6 are asked for when no family
//! is named, `both` in one walk; sockets that are bound and no more alone, or too. `halves` asks on two threads, for half of the
//! ports each. `walk` then reads each link in each `/proc/PID/fd` once, as who looks for owners must. Prints how many bytes came and
//! how many links were read.

mod raw;

use std::ffi::CStr;
use std::fs::read_dir;
use std::io::{self, Write};
use std::mem::MaybeUninit;
use std::thread;

use netdiag_sockdiag::filter::{Expr, Half, Halves, Scope};
use netdiag_sockdiag::{Extensions, Filtered, Query, States, TcpRequest, inet};
use rustix::fs::{CWD, Mode, OFlags, RawDir, openat, readlinkat_raw};

/// Of the ports that kernels choose unless told otherwise.
const HALVES: Halves = Halves { lowest: 32_768, highest: 60_999, share: 50 };

fn main() -> io::Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let names = |wanted: &str| words.iter().any(|word| word == wanted);
    let extensions = words.iter().find_map(|word| u8::from_str_radix(word.strip_prefix("0x")?, 16).ok());
    let states = match (names("bound"), names("all")) {
        (true, _) => States::BOUND_INACTIVE,
        (_, true) => States::ALL,
        _ => States::ALL & !States::BOUND_INACTIVE,
    };
    let request =
        TcpRequest { states, extensions: Extensions::from_bits_retain(extensions.unwrap_or_default()) };
    let named = ["4", "6", "both", "none"].iter().any(|family| names(family));
    let mut bytes = 0;
    for (name, family) in [("4", inet::Family::V4), ("6", inet::Family::V6)] {
        if names(name) || !named {
            let TcpRequest { states, extensions } = request.clone();
            bytes += asked(&inet::request(family, inet::TCP, states, extensions), names("halves"))?;
        }
    }
    if names("both") {
        bytes += asked(&request, names("halves"))?;
    }
    let links = if names("walk") { walk()? } else { 0 };
    writeln!(io::stdout(), "{bytes} {links}")
}

/// Asks at once or in halves, and gives the number of bytes that came.
fn asked(request: &(impl Query + Clone + Send + Sync), halves: bool) -> io::Result<usize> {
    if !halves {
        return ask(request.clone(), None);
    }
    thread::scope(|scope| {
        let second = scope.spawn(|| ask(request.clone(), Some(Half::Second)));
        let first = ask(request.clone(), Some(Half::First))?;
        let second = second.join().map_err(|_| io::Error::other("the second thread panicked"))??;
        Ok(first + second)
    })
}

fn ask(request: impl Query, half: Option<Half>) -> io::Result<usize> {
    let bytecode = half.and_then(|half| HALVES.of(half, &Expr::ALWAYS).plan(Scope::default()).bytecode);
    let query = Filtered { request, bytecode, protocol: None };
    let mut bytes = 0;
    raw::dump(&query, |datagram| {
        bytes += datagram.len();
        Ok(())
    })?;
    Ok(bytes)
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
