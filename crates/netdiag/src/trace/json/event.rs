//! What happens while a trace runs, as JSON.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use netdiag_echo::{HopAnswer, LocalError};
use netdiag_text::duration::micros;

use super::words::{clock_word, meaning_word, said};
use crate::json::record::record;
use crate::json::{Address, ErrorRecord, address, of_call};
use crate::trace::notes::port_word;

record! {
    /// A probe was answered.
    Answer {
        /// The host as it was given.
        target: String,
        /// Which round, from 1.
        round: u64,
        /// TTL or hop limit of the probe.
        distance: u8,
        /// Who answered.
        from: Address,
        /// From the probe's departure to the arrival of the answer, by the best clocks there were.
        rtt_us: f64,
        /// Which clocks round-trip times were read on: `kernel` stamps both ends, `user-kernel` is sent by this process's clock
        /// and received by the kernel's, `user` is this process's at both ends.
        #[schemars(extend("enum" = ["user", "user-kernel", "kernel"]))]
        clock: &'static str,
        /// What the answer means: `passing`, a router on the way; `reached`, the host itself; `refused`, somebody does not let the
        /// probe pass; `faulted`, something is wrong with the probe, its length above all.
        #[schemars(extend("enum" = ["passing", "reached", "refused", "faulted"]))]
        meaning: &'static str,
    } maybe {
        /// What it says, where that is another ICMP error than that the hops were used up.
        error: ErrorRecord,
        /// What the host's TCP port says: `open`, somebody listens there; `closed`, it refuses.
        #[schemars(extend("enum" = ["open", "closed"]))]
        port_state: &'static str,
        /// TTL or hop limit it arrived with; missing if the kernel did not tell.
        hop_limit: u8,
        /// `true` if the probe had been given up as lost.
        late: bool,
        /// `true` if another reply to the probe was counted before.
        duplicate: bool,
    }
}

record! {
    /// A probe was not answered in its time.
    Silent {
        /// The host as it was given.
        target: String,
        /// Which round, from 1.
        round: u64,
        /// TTL or hop limit of the probe.
        distance: u8,
    }
}

record! {
    /// The system refused to send a probe.
    SendFailed {
        /// The host as it was given.
        target: String,
        /// Which round, from 1.
        round: u64,
        /// TTL or hop limit of the probe.
        distance: u8,
        /// Why it was refused.
        error: ErrorRecord,
    }
}

record! {
    /// The kernel refused a probe after taking it.
    Refused {
        /// The host as it was given.
        target: String,
        /// Why it was refused.
        error: ErrorRecord,
    }
}

record! {
    /// The system could not receive; it may again.
    ReceiveFailed {
        /// Why it could not.
        error: ErrorRecord,
    }
}

record! {
    /// Another router answers at a distance than the round before.
    RouteChange {
        /// The host as it was given.
        target: String,
        /// Which round, from 1.
        round: u64,
        /// TTL or hop limit of the probe.
        distance: u8,
        /// Who answered until then.
        before: Address,
        /// Who answers from then on.
        after: Address,
    }
}

record! {
    /// Routers that answered in part are asked again from now on, slowly.
    AskingSlowly {
        /// The host as it was given.
        target: String,
        /// How many routers those are.
        routers: usize,
        /// How long that takes.
        takes_us: f64,
    }
}

impl Answer {
    pub(super) fn new(target: &str, answer: &HopAnswer) -> Self {
        Self {
            target: target.to_owned(),
            round: answer.round + 1,
            distance: answer.distance,
            from: address(answer.from),
            rtt_us: micros(answer.rtt),
            clock: clock_word(answer.clock),
            meaning: meaning_word(answer.meaning),
            error: said(answer.meaning, answer.from),
            port_state: answer.port.map(port_word),
            hop_limit: answer.hop_limit,
            late: answer.is_late.then_some(true),
            duplicate: answer.is_duplicate.then_some(true),
        }
    }
}

impl Silent {
    pub(super) fn new(target: &str, round: u64, distance: u8) -> Self {
        Self { target: target.to_owned(), round: round + 1, distance }
    }
}

impl SendFailed {
    pub(super) fn new(target: &str, call: &'static str, place: (u64, u8), error: &io::Error) -> Self {
        let (round, distance) = place;
        Self { target: target.to_owned(), round: round + 1, distance, error: of_call(call, error) }
    }
}

impl Refused {
    pub(super) fn new(target: &str, error: &LocalError) -> Self {
        let error = of_call("sendmsg", &io::Error::from_raw_os_error(error.errno));
        Self { target: target.to_owned(), error }
    }
}

impl ReceiveFailed {
    pub(super) fn new(error: &io::Error) -> Self {
        Self { error: of_call("recvmsg", error) }
    }
}

impl RouteChange {
    pub(super) fn new(
        target: &str,
        round: u64,
        distance: u8,
        (before, after): (SocketAddr, SocketAddr),
    ) -> Self {
        let (before, after) = (address(before), address(after));
        Self { target: target.to_owned(), round: round + 1, distance, before, after }
    }
}

impl AskingSlowly {
    pub(super) fn new(target: &str, routers: usize, takes: Duration) -> Self {
        Self { target: target.to_owned(), routers, takes_us: micros(takes) }
    }
}
