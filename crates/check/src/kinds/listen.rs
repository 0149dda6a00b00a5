//! `kind = "listen"`: somebody listens here, seen in the kernel's tables.
//!
//! Nothing is ever connected to: a listener that is full, or would take the connection amiss, is left alone.

use std::collections::HashSet;
use std::net::IpAddr;
use std::ops::RangeInclusive;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use netdiag_host::{Snapshot, Socket};
use netdiag_sockdiag::State;
use netdiag_text::{Dimension, Message, Quantity, Trusted, message};
use schemars::JsonSchema;
use serde::Deserialize;
use tokio::time::Instant;

use crate::expect::{Bounds, Expected};
use crate::finding::Finding;
use crate::needs::Needs;
use crate::parts::holder::{Holder, Owner, UserName};
use crate::parts::listening::{Addresses, Ports, Spot, Written, list, ranges, sockets};
use crate::parts::unknown::incomplete;
use crate::proto::Proto;
use crate::settings::Settings;
use crate::source::{Complaint, Placed};
use crate::work::{Config, Planned, Work};
use crate::world::World;

/// Somebody listens on a port or a path, as the kernel's tables tell; nothing is connected to.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Listen {
    /// The kind of socket: tcp if absent, unix where there is a path.
    proto: Option<Placed<Proto>>,
    /// The port; of a list or range, all of them.
    port: Option<Placed<Ports>>,
    /// The path of a unix socket, or a pattern for it; `@name` is abstract.
    path: Option<Placed<String>>,
    /// The addresses what is sent to must arrive, all of them; 0.0.0.0 and :: mean all addresses of their families. A wildcard
    /// is at every address, the IPv6 one at those of IPv4 as well unless it keeps to its own. Any address will do if absent.
    address: Option<Placed<Addresses>>,
    /// A pattern for the name of a process that must hold it, whoever else does.
    process: Option<String>,
    /// The user it must belong to, by name or number.
    user: Option<Placed<UserName>>,
    /// The control group it must have been made in: a path, or one below the cgroup2 mount.
    cgroup: Option<String>,
    /// How many connections may wait to be accepted: `>= 128`.
    backlog: Option<Placed<Expected>>,
    /// How full the queue of waiting connections is: `< 80%`; one more than the backlog can wait, so it may exceed 100%.
    queue: Option<Placed<Expected>>,
}

#[derive(Debug)]
struct Listeners {
    spot: Spot,
    holder: Holder,
    bounds: Bounds,
}

impl Config for Listen {
    const WORD: &'static str = "listen";

    fn plan(self, settings: &Settings<'_>) -> Planned {
        Ok(Box::new(self.listeners(settings)?))
    }
}

impl Listen {
    fn listeners(self, settings: &Settings<'_>) -> Result<Listeners, Vec<Complaint>> {
        let Self { proto, port, path, address, process, user, cgroup, backlog, queue } = self;
        let path = path.map(|path| settings.pattern(path));
        let spot = Written { proto, port, path, address }.spot(settings.family)?;
        let holder = Owner { process, user, cgroup }.holder()?;
        let queues = [("backlog", &backlog, Dimension::Count), ("queue", &queue, Dimension::Ratio)];
        let stated = queues.iter().find_map(|(name, expected, _)| Some((name, expected.as_ref()?)));
        if let (Proto::Udp, Some((name, expected))) = (spot.proto, stated) {
            let message = message!("a datagram socket has no {}: it accepts no connections", Trusted(name));
            return Err(Complaint::new(&expected.span, message).into());
        }
        Ok(Listeners { spot, holder, bounds: Bounds::stated(queues)? })
    }
}

impl Work for Listeners {
    fn target(&self) -> Message {
        self.spot.words()
    }

    fn attempt<'a>(&'a self, world: &'a World, _: Instant) -> BoxFuture<'a, Finding> {
        async {
            let cgroup = match self.holder.cgroup() {
                Ok(cgroup) => cgroup,
                Err(reason) => return Finding::unmeasured(reason, None),
            };
            let found = |snapshot: &Snapshot, names| self.found(snapshot, cgroup, names);
            world.judge_sockets(self.holder.needs_owners(), found).await
        }
        .boxed()
    }

    fn hint(&self, _: &Finding) -> Option<Message> {
        Some(self.spot.hint())
    }

    fn needs(&self) -> Needs {
        self.spot.needs() | Needs::owners_if(self.holder.needs_owners())
    }
}

