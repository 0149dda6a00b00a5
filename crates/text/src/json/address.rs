//! Where somebody is, as JSON has it: one shape for a host's port, a path and a process of this host.
//!
//! A scope is the name of an interface, which only the system knows: whoever asks it, puts it in.

use std::net::{IpAddr, SocketAddr};

use schemars::JsonSchema;
use serde::Serialize;

/// Where somebody is: an address and its port, a path, or a process of this host.
#[derive(Clone, Debug, Default, Eq, JsonSchema, PartialEq, Serialize)]
pub struct Address {
    /// The IP address, never a name. An unspecified one stands for all addresses.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub address: Option<IpAddr>,
    /// The port; missing where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    /// The interface a link-local address is on, by its name or else its number; missing for other addresses.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    /// The path of a Unix domain socket.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// The name of a Unix domain socket that has no file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub r#abstract: Option<String>,
    /// Process id, of whoever is at the other end of a Unix domain socket; missing if it cannot be seen from here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pid: Option<u32>,
    /// User id, of whoever is at the other end of a Unix domain socket.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uid: Option<u32>,
}

impl Address {
    /// An address without a port.
    pub fn of_host(address: IpAddr) -> Self {
        Self { address: Some(address), ..Self::default() }
    }
}

impl From<SocketAddr> for Address {
    /// Port zero is none; a scope is known by its number only.
    fn from(address: SocketAddr) -> Self {
        let scope = match address {
            SocketAddr::V6(v6) => Some(v6.scope_id()).filter(|scope| *scope != 0),
            SocketAddr::V4(_) => None,
        };
        Self {
            address: Some(address.ip()),
            port: Some(address.port()).filter(|port| *port != 0),
            scope: scope.map(|scope| scope.to_string()),
            ..Self::default()
        }
    }
}
