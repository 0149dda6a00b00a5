//! The options of `netdiag trace` about the path MTU. The doc comments are their help.

use netdiag_text::size;

/// What is wanted of the path MTU.
#[derive(clap::Args)]
pub(in crate::trace) struct MtuArgs {
    /// Find the largest packet that comes to each hop, and where larger ones end; connections have no packets of any length
    #[arg(long, conflicts_with = "tcp")]
    pub(in crate::trace) mtu: bool,

    /// Fail if a packet of so many bytes, IP header included, does not get to the host
    #[arg(long, value_name = "MTU", value_parser = packet_size, allow_hyphen_values = true, requires = "mtu", help_heading = "Bounds")]
    pub(in crate::trace) min_mtu: Option<u16>,
}

/// What an IP packet can have.
fn packet_size(text: &str) -> Result<u16, String> {
    let size = size::positive(text).map_err(|error| error.to_string())?;
    let size = u16::try_from(size).ok().filter(|size| *size >= SHORTEST);
    size.ok_or_else(|| format!("a packet has {SHORTEST} to {} bytes", u16::MAX))
}

/// What every link takes (RFC 791).
const SHORTEST: u16 = 68;
