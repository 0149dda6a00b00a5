//! One echo reply, as plain data: [`Reply`].
//!
//! Nothing in it was taken from the packet on trust: its time is the engine's own.

use std::net::SocketAddr;
use std::time::Duration;

use crate::payload::WrongByte;
use crate::probe::Seq;
use crate::stamp::{ClockSource, LocalDelay};

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
