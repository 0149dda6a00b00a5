//! What a hop is called in reports: name, number, or both.
//!
//! Names are looked up while the run goes on. At the end those are waited for that are still missing, but not for long.

use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use netdiag_text::Secrets;

use crate::ping::Names;

/// What addresses are called.
pub(super) struct Who {
    names: Option<Names>,
    shows_numbers: bool,
    /// How long names may still be waited for.
    patience: Duration,
}

impl Who {
    /// Names are looked up only where they are `wanted`; beside them the numbers are shown or not.
    pub(super) fn new(wanted: bool, shows_numbers: bool) -> Self {
        Self { names: wanted.then(Names::start), shows_numbers, patience: PATIENCE }
    }

    /// Asks for a name that will be wanted.
    pub(super) fn prepare(&mut self, address: IpAddr) {
        self.names.iter_mut().for_each(|names| names.prepare(SocketAddr::new(address, 0)));
    }

    /// The name of an address, if it is known by now.
    pub(super) fn name(&mut self, address: IpAddr) -> Option<String> {
        self.wait_for(address, Duration::ZERO)
    }

    /// What is written for whoever answers at a distance; nobody does for `None`.
    pub(super) fn words(&mut self, address: Option<IpAddr>) -> String {
        let Some(address) = address else { return NOBODY.to_owned() };
        let began = Instant::now();
        let name = self.wait_for(address, self.patience);
        self.patience = self.patience.saturating_sub(began.elapsed());
        match name {
            None => address.to_string(),
            Some(name) if self.shows_numbers => format!("{name} ({address})"),
            Some(name) => name,
        }
    }

    /// Whether numbers are shown beside names.
    pub(super) const fn shows_numbers(&self) -> bool {
        self.shows_numbers
    }

    fn wait_for(&mut self, address: IpAddr, patience: Duration) -> Option<String> {
        let name = self.names.as_mut()?.of(SocketAddr::new(address, 0), patience)?;
        // Whoever owns the address chose it.
        Some(Secrets::NONE.show(name).to_string())
    }
}

/// Stands where nobody answered.
pub(super) const NOBODY: &str = "???";

/// For all the names of a report.
const PATIENCE: Duration = Duration::from_secs(5);
