//! A server of somebody else's, stopped when its handle is dropped.

use std::fs;
use std::net::{Ipv4Addr, SocketAddrV4};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicU8, Ordering};

use netdiag_lab::until;

use crate::fed::PATIENCE;

/// A running program.
pub(crate) struct Peer(Option<Child>);

impl Peer {
    /// Starts `line` and waits until somebody listens at `address`.
    pub(crate) fn at(address: SocketAddrV4, line: &str) -> Self {
        let mut words = line.split_whitespace();
        let mut command = Command::new(words.next().unwrap());
        command.args(words);
        Self::listening(&mut command, || is_listening(address))
    }

    /// Starts `line` and waits until `path` is a socket that takes connections or datagrams.
    pub(crate) fn on(path: &Path, line: &str) -> Self {
        let mut words = line.split_whitespace();
        let mut command = Command::new(words.next().unwrap());
        command.args(words);
        Self::listening(&mut command, || is_taken(path))
    }

    /// Starts `command` and waits until it is `ready`.
    pub(crate) fn listening(command: &mut Command, ready: impl Fn() -> bool) -> Self {
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let child = command.spawn();
        let mut child = child.unwrap_or_else(|error| panic!("this test needs {command:?}: {error}"));
        until(format!("{command:?} to listen"), PATIENCE, || {
            assert!(child.try_wait().unwrap().is_none(), "{command:?} ended at once");
            ready().then_some(())
        })
        .unwrap();
        Self(Some(child))
    }

    /// What it wrote, once it has ended by itself.
    pub(crate) fn output(mut self) -> Output {
        self.0.take().unwrap().wait_with_output().unwrap()
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        if let Some(child) = &mut self.0 {
            // It may have ended by itself.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// A loopback address no other test has, of this run or another.
pub(crate) fn address() -> SocketAddrV4 {
    static NEXT: AtomicU8 = AtomicU8::new(1);
    let [_, high, middle, low] = std::process::id().to_be_bytes();
    let own = NEXT.fetch_add(1, Ordering::Relaxed);
    SocketAddrV4::new(Ipv4Addr::new(127, 64 | high << 4 | middle & 0xf, low, own), 7000)
}

/// Whether the kernel has a listener there (`proc(5)`, `/proc/net/tcp`).
pub(crate) fn is_listening(address: SocketAddrV4) -> bool {
    let ip = u32::from_ne_bytes(address.ip().octets());
    let row = format!("{ip:08X}:{:04X} 00000000:0000 0A", address.port());
    fs::read_to_string("/proc/net/tcp").unwrap().contains(&row)
}

/// Whether the kernel has a unix socket there that listens, or takes datagrams (`/proc/net/unix`): one that is bound does not
/// listen yet.
fn is_taken(path: &Path) -> bool {
    let path = path.to_str().unwrap();
    fs::read_to_string("/proc/net/unix").unwrap().lines().any(|line| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let [_, _, _, flags, kind, _, _, name] = fields[..] else { return false };
        name == path && (flags == "00010000" || kind == "0002")
    })
}
