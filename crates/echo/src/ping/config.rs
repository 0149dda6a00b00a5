//! What a ping is asked for: [`PingConfig`].
//!
//! With a deadline, the count is one of replies and no longer one of probes, as upstream has it.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use super::reply::Damage;
use super::statistics::Statistics;
use crate::payload::{MARK_LEN, Payload};
use crate::probe::Ident;
use crate::wire::FLOW_WORD;

/// How one target is to be pinged.
#[derive(Clone, Debug)]
pub struct PingConfig {
    /// The target; the port is zero.
    pub to: SocketAddr,
    /// The identifier of its probes, which is that of the socket.
    pub ident: Ident,
    /// What the probes carry.
    pub payload: Payload,
    /// What pins them to one of several ways, see [`Probe::flow`](crate::Probe::flow).
    pub flow: Option<u32>,
    /// Probes to send, or with a `deadline` replies to wait for; `None` is endless.
    pub count: Option<u64>,
    /// Time between probes; zero sends the next as soon as the last is answered, and at least every 10 ms.
    pub interval: Duration,
    /// Probes that may leave without waiting, at least one.
    pub preload: u32,
    /// Have the interval follow the round-trip time, but be no shorter than this.
    pub adaptive: Option<Duration>,
    /// The run ends this long after its start, whatever came back; a count is then one of replies.
    pub deadline: Option<Duration>,
    /// How long to wait after the last probe if nothing at all was answered; `None` waits for ever.
    pub linger: Option<Duration>,
    /// When an unanswered probe is lost; `None` leaves it open until the run ends.
    pub timeout: Option<Duration>,
    /// Whether an ICMP error ends a run that has a deadline.
    pub error_ends_deadline: bool,
    /// What else ends the run.
    pub stop_when: StopWhen,
}

impl PingConfig {
    /// ping's own defaults: a probe a second, for ever.
    pub const fn new(to: SocketAddr, ident: Ident, payload: Payload) -> Self {
        Self {
            to,
            ident,
            payload,
            flow: None,
            count: None,
            interval: Duration::from_secs(1),
            preload: 1,
            adaptive: None,
            deadline: None,
            linger: Some(Duration::from_secs(10)),
            timeout: None,
            error_ends_deadline: false,
            stop_when: StopWhen::default_end(),
        }
    }

    /// Whether the run has what it was to get.
    pub(super) fn is_met(&self, statistics: &Statistics) -> bool {
        let Statistics { received, errors, lost, .. } = *statistics;
        let all = self.count.is_some_and(|count| received + errors >= count);
        all || (self.stop_when.reply && received > 0) || (self.stop_when.loss && lost + errors > 0)
    }

    /// Whether an answer from there is not the target's own.
    pub(super) fn is_other(&self, from: SocketAddr) -> bool {
        // One of a group or of the routers on a link answers with its own address.
        let many = match self.to.ip() {
            IpAddr::V4(to) => to.is_multicast() || to.is_broadcast(),
            IpAddr::V6(to) => to.is_multicast() || to.segments()[4..] == [0; 4],
        };
        !many && from.ip() != self.to.ip()
    }

    /// What is wrong with data that came back.
    pub(super) fn damage(&self, data: &[u8]) -> Option<Box<Damage>> {
        let is_pinned = self.to.is_ipv4() && self.flow.is_some();
        let start = if is_pinned { FLOW_WORD.end } else { MARK_LEN };
        let wrong = self.payload.first_wrong(start, data)?;
        Some(Box::new(Damage { wrong, data: data.to_vec() }))
    }
}

/// Events that end a run.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct StopWhen {
    /// The first reply.
    pub reply: bool,
    /// The first loss or error.
    pub loss: bool,
}

impl StopWhen {
    const fn default_end() -> Self {
        Self { reply: false, loss: false }
    }
}
