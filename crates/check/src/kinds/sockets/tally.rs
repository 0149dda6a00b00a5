//! Values of many sockets on their way to one.

use std::collections::HashMap;
use std::fs;
use std::net::IpAddr;
use std::ops::RangeInclusive;

use netdiag_text::{Message, message};

use super::field::Seen;
use super::measure::Aggregate;
use crate::quantity::{Dimension, Quantity};
use crate::snapshot::{Snapshot, Socket};

/// What has been gathered for one measure.
pub(super) struct Tally<'s> {
    aggregate: Aggregate,
    count: u64,
    sum: f64,
    /// The least and the greatest value.
    ends: Option<(f64, f64)>,
    /// All values, where their order matters.
    values: Vec<f64>,
    /// How many local ports are taken towards a peer, by our address, its address and its port.
    peers: HashMap<(IpAddr, IpAddr, u16), Vec<u16>>,
    /// Sockets to name: the first few, or the one that stands out.
    examples: Vec<Socket<'s>>,
}

/// The ports the kernel hands out.
pub(super) struct Ephemeral {
    range: RangeInclusive<u16>,
    reserved: Vec<RangeInclusive<u16>>,
}

impl<'s> Tally<'s> {
    pub(super) fn new(aggregate: Aggregate) -> Self {
        Self {
            aggregate,
            count: 0,
            sum: 0.0,
            ends: None,
            values: Vec::new(),
            peers: HashMap::new(),
            examples: Vec::new(),
        }
    }

    /// Takes in a socket that takes part; what it has no value of, it does not take part in.
    pub(super) fn add(&mut self, socket: &Socket<'s>, seen: Seen<'_>) {
        match self.aggregate {
            Aggregate::Count => {
                self.count += 1;
                if self.examples.len() < EXAMPLES {
                    self.examples.push(*socket);
                }
            }
            Aggregate::EphemeralUsed => {
                if let (Some(local), Some(remote)) = (socket.local(), socket.remote()) {
                    self.peers
                        .entry((local.ip(), remote.ip(), remote.port()))
                        .or_default()
                        .push(local.port());
                }
            }
            _ => {
                let field = self.aggregate.field();
                if let Some(value) = field.and_then(|field| field.of(socket, seen)) {
                    self.add_value(value, socket);
                }
            }
        }
    }

    fn add_value(&mut self, value: f64, socket: &Socket<'s>) {
        let (least, greatest) = self.ends.unwrap_or((f64::INFINITY, f64::NEG_INFINITY));
        let stands_out = match self.aggregate {
            Aggregate::Min(_) => value < least,
            Aggregate::Sum(_) | Aggregate::Max(_) => value > greatest,
            _ => false,
        };
        if stands_out && value != 0.0 {
            self.examples = vec![*socket];
        }
        self.ends = Some((least.min(value), greatest.max(value)));
        self.count += 1;
        self.sum += value;
        if let Aggregate::Percentile(..) = self.aggregate {
            self.values.push(value);
        }
    }

    /// What it comes to, and the sockets to name; `None` of no values.
    pub(super) fn finish(
        mut self,
        ephemeral: Option<&Ephemeral>,
        dimension: Dimension,
    ) -> (Option<Quantity>, Vec<Socket<'s>>) {
        let value = match self.aggregate {
            Aggregate::Count => Some(self.count as f64),
            Aggregate::Sum(_) => Some(self.sum),
            Aggregate::Min(_) => self.ends.map(|(least, _)| least),
            Aggregate::Max(_) => self.ends.map(|(_, greatest)| greatest),
            Aggregate::Average(_) => (self.count > 0).then(|| self.sum / self.count as f64),
            Aggregate::Percentile(_, part) => percentile(&mut self.values, part),
            Aggregate::EphemeralUsed => {
                ephemeral.and_then(|ephemeral| ephemeral.used(self.peers.into_values()))
            }
        };
        (value.and_then(|value| Quantity::from_base(dimension, value)), self.examples)
    }
}

/// The smallest value that `part` hundredths of all do not exceed.
fn percentile(values: &mut [f64], part: f64) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let rank = (part / 100.0 * values.len() as f64).ceil() as usize;
    values.get(rank.saturating_sub(1)).copied()
}

impl Ephemeral {
    /// The ports of `range` but those reserved for whoever asks for them.
    pub(super) fn new(range: RangeInclusive<u16>) -> Self {
        let reserved = fs::read_to_string("/proc/sys/net/ipv4/ip_local_reserved_ports").unwrap_or_default();
        Self { range, reserved: reserved_ports(&reserved) }
    }

    fn has(&self, port: u16) -> bool {
        self.range.contains(&port) && !self.reserved.iter().any(|range| range.contains(&port))
    }

    /// The greatest part of them that is taken towards one peer.
    fn used(&self, peers: impl Iterator<Item = Vec<u16>>) -> Option<f64> {
        let all = self.range.clone().filter(|port| self.has(*port)).count();
        let taken = peers.map(|mut ports| {
            ports.retain(|port| self.has(*port));
            ports.sort_unstable();
            ports.dedup();
            ports.len()
        });
        let most = taken.max().unwrap_or_default();
        (all > 0).then(|| most as f64 / all as f64)
    }
}

/// `8080,9148-9150`.
fn reserved_ports(text: &str) -> Vec<RangeInclusive<u16>> {
    let ranges = text.trim().split(',').filter_map(|part| {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        Some(first.parse().ok()?..=last.parse().ok()?)
    });
    ranges.collect()
}

/// Sockets by both ends and holder.
pub(super) fn examples(snapshot: &Snapshot, sockets: &[Socket<'_>], names: bool) -> Message {
    let words = sockets.iter().map(|socket| {
        let remote = socket.remote().map(|remote| message!(" to {}", remote)).unwrap_or_default();
        let holders = if names { snapshot.holders(socket.inode()) } else { String::new() };
        let by = if holders.is_empty() { "".into() } else { message!(" by {}", holders) };
        message!("{}{}{}", socket.place(), remote, by)
    });
    Message::join(words, ", ")
}

/// How many sockets are named.
const EXAMPLES: usize = 3;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_one_of_the_values() {
        let hundred: Vec<f64> = (1..=100).rev().map(f64::from).collect();
        #[rustfmt::skip]
        let cases = [
            (&hundred[..],   50.0,  Some(50.0)),
            (&hundred,       99.0,  Some(99.0)),
            (&hundred,       99.9,  Some(100.0)),
            (&hundred,       0.0,   Some(1.0)),
            (&hundred[..1],  99.0,  Some(100.0)),
            (&[],            99.0,  None),
        ];
        for (values, part, expected) in cases {
            assert_eq!(percentile(&mut values.to_vec(), part), expected, "p{part}");
        }
    }

    #[test]
    fn ports_are_taken_towards_one_peer() {
        let ports = Ephemeral { range: 1000..=1009, reserved: reserved_ports("1001-1003,1005\n") };
        let used = |peers: &[&[u16]]| ports.used(peers.iter().map(|ports| ports.to_vec()));
        assert_eq!(used(&[&[1000, 1000, 1004, 1001, 80], &[1006]]), Some(2.0 / 6.0));
        assert_eq!(used(&[]), Some(0.0));
        assert_eq!(reserved_ports(""), []);
    }
}
