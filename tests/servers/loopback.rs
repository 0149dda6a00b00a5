//! A server on this machine's own loopback.

use std::process::Command;

use crate::server::Server;

impl Server {
    /// Serves at `addresses`, one listener each.
    pub(crate) fn start(kind: &str, addresses: &[&str], options: &[&str]) -> Self {
        Self::spawn(kind, addresses, options, Command::spawn)
    }

    /// The port of the first listener.
    pub(crate) fn port(&self) -> u16 {
        self.listeners[0].rsplit(':').next().unwrap().parse().unwrap()
    }
}
