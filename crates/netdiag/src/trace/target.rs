//! The hosts to trace to: [`Target`].

use std::net::SocketAddr;

use crate::ping::address;

/// Where probes go.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    /// As typed.
    pub(crate) name: String,
    /// Its address, port zero where probes have none.
    pub(crate) to: SocketAddr,
    /// The address probes come from.
    pub(crate) from: SocketAddr,
}

impl Target {
    /// The name, and the address where that is another word.
    pub(super) fn words(&self) -> String {
        let number = address::number(self.to);
        if self.name == number { number } else { format!("{} ({number})", self.name) }
    }
}
