//! Autonomous systems: whose network an address is in: [`Systems`].
//!
//! Addresses that are not routed between networks (private, shared, link-local, documentation) are never looked up: whatever a
//! source says of them is wrong.

mod cymru;
mod database;
mod dump;
mod routed;
mod system;

use std::cell::RefCell;
use std::fs::File;
use std::io::{self, Read};
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::Duration;

use netdiag_text::{Secrets, strerror};

use self::cymru::Cymru;
use self::database::Database;
use self::dump::Dump;
pub(crate) use self::routed::is_routed;
pub(super) use self::system::System;

/// Where AS numbers come from, as typed.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) enum From {
    /// Nowhere.
    #[default]
    Off,
    /// The DNS.
    Dns,
    /// A file.
    File(PathBuf),
}

impl From {
    /// As it is typed.
    pub(super) fn typed(text: &str) -> Self {
        match text {
            "off" => Self::Off,
            "dns" => Self::Dns,
            path => Self::File(path.into()),
        }
    }
}

/// What is known of AS numbers; clones know the same.
#[derive(Clone, Default)]
pub(super) struct Systems(Option<Rc<RefCell<Source>>>);

enum Source {
    Database(Database),
    Dump(Dump),
    Dns(Cymru),
}

impl Systems {
    /// Opens the source, and gives what there is to complain about: lines of a file that are none.
    ///
    /// # Errors
    /// In words: the file cannot be read or is of no kind that is known, or there is no server to ask.
    pub(super) fn open(from: &From) -> Result<(Self, Option<String>), String> {
        let (source, complaint) = match from {
            From::Off => return Ok((Self(None), None)),
            From::Dns => (Source::Dns(Cymru::start()?), None),
            From::File(path) => {
                let named =
                    |words: String| format!("{}: {words}", Secrets::NONE.show(&path.to_string_lossy()));
                let bytes = contents(path).map_err(|error| named(strerror(&error)))?;
                match Database::is_one(&bytes) {
                    true => (Source::Database(Database::read(bytes).map_err(named)?), None),
                    false => {
                        let dump = Dump::read(&bytes).map_err(named)?;
                        let complaint = dump.complaint().map(named);
                        (Source::Dump(dump), complaint)
                    }
                }
            }
        };
        Ok((Self(Some(Rc::new(RefCell::new(source)))), complaint))
    }

    /// Asks what will be wanted.
    pub(super) fn prepare(&self, address: SocketAddr) {
        let Some(source) = self.0.as_ref().filter(|_| is_routed(address.ip())) else { return };
        if let Source::Dns(cymru) = &mut *source.borrow_mut() {
            cymru.prepare(address.ip());
        }
    }

    /// The system that an address is in, waited for as long as it may take: something depends on it.
    pub(super) fn insist(&self, address: IpAddr) -> Option<System> {
        if let Some(Source::Dns(cymru)) =
            self.0.as_ref().filter(|_| is_routed(address)).map(|source| source.borrow_mut()).as_deref_mut()
        {
            return cymru.insist(address, LONG);
        }
        self.of(address, Duration::ZERO)
    }

    /// The system that an address is in; `None` where that is not known, or not known yet after `patience`.
    pub(super) fn of(&self, address: IpAddr, patience: Duration) -> Option<System> {
        let source = self.0.as_ref().filter(|_| is_routed(address))?;
        match &mut *source.borrow_mut() {
            Source::Database(database) => database.of(address),
            Source::Dump(dump) => dump.of(address),
            Source::Dns(cymru) => cymru.of(address, patience),
        }
    }
}

fn contents(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(MOST_BYTES + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MOST_BYTES {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    Ok(bytes)
}

/// As long as several questions to the DNS take that nobody answers.
const LONG: Duration = Duration::from_secs(15);
/// The largest of them have a tenth.
const MOST_BYTES: u64 = 1 << 29;

#[cfg(test)]
mod tests;
