//! The options of `netdiag trace` about the path MTU. The doc comments are their help.

use crate::whole_number::within;

/// What is wanted of the path MTU.
#[derive(clap::Args)]
pub(in crate::trace) struct MtuArgs {
    /// Find the largest packet that comes to each hop, and where larger ones end; connections have no packets of any length
    #[arg(long, conflicts_with = "tcp")]
    pub(in crate::trace) mtu: bool,

    /// Fail if a packet of so many bytes, IP header included, does not get to the host
    #[arg(long, value_name = "BYTES", value_parser = within(68..=u16::MAX), allow_hyphen_values = true, requires = "mtu", help_heading = "Bounds")]
    pub(in crate::trace) min_mtu: Option<u16>,
}
