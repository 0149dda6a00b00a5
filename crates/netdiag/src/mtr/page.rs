//! What every form of output knows of a run: [`Page`], and the seam by which forms are told of it.

use std::net::IpAddr;

use netdiag_echo::TraceEvent;

use super::args::{Fields, Options};
use super::ipinfo::{Fact, Owners};
use super::names::Who;
use super::statistics::{HopStatistics, Statistics};
use super::value::{Bytes, Fill};
use crate::render::Results;
use crate::traceroute::mark_of;

/// What runs find out.
pub(super) enum Traced {}

impl Results for Traced {
    /// Something happened, and what it makes of the figures.
    type Item<'a> = (&'a TraceEvent, &'a Statistics);
    type End<'a> = &'a Statistics;
}

/// What is said of a run beside its figures.
pub(super) struct Page {
    /// The name of this host.
    pub(super) source: String,
    /// The host as it was given.
    pub(super) host: String,
    /// Rounds, as asked for.
    pub(super) rounds: u32,
    pub(super) tos: u8,
    pub(super) size: Bytes,
    pub(super) fill: Fill,
    pub(super) fields: Fields,
    /// Whether names have all the room they need, and other addresses rows of their own.
    pub(super) wide: bool,
    pub(super) mpls: bool,
    /// How many addresses of a hop are told of.
    pub(super) most: usize,
    pub(super) fact: Option<Fact>,
    /// Whether a hop that refuses says so, which upstream leaves out.
    pub(super) tells_errors: bool,
    pub(super) who: Who,
    pub(super) owners: Owners,
}

impl Page {
    /// The page of runs with these options; `host` is filled in for each.
    pub(super) fn new(options: &Options, rounds: Option<u32>, linked: bool) -> Self {
        Self {
            source: source(),
            host: String::new(),
            rounds: rounds.unwrap_or(ROUNDS),
            tos: tos(options),
            size: options.psize,
            fill: options.bitpattern,
            fields: options.order.clone(),
            wide: options.report_wide,
            mpls: options.mpls,
            most: usize::try_from(options.max_display_path.max(1)).unwrap_or(usize::MAX),
            fact: options.fact(),
            tells_errors: !linked,
            who: Who::new(!options.no_dns, options.show_ips),
            owners: Owners::new([options.ipinfo_provider4.clone(), options.ipinfo_provider6.clone()]),
        }
    }

    /// Who answers at a distance, and what is wrong there.
    pub(super) fn name(&mut self, hop: &HopStatistics) -> String {
        let name = self.who.words(hop.current);
        match hop.error.filter(|_| self.tells_errors) {
            Some(error) => format!("{name} {}", mark_of(error)),
            None => name,
        }
    }

    /// Who an address belongs to, as wide as that can be; empty if nobody asks.
    pub(super) fn owner(&mut self, address: Option<IpAddr>) -> String {
        let Some(fact) = self.fact else { return String::new() };
        fact.padded(&self.owners.words(address, fact))
    }

    /// The AS number of an address, where a form has a place for just that.
    pub(super) fn as_number(&mut self, address: Option<IpAddr>) -> Option<String> {
        let fact = self.fact.filter(|fact| *fact == Fact::AsNumber)?;
        Some(fact.padded(&self.owners.words(address, fact)).trim_end().to_owned())
    }

    /// The length of packets in words.
    pub(super) fn size_words(&self) -> String {
        match self.size {
            Bytes::Each(bytes) => bytes.to_string(),
            Bytes::UpTo(bytes) => format!("rand(28-{bytes})"),
        }
    }

    /// What fills them in words.
    pub(super) fn fill_words(&self) -> String {
        match self.fill {
            Fill::Byte(byte) => format!("0x{byte:02X}"),
            Fill::Random => "rand(0x00-FF)".to_owned(),
        }
    }
}

/// What is out of range stands for none, as upstream has it.
pub(super) fn tos(options: &Options) -> u8 {
    u8::try_from(options.tos).unwrap_or_default()
}

fn source() -> String {
    let name = nix::unistd::gethostname().ok().and_then(|name| name.into_string().ok());
    name.unwrap_or_else(|| "UNKNOWNHOST".to_owned())
}

/// What upstream does that was told nothing.
pub(super) const ROUNDS: u32 = 10;
