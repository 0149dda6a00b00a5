//! Names of addresses, looked up beside the run: a slow resolver never holds up a probe.
//!
//! A name not known in time is not waited for; the address is shown, and the name once it is known.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use netdiag_host::address_name;

use super::idn;

/// What addresses are called.
pub(crate) struct Names {
    known: HashMap<SocketAddr, Name>,
    asked: Sender<SocketAddr>,
    answers: Receiver<(SocketAddr, Option<String>)>,
}

/// What is known of an address's name.
enum Name {
    /// Asked for, and nobody has waited for it yet.
    Asked,
    /// Waited for in vain; it may still come.
    Late,
    /// The resolver's answer.
    Is(Option<String>),
}

impl Names {
    /// Starts the resolver's thread, which ends with the process. Where there is no thread to be had, addresses stay numbers.
    pub(crate) fn start() -> Self {
        let (asked, questions) = channel();
        let (answer, answers) = channel();
        let _ = thread::Builder::new().spawn(move || {
            for address in questions {
                if answer.send((address, look_up(address))).is_err() {
                    return;
                }
            }
        });
        Self { known: HashMap::new(), asked, answers }
    }

    /// Asks for a name that will be wanted.
    pub(crate) fn prepare(&mut self, address: SocketAddr) {
        self.known.entry(address).or_insert_with(|| {
            // Without a resolver addresses stay numbers.
            let _ = self.asked.send(address);
            Name::Asked
        });
    }

    /// The name of an address. Who asks first waits for it, but no longer than `patience`.
    pub(crate) fn of(&mut self, address: SocketAddr, patience: Duration) -> Option<&str> {
        self.prepare(address);
        self.collect();
        if let Some(name @ Name::Asked) = self.known.get_mut(&address) {
            *name = Name::Late;
            self.wait_for(address, patience);
        }
        match self.known.get(&address)? {
            Name::Is(name) => name.as_deref(),
            Name::Asked | Name::Late => None,
        }
    }

    fn wait_for(&mut self, address: SocketAddr, patience: Duration) {
        let until = Instant::now() + patience;
        while let Ok((answered, name)) =
            self.answers.recv_timeout(until.saturating_duration_since(Instant::now()))
        {
            self.known.insert(answered, Name::Is(name));
            if answered == address {
                return;
            }
        }
    }

    fn collect(&mut self) {
        self.known.extend(self.answers.try_iter().map(|(address, name)| (address, Name::Is(name))));
    }
}

fn look_up(address: SocketAddr) -> Option<String> {
    address_name(address).map(|name| idn::shown(&name))
}
