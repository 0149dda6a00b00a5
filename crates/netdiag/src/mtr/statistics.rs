//! What is counted of each hop, as upstream counts it: [`Statistics`], [`HopStatistics`].
//!
//! Times are whole microseconds, and what is derived from them is cut to whole ones at every step: that is what makes the digits the
//! same. A probe that is not answered counts as lost, but for the newest of its hop while the run goes on.

use std::net::{IpAddr, SocketAddr};

use netdiag_echo::extensions::{Label, Object, objects};
use netdiag_echo::{AnswerMeaning, HopAnswer, IcmpError, TraceEvent};

/// All hops that a run may ask.
#[derive(Clone, Debug)]
pub(super) struct Statistics {
    target: IpAddr,
    first: u8,
    /// From the first distance to the last there can be.
    hops: Vec<HopStatistics>,
}

/// One hop.
#[derive(Clone, Debug, Default)]
pub(super) struct HopStatistics {
    sent: i64,
    received: i64,
    /// Whether the newest probe may still be answered.
    in_transit: bool,
    pub(super) last: i64,
    pub(super) best: i64,
    pub(super) worst: i64,
    pub(super) average: i64,
    pub(super) geometric_mean: i64,
    pub(super) jitter: i64,
    pub(super) jitter_average: i64,
    pub(super) jitter_worst: i64,
    /// By RFC 1889, A.8.
    pub(super) interarrival_jitter: i64,
    /// Sum of the squares of differences from the average.
    squares: i64,
    /// Who answered last.
    pub(super) current: Option<IpAddr>,
    /// What was wrong, by the last answer.
    pub(super) error: Option<IcmpError>,
    /// Who has ever answered, in the order they were first heard.
    pub(super) responders: Vec<Responder>,
}

/// Who answered.
#[derive(Clone, Debug)]
pub(super) struct Responder {
    pub(super) address: IpAddr,
    /// The MPLS labels it told of last.
    pub(super) labels: Vec<Label>,
}

impl Statistics {
    /// Of a trace to `target` by these hop limits.
    pub(super) fn new(target: SocketAddr, first: u8, last: u8) -> Self {
        let hops = (first..=last).map(|_| HopStatistics::default()).collect();
        Self { target: target.ip(), first, hops }
    }

    /// Takes in what happened.
    pub(super) fn record(&mut self, event: &TraceEvent) {
        match event {
            TraceEvent::Sent { distance, .. } => self.hop(*distance).for_each(HopStatistics::leave),
            TraceEvent::SendFailed { distance, .. } => self.hop(*distance).for_each(|hop| {
                hop.leave();
                hop.in_transit = false;
            }),
            TraceEvent::Extended { distance, from, extensions } => {
                self.hop(*distance).for_each(|hop| hop.label(from.ip(), extensions));
            }
            TraceEvent::Answer(answer) if !answer.is_duplicate => {
                self.hop(answer.distance).for_each(|hop| hop.answer(answer));
            }
            _ => {}
        }
    }

    /// The run is over: nothing is under way any more.
    pub(super) fn end(&mut self) {
        self.hops.iter_mut().for_each(|hop| hop.in_transit = false);
    }

    /// Begins anew.
    pub(super) fn reset(&mut self) {
        self.hops.fill(HopStatistics::default());
    }

    /// The hops to show, with their distances: up to the target or whoever refuses, or one more than the last that answered.
    pub(super) fn shown(&self) -> impl Iterator<Item = (u8, &HopStatistics)> {
        (self.first..=u8::MAX).zip(self.hops.iter().take(self.length()))
    }

    /// Whether the last hop shown is the target.
    pub(super) fn is_reached(&self) -> bool {
        self.hops.iter().any(|hop| hop.current == Some(self.target))
    }

    /// The hop at a distance.
    pub(super) fn at(&self, distance: u8) -> Option<&HopStatistics> {
        self.hops.get(usize::from(distance.checked_sub(self.first)?))
    }

    fn length(&self) -> usize {
        let is_end = |hop: &HopStatistics| hop.current == Some(self.target) || hop.error.is_some();
        if let Some(end) = self.hops.iter().position(is_end) {
            return end + 1;
        }
        let last = self.hops.iter().rposition(|hop| hop.current.is_some());
        last.map_or(0, |last| (last + 2).min(self.hops.len()))
    }

