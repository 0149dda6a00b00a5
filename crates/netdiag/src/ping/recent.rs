//! The last probes of a run that have come to something: [`Recent`].
//!
//! A probe that is still waited for is neither answered nor lost, so it is not among them; an answer that comes late makes one of
//! a loss.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use netdiag_echo::{PingEvent, Seq};

/// The fates of the last probes.
#[derive(Debug)]
pub(super) struct Recent {
    /// When an unanswered probe counts as lost.
    patience: Duration,
    longest: Duration,
    probes: VecDeque<Probe>,
}

/// What the last probes came to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Outcome {
    /// How many they are.
    pub(super) probes: usize,
    /// How many of them were not answered.
    pub(super) lost: usize,
    /// The round-trip times of the others.
    pub(super) rtts: Option<Times>,
}

/// Round-trip times.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Times {
    pub(super) min: Duration,
    pub(super) mean: Duration,
    pub(super) max: Duration,
    pub(super) last: Duration,
}

#[derive(Debug)]
struct Probe {
    seq: Seq,
    sent: Instant,
    fate: Fate,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Fate {
    Open,
    Answered(Duration),
    Failed,
}

impl Recent {
    /// Probes that are lost after so long, or after twice the longest round trip if that is longer.
    pub(super) const fn new(patience: Duration) -> Self {
        Self { patience, longest: Duration::ZERO, probes: VecDeque::new() }
    }

    /// Takes in what happened.
    pub(super) fn note(&mut self, event: &PingEvent, now: Instant) {
        match event {
            PingEvent::Sent(seq) => self.sent(*seq, now),
            PingEvent::Reply(reply) if !reply.duplicate => {
                self.longest = self.longest.max(reply.rtt);
                self.settle(reply.seq, Fate::Answered(reply.rtt));
            }
            PingEvent::Lost { seq, .. } | PingEvent::Icmp { seq, fatal: true, .. } => {
                self.settle(*seq, Fate::Failed);
            }
            PingEvent::SendFailed(seq, _) => {
                self.sent(*seq, now);
                self.settle(*seq, Fate::Failed);
            }
            _ => {}
        }
    }

    fn sent(&mut self, seq: Seq, now: Instant) {
        if self.probes.len() == MOST {
            self.probes.pop_front();
        }
        self.probes.push_back(Probe { seq, sent: now, fate: Fate::Open });
    }

    fn settle(&mut self, seq: Seq, fate: Fate) {
        let probe = self.probes.iter_mut().rev().find(|probe| probe.seq == seq);
        if let Some(probe) = probe.filter(|probe| !matches!(probe.fate, Fate::Answered(_))) {
            probe.fate = fate;
        }
    }

    /// What the last [`SHOWN`] of them came to by now; `None` if none has come to anything.
    pub(super) fn outcome(&self, now: Instant) -> Option<Outcome> {
        let patience = self.patience.max(self.longest * 2);
        let is_settled = |probe: &&Probe| {
            probe.fate != Fate::Open || now.saturating_duration_since(probe.sent) >= patience
        };
        let settled: Vec<&Probe> = self.probes.iter().rev().filter(is_settled).take(SHOWN).collect();
        let rtts: Vec<Duration> = settled
            .iter()
            .filter_map(|probe| match probe.fate {
                Fate::Answered(rtt) => Some(rtt),
                Fate::Open | Fate::Failed => None,
            })
            .collect();
        let probes = settled.len();
        (probes > 0).then(|| Outcome { probes, lost: probes - rtts.len(), rtts: Times::of(&rtts) })
    }
}

impl Times {
    /// Of round-trip times, the newest first.
    fn of(rtts: &[Duration]) -> Option<Self> {
        let count = u32::try_from(rtts.len()).ok()?;
        Some(Self {
            min: rtts.iter().min().copied()?,
            mean: rtts.iter().sum::<Duration>().checked_div(count)?,
            max: rtts.iter().max().copied()?,
            last: rtts.first().copied()?,
        })
    }
}

/// Probes that are told of.
const SHOWN: usize = 20;
/// Probes that are remembered, those still waited for included; of a run that has more under way, the older ones are not told of.
const MOST: usize = 1024;

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use netdiag_echo::{ClockSource, LocalDelay, Reply};

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn reply(seq: u64, millis: u64) -> PingEvent {
        let rtt = Duration::from_millis(millis);
        PingEvent::Reply(Reply {
            arrived: std::time::Instant::now(),
            seq: Seq(seq),
            from: SocketAddr::from(([192, 0, 2, 1], 0)),
            size: 56,
            hop_limit: None,
            rtt,
            clock: ClockSource::Kernel,
            rtt_by_user: rtt,
            delay: LocalDelay::default(),
            duplicate: false,
            late: false,
            reordered: false,
            options: Vec::new(),
            other_source: false,
            truncated: false,
            damage: None,
        })
    }

    fn told(recent: &Recent, now: Instant) -> Option<(usize, usize, Option<[u128; 4]>)> {
        let outcome = recent.outcome(now)?;
        let times =
            |times: Times| [times.min, times.mean, times.max, times.last].map(|time| time.as_millis());
        Some((outcome.probes, outcome.lost, outcome.rtts.map(times)))
    }

    #[test]
    fn a_probe_counts_once_its_fate_is_known() {
        let (start, mut recent) = (Instant::now(), Recent::new(SECOND));
        let at = |millis| start + Duration::from_millis(millis);
        assert_eq!(told(&recent, start), None);
        recent.note(&PingEvent::Sent(Seq(1)), at(0));
        assert_eq!(told(&recent, at(999)), None, "still waited for");
        assert_eq!(told(&recent, at(1000)), Some((1, 1, None)));
        recent.note(&PingEvent::Sent(Seq(2)), at(1000));
        recent.note(&reply(2, 4), at(1004));
        assert_eq!(told(&recent, at(1004)), Some((2, 1, Some([4, 4, 4, 4]))));
        recent.note(&reply(1, 1100), at(1100));
        assert_eq!(told(&recent, at(1100)), Some((2, 0, Some([4, 552, 1100, 4]))), "late");
        // Who once took so long may do so again.
        recent.note(&PingEvent::Sent(Seq(3)), at(2000));
        assert_eq!(told(&recent, at(4199)).unwrap().0, 2);
        assert_eq!(told(&recent, at(4200)).unwrap().1, 1);
        recent.note(&PingEvent::SendFailed(Seq(4), std::io::ErrorKind::Other.into()), at(4200));
        recent.note(&PingEvent::Lost { seq: Seq(2), delay: LocalDelay::default() }, at(4200));
        assert_eq!(told(&recent, at(4200)).unwrap(), (4, 2, Some([4, 552, 1100, 4])), "an answer stays one");
    }

    #[test]
    fn only_the_last_are_told_of_and_no_more_remembered_than_the_bound() {
        let (start, mut recent) = (Instant::now(), Recent::new(SECOND));
        for seq in 1..=100 {
            recent.note(&PingEvent::Sent(Seq(seq)), start);
            recent.note(&reply(seq, seq), start);
        }
        assert_eq!(told(&recent, start), Some((20, 0, Some([81, 90, 100, 100]))));
        (101..5000).for_each(|seq| recent.note(&PingEvent::Sent(Seq(seq)), start));
        assert_eq!((recent.probes.len(), told(&recent, start)), (MOST, None));
        assert_eq!(told(&recent, start + SECOND), Some((20, 20, None)));
    }
}
