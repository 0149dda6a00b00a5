//! What the names in a filter stand for on this machine.
//!
//! Looking a host up may take seconds and ask the network; everything else is read from files.

use std::fs::{self, File};
use std::io;
use std::net::{IpAddr, ToSocketAddrs};
use std::ops::RangeInclusive;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use netdiag_text::strerror;
use nix::net::if_::if_nametoindex;
use nix::unistd::User;
use rustix::fs::fstatfs;

use super::services;
use crate::filter::Glob;

/// Who may hold a socket.
#[derive(Debug)]
pub enum Who {
    /// The process of this id.
    Pid(u32),
    /// Processes called so.
    Process(Glob),
}

impl Who {
    /// Whether a process is among them.
    pub fn admits(&self, pid: u32, name: &[u8]) -> bool {
        match self {
            Self::Pid(wanted) => *wanted == pid,
            Self::Process(glob) => glob.matches(name),
        }
    }
}

/// Looks names up.
pub trait Names {
    /// All addresses of a host; none if it is unknown.
    fn hosts(&self, name: &str) -> Vec<IpAddr>;
    /// The port of a service by a protocol.
    fn port(&self, service: &str, protocol: &str) -> Option<u16>;
    /// The index of an interface.
    fn interface(&self, name: &str) -> Option<u32>;
    /// The id of a user.
    fn user(&self, name: &str) -> Option<u32>;
    /// The id of a control group, or why there is none.
    fn cgroup(&self, path: &Path) -> Result<u64, String>;
    /// The ports the kernel hands out.
    fn ephemeral(&self) -> RangeInclusive<u16>;
    /// The inodes of the sockets in some hands, or why they cannot be told.
    fn held(&self, by: &Who) -> Result<Vec<u32>, String>;
}

/// This machine, in the network namespace the process is in.
pub struct System<'a> {
    /// Finds the inodes of the sockets somebody holds.
    pub held: &'a dyn Fn(&Who) -> io::Result<Vec<u32>>,
}

impl Names for System<'_> {
    fn hosts(&self, name: &str) -> Vec<IpAddr> {
        let found = (name, 0).to_socket_addrs();
        found.map(|addresses| addresses.map(|address| address.ip()).collect()).unwrap_or_default()
    }

    fn port(&self, service: &str, protocol: &str) -> Option<u16> {
        services::port(&String::from_utf8_lossy(&fs::read("/etc/services").ok()?), service, protocol)
    }

    fn interface(&self, name: &str) -> Option<u32> {
        if_nametoindex(name).ok()
    }

    fn user(&self, name: &str) -> Option<u32> {
        User::from_name(name).ok()?.map(|user| user.uid.as_raw())
    }

    fn cgroup(&self, path: &Path) -> Result<u64, String> {
        let directory = match File::open(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound && path.is_relative() => {
                File::open(cgroup_mount()?.join(path))
            }
            other => other,
        };
        let failed = |error: &io::Error| format!("Failed to get cgroup2 ID: {}", strerror(error));
        let directory = directory.map_err(|error| failed(&error))?;
        let filesystem = fstatfs(&directory).map_err(|error| failed(&error.into()))?;
        if u64::try_from(filesystem.f_type) != Ok(CGROUP2) {
            return Err("Failed to get cgroup2 ID: not in a cgroup2 file system".to_owned());
        }
        // The kernel numbers groups by the inodes of their directories.
        directory.metadata().map(|metadata| metadata.ino()).map_err(|error| failed(&error))
    }

    fn ephemeral(&self) -> RangeInclusive<u16> {
        services::ephemeral_ports()
    }

    fn held(&self, by: &Who) -> Result<Vec<u32>, String> {
        (self.held)(by).map_err(|error| error.to_string())
    }
}

/// Where the first cgroup2 file system is mounted.
fn cgroup_mount() -> Result<PathBuf, String> {
    let mounts = fs::read("/proc/mounts").map_err(|error| format!("/proc/mounts: {error}"))?;
    let mount = mounts.split(|&byte| byte == b'\n').find_map(|line| {
        let mut fields = line.split(|&byte| byte == b' ').skip(1);
        let place = fields.next()?;
        (fields.next()? == b"cgroup2").then(|| PathBuf::from(std::ffi::OsStr::from_bytes(place)))
    });
    mount.ok_or_else(|| "Failed to find cgroup2 mount".to_owned())
}

/// `CGROUP2_SUPER_MAGIC`.
const CGROUP2: u64 = 0x6367_7270;
