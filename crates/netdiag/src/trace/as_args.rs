//! The option that says where AS numbers come from, and the bounds that ask for one.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use super::systems;

/// Where AS numbers come from.
#[derive(clap::Args)]
pub(super) struct AsArgs {
    /// Show the AS number of each address, from a file (MaxMind DB, IPinfo DB, or a dump as iptoasn.com has it) or the DNS of Team Cymru,
    /// who then know which networks are traced
    #[arg(long = "as", value_name = "FILE|dns|off", default_value = "off", value_parser = from)]
    pub(super) systems: systems::From,
}

#[expect(clippy::unnecessary_wraps, reason = "it is how values are read")]
fn from(text: &str) -> Result<systems::From, String> {
    Ok(systems::From::typed(text))
}

/// What is to be on a path, or not to be.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Waypoint {
    Address(IpAddr),
    /// Any address of an autonomous system.
    System(u32),
}

impl FromStr for Waypoint {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number = text.strip_prefix("AS").or_else(|| text.strip_prefix("as"));
        match number {
            Some(number) => number.parse().map(Self::System).map_err(|_| "no AS number".to_owned()),
            None => {
                text.parse().map(Self::Address).map_err(|error: std::net::AddrParseError| error.to_string())
            }
        }
    }
}

impl fmt::Display for Waypoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address(address) => address.fmt(f),
            Self::System(number) => write!(f, "AS{number}"),
        }
    }
}
