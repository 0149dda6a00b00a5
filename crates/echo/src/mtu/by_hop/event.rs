//! What a search for the MTU of each part of a path tells: [`HopMtuEvent`] as it happens, [`HopMtus`] at the end.
//!
//! Sizes are those of IP packets, headers included.

use std::io;
use std::net::SocketAddr;

use crate::mtu::bounds::Stopped;

/// Something that happened.
#[derive(Debug)]
#[non_exhaustive]
pub enum HopMtuEvent {
    /// A size is about to be tried as far as that distance.
    Trying {
        /// How far.
        distance: u8,
        /// Bytes.
        size: usize,
    },
    /// A router says that a probe is too big.
    TooBig {
        /// How far the probe was to go.
        distance: u8,
        /// Bytes of its packet.
        size: usize,
        /// Which router.
        from: SocketAddr,
        /// What it would take, in its own words; routers of old do not say.
        told: Option<usize>,
        /// Whether it quotes the run's secret; if not, it may be forged.
        authenticated: bool,
    },
    /// The system refused to send a probe.
    SendFailed {
        /// How far the probe was to go.
        distance: u8,
        /// Bytes of its packet.
        size: usize,
        /// Why.
        error: io::Error,
    },
    /// The system could not receive; it may again.
    ReceiveFailed(io::Error),
}

/// What passes how far.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct HopMtus {
    /// The largest packet that came to each distance that answers, nearest first.
    pub hops: Vec<HopMtu>,
    /// Where less passes than before, nearest first.
    pub steps: Vec<MtuStep>,
    /// Bytes that this host's device takes, where the system said.
    pub interface: Option<usize>,
    /// Whether the same size passed and was too big: packets take ways of different MTU. The smaller one counts.
    pub alternates: bool,
    /// Whether nothing is left to be found out.
    pub complete: bool,
    /// Whether the search was stopped, or its deadline came first.
    pub is_cut: bool,
    /// Probes that left.
    pub transmitted: u64,
}

/// What passes as far as one distance.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct HopMtu {
    /// How far away.
    pub distance: u8,
    /// Bytes.
    pub size: usize,
}

/// A part of the path behind which less passes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct MtuStep {
    /// The last distance that larger packets came to; 0 is this host.
    pub after: u8,
    /// The first that they did not; distances in between do not answer.
    pub before: u8,
    /// The largest packet that passes from there on.
    pub size: usize,
    /// Why larger ones do not.
    pub why: Stopped,
}

impl MtuStep {
    /// Whether larger packets vanish there without a word.
    pub const fn is_black_hole(&self) -> bool {
        matches!(self.why, Stopped::Silence)
    }
}

impl HopMtus {
    /// The largest packet that came to that distance.
    pub fn at(&self, distance: u8) -> Option<usize> {
        self.hops.iter().find(|hop| hop.distance == distance).map(|hop| hop.size)
    }

    /// The largest packet that passes as far as anybody answers.
    pub fn path(&self) -> Option<usize> {
        self.hops.last().map(|hop| hop.size)
    }
}
