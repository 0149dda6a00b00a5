//! Echo replies as plain data: [`Reply`] counts, an [`UncountedReply`] does not.
//!
//! Nothing in one that counts was taken from the packet on trust: its time is the engine's own, and that it answers a probe of this
//! run is proved by the secret in it, where one was sent.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use crate::payload::WrongByte;
use crate::probe::Seq;
use crate::stamp::{ClockSource, LocalDelay};

/// An echo reply that counts.
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
    /// When it arrived: by the kernel's stamp, else when this process learnt of it.
    pub arrived: Instant,
    /// From the probe's departure to the reply's arrival, by the best clocks there were.
    pub rtt: Duration,
    /// Which clocks those were.
    pub clock: ClockSource,
    /// The same as this process lived it, scheduling delay included.
    pub rtt_by_user: Duration,
    /// What of it the probe spent in this host before it left.
    pub delay: LocalDelay,
    /// Whether another reply to the same probe was counted before.
    pub duplicate: bool,
    /// Whether the probe had been given up as lost.
    pub late: bool,
    /// Whether a later probe was answered before.
    pub reordered: bool,
    /// Whether it came from another address than the probe went to.
    pub other_source: bool,
    /// Whether less came back than was sent, though all of the secret.
    pub truncated: bool,
    /// Options of the IPv4 header, see [`ip_options`](crate::ip_options).
    pub options: Vec<u8>,
    /// The first wrong byte and all data, if the data are not what was sent.
    pub damage: Option<Box<Damage>>,
}

/// What may be an echo reply to a probe of this run, and counts neither as received nor as a duplicate; it has no time.
#[derive(Clone, Debug)]
pub struct UncountedReply {
    /// The probe it says it answers.
    pub seq: Seq,
    /// Who it says it is from.
    pub from: SocketAddr,
    /// Data bytes that came back.
    pub size: usize,
    /// TTL or hop limit it arrived with, if the kernel told.
    pub hop_limit: Option<u8>,
    /// Whether it came from another address than the probe went to.
    pub other_source: bool,
    /// Why it does not count.
    pub reason: UncountedReason,
    /// The first wrong byte and all data, if the data are not what was sent.
    pub damage: Option<Box<Damage>>,
}

/// Why a reply does not count.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum UncountedReason {
    /// Its ICMP checksum is wrong; only IPv4 raw sockets ever see that.
    WrongChecksum,
    /// It is shorter than what was sent, by so much that nothing tells it from a forged one.
    TooShort,
}

/// Data that came back changed.
#[derive(Clone, Debug)]
pub struct Damage {
    /// The first byte that is wrong.
    pub wrong: WrongByte,
    /// All data of the reply.
    pub data: Vec<u8>,
}
