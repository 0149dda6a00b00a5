//! Values of many sockets on their way to one.

use std::collections::HashMap;
use std::net::IpAddr;

use netdiag_host::{LocalPorts, Snapshot, Socket};
use netdiag_text::distribution::percentile;
use netdiag_text::{Dimension, Message, Quantity, message};

use super::field::Seen;
use super::measure::Aggregate;
use crate::parts::holder;

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
        ephemeral: Option<&LocalPorts>,
        dimension: Dimension,
    ) -> (Option<Quantity>, Vec<Socket<'s>>) {
        let value = match self.aggregate {
            Aggregate::Count => Some(self.count as f64),
            Aggregate::Sum(_) => Some(self.sum),
            Aggregate::Min(_) => self.ends.map(|(least, _)| least),
            Aggregate::Max(_) => self.ends.map(|(_, greatest)| greatest),
            Aggregate::Average(_) => (self.count > 0).then(|| self.sum / self.count as f64),
            Aggregate::Percentile(_, percent) => {
                self.values.sort_by(f64::total_cmp);
                percentile(&self.values, percent)
            }
            Aggregate::EphemeralUsed => ephemeral.and_then(|ports| used(ports, self.peers.into_values())),
        };
        (value.and_then(|value| Quantity::from_base(dimension, value)), self.examples)
    }
}

/// The greatest part of the ports the kernel hands out that is taken towards one peer.
fn used(ports: &LocalPorts, peers: impl Iterator<Item = Vec<u16>>) -> Option<f64> {
    let all = ports.count();
    let taken = peers.map(|mut taken| {
        taken.retain(|port| ports.contains(*port));
        taken.sort_unstable();
        taken.dedup();
        taken.len()
    });
    let most = taken.max().unwrap_or_default();
    (all > 0).then(|| most as f64 / all as f64)
}

/// Sockets by both ends and holder.
pub(super) fn examples(snapshot: &Snapshot, sockets: &[Socket<'_>], names: bool) -> Message {
    let words = sockets.iter().map(|socket| {
        let remote = socket.remote().map(|remote| message!(" to {}", remote)).unwrap_or_default();
        let holders =
            if names { holder::names(&snapshot.owners, socket.inode()) } else { Message::default() };
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
    fn ports_are_taken_towards_one_peer() {
        let ports = LocalPorts { range: 1000..=1009, reserved: vec![1001..=1003, 1005..=1005] };
        let used = |peers: &[&[u16]]| used(&ports, peers.iter().map(|ports| ports.to_vec()));
        assert_eq!(used(&[&[1000, 1000, 1004, 1001, 80], &[1006]]), Some(2.0 / 6.0));
        assert_eq!(used(&[]), Some(0.0));
    }
}
