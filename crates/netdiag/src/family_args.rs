//! The options of every command that connects, to keep to one family.

use netdiag_probe::Family;

/// Which family to keep to.
#[derive(clap::Args, Clone, Copy, Debug)]
pub(crate) struct FamilyArgs {
    /// Use IPv4 only
    #[arg(short = '4', long, conflicts_with = "ipv6")]
    ipv4: bool,

    /// Use IPv6 only
    #[arg(short = '6', long)]
    ipv6: bool,
}

impl FamilyArgs {
    /// The family asked for; `None` where either will do.
    pub(crate) fn family(self) -> Option<Family> {
        match (self.ipv4, self.ipv6) {
            (true, _) => Some(Family::V4),
            (_, true) => Some(Family::V6),
            _ => None,
        }
    }
}
