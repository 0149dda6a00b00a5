//! What the names in a filter stand for is asked of somebody else.
//!
//! The language reads no file and asks no network: so it reads the same text everywhere as its tests do.

use std::net::IpAddr;
use std::ops::RangeInclusive;
use std::path::Path;

use super::lookup_error::LookupError;
use crate::filter::Glob;

/// Who may hold a socket.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Holder {
    /// The process of this id.
    Pid(u32),
    /// Processes called so.
    Process(Glob),
}

impl Holder {
    /// Whether a process is among them.
    pub fn admits(&self, pid: u32, name: &[u8]) -> bool {
        match self {
            Self::Pid(wanted) => *wanted == pid,
            Self::Process(glob) => glob.matches(name),
        }
    }
}

/// Looks names up.
pub trait NameLookup {
    /// All addresses of a host, none if it is unknown; or why it cannot be looked up.
    fn hosts(&self, name: &str) -> Result<Vec<IpAddr>, LookupError>;
    /// The port of a service by a protocol.
    fn port(&self, service: &str, protocol: &str) -> Option<u16>;
    /// The index of an interface.
    fn interface(&self, name: &str) -> Option<u32>;
    /// The id of a user.
    fn user(&self, name: &str) -> Option<u32>;
    /// The id of a control group, or why there is none.
    fn cgroup(&self, path: &Path) -> Result<u64, LookupError>;
    /// The ports the kernel hands out, or why they cannot be told.
    fn ephemeral(&self) -> Result<RangeInclusive<u16>, LookupError>;
    /// The inodes of the sockets in some hands, or why they cannot be told.
    fn held(&self, by: &Holder) -> Result<Vec<u32>, LookupError>;
}

/// Knows no name: hosts, ports, interfaces and users are numbers then, and what needs a look at the host is a mistake.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoNames;

impl NameLookup for NoNames {
    fn hosts(&self, _: &str) -> Result<Vec<IpAddr>, LookupError> {
        Ok(Vec::new())
    }

    fn port(&self, _: &str, _: &str) -> Option<u16> {
        None
    }

    fn interface(&self, _: &str) -> Option<u32> {
        None
    }

    fn user(&self, _: &str) -> Option<u32> {
        None
    }

    fn cgroup(&self, _: &Path) -> Result<u64, LookupError> {
        Err(LookupError::NothingLookedUp)
    }

    fn ephemeral(&self) -> Result<RangeInclusive<u16>, LookupError> {
        Err(LookupError::NothingLookedUp)
    }

    fn held(&self, _: &Holder) -> Result<Vec<u32>, LookupError> {
        Err(LookupError::NothingLookedUp)
    }
}
