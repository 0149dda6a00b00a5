//! One socket as our program shows it: the words of its line with every detail, and its JSON record.
//!
//! The two come from two runs, one after the other; [`steady`] looks again until the kernel itself says the same before and
//! after.

use std::fs;
use std::net::SocketAddr;
use std::time::Duration;

use netdiag_lab::{Held, Host, until};
use serde_json::Value;

use super::program::{lists, ours};

/// Everything text can show of an inet socket.
const EVERYTHING: &str = "-anHOoemi --tos --cgroup --inet-sockopt";

pub(super) struct Sight {
    /// State, queues, addresses, details.
    pub(super) words: Vec<String>,
    pub(super) json: Value,
}

impl Sight {
    /// The socket of `table` (`-t`, `-u`, `-M`) with these ends, as lines write them.
    #[track_caller]
    pub(super) fn at(host: &Host, table: &str, local: &str, peer: &str) -> Self {
        let rows = lists(host, &format!("{table} {EVERYTHING}"));
        let found: Vec<_> = rows.iter().filter(|row| row[3] == local && row[4] == peer).collect();
        let [words] = found[..] else { panic!("{local} {peer} in {rows:#?}") };
        let mut sight = Self { words: words.clone(), json: Value::Null };
        let cookie = u64::from_str_radix(sight.word("sk").unwrap(), 16).unwrap();
        let document = ours(host, &format!("{table} {EVERYTHING} --format json"));
        let document: Value = serde_json::from_str(&document.stdout).unwrap();
        let mut sockets = document["sockets"].as_array().unwrap().iter();
        let same = sockets.find(|socket| socket["cookie"] == cookie);
        sight.json = same.unwrap_or_else(|| panic!("cookie {cookie} in {document:#}")).clone();
        sight
    }

    /// The socket the lab holds.
    #[track_caller]
    pub(super) fn of(host: &Host, held: &Held) -> Self {
        Self::at(host, "-t", &end(held.local), &end(held.peer))
    }

    /// What stands behind `name:` in the line.
    pub(super) fn word(&self, name: &str) -> Option<&str> {
        let mut details = self.words.get(5..).unwrap_or_default().iter();
        details.find_map(|word| word.strip_prefix(name)?.strip_prefix(':'))
    }

    /// What stands behind `name:` in the line, which must be there.
    #[track_caller]
    pub(super) fn number(&self, name: &str) -> u64 {
        let word = self.word(name).unwrap_or_else(|| panic!("{name} in {:?}", self.words));
        word.parse().unwrap_or_else(|_| panic!("{name}:{word}"))
    }

    /// The value in the record, `Null` if there is none.
    pub(super) fn json(&self, path: &str) -> &Value {
        self.json.pointer(path).unwrap_or(&Value::Null)
    }
}

/// An address as lines write it.
pub(super) fn end(address: SocketAddr) -> String {
    let text = address.to_string();
    // Port 0 is no port.
    text.strip_suffix(":0").map_or_else(|| text.clone(), |ip| format!("{ip}:*"))
}

/// Looks at a socket while the kernel says one and the same of it: what it says, and what we show. `None` means it is not
/// yet as it should be.
#[track_caller]
pub(super) fn steady<T: PartialEq>(says: impl Fn() -> Option<T>, look: impl Fn() -> Sight) -> (T, Sight) {
    let looked = until("the kernel stays with what it says", PATIENCE, || {
        let before = says()?;
        let sight = look();
        (says()? == before).then_some((before, sight))
    });
    looked.unwrap()
}

/// A counter of the host's, by its table and name, as `/proc/net/snmp` and `netstat` have them.
pub(super) fn counter(host: &Host, table: &str, name: &str) -> u64 {
    let text = host.run(|| {
        ["snmp", "netstat"].map(|file| fs::read_to_string(format!("/proc/thread-self/net/{file}")).unwrap())
    });
    let lines: Vec<Vec<&str>> =
        text.iter().flat_map(|text| text.lines()).map(|line| line.split(' ').collect()).collect();
    let pair = lines.chunks(2).find(|pair| pair[0][0] == format!("{table}:")).unwrap();
    let at = pair[0].iter().position(|column| *column == name).unwrap();
    pair[1][at].parse().unwrap()
}

pub(super) const PATIENCE: Duration = Duration::from_secs(120);