    fn hop(&mut self, distance: u8) -> std::option::IntoIter<&mut HopStatistics> {
        let place = distance.checked_sub(self.first).map(usize::from);
        place.and_then(|place| self.hops.get_mut(place)).into_iter()
    }
}

impl HopStatistics {
    fn leave(&mut self) {
        self.sent += 1;
        self.in_transit = true;
    }

    fn label(&mut self, from: IpAddr, extensions: &[u8]) {
        // What cannot be read says nothing.
        let objects = objects(extensions).into_iter().flatten().flatten();
        let labels = objects.filter_map(|object| match object {
            Object::Labels(stack) => Some(stack.iter().collect::<Vec<_>>()),
            _ => None,
        });
        let labels = labels.flatten().take(MOST_LABELS).collect();
        if let Some(responder) = self.responder(from) {
            responder.labels = labels;
        }
    }

    /// Whoever that is, which is nobody once too many are known.
    fn responder(&mut self, address: IpAddr) -> Option<&mut Responder> {
        let known = self.responders.iter().position(|responder| responder.address == address);
        if known.is_none() && self.responders.len() < MOST_RESPONDERS {
            self.responders.push(Responder { address, labels: Vec::new() });
        }
        self.responders.iter_mut().find(|responder| responder.address == address)
    }

    fn answer(&mut self, answer: &HopAnswer) {
        let from = answer.from.ip();
        self.responder(from);
        self.current = Some(from);
        self.error = match answer.meaning {
            AnswerMeaning::Refused(error) | AnswerMeaning::Faulted(error) => Some(error),
            _ => None,
        };
        self.in_transit = false;
        self.time(i64::try_from(answer.rtt.as_micros()).unwrap_or(i64::MAX));
    }

    fn time(&mut self, rtt: i64) {
        let jitter = (rtt - self.last).abs();
        self.last = rtt;
        self.received += 1;
        let (count, before) = (self.received as f64, self.average);
        if self.received == 1 {
            (self.best, self.worst, self.geometric_mean) = (rtt, rtt, rtt);
            self.jitter = 0;
        } else {
            self.jitter = jitter;
            let (mean, weight) = (self.geometric_mean as f64, (count - 1.0) / count);
            self.geometric_mean = (mean.powf(weight) * (rtt as f64).powf(1.0 / count)) as i64;
        }
        self.best = self.best.min(rtt);
        self.worst = self.worst.max(rtt);
        self.jitter_worst = self.jitter_worst.max(self.jitter);
        self.average = (self.average as f64 + (rtt - before) as f64 / count) as i64;
        self.squares = (self.squares as f64 + (rtt - before) as f64 * (rtt - self.average) as f64) as i64;
        self.jitter_average += (self.jitter - self.jitter_average) / self.received;
        self.interarrival_jitter += self.jitter - ((self.interarrival_jitter + 8) >> 4);
    }

    /// Probes that left.
    pub(super) fn sent(&self) -> i64 {
        self.sent
    }

    /// Probes that were answered.
    pub(super) fn received(&self) -> i64 {
        self.received
    }

    /// Probes that were not.
    pub(super) fn dropped(&self) -> i64 {
        self.decided() - self.received
    }

    /// Thousandths of a percent of them.
    pub(super) fn loss(&self) -> i64 {
        if self.decided() == 0 {
            return 0;
        }
        (1000.0 * (100.0 - 100.0 * self.received as f64 / self.decided() as f64)) as i64
    }

    /// The standard deviation of round trips.
    pub(super) fn deviation(&self) -> i64 {
        if self.received < 2 {
            return 0;
        }
        (self.squares as f64 / (self.received as f64 - 1.0)).sqrt() as i64
    }

    fn decided(&self) -> i64 {
        self.sent - i64::from(self.in_transit)
    }

    /// Who answered last, and then the others, as many as `most` altogether.
    pub(super) fn addresses(&self, most: usize) -> impl Iterator<Item = &Responder> {
        let is_current = |responder: &&Responder| Some(responder.address) == self.current;
        let others = self.responders.iter().filter(move |responder| !is_current(responder));
        self.responders.iter().filter(is_current).chain(others).take(most)
    }
}

