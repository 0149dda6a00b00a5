//! What one direction of a wire does to packets.
//!
//! Packets the plan is not about pass untouched and uncounted as anything but passed: by default it is
//! about ICMP echo only, so that what the kernel sends of itself never disturbs a count.

use std::net::{Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use crate::packet;

/// One direction of a wire. The default delivers everything at once.
///
/// The same plan and the same packets give the same fate, packet by packet. Each impairment draws from
/// its own sequence, so adding one does not change which packets another hits.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Where the random sequences start.
    pub seed: u64,
    /// Which packets the plan is about: [`packet::is_echo`] unless said otherwise, [`packet::any`] for all.
    pub only: fn(&[u8]) -> bool,
    /// How long a packet travels.
    pub delay: Duration,
    /// Up to how much longer, evenly distributed. It never lets a packet overtake another.
    pub jitter: Duration,
    /// Bits of IP packet per second; packets wait for those before them. `None` is unlimited.
    pub rate: Option<u64>,
    /// The largest packet that passes; `None` is any.
    pub mtu: Option<Mtu>,
    /// Which packets vanish.
    pub loss: Pick,
    /// Which packets arrive twice.
    pub duplicate: Pick,
    /// Which packets are held back by [`reorder_by`](Self::reorder_by), so that later ones overtake them.
    pub reorder: Pick,
    /// How long a reordered packet is held back.
    pub reorder_by: Duration,
    /// Which packets get one byte inverted.
    pub corrupt: Pick,
    /// Which byte that is.
    pub corruption: Corruption,
}

impl Plan {
    /// Delivers everything `delay` after it was sent.
    pub fn delayed(delay: Duration) -> Self {
        Self { delay, ..Self::default() }
    }

    /// Delivers nothing at all, of any kind.
    pub fn cut() -> Self {
        Self { only: packet::any, loss: Pick::Chance(1.0), ..Self::default() }
    }
}

impl Default for Plan {
    fn default() -> Self {
        Self {
            seed: 0,
            only: packet::is_echo,
            delay: Duration::ZERO,
            jitter: Duration::ZERO,
            rate: None,
            mtu: None,
            loss: Pick::Never,
            duplicate: Pick::Never,
            reorder: Pick::Never,
            reorder_by: Duration::from_millis(10),
            corrupt: Pick::Never,
            corruption: Corruption::default(),
        }
    }
}

/// Which of the packets a plan is about.
#[derive(Clone, Debug, Default)]
pub enum Pick {
    /// None.
    #[default]
    Never,
    /// Each with this probability, from 0 to 1.
    Chance(f64),
    /// Exactly these, counting from 1 in this direction.
    Nth(Vec<u64>),
}

/// Where and how a packet is damaged.
#[derive(Clone, Copy, Debug, Default)]
pub struct Corruption {
    /// Offset of the inverted byte from the start of the IP header; the last byte if `None` or beyond it.
    pub at: Option<usize>,
    /// Whether checksums are made right again, so that only who compares the payload notices.
    pub fix_checksums: bool,
}

/// A limit on packet size, in bytes of IP packet. IPv4 packets that may be fragmented pass whole, as if
/// fragmented and put together again.
#[derive(Clone, Copy, Debug)]
pub enum Mtu {
    /// Larger packets vanish.
    Blackhole(usize),
    /// Larger packets are answered with "fragmentation needed" or "packet too big".
    Answered {
        /// The limit.
        mtu: usize,
        /// Who answers IPv4 packets.
        v4: Ipv4Addr,
        /// Who answers IPv6 packets.
        v6: Ipv6Addr,
    },
}

/// Answers a [`Pick`] packet by packet.
#[derive(Debug)]
pub(crate) struct Picker {
    pick: Pick,
    random: Random,
    seen: u64,
}

impl Picker {
    pub(crate) fn new(pick: &Pick, seed: u64, sequence: u64) -> Self {
        Self { pick: pick.clone(), random: Random::new(seed, sequence), seen: 0 }
    }

    pub(crate) fn next(&mut self) -> bool {
        self.seen += 1;
        match &self.pick {
            Pick::Never => false,
            Pick::Chance(probability) => self.random.fraction() < *probability,
            Pick::Nth(numbers) => numbers.contains(&self.seen),
        }
    }
}

/// The splitmix64 generator: small, and the same in every version of everything.
#[derive(Debug)]
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64, sequence: u64) -> Self {
        let mut start = Self(seed ^ sequence.wrapping_mul(GOLDEN));
        Self(start.next())
    }

    /// Even over [0, 1).
    pub(crate) fn fraction(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(GOLDEN);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

#[cfg(test)]
mod tests {
    use super::{Pick, Picker};

    fn fate(pick: &Pick, seed: u64) -> Vec<bool> {
        let mut picker = Picker::new(pick, seed, 0);
        (0..10_000).map(|_| picker.next()).collect()
    }

    #[test]
    fn the_seed_alone_decides() {
        let half = Pick::Chance(0.5);
        assert_eq!(fate(&half, 7), fate(&half, 7));
        assert_ne!(fate(&half, 7), fate(&half, 8));
    }

    #[test]
    fn a_chance_comes_out_as_said() {
        for (chance, least, most) in [(0.0, 0, 0), (0.01, 70, 130), (0.5, 4800, 5200), (1.0, 10_000, 10_000)]
        {
            let hits = fate(&Pick::Chance(chance), 1).into_iter().filter(|hit| *hit).count();
            assert!((least..=most).contains(&hits), "{hits} hits at {chance}");
        }
    }

    #[test]
    fn packets_are_counted_from_one() {
        let fate = fate(&Pick::Nth(vec![1, 3]), 0);
        assert_eq!(fate[..4], [true, false, true, false]);
    }
}
