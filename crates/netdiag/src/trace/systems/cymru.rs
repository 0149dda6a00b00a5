//! AS numbers by DNS, as Team Cymru gives them: which networks are traced is told to whoever answers.
//!
//! `8.8.8.8` is asked about as `8.8.8.8.origin.asn.cymru.com`, the names of systems as `AS15169.asn.cymru.com`.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use super::system::{System, some};
use crate::address_records::{labels, name_server, texts};
use crate::beside::Beside;

/// Questions to the host's first name server, beside the run.
pub(super) struct Cymru(Beside<IpAddr, Option<System>>);

impl Cymru {
    /// # Errors
    /// That there is no name server, in words.
    pub(super) fn start() -> Result<Self, String> {
        Ok(Self::of_server(name_server()?))
    }

    /// Asks that server.
    pub(super) fn of_server(server: SocketAddr) -> Self {
        let mut asker = Asker { server, names: HashMap::new() };
        Self(Beside::start(move |address: &IpAddr| asker.system(*address)))
    }

    pub(super) fn prepare(&mut self, address: IpAddr) {
        self.0.prepare(&address);
    }

    pub(super) fn of(&mut self, address: IpAddr, patience: Duration) -> Option<System> {
        self.0.of(&address, patience)?.clone()
    }

    pub(super) fn insist(&mut self, address: IpAddr, patience: Duration) -> Option<System> {
        self.0.insist(&address, patience)?.clone()
    }
}

/// The thread's end.
struct Asker {
    server: SocketAddr,
    names: HashMap<u32, Option<String>>,
}

impl Asker {
    fn system(&mut self, address: IpAddr) -> Option<System> {
        let origins = texts(self.server, &question(address), TIMEOUT);
        let mut system = origins.iter().filter_map(|text| origin(text)).max_by_key(|(length, _)| *length)?.1;
        if !self.names.contains_key(&system.number) {
            let told = texts(self.server, &format!("AS{}.asn.cymru.com", system.number), TIMEOUT);
            self.names.insert(system.number, told.iter().find_map(|text| name(text)));
        }
        system.name = self.names.get(&system.number).cloned().flatten();
        Some(system)
    }
}

/// The name that an address is asked about by.
fn question(address: IpAddr) -> String {
    let zone = if address.is_ipv4() { "origin" } else { "origin6" };
    format!("{}{zone}.asn.cymru.com", labels(address))
}

/// `23028 | 216.90.108.0/24 | US | arin | 1998-09-25`; of several numbers the first. The length of the block comes along.
fn origin(text: &str) -> Option<(u8, System)> {
    let mut fields = text.split('|').map(str::trim);
    let number = fields.next()?.split_whitespace().next()?.parse().ok()?;
    let (prefix, country) = (fields.next()?, fields.next().unwrap_or_default());
    let length = prefix.split_once('/')?.1.parse().ok()?;
    Some((length, System { number, name: None, country: some(country), prefix: some(prefix) }))
}

/// `23028 | US | arin | 2002-01-04 | TEAM-CYMRU, US`.
fn name(text: &str) -> Option<String> {
    text.splitn(5, '|').nth(4).and_then(some)
}

const TIMEOUT: Duration = Duration::from_secs(5);
