//! When a probe left and when its answer came: [`SentTimes`], [`Arrival`], and the round trip between the two.
//!
//! All of it is on the monotonic clock. The kernel's own stamps are wall-clock times; whoever reads them puts them there, or
//! drops them (`clock.rs`), so nothing that happens to the wall clock becomes part of a round trip.

use std::time::{Duration, Instant};

/// The system call that took a probe, by this process's clock.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct SendCall {
    /// Just before it.
    pub began: Instant,
    /// Just after it; the same as `began` where nobody looked.
    pub returned: Instant,
}

/// How far the kernel says a probe has come (`SCM_TSTAMP_*`).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Departure {
    /// It was handed to the device's queue (`SCM_TSTAMP_SCHED`), so its neighbour's address was known by then.
    Queued(Instant),
    /// The device's driver has taken it from there (`SCM_TSTAMP_SND`).
    Left(Instant),
}

/// What is known of how a probe left this host.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct SentTimes {
    /// The call that took it.
    pub call: SendCall,
    /// When it was handed to the device's queue, if the kernel told.
    pub queued: Option<Instant>,
    /// When the device took it, if the kernel told.
    pub left: Option<Instant>,
}

/// When an answer came, as seen from both sides of the system call.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Arrival {
    /// This process's time, after it woke up.
    pub user: Instant,
    /// When the kernel took it in, where it told.
    pub kernel: Option<Instant>,
}

/// Which clocks a round-trip time was read on, worst first.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum ClockSource {
    /// This process's, at both ends: its scheduling delay is part of the time.
    #[default]
    User,
    /// This process's when sending, the kernel's when receiving.
    Receive,
    /// The kernel's, at both ends.
    Kernel,
}

/// The part of a round trip that a probe spent in this host before it left; `None` where the kernel did not tell.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct LocalDelay {
    /// In the queue of the device it left by.
    pub queue: Option<Duration>,
    /// Before that, until the neighbour it goes to had told its address (ARP, neighbour discovery).
    pub neighbour: Option<Duration>,
}

impl SentTimes {
    /// A probe of which nothing is known but the call.
    pub const fn by(call: SendCall) -> Self {
        Self { call, queued: None, left: None }
    }

    /// Takes in what the kernel tells. A packet that passes several devices is handed to a queue by each of them: the first
    /// begins its way, and the last one to take it from a queue ends its stay here.
    pub fn note(&mut self, departure: Departure) {
        match departure {
            Departure::Queued(at) if at + BLUR < self.call.began => {}
            Departure::Queued(at) => self.queued = Some(self.queued.map_or(at, |first| first.min(at))),
            Departure::Left(at) => self.left = self.left.max(Some(at)),
        }
    }

    /// Time from its departure to `arrival` by the best clocks there are, and which those are.
    ///
    /// The time begins when the packet was handed to the device's queue, if that was within the call; else when the call
    /// returned, for then the packet waited for its neighbour. So the queue and the neighbour are part of it, and what else
    /// this process was kept from is not. What came before that answers a copy that never went to the device, as this host
    /// has of its own multicasts: of it no more is known than when the call began.
    pub fn round_trip(&self, arrival: &Arrival) -> (Duration, ClockSource) {
        let Some(arrived) = arrival.kernel else { return (self.as_lived(arrival), ClockSource::User) };
        let (start, clock) = match self.queued {
            Some(at) if at > arrived => (self.call.began, ClockSource::Receive),
            Some(at) if at <= self.call.returned + BLUR => (at, ClockSource::Kernel),
            Some(_) => (self.call.returned, ClockSource::Receive),
            None => (self.call.began, ClockSource::Receive),
        };
        (arrived.saturating_duration_since(start), clock)
    }

    /// The same as this process lived it.
    pub fn as_lived(&self, arrival: &Arrival) -> Duration {
        arrival.user.saturating_duration_since(self.call.began)
    }

    /// What of the time until `arrival` was spent in this host. A stay in it that ended later was not that of what was answered.
    pub fn local_delay_before(&self, arrival: &Arrival) -> LocalDelay {
        let was = |at: &Instant| arrival.kernel.is_none_or(|arrived| *at <= arrived + BLUR);
        let known = Self { queued: self.queued.filter(was), left: self.left.filter(was), ..*self };
        known.local_delay()
    }

    /// What of its way was spent in this host.
    pub fn local_delay(&self) -> LocalDelay {
        let neighbour = self.queued.map(|at| at.saturating_duration_since(self.call.returned));
        LocalDelay {
            queue: self.queued.zip(self.left).map(|(queued, left)| left.saturating_duration_since(queued)),
            neighbour: neighbour.map(|waited| if waited <= BLUR { Duration::ZERO } else { waited }),
        }
    }
}

