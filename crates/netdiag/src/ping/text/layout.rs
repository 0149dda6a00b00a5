//! What decides the form of the output: [`Layout`].
//!
//! It is fixed before the first line; nothing that happens during the run changes it.

use std::time::Duration;

use super::clock::LineClock;

/// What decides the form of the output.
#[derive(Clone, Debug)]
pub(in crate::ping) struct Layout {
    /// Only the header and the summary.
    pub(in crate::ping) quiet: bool,
    /// No host names for addresses.
    pub(in crate::ping) numeric: bool,
    /// Whether probes have room for a time stamp, without which upstream shows no times.
    pub(in crate::ping) timed: bool,
    /// All three decimals in round-trip times.
    pub(in crate::ping) exact: bool,
    /// A bell with each reply.
    pub(in crate::ping) audible: bool,
    /// Probes and replies as dots that come and go.
    pub(in crate::ping) flood: bool,
    /// A line when a probe leaves before the last is answered.
    pub(in crate::ping) outstanding: bool,
    /// A line when a probe is lost.
    pub(in crate::ping) losses: bool,
    /// More marks.
    pub(in crate::ping) verbose: bool,
    /// More than one host may answer.
    pub(in crate::ping) group: bool,
    /// Whether the probes carry IPv4 options.
    pub(in crate::ping) has_options: bool,
    /// The flow label in use.
    pub(in crate::ping) flow_label: Option<u32>,
    /// The identifier, if it is to be shown.
    pub(in crate::ping) ident: Option<u16>,
    /// `from SRC DEV: ` in the header.
    pub(in crate::ping) from: Option<String>,
    /// The device probes were told to leave by.
    pub(in crate::ping) device: Option<String>,
    /// The time before each line.
    pub(in crate::ping) clock: Option<LineClock>,
    /// Percentiles in the summary.
    pub(in crate::ping) percentiles: bool,
    /// Rates in the summary.
    pub(in crate::ping) rates: bool,
    /// Colours.
    pub(in crate::ping) color: bool,
    /// Data bytes sent.
    pub(in crate::ping) size: usize,
    /// Time between probes.
    pub(in crate::ping) interval: Duration,
}