impl Listeners {
    fn found(&self, snapshot: &Snapshot, cgroup: Option<u64>, names: bool) -> Finding {
        let near = self.spot.near(snapshot);
        let unknown = self.spot.unknown(snapshot, &near);
        let (here, elsewhere): (Vec<_>, Vec<_>) =
            near.into_iter().partition(|socket| self.spot.reaches(snapshot, socket) == Some(true));
        let mut finding = Finding::default();
        let missing = self.missing(&here);
        let nobody_missing = missing.is_empty();
        // Who was found is there, whatever else may be; how the others are is another matter.
        let enough = nobody_missing && self.holder.is_anybody() && self.bounds.is_empty();
        if let Some(finding) = incomplete(snapshot, &[self.spot.proto]).filter(|_| !enough) {
            return finding;
        }
        if let Some(unknown) = unknown.filter(|_| !nobody_missing) {
            return Finding { unmeasured: Some(unknown), ..finding };
        }
        let seen = match (nobody_missing, here.is_empty() && elsewhere.is_empty()) {
            (true, _) => sockets(snapshot, here.iter(), names),
            (false, true) => "nobody".into(),
            (false, false) => {
                let others = sockets(snapshot, here.iter().chain(&elsewhere), names);
                message!("nobody at {}; there is {}", list(missing.into_iter()), others)
            }
        };
        finding.measured("listeners", Quantity::Count(here.len() as f64));
        finding.asserted(self.spot.words(), "somebody listens", seen, nobody_missing);
        self.judge_holders(snapshot, &here, cgroup, names, &mut finding);
        queues(&here, &mut finding);
        // Where nobody listens one complaint is enough.
        if !here.is_empty() {
            self.bounds.judge(&mut finding);
        }
        finding
    }

