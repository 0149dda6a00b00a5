//! Names of addresses, looked up beside the run: a slow resolver never holds up a probe.
//!
//! A name not known in time is not waited for; the address is shown, and the name once it is known.

use std::net::SocketAddr;
use std::time::Duration;

use netdiag_host::address_name;

use super::idn;
use crate::beside::Beside;

/// What addresses are called.
pub(crate) struct Names(Beside<SocketAddr, Option<String>>);

impl Names {
    /// Starts the resolver's thread, which ends with the process. Where there is no thread to be had, addresses stay numbers.
    pub(crate) fn start() -> Self {
        Self(Beside::start(|address| look_up(*address)))
    }

    /// Asks for a name that will be wanted.
    pub(crate) fn prepare(&mut self, address: SocketAddr) {
        self.0.prepare(&address);
    }

    /// The name of an address. Who asks first waits for it, but no longer than `patience`.
    pub(crate) fn of(&mut self, address: SocketAddr, patience: Duration) -> Option<&str> {
        self.0.of(&address, patience)?.as_deref()
    }
}

fn look_up(address: SocketAddr) -> Option<String> {
    address_name(address).map(|name| idn::shown(&name))
}
