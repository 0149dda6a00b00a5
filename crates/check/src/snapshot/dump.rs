//! Takes a snapshot. It blocks: walking the kernel's tables can take a tenth of a second on a machine with many sockets.

use netdiag_probe::Counted;
use netdiag_sockdiag::owners::{Owners, Scope};
use netdiag_sockdiag::{Client, Error, Extensions, Query, inet, unix};
use netdiag_text::without_numbers;

use super::{Missing, Needs, Snapshot, Table};

/// Asks the kernel for what is needed, once for each table and family.
pub(crate) fn take(needs: &Needs) -> Snapshot {
    let mut snapshot = Snapshot::new(Owners::new("/proc".into(), Scope::default()));
    let wanted = Table::ALL.into_iter().filter(|table| !needs.states(*table).is_empty());
    match Client::open() {
        Ok(mut client) => {
            for table in wanted {
                if let Err(missing) = snapshot.fill(&mut client, table, needs) {
                    snapshot.missing.push((table, missing));
                }
            }
        }
        Err(error) => {
            let missing = Missing::from(error);
            snapshot.missing.extend(wanted.map(|table| (table, missing.clone())));
        }
    }
    if needs.owners {
        snapshot.walk();
    }
    snapshot
}

impl Snapshot {
    fn fill(&mut self, client: &mut Client, table: Table, needs: &Needs) -> Result<(), Missing> {
        let states = needs.states(table);
        match table.protocol() {
            None => {
                let show = unix::SHOW_NAME | unix::SHOW_PEER | unix::SHOW_RQLEN | unix::SHOW_UID;
                let request = unix::request(states, show);
                self.dump(client, table, &request, |socket, record| socket.write_to(record))
            }
            Some(protocol) => {
                for family in [inet::Family::V4, inet::Family::V6] {
                    let request = inet::request(family, protocol, states, extensions(table, needs));
                    self.dump(client, table, &request, |socket, record| socket.write_to(record))?;
                }
                Ok(())
            }
        }
    }

    /// Asks until the kernel has not been interrupted; what an interrupted dump told is dropped.
    fn dump<Q: Query>(
        &mut self,
        client: &mut Client,
        table: Table,
        query: &Q,
        write: impl Fn(&Q::Socket<'_>, &mut Vec<u8>),
    ) -> Result<(), Missing> {
        let before = (self.records.len(), self.places.len(), self.listening.len());
        for _ in 0..ATTEMPTS {
            let mut dump = client.dump(query)?;
            while let Some(socket) = dump.next()? {
                if !self.add(table, |record| write(&socket, record)) {
                    return Err(Missing { reason: TOO_MANY.to_owned(), remedy: None });
                }
            }
            match (dump.malformed(), dump.interrupted()) {
                (0, false) => return Ok(()),
                (0, true) => {
                    self.records.truncate(before.0);
                    self.places.truncate(before.1);
                    self.listening.truncate(before.2);
                }
                (some, _) => {
                    return Err(Missing {
                        reason: format!("{} of the kernel cannot be read", Counted(some, "record")),
                        remedy: None,
                    });
                }
            }
        }
        Err(Missing { reason: "the kernel interrupted the listing every time".to_owned(), remedy: None })
    }
}

/// The attributes to ask for besides what always comes.
fn extensions(table: Table, needs: &Needs) -> Extensions {
    let info = needs.info && table == Table::Tcp;
    let parts = [(info, Extensions::INFO), (needs.memory, Extensions::SKMEMINFO)];
    parts.into_iter().filter(|(wanted, _)| *wanted).map(|(_, extension)| extension).collect()
}

impl From<Error> for Missing {
    fn from(error: Error) -> Self {
        let remedy = error.is_unsupported().then(|| {
            "load the kernel's modules tcp_diag, udp_diag, raw_diag, sctp_diag, unix_diag as needed"
                .to_owned()
        });
        let cause = std::error::Error::source(&error).map(|source| format!(": {source}"));
        Self { reason: without_numbers(&format!("{error}{}", cause.unwrap_or_default())), remedy }
    }
}

/// How often an interrupted dump is asked for anew.
const ATTEMPTS: u32 = 5;
const TOO_MANY: &str = "there are more than 256 MiB of them";