/// As many as upstream keeps.
const MOST_RESPONDERS: usize = 128;
/// As many as upstream keeps.
const MOST_LABELS: usize = 8;

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use netdiag_echo::{ClockSource, Family};

    use super::*;

    const TARGET: &str = "198.51.100.1:0";

    fn answer(distance: u8, from: &str, micros: u64, meaning: AnswerMeaning) -> TraceEvent {
        TraceEvent::Answer(HopAnswer {
            round: 0,
            distance,
            from: from.parse().unwrap(),
            rtt: Duration::from_micros(micros),
            clock: ClockSource::Kernel,
            meaning,
            port: None,
            hop_limit: None,
            is_late: false,
            is_duplicate: false,
        })
    }

    fn passing(distance: u8, micros: u64) -> TraceEvent {
        answer(distance, &format!("192.0.2.{distance}:0"), micros, AnswerMeaning::Passing)
    }

    fn told(events: impl IntoIterator<Item = TraceEvent>) -> Statistics {
        let mut statistics = Statistics::new(TARGET.parse().unwrap(), 1, 30);
        events.into_iter().for_each(|event| statistics.record(&event));
        statistics
    }

    fn sent(distance: u8) -> TraceEvent {
        TraceEvent::Sent { round: 0, distance }
    }

    #[test]
    fn figures_are_whole_microseconds_at_every_step() {
        let times = [1345, 1372, 1359, 2001];
        let statistics = told(times.into_iter().flat_map(|micros| [sent(1), passing(1, micros)]));
        let hop = statistics.at(1).unwrap();
        assert_eq!((hop.last, hop.best, hop.worst), (2001, 1345, 2001));
        // 1345, then +27/2 cut to 1358, then +1/3 cut to 1358, then +643/4 cut to 1518.
        assert_eq!(hop.average, 1518);
        // 0 + 27·14 + 1·1 + 643·483, over three.
        assert_eq!(hop.deviation(), (310_948.0_f64 / 3.0).sqrt() as i64);
        // Differences of 0, 27, 13, 642: their means are 0, 13, 13, 170.
        assert_eq!((hop.jitter, hop.jitter_average, hop.jitter_worst), (642, 170, 642));
        // 27, then 27 + 13 - 2, then 38 + 642 - 2.
        assert_eq!(hop.interarrival_jitter, 678);
        // 1345, 1358, 1358, and then the fourth root of 1358 to the third times 2001.
        assert_eq!(hop.geometric_mean, 1496);
        assert_eq!((hop.loss(), hop.dropped()), (0, 0));
    }

    #[test]
    fn the_newest_probe_is_excused_until_the_end() {
        let mut statistics = told([sent(1), passing(1, 10), sent(1), sent(1)]);
        let counts = |statistics: &Statistics| {
            let hop = statistics.at(1).unwrap();
            (hop.sent(), hop.received(), hop.dropped(), hop.loss())
        };
        assert_eq!(counts(&statistics), (3, 1, 1, 50_000));
        statistics.end();
        assert_eq!(counts(&statistics), (3, 1, 2, 66_666));
        assert_eq!(statistics.at(2).unwrap().loss(), 0);
    }

    #[test]
    fn the_list_ends_at_the_target_or_whoever_refuses_or_one_beyond_the_last() {
        let length =
            |statistics: &Statistics| statistics.shown().map(|(distance, _)| distance).collect::<Vec<_>>();
        assert!(length(&told([sent(1), sent(2)])).is_empty());
        let dead = told([passing(1, 10), passing(3, 10)]);
        assert_eq!((length(&dead), dead.is_reached()), (vec![1, 2, 3, 4], false));
        assert_eq!(length(&told([passing(30, 10)])).len(), 30);
        let reached = told([passing(1, 10), passing(4, 10), answer(3, TARGET, 10, AnswerMeaning::Reached)]);
        assert_eq!((length(&reached), reached.is_reached()), (vec![1, 2, 3], true));
        let error = IcmpError { family: Family::V4, kind: 3, code: 1, info: 0 };
        let refused = told([passing(1, 10), answer(2, "192.0.2.9:0", 10, AnswerMeaning::Refused(error))]);
        assert_eq!((length(&refused), refused.is_reached()), (vec![1, 2], false));
    }

    #[test]
    fn whoever_answered_last_stands_first_among_those_who_answer() {
        let from = |last: u8| answer(1, &format!("192.0.2.{last}:0"), 10, AnswerMeaning::Passing);
        let statistics = told([from(1), from(2), from(3), from(2)]);
        let hop = statistics.at(1).unwrap();
        let all: Vec<_> = hop.addresses(8).map(|responder| responder.address.to_string()).collect();
        assert_eq!(all, ["192.0.2.2", "192.0.2.1", "192.0.2.3"]);
        assert_eq!(hop.addresses(2).count(), 2);
    }
}
