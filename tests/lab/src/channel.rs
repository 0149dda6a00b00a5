//! One direction of a wire: a plan at work, in whatever time the caller says it is.
//!
//! Jitter never reorders and a rate never drops: only what [`Plan::reorder`] and [`Plan::loss`] pick is
//! reordered or lost, so that the ledger is exact.

use std::net::IpAddr;
use std::time::{Duration, Instant};

use crate::plan::{Mtu, Picker, Plan, Random};
use crate::queue::Queue;
use crate::{forge, packet};

/// What one direction of a wire did so far. Once nothing is in flight, `seen + duplicated` equals
/// `delivered + dropped + too_big + refused`.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Ledger {
    /// Packets sent into this direction that the plan is about.
    pub seen: u64,
    /// Packets handed to the far host, copies included.
    pub delivered: u64,
    /// Packets lost on purpose.
    pub dropped: u64,
    /// Extra copies made.
    pub duplicated: u64,
    /// Packets held back.
    pub reordered: u64,
    /// Packets damaged, copies not counted again.
    pub corrupted: u64,
    /// Packets larger than the MTU, answered or not.
    pub too_big: u64,
    /// Packets whose time came while the far interface was down.
    pub refused: u64,
    /// Packets the plan is not about, delivered at once.
    pub passed: u64,
}

/// A [`Plan`], what is on its way, and the [`Ledger`].
#[derive(Debug)]
pub(crate) struct Channel {
    plan: Plan,
    loss: Picker,
    duplicate: Picker,
    reorder: Picker,
    corrupt: Picker,
    jitter: Random,
    /// The packets the plan is about, and the others.
    queue: Queue,
    passing: Queue,
    /// When the last bit of the last packet has entered the wire.
    free: Option<Instant>,
    /// When the last packet that keeps its place arrives.
    last: Option<Instant>,
    ledger: Ledger,
}

impl Channel {
    pub(crate) fn new(plan: Plan) -> Self {
        let picker = |pick, sequence| Picker::new(pick, plan.seed, sequence);
        Self {
            loss: picker(&plan.loss, 1),
            duplicate: picker(&plan.duplicate, 2),
            reorder: picker(&plan.reorder, 3),
            corrupt: picker(&plan.corrupt, 4),
            jitter: Random::new(plan.seed, 5),
            queue: Queue::default(),
            passing: Queue::default(),
            free: None,
            last: None,
            ledger: Ledger::default(),
            plan,
        }
    }

    /// Goes on with another plan, which starts counting anew; the ledger and what is on its way stay.
    pub(crate) fn replan(&mut self, plan: Plan) {
        let next = Self::new(plan);
        let last = std::mem::replace(self, next);
        (self.queue, self.passing, self.ledger) = (last.queue, last.passing, last.ledger);
    }

    /// Takes in a packet, and hands back the ICMP error its sender gets, if any.
    pub(crate) fn push(&mut self, now: Instant, packet: &[u8]) -> Option<Vec<u8>> {
        if !(self.plan.only)(packet) {
            self.ledger.passed += 1;
            self.passing.push(now, packet.to_vec());
            return None;
        }
        self.ledger.seen += 1;
        let (lost, twice) = (self.loss.next(), self.duplicate.next());
        let (held, damaged) = (self.reorder.next(), self.corrupt.next());
        let jitter = self.plan.jitter.mul_f64(self.jitter.fraction());
        if let Some(mtu) = self.plan.mtu.filter(|mtu| mtu.stops(packet)) {
            self.ledger.too_big += 1;
            return mtu.answer(packet);
        }
        if lost {
            self.ledger.dropped += 1;
            return None;
        }
        let due = self.arrival(now, packet.len(), jitter, held);
        let packet = self.content(packet, damaged);
        if twice {
            self.ledger.duplicated += 1;
            self.queue.push(due, packet.clone());
        }
        self.queue.push(due, packet);
        None
    }

    /// The next packet to hand to the far host now.
    pub(crate) fn pop(&mut self, now: Instant) -> Option<Vec<u8>> {
        if let Some(packet) = self.passing.pop(now) {
            return Some(packet);
        }
        let packet = self.queue.pop(now)?;
        self.ledger.delivered += 1;
        Some(packet)
    }