    /// The addresses and ports nobody is at.
    fn missing(&self, here: &[Socket<'_>]) -> Vec<Message> {
        if self.spot.ports.is_empty() {
            return if here.is_empty() { vec!["this path".into()] } else { Vec::new() };
        }
        let addresses: Vec<Option<IpAddr>> = match self.spot.addresses.is_empty() {
            true => vec![None],
            false => self.spot.addresses.iter().copied().map(Some).collect(),
        };
        let mut missing = Vec::new();
        for address in addresses {
            let there = here
                .iter()
                .filter(|socket| address.is_none_or(|address| socket.takes(address) == Some(true)));
            let taken: HashSet<u16> = there.filter_map(|socket| Some(socket.local()?.port())).collect();
            let free = free(&self.spot.ports, &taken);
            if !free.is_empty() {
                let ports = message!("port {}", ranges(&free));
                missing
                    .push(address.map_or_else(|| ports.clone(), |address| message!("{} {}", address, ports)));
            }
        }
        missing
    }

    fn judge_holders(
        &self,
        snapshot: &Snapshot,
        here: &[Socket<'_>],
        cgroup: Option<u64>,
        names: bool,
        finding: &mut Finding,
    ) {
        if self.holder.is_anybody() || here.is_empty() {
            return;
        }
        let mut others = Vec::new();
        for socket in here {
            match self.holder.holds(snapshot, socket, cgroup) {
                Ok(true) => {}
                Ok(false) => others.push(socket),
                Err(unknown) => finding.unmeasured = Some(unknown),
            }
        }
        // One that is surely another's decides, whatever is not known of the rest.
        if finding.unmeasured.is_some() && others.is_empty() {
            return;
        }
        finding.unmeasured = None;
        let shown: Vec<_> = if others.is_empty() { here.iter().collect() } else { others.clone() };
        let seen = sockets(snapshot, shown.into_iter(), names);
        finding.asserted("held by", self.holder.words(), seen, others.is_empty());
    }
}

/// The parts of `ranges` that are not in `taken`.
fn free(ranges: &[RangeInclusive<u16>], taken: &HashSet<u16>) -> Vec<RangeInclusive<u16>> {
    let mut free: Vec<RangeInclusive<u16>> = Vec::new();
    for port in ranges.iter().cloned().flatten().filter(|port| !taken.contains(port)) {
        match free.last_mut() {
            Some(last) if last.end().checked_add(1) == Some(port) => *last = *last.start()..=port,
            _ => free.push(port..=port),
        }
    }
    free
}

/// The shortest backlog, and how full the fullest queue is.
fn queues(listeners: &[Socket<'_>], finding: &mut Finding) {
    let connected = listeners.iter().filter(|socket| socket.state() == State::LISTEN);
    let queues: Vec<(u32, u32)> =
        connected.filter_map(|socket| Some((socket.rqueue()?, socket.wqueue()?))).collect();
    let Some(backlog) = queues.iter().map(|(_, backlog)| *backlog).min() else { return };
    finding.measured("backlog", Quantity::Count(backlog.into()));
    // A backlog of 0 has room for one connection, as any has for one more than it says.
    let full = queues.iter().map(|(waiting, backlog)| f64::from(*waiting) / f64::from((*backlog).max(1)));
    finding.measured("queue", Quantity::Ratio(full.fold(0.0, f64::max)));
}

#[cfg(test)]
mod tests {
    use netdiag_probe::Family;

    use super::*;
    use crate::parts::invented::{Inet, snapshot};
    use crate::parts::trial::{PLAIN, written};

    fn found(lines: &str, family: Option<Family>, sockets: &[Inet]) -> Finding {
        let settings = Settings { family, ..PLAIN };
        let listeners = written::<Listen>(lines).unwrap().listeners(&settings).unwrap();
        listeners.found(&snapshot(sockets), None, false)
    }

    #[test]
    fn whoever_takes_what_is_sent_there_listens() {
        let (v4, v6) = (Some(Family::V4), Some(Family::V6));
        let dual = || vec![Inet::listener("[::]:443", false)];
        let only6 = || vec![Inet::listener("[::]:443", true)];
        let loopback = || vec![Inet::listener("127.0.0.1:443", false)];
        let two = || vec![Inet::listener("0.0.0.0:443", false), Inet::listener("[::1]:8443", true)];
        #[rustfmt::skip]
        let cases = [
            ("port = 443",                                          None, dual(),     true),
            ("port = 443\naddress = [\"0.0.0.0\", \"::\"]",        None, dual(),     true),
            ("port = 443\naddress = [\"0.0.0.0\", \"::\"]",        None, only6(),    false),
            ("port = 443\naddress = \"127.0.0.1\"",                None, dual(),     true),
            ("port = 443\naddress = \"0.0.0.0\"",                  None, loopback(), false),
            ("port = 443",                                          v4,   dual(),     true),
            ("port = 443",                                          v4,   only6(),    false),
            ("port = 443",                                          v6,   only6(),    true),
            ("port = 443",                                          v6,   loopback(), false),
            ("port = \"443,8443\"",                                 None, two(),      true),
            ("port = \"443,8443-8444\"",                            None, two(),      false),
            ("port = 443\nproto = \"udp\"",                        None, dual(),     false),
            ("port = 80",                                           None, Vec::new(), false),
            ("port = 443\nuser = 0",                                None, dual(),     true),
            ("port = 443\nuser = 1",                                None, dual(),     false),
            ("port = 443\nbacklog = \">= 128\"",                   None, dual(),     true),
            ("port = 443\nbacklog = \">= 129\"",                   None, dual(),     false),
        ];
        for (lines, family, sockets, holds) in cases {
            let finding = found(lines, family, &sockets);
            assert_eq!(finding.holds(), holds, "{lines} {family:?}: {finding:?}");
        }
    }

    #[test]
    fn a_listener_that_is_bound_to_a_device_is_not_at_loopback() {
        let bound = || vec![Inet { device: 7, ..Inet::listener("0.0.0.0:80", false) }];
        assert!(!found("port = 80\naddress = \"127.0.0.1\"", None, &bound()).holds());
        assert!(!found("port = 80\naddress = \"0.0.0.0\"", None, &bound()).holds());
        assert!(found("port = 80", None, &bound()).holds(), "somewhere it listens");
        // Whether what is sent there comes in by that device, no table of sockets says.
        let unmeasured = found("port = 80\naddress = \"10.0.0.1\"", None, &bound()).unmeasured.unwrap();
        assert!(unmeasured.reason.unshown().contains("0.0.0.0:80 is bound to device"), "{unmeasured:?}");
        let both = [bound(), vec![Inet::listener("10.0.0.1:80", false)]].concat();
        assert!(found("port = 80\naddress = \"10.0.0.1\"", None, &both).holds());
    }

    #[test]
    fn a_failure_says_who_is_near() {
        let sockets = [Inet::listener("127.0.0.1:443", false), Inet::listener("[::1]:443", true)];
        let finding = found("port = \"443-444\"\naddress = \"0.0.0.0\"", None, &sockets);
        let seen = finding.assertions[0].seen.as_ref().map(Message::unshown);
        assert_eq!(seen, Some("nobody at 0.0.0.0 port 443-444; there is 127.0.0.1:443, [::1]:443"));
        assert_eq!(
            found("port = 80", None, &sockets).assertions[0].seen.as_ref().map(Message::unshown),
            Some("nobody")
        );
    }

    #[test]
    fn the_fullest_queue_counts() {
        let queues =
            |waiting, backlog| Inet { queues: (waiting, backlog), ..Inet::listener("0.0.0.0:80", false) };
        let finding = found("port = 80\nqueue = \"< 80%\"", None, &[queues(1, 128), queues(3, 2)]);
        assert_eq!(finding.value("queue"), Some(&Quantity::Ratio(1.5)));
        assert_eq!(finding.value("backlog"), Some(&Quantity::Count(2.0)));
        assert!(!finding.holds());
        assert!(found("port = 80\nqueue = \"< 80%\"", None, &[queues(1, 128)]).holds());
    }

    #[test]
    fn what_has_no_meaning_is_complained_about() {
        #[rustfmt::skip]
        let cases = [
            ("port = 53\nproto = \"udp\"\nbacklog = 5",  "no backlog"),
            ("port = 80\nuser = \"no-such-user-here\"",  "no user"),
            ("port = 80\nqueue = \"< 5s\"",              "no percentage"),
            ("address = \"::\"",                          "`port` is missing"),
        ];
        for (lines, words) in cases {
            let complaints = written::<Listen>(lines).unwrap().listeners(&PLAIN).unwrap_err();
            assert!(complaints[0].message.unshown().contains(words), "{lines}: {complaints:?}");
        }
    }
}
