//! `kind = "not-listen"`: nobody listens here, seen in the kernel's tables.

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use netdiag_host::Snapshot;
use netdiag_text::{Message, Quantity, message};
use schemars::JsonSchema;
use serde::Deserialize;
use tokio::time::Instant;

use crate::finding::Finding;
use crate::needs::Needs;
use crate::parts::holder::{Holder, Owner};
use crate::parts::listening::{Addresses, Ports, Spot, Written, sockets};
use crate::parts::unknown::incomplete;
use crate::proto::Proto;
use crate::settings::Settings;
use crate::source::{Complaint, Placed};
use crate::work::{Config, Planned, Work};
use crate::world::World;

/// Nobody listens on any of some ports or paths, as the kernel's tables tell; nothing is connected to.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NotListen {
    /// The kind of socket: tcp if absent, unix where there is a path.
    proto: Option<Placed<Proto>>,
    /// The port; of a list or range, any of them.
    port: Option<Placed<Ports>>,
    /// The path of a unix socket, or a pattern for it; `@name` is abstract.
    path: Option<Placed<String>>,
    /// The addresses nobody may take what is sent to, any of them; 0.0.0.0 and :: mean wildcards. No address at all if absent.
    address: Option<Placed<Addresses>>,
    /// Who may listen nevertheless: all of what is said here must be so.
    except: Option<Owner>,
}

#[derive(Debug)]
struct Silence {
    spot: Spot,
    except: Holder,
}

impl Config for NotListen {
    const WORD: &'static str = "not-listen";

    fn plan(self, settings: &Settings<'_>) -> Planned {
        Ok(Box::new(self.silence(settings)?))
    }
}

impl NotListen {
    fn silence(self, settings: &Settings<'_>) -> Result<Silence, Complaint> {
        let Self { proto, port, path, address, except } = self;
        let path = path.map(|path| settings.pattern(path));
        let spot = Written { proto, port, path, address }.spot(settings.family)?;
        Ok(Silence { spot, except: except.unwrap_or_default().holder()? })
    }
}

impl Work for Silence {
    fn target(&self) -> Message {
        self.spot.words()
    }

    fn attempt<'a>(&'a self, world: &'a World, _: Instant) -> BoxFuture<'a, Finding> {
        async {
            let cgroup = match self.except.cgroup() {
                Ok(cgroup) => cgroup,
                Err(reason) => return Finding::unmeasured(reason, None),
            };
            let found = |snapshot: &Snapshot, names| self.found(snapshot, cgroup, names);
            world.judge_sockets(self.except.needs_owners(), found).await
        }
        .boxed()
    }

    fn hint(&self, _: &Finding) -> Option<Message> {
        Some(self.spot.hint())
    }

    fn needs(&self) -> Needs {
        self.spot.needs() | Needs::owners_if(self.except.needs_owners())
    }
}

impl Silence {
    fn found(&self, snapshot: &Snapshot, cgroup: Option<u64>, names: bool) -> Finding {
        let mut unknown = None;
        let mut here = self.spot.near(snapshot);
        // Whoever is excepted does not matter, wherever it is.
        here.retain(|socket| {
            let excepted = !self.except.is_anybody();
            let held = if excepted { self.except.holds(snapshot, socket, cgroup) } else { Ok(false) };
            held.map_or_else(
                |why| {
                    unknown = Some(why);
                    false
                },
                |held| !held,
            )
        });
        let unknown = unknown.or_else(|| self.spot.unknown(snapshot, &here));
        here.retain(|socket| self.spot.reaches(snapshot, socket) == Some(true));
        // Who was found is there, whatever else may be; that nobody is takes the whole list.
        if let Some(finding) = incomplete(snapshot, &[self.spot.proto]).filter(|_| here.is_empty()) {
            return finding;
        }
        let mut finding = Finding::default();
        finding.measured("listeners", Quantity::Count(here.len() as f64));
        if here.is_empty() {
            finding.unmeasured = unknown;
        }
        let wanted = match self.except.is_anybody() {
            true => "nobody listens".into(),
            false => message!("nobody listens but {}", self.except.words()),
        };
        let seen = if here.is_empty() { "nobody".into() } else { sockets(snapshot, here.iter(), names) };
        finding.asserted(self.spot.words(), wanted, seen, here.is_empty());
        finding
    }
}

#[cfg(test)]
mod tests {
    use netdiag_host::Table;
    use netdiag_sockdiag::State;

    use super::*;
    use crate::parts::invented::{Inet, snapshot};
    use crate::parts::trial::{PLAIN, written};

    fn found(lines: &str, sockets: &[Inet]) -> Finding {
        written::<NotListen>(lines).unwrap().silence(&PLAIN).unwrap().found(&snapshot(sockets), None, false)
    }

    #[test]
    fn nobody_may_take_what_is_sent_there() {
        let dual = Inet::listener("[::]:9050", false);
        let loopback = Inet { uid: 5, ..Inet::listener("127.0.0.1:9050", false) };
        let udp = Inet { table: Table::Udp, state: State::CLOSE, local: "0.0.0.0:9050", ..Inet::default() };
        let connected = Inet { local: "127.0.0.1:9050", ..Inet::default() };
        #[rustfmt::skip]
        let cases = [
            ("port = \"5005,9000-9100\"",                           &dual,      false),
            ("port = \"5005,9051-9100\"",                           &dual,      true),
            ("port = 9050\naddress = \"0.0.0.0\"",                  &dual,      false),
            ("port = 9050\naddress = \"10.1.2.3\"",                 &dual,      false),
            ("port = 9050\naddress = [\"0.0.0.0\", \"::\"]",        &loopback,  true),
            ("port = 9050\naddress = \"127.0.0.1\"",                &loopback,  false),
            ("port = 9050\nexcept = { user = 5 }",                  &loopback,  true),
            ("port = 9050\nexcept = { user = 6 }",                  &loopback,  false),
            ("port = 9050",                                         &udp,       true),
            ("port = 9050\nproto = \"udp\"",                        &udp,       false),
            ("port = 9050",                                         &connected, true),
            ("path = \"/run/*\"",                                   &dual,      true),
        ];
        for (lines, socket, holds) in cases {
            let finding = found(lines, std::slice::from_ref(socket));
            assert_eq!(finding.holds(), holds, "{lines}: {finding:?}");
        }
        let finding = found("port = 9050", &[loopback, dual]);
        assert_eq!(finding.assertions[0].seen.as_ref().map(Message::unshown), Some("127.0.0.1:9050, *:9050"));
    }

    #[test]
    fn ten_thousand_ports_are_one_look() {
        let finding = found("port = \"1-10000\"", &[Inet::listener("0.0.0.0:80", false)]);
        assert_eq!(finding.assertions.len(), 1);
        assert!(!finding.holds());
    }
}