    /// The far device did not take the packet that [`pop`](Self::pop) gave.
    pub(crate) fn refused(&mut self, packet: &[u8]) {
        if (self.plan.only)(packet) {
            self.ledger.delivered -= 1;
            self.ledger.refused += 1;
        }
    }

    /// When [`pop`](Self::pop) has something next; `None` if nothing is on its way.
    pub(crate) fn due(&self) -> Option<Instant> {
        self.passing.due().into_iter().chain(self.queue.due()).min()
    }

    pub(crate) fn ledger(&self) -> Ledger {
        self.ledger
    }

    fn arrival(&mut self, now: Instant, bytes: usize, jitter: Duration, held: bool) -> Instant {
        let sent = self.plan.rate.map_or(now, |rate| {
            let start = self.free.map_or(now, |free| free.max(now));
            start + Duration::from_secs_f64(bytes as f64 * 8.0 / rate.max(1) as f64)
        });
        self.free = Some(sent);
        let due = sent + self.plan.delay + jitter;
        if held {
            self.ledger.reordered += 1;
            return due + self.plan.reorder_by;
        }
        let due = self.last.map_or(due, |last| due.max(last));
        self.last = Some(due);
        due
    }

    fn content(&mut self, packet: &[u8], damaged: bool) -> Vec<u8> {
        let mut packet = packet.to_vec();
        let last = packet.len() - 1;
        if damaged {
            self.ledger.corrupted += 1;
            let corruption = self.plan.corruption;
            packet[corruption.at.map_or(last, |at| at.min(last))] ^= 0xff;
            if corruption.fix_checksums {
                packet::fix_checksums(&mut packet);
            }
        }
        packet
    }
}

impl Mtu {
    fn stops(&self, packet: &[u8]) -> bool {
        let (Self::Blackhole(mtu) | Self::Answered { mtu, .. }) = self;
        packet.len() > *mtu && !packet::may_be_fragmented(packet)
    }

