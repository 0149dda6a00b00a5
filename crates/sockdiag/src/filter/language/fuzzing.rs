//! Filter text for the fuzz targets, on a machine of a few names, which tests use too.
//!
//! Nothing here asks the system: what a name stands for must not depend on where it is tried.

use std::io;
use std::net::IpAddr;
use std::ops::RangeInclusive;
use std::path::Path;

use super::defaults::Defaults;
use super::error::{FilterError, FilterErrorKind};
use super::filter::Filter;
use super::lookup_error::LookupError;
use super::names::{Holder, NameLookup};
use crate::filter::AddressFamily;

/// Reads any text as a filter, whatever the options imply. One that is understood is understood again as it is printed, and
/// the kernel and we agree on it; one that is wrong is so in some place of it.
pub fn filter(text: &[u8]) {
    for setting in SETTINGS {
        match Filter::read(text, setting, &Fixed) {
            Ok(filter) => {
                crate::filter::fuzzing::expression(&filter.expr);
                let printed = filter.expr.to_string();
                // What is not UTF-8 cannot be printed.
                if str::from_utf8(text).is_ok() {
                    match Filter::read(printed.as_bytes(), SETTINGS[0], &Fixed) {
                        Ok(again) => assert_eq!(again.expr, filter.expr, "{printed}"),
                        // Printing adds parentheses.
                        Err(FilterError { kind: FilterErrorKind::TooDeep, .. }) => {}
                        Err(wrong) => panic!("{printed}: {wrong:?}"),
                    }
                }
            }
            Err(FilterError { at, kind }) => {
                assert!(at.start <= at.end && at.end <= text.len(), "{at:?}");
                let _ = (kind.upstream(), kind.message(), kind.hint());
            }
        }
    }
}

/// What options can imply: nothing first.
const SETTINGS: [Defaults; 4] = [
    Defaults { family: None, tcp: true, udp: false },
    Defaults { family: None, tcp: true, udp: true },
    Defaults { family: Some(AddressFamily::UNIX), tcp: false, udp: false },
    Defaults { family: Some(AddressFamily::INET6), tcp: false, udp: true },
];

/// A machine of a few names.
pub(super) struct Fixed;

impl NameLookup for Fixed {
    fn hosts(&self, name: &str) -> Result<Vec<IpAddr>, LookupError> {
        let addresses: &[&str] = match name {
            "many" => &["127.0.0.1", "127.0.0.2", "::1", "127.0.0.1"],
            "localhost" => &["127.0.0.1"],
            "nobody.asked" => return Err(LookupError::failed(io::Error::other("no files left"))),
            _ => &[],
        };
        Ok(addresses.iter().map(|address| address.parse().expect("an address")).collect())
    }

    fn port(&self, service: &str, protocol: &str) -> Option<u16> {
        match (service, protocol) {
            ("ssh", "tcp") => Some(22),
            ("http", _) => Some(80),
            ("shell", "tcp") => Some(514),
            ("shell", "udp") => Some(515),
            _ => None,
        }
    }

    fn interface(&self, name: &str) -> Option<u32> {
        (name == "lo").then_some(1)
    }

    fn user(&self, name: &str) -> Option<u32> {
        (name == "root").then_some(0)
    }

    fn cgroup(&self, path: &Path) -> Result<u64, LookupError> {
        if path == Path::new("/a(b)") { Ok(7) } else { Err(LookupError::failed(io::Error::other("no"))) }
    }

    fn ephemeral(&self) -> Result<RangeInclusive<u16>, LookupError> {
        Ok(32_768..=60_999)
    }

    fn held(&self, by: &Holder) -> Result<Vec<u32>, LookupError> {
        let processes: [(u32, &[u8], u32); 3] = [(1, b"init", 11), (7, b"nginx", 12), (8, b"nginx", 13)];
        Ok(processes
            .into_iter()
            .filter(|(pid, name, _)| by.admits(*pid, name))
            .map(|(_, _, inode)| inode)
            .collect())
    }
}
