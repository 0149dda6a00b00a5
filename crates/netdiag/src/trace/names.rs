//! Who an address is: its name and number, or the number alone.

use std::net::SocketAddr;
use std::time::Duration;

use netdiag_text::Secrets;

use crate::ping::Names;
use crate::ping::address::number;

/// What addresses are called.
pub(super) struct Who(Option<Names>);

impl Who {
    /// Names are looked up only where they are `wanted`.
    pub(super) fn new(wanted: bool) -> Self {
        Self(wanted.then(Names::start))
    }

    /// Asks for a name that will be wanted.
    pub(super) fn prepare(&mut self, address: SocketAddr) {
        self.0.iter_mut().for_each(|names| names.prepare(address));
    }

    /// The name of an address; whoever asks first waits for it that long.
    pub(super) fn name(&mut self, address: SocketAddr, patience: Duration) -> Option<String> {
        let name = self.0.as_mut()?.of(address, patience)?;
        // Whoever owns the address chose it.
        Some(Secrets::NONE.show(name).to_string()).filter(|name| *name != number(address))
    }

    /// The name and the number, or the number.
    pub(super) fn words(&mut self, address: SocketAddr, patience: Duration) -> String {
        match self.name(address, patience) {
            Some(name) => format!("{name} ({})", number(address)),
            None => number(address),
        }
    }
}