    fn answer(&self, packet: &[u8]) -> Option<Vec<u8>> {
        let Self::Answered { mtu, v4, v6 } = self else {
            return None;
        };
        let router = match packet::source(packet)? {
            IpAddr::V4(_) => IpAddr::V4(*v4),
            IpAddr::V6(_) => IpAddr::V6(*v6),
        };
        forge::too_big(router, u32::try_from(*mtu).unwrap_or(u32::MAX), packet)
    }
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, Ipv6Addr};

    use super::*;
    use crate::Pick;
    use crate::plan::Corruption;

    const MS: Duration = Duration::from_millis(1);

    fn echo(seq: u16, bytes: usize) -> Vec<u8> {
        forge::echo_request([10, 0, 0, 1].into(), [10, 0, 0, 2].into(), 1, seq, &vec![0; bytes - 28]).unwrap()
    }

    /// Which packets arrive when, in milliseconds, if they are sent in one-millisecond steps.
    fn run(plan: Plan, packets: u16, bytes: usize) -> (Vec<(u16, u128)>, Ledger) {
        let (mut channel, start, mut arrivals) = (Channel::new(plan), Instant::now(), Vec::new());
        for at in 0..1000_u16 {
            let now = start + MS * u32::from(at);
            if at < packets {
                channel.push(now, &echo(at, bytes));
            }
            while let Some(packet) = channel.pop(now) {
                arrivals.push((u16::from_be_bytes([packet[26], packet[27]]), (now - start).as_millis()));
            }
        }
        assert_eq!(channel.due(), None);
        (arrivals, channel.ledger())
    }

    #[test]
    fn packets_arrive_after_the_delay() {
        let (arrivals, ledger) = run(Plan::delayed(20 * MS), 3, 84);
        assert_eq!(arrivals, [(0, 20), (1, 21), (2, 22)]);
        assert_eq!(ledger, Ledger { seen: 3, delivered: 3, ..Ledger::default() });
    }

    #[test]
    fn picked_packets_vanish_double_or_fall_behind() {
        let plan = Plan {
            loss: Pick::Nth(vec![2]),
            duplicate: Pick::Nth(vec![3]),
            reorder: Pick::Nth(vec![1]),
            reorder_by: 5 * MS,
            ..Plan::default()
        };
        let (arrivals, ledger) = run(plan, 4, 84);
        assert_eq!(arrivals, [(2, 2), (2, 2), (3, 3), (0, 5)]);
        let expected =
            Ledger { seen: 4, delivered: 4, dropped: 1, duplicated: 1, reordered: 1, ..Ledger::default() };
        assert_eq!(ledger, expected);
    }

    #[test]
    fn jitter_keeps_the_order() {
        let (arrivals, _) = run(Plan { jitter: 50 * MS, seed: 3, ..Plan::default() }, 100, 84);
        assert!(arrivals.is_sorted_by_key(|(seq, _)| *seq));
        assert!(arrivals.iter().any(|(seq, at)| *at > u128::from(*seq)));
    }

    #[test]
    fn a_rate_spaces_packets() {
        let rate = Some(1000 * 8 * 100); // 1000 bytes take 10 ms
        let (arrivals, _) = run(Plan { rate, ..Plan::default() }, 3, 1000);
        assert_eq!(arrivals, [(0, 10), (1, 20), (2, 30)]);
    }

    #[test]
    fn impairments_do_not_disturb_each_other() {
        let lossy = Plan { seed: 9, loss: Pick::Chance(0.3), ..Plan::default() };
        let also_doubling = Plan { duplicate: Pick::Chance(0.3), jitter: MS, ..lossy.clone() };
        let (alone, _) = run(lossy, 200, 84);
        let (mut together, _) = run(also_doubling, 200, 84);
        together.dedup_by_key(|(seq, _)| *seq);
        let seqs = |arrivals: Vec<(u16, u128)>| arrivals.into_iter().map(|(seq, _)| seq).collect::<Vec<_>>();
        assert_eq!(seqs(alone), seqs(together));
    }

    #[test]
    fn corruption_is_hidden_only_if_asked() {
        for fix_checksums in [false, true] {
            let corruption = Corruption { at: None, fix_checksums };
            let plan = Plan { corrupt: Pick::Nth(vec![1]), corruption, ..Plan::default() };
            let (mut channel, now) = (Channel::new(plan), Instant::now());
            channel.push(now, &echo(1, 84));
            let arrived = channel.pop(now).unwrap();
            assert_eq!(arrived.last(), Some(&0xff));
            let mut fixed = arrived.clone();
            packet::fix_checksums(&mut fixed);
            assert_eq!(arrived == fixed, fix_checksums);
        }
    }

    #[test]
    fn too_big_is_answered_or_not_and_counted_either_way() {
        let (v4, v6) = (Ipv4Addr::new(10, 0, 0, 9), Ipv6Addr::LOCALHOST);
        for (mtu, answered) in [(Mtu::Blackhole(100), false), (Mtu::Answered { mtu: 100, v4, v6 }, true)] {
            let mut channel = Channel::new(Plan { mtu: Some(mtu), ..Plan::default() });
            let now = Instant::now();
            let mut large = echo(1, 101);
            assert_eq!(channel.push(now, &large), None, "may be fragmented");
            large[6] |= 0x40; // DF
            assert_eq!(channel.push(now, &large).is_some(), answered);
            assert_eq!(channel.push(now, &echo(1, 100)), None);
            assert_eq!((channel.ledger().seen, channel.ledger().too_big), (3, 1));
        }
    }

    #[test]
    fn other_packets_pass_at_once() {
        let plan = Plan { delay: 20 * MS, loss: Pick::Chance(1.0), ..Plan::default() };
        let (mut channel, now) = (Channel::new(plan), Instant::now());
        let udp = forge::ip([10, 0, 0, 1].into(), [10, 0, 0, 2].into(), 17, &[0; 8]).unwrap();
        channel.push(now, &udp);
        assert_eq!(channel.pop(now), Some(udp));
        assert_eq!(channel.ledger(), Ledger { passed: 1, ..Ledger::default() });
    }
}