/// How far apart two clocks may be said to be that were read one after the other.
const BLUR: Duration = Duration::from_micros(2);

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    #[test]
    fn a_round_trip_begins_in_the_queue_or_when_the_call_returned() {
        let start = crate::now();
        let at = |micros: u64| start + Duration::from_micros(micros);
        // Called from 0 to 50 µs, answered at 400 ms, read at 402 ms.
        #[rustfmt::skip]
        let cases = [
            // queued,        left,             stamped, expected µs, clock,            in the queue,   for the neighbour
            (None,            None,             false,   402_000,     ClockSource::User,      None,           None),
            (Some(10),        None,             false,   402_000,     ClockSource::User,      None,           Some(0)),
            (None,            None,             true,    400_000,     ClockSource::Receive,   None,           None),
            (None,            Some(30),         true,    400_000,     ClockSource::Receive,   None,           None),
            (Some(10),        None,             true,    399_990,     ClockSource::Kernel,    None,           Some(0)),
            (Some(10),        Some(12),         true,    399_990,     ClockSource::Kernel,    Some(2),        Some(0)),
            (Some(10),        Some(365_010),    true,    399_990,     ClockSource::Kernel,    Some(365_000),  Some(0)),
            (Some(51),        Some(51),         true,    399_949,     ClockSource::Kernel,    Some(0),        Some(0)),
            (Some(300_050),   Some(300_060),    true,    399_950,     ClockSource::Receive,   Some(10),       Some(300_000)),
        ];
        for (queued, left, stamped, rtt, clock, queue, neighbour) in cases {
            let mut sent = SentTimes::by(SendCall { began: at(0), returned: at(50) });
            queued.into_iter().for_each(|micros| sent.note(Departure::Queued(at(micros))));
            left.into_iter().for_each(|micros| sent.note(Departure::Left(at(micros))));
            let arrival = Arrival { user: at(402_000), kernel: stamped.then(|| at(400_000)) };
            let expected = (Duration::from_micros(rtt), clock);
            assert_eq!(sent.round_trip(&arrival), expected, "{queued:?} {left:?}");
            let delay = [sent.local_delay().queue, sent.local_delay().neighbour];
            assert_eq!(delay, [queue, neighbour].map(|micros| micros.map(Duration::from_micros)));
            assert_eq!(sent.as_lived(&arrival), Duration::from_micros(402_000));
        }
    }

    #[test]
    fn of_several_devices_the_first_queue_and_the_last_driver_count() {
        let start = crate::now() + 1000 * MS;
        let mut sent = SentTimes::by(SendCall { began: start, returned: start + MS });
        // From before the call: some other packet's.
        sent.note(Departure::Queued(start - MS));
        assert_eq!(sent.queued, None);
        for millis in [2, 5, 3] {
            sent.note(Departure::Queued(start + millis * MS));
            sent.note(Departure::Left(start + millis * MS));
        }
        assert_eq!((sent.queued, sent.left), (Some(start + 2 * MS), Some(start + 5 * MS)));
    }

    #[test]
    fn what_answers_a_copy_kept_in_this_host_is_timed_from_the_call_and_has_waited_nowhere() {
        let start = crate::now();
        let at = |micros: u64| start + Duration::from_micros(micros);
        let arrival = Arrival { user: at(90), kernel: Some(at(30)) };
        // Called from 0 to 50 µs. The packet itself is handed to its queue after the answer has come, waits in it, or waits
        // for its neighbour.
        for (queued, left, rtt, clock, neighbour) in [
            (40, 41, 30, ClockSource::Receive, None),
            (40, 365_000, 30, ClockSource::Receive, None),
            (10, 365_000, 20, ClockSource::Kernel, Some(Duration::ZERO)),
            (990_000, 990_001, 30, ClockSource::Receive, None),
        ] {
            let mut sent = SentTimes::by(SendCall { began: at(0), returned: at(50) });
            sent.note(Departure::Queued(at(queued)));
            sent.note(Departure::Left(at(left)));
            assert_eq!(sent.round_trip(&arrival), (Duration::from_micros(rtt), clock), "{queued} {left}");
            assert_eq!(sent.local_delay_before(&arrival), LocalDelay { queue: None, neighbour });
        }
    }

    #[test]
    fn an_answer_within_the_call_takes_no_less_than_nothing() {
        let start = crate::now();
        let sent = SentTimes::by(SendCall { began: start, returned: start + MS });
        let arrival = Arrival { user: start + MS, kernel: Some(start) };
        assert_eq!(sent.round_trip(&arrival), (Duration::ZERO, ClockSource::Receive));
    }
}
