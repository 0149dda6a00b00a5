//! Who an address is: its name and number, or the number alone.
//!
//! Names are looked up beside the run. Lines wait for them a little, all of a run together: whoever has no name by then is shown by
//! number.

use std::cell::{Cell, RefCell};
use std::net::{IpAddr, SocketAddr};
use std::rc::Rc;
use std::time::{Duration, Instant};

use netdiag_text::Secrets;

use super::systems::{System, Systems};
use crate::ping::Names;
use crate::ping::address::number;

/// What addresses are called; clones know the same.
#[derive(Clone, Default)]
pub(crate) struct Who {
    names: Option<Rc<RefCell<Names>>>,
    systems: Systems,
    /// How long lines may still wait.
    patience: Rc<Cell<Duration>>,
}

impl Who {
    /// Names are looked up only where they are `wanted`.
    pub(super) fn new(wanted: bool, systems: Systems) -> Self {
        let names = wanted.then(|| Rc::new(RefCell::new(Names::start())));
        Self { names, systems, patience: Rc::new(Cell::new(PATIENCE)) }
    }

    /// Asks for a name that will be wanted.
    pub(super) fn prepare(&mut self, address: SocketAddr) {
        self.names.iter().for_each(|names| names.borrow_mut().prepare(address));
        self.systems.prepare(address);
    }

    /// The name of an address; whoever asks first waits for it that long, and no longer than all have left.
    pub(super) fn name(&mut self, address: SocketAddr, patience: Duration) -> Option<String> {
        let mut names = self.names.as_ref()?.borrow_mut();
        let name = self.waiting(patience, |patience| names.of(address, patience))?;
        // Whoever owns the address chose it.
        Some(Secrets::NONE.show(name).to_string()).filter(|name| *name != number(address))
    }

    /// The autonomous system of an address, waited for in the same way.
    pub(super) fn system(&self, address: IpAddr, patience: Duration) -> Option<System> {
        self.waiting(patience, |patience| self.systems.of(address, patience))
    }

    /// The autonomous system of an address, as long as that may take: something depends on it.
    pub(super) fn system_at_last(&self, address: IpAddr) -> Option<System> {
        self.systems.insist(address)
    }

    /// Asks with as much patience as there is left, and takes off what it took.
    fn waiting<T>(&self, patience: Duration, ask: impl FnOnce(Duration) -> T) -> T {
        let (began, left) = (Instant::now(), self.patience.get());
        let answer = ask(patience.min(left));
        if !patience.is_zero() {
            self.patience.set(left.saturating_sub(began.elapsed()));
        }
        answer
    }

    /// The name and the number, or the number; behind it `[AS64500 NAME]` where that is known.
    pub(super) fn words(&mut self, address: SocketAddr, patience: Duration) -> String {
        let mut words = match self.name(address, patience) {
            Some(name) => format!("{name} ({})", number(address)),
            None => number(address),
        };
        if let Some(system) = self.system(address.ip(), patience) {
            words += &format!(" [{system}]");
        }
        words
    }
}

/// By the time lines are written most names are known.
const PATIENCE: Duration = Duration::from_millis(500);

/// Columns of a name and an address.
pub(super) const WHO: usize = 32;
/// By now most names are known.
pub(super) const NAME_PATIENCE: Duration = Duration::from_millis(500);
