//! MaxMind DB files: GeoLite2-ASN, and IPinfo Lite, which has other keys for the same.

use std::net::IpAddr;

use maxminddb::Reader;
use serde::Deserialize;

use super::system::{System, some};

/// A database in memory.
pub(super) struct Database(Reader<Vec<u8>>);

/// The keys of both; whatever else an entry has is of no use here.
#[derive(Deserialize)]
struct Entry<'a> {
    autonomous_system_number: Option<u32>,
    autonomous_system_organization: Option<&'a str>,
    /// `AS64500`.
    asn: Option<&'a str>,
    as_name: Option<&'a str>,
    country_code: Option<&'a str>,
}

impl Database {
    /// Whether bytes are such a file, by what stands before its description.
    pub(super) fn is_one(bytes: &[u8]) -> bool {
        let end = bytes.get(bytes.len().saturating_sub(DESCRIPTION)..).unwrap_or(bytes);
        end.windows(MARK.len()).any(|window| window == MARK)
    }

    /// # Errors
    /// What is wrong with the file, in words.
    pub(super) fn read(bytes: Vec<u8>) -> Result<Self, String> {
        let reader = Reader::from_source(bytes).map_err(|error| format!("damaged database: {error}"))?;
        Ok(Self(reader))
    }

    pub(super) fn of(&self, address: IpAddr) -> Option<System> {
        // What cannot be read says nothing.
        let found = self.0.lookup(address).ok()?;
        let entry: Entry<'_> = found.decode().ok()??;
        let number = |word: &str| word.strip_prefix("AS")?.parse().ok();
        Some(System {
            number: entry.autonomous_system_number.or_else(|| number(entry.asn?))?,
            name: entry.autonomous_system_organization.or(entry.as_name).and_then(some),
            country: entry.country_code.and_then(some),
            prefix: found.network().ok().map(|network| network.to_string()),
        })
    }
}

const MARK: &[u8] = b"\xab\xcd\xefMaxMind.com";
/// The description is within the last so many bytes.
const DESCRIPTION: usize = 128 * 1024;
