//! What a ping is asked for and what it tells: plain data.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use crate::engine::LocalError;
use crate::payload::{Payload, WrongByte};
use crate::probe::{IcmpError, Seq};
use crate::stamp::Clock;
use crate::stats::Rtts;

/// How one target is to be pinged.
#[derive(Clone, Debug)]
pub struct PingConfig {
    /// The target; the port is zero.
    pub to: SocketAddr,
    /// What the probes carry.
    pub payload: Payload,
    /// Probes to send, or with a `deadline` replies to wait for; `None` is endless.
    pub count: Option<u64>,
    /// Time between probes; zero sends the next as soon as the last is answered, and at least every 10 ms.
    pub interval: Duration,
    /// Probes that may leave without waiting, at least one.
    pub preload: u32,
    /// Have the interval follow the round-trip time, but be no shorter than this.
    pub adaptive: Option<Duration>,
    /// The run ends this long after its start, whatever came back.
    pub deadline: Option<Duration>,
    /// How long to wait after the last probe if nothing at all was answered; `None` waits for ever.
    pub linger: Option<Duration>,
    /// When an unanswered probe is lost; `None` leaves it open until the run ends.
    pub timeout: Option<Duration>,
    /// Whether an ICMP error ends a run that has a deadline.
    pub error_ends_deadline: bool,
    /// What else ends the run.
    pub until: Until,
}

impl PingConfig {
    /// ping's own defaults: a probe a second, for ever.
    pub const fn new(to: SocketAddr, payload: Payload) -> Self {
        Self {
            to,
            payload,
            count: None,
            interval: Duration::from_secs(1),
            preload: 1,
            adaptive: None,
            deadline: None,
            linger: Some(Duration::from_secs(10)),
            timeout: None,
            error_ends_deadline: false,
            until: Until::default_end(),
        }
    }
}

/// Events that end a run.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Until {
    /// The first reply.
    pub reply: bool,
    /// The first loss or error.
    pub loss: bool,
}

impl Until {
    const fn default_end() -> Self {
        Self { reply: false, loss: false }
    }
}

/// What a [`Ping`](super::Ping) tells its owner.
#[derive(Debug)]
pub enum PingEvent {
    /// A probe is about to leave, and that one before it is not answered yet.
    Unanswered(Seq),
    /// A probe left.
    Sent(Seq),
    /// An echo reply to a probe of this run.
    Reply(Reply),
    /// A probe was not answered in time, or not before a run that waited for it ended.
    Lost(Seq),
    /// An ICMP message about a probe of this run.
    Icmp {
        /// The probe it is about.
        seq: Seq,
        /// The router or host that sent it.
        from: SocketAddr,
        /// What it says.
        error: IcmpError,
        /// Whether it ends the probe; a redirect or source quench does not.
        fatal: bool,
        /// The IPv4 header it quotes, if it was read from the network and not from the error queue; else empty.
        quoted: Vec<u8>,
    },
    /// The system refused to send a probe.
    SendFailed(Seq, io::Error),
    /// The system refused to send a probe, and the kernel told more than the error.
    Refused(LocalError),
    /// The system could not receive; it may again.
    ReceiveFailed(io::Error),
    /// How things stand, asked for by [`Input::Status`](crate::Input::Status).
    Status(Box<Tally>),
}

/// One echo reply.
#[derive(Clone, Debug)]
pub struct Reply {
    /// The probe it answers.
    pub seq: Seq,
    /// Who answered.
    pub from: SocketAddr,
    /// Data bytes that came back.
    pub size: usize,
    /// TTL or hop limit it arrived with, if the kernel told.
    pub hop_limit: Option<u8>,
    /// From the probe's departure to the reply's arrival, by the best clocks there were.
    pub rtt: Duration,
    /// Which clocks those were.
    pub clock: Clock,
    /// The same as this process lived it, scheduling delay included.
    pub rtt_by_user: Duration,
    /// Whether another reply to the same probe was counted before.
    pub duplicate: bool,
    /// Whether the probe had been given up as lost.
    pub late: bool,
    /// Whether a later probe was answered before.
    pub reordered: bool,
    /// Whether the ICMP checksum was right; a reply with a wrong one counts as corrupted, not as received.
    pub intact: bool,
    /// Whether it came from another address than the probe went to.
    pub other_source: bool,
    /// Whether less came back than was sent.
    pub truncated: bool,
    /// Options of the IPv4 header, see [`ip_options`](crate::ip_options).
    pub options: Vec<u8>,
    /// The first wrong byte and all data, if the data are not what was sent.
    pub damage: Option<Box<Damage>>,
}

/// Data that came back changed.
#[derive(Clone, Debug)]
pub struct Damage {
    /// The first byte that is wrong.
    pub wrong: WrongByte,
    /// All data of the reply.
    pub data: Vec<u8>,
}

/// The counts and figures of a run so far.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// Probes that left, or that the system refused for good.
    pub transmitted: u64,
    /// Probes answered by an intact reply.
    pub received: u64,
    /// Further intact replies to probes already answered.
    pub duplicates: u64,
    /// Replies with a wrong ICMP checksum.
    pub corrupted: u64,
    /// ICMP errors, and probes refused as too long.
    pub errors: u64,
    /// Probes given up as lost; some may have been answered late.
    pub lost: u64,
    /// Replies to probes already given up.
    pub late: u64,
    /// Replies that came after one to a later probe.
    pub reordered: u64,
    /// Replies that carry this run's identifier but are not to its probes; never printed, never timed.
    pub foreign: u64,
    /// Most probes that were under way when one of them was answered, by an error too.
    pub pipe: u64,
    /// From the start to the last attempt to send.
    pub sending: Duration,
    /// Round-trip times, those of duplicates included.
    pub rtts: Rtts,
}
