//! Which sockets are meant: a filter, read once, and completed for every snapshot with who holds its sockets.
//!
//! The language finds out who holds sockets while it reads. Here that is not known yet, so numbers stand in for the inodes until
//! there is a snapshot.

use std::cell::RefCell;
use std::net::IpAddr;
use std::ops::RangeInclusive;
use std::path::Path;

use caps::{CapSet, Capability};
use netdiag_host::{self as host, Owners, SystemNames};
use netdiag_sockdiag::filter::language::{Defaults, Filter, Holder, LookupError, NameLookup};
use netdiag_sockdiag::filter::{AddressFamily, Expr, HeldSockets, Host, Predicate, Side, Subject};

use crate::finding::Unmeasured;
use crate::parts::unknown;
use crate::proto::Proto;
use crate::source::{Complaint, Placed};

/// A filter as read.
#[derive(Debug)]
pub(super) struct Selection {
    expr: Expr,
    /// The family it says.
    family: Option<AddressFamily>,
    /// Those whose sockets are meant, by the numbers that stand in for inodes, counted from 1.
    holders: Vec<Holder>,
}

impl Selection {
    /// Reads a filter; none lets everything through.
    pub(super) fn read(text: Option<&Placed<String>>) -> Result<Self, Complaint> {
        let Some(text) = text else {
            return Ok(Self { expr: Expr::ALWAYS, family: None, holders: Vec::new() });
        };
        let system = SystemNames { host: host::Host::here(), held: &|_| Ok(Vec::new()), assumed_ports: None };
        let names = Stand { system, holders: RefCell::default() };
        let setting = Defaults { family: None, tcp: true, udp: true };
        let filter = Filter::read(text.value.as_bytes(), setting, &names).map_err(|wrong| {
            let span = text.part(&wrong.at);
            let part = text.value.get(wrong.at.clone()).unwrap_or_default();
            let help = match part {
                "state" | "exclude" => {
                    "states are part of what is expected: \"count(close-wait)\" = 0".into()
                }
                _ => wrong.kind.hint(),
            };
            Complaint::new(&span, wrong.kind.message()).help(help)
        })?;
        let peers = |predicate: &Predicate| matches!(predicate, Predicate::Host(Side::Remote, Host::Unix(_)));
        if filter.expr.mentions(&peers) {
            let message = "the names of the other ends of unix sockets are not known here; `src` is this end";
            return Err(Complaint::new(&text.span, message));
        }
        Ok(Self { expr: filter.expr, family: filter.family, holders: names.holders.into_inner() })
    }

    /// Whether sockets of a table can be meant.
    pub(super) fn may_be(&self, proto: Proto) -> bool {
        let has =
            |wanted: AddressFamily| proto.families().iter().any(|family| family.address_family() == wanted);
        let known = |predicate: &Predicate| match predicate {
            Predicate::Family(family) if !has(*family) => Some(false),
            Predicate::Netid(netid) => (!proto.netids()?.any(|known| *known == **netid)).then_some(false),
            _ => None,
        };
        self.family.is_none_or(has) && self.expr.given(&known).constant() != Some(false)
    }

    /// Whether processes must be looked at.
    pub(super) fn needs_owners(&self) -> bool {
        !self.holders.is_empty()
    }

    /// Whether what TCP knows of connections must be asked for.
    pub(super) fn asks_tcp_info(&self) -> bool {
        self.expr.asks_tcp_info()
    }

    /// Why it cannot be decided, wherever sockets were read: what is asked for is told to few.
    pub(super) fn refused(&self) -> Option<&'static str> {
        let marks = self.expr.mentions(&|predicate| matches!(predicate, Predicate::Mark { .. }));
        let may_see = || caps::has_cap(None, CapSet::Effective, Capability::CAP_NET_ADMIN).unwrap_or(false);
        (marks && !may_see())
            .then_some("fwmark: the kernel tells socket marks only to those with cap_net_admin")
    }

    /// Whether a socket of a snapshot is meant.
    ///
    /// # Errors
    /// Why that is not known: it depends on who holds the socket, and not everybody could be looked at.
    pub(super) fn admits(&self, subject: &Subject<'_>, owners: &Owners) -> Result<bool, Unmeasured> {
        if self.family.is_some_and(|family| family != subject.family) {
            return Ok(false);
        }
        if self.holders.is_empty() {
            return Ok(self.expr.matches(subject));
        }
        let held = |stand: &HeldSockets| {
            let mut whos = self.holders.iter().enumerate();
            let who = whos.find_map(|(index, who)| stand.contains(stand_in(index)).then_some(who));
            who.map_or(Some(false), |who| {
                owners.held_by(subject.inode, |task| who.admits(task.pid, &task.comm)).known()
            })
        };
        match (decide(&self.expr, subject, &held), owners.cut_short()) {
            (Some(admitted), _) => Ok(admitted),
            (None, Some(why)) => Err(unknown::holders(why)),
            (None, None) => Ok(false),
        }
    }
}

/// Whether the expression holds whatever is not known of who holds the socket; `None` if it depends on that.
fn decide(expr: &Expr, subject: &Subject<'_>, held: &impl Fn(&HeldSockets) -> Option<bool>) -> Option<bool> {
    // What one part decides, and all of the others do not change.
    let first = |parts: &[Expr], decides: bool| {
        let mut known = Some(!decides);
        for part in parts {
            match decide(part, subject, held) {
                Some(value) if value == decides => return Some(decides),
                Some(_) => {}
                None => known = None,
            }
        }
        known
    };
    match expr {
        Expr::And(parts) => first(parts, false),
        Expr::Or(parts) => first(parts, true),
        Expr::Not(part) => decide(part, subject, held).map(|value| !value),
        Expr::Is(Predicate::Held(stand)) => held(stand),
        Expr::Is(predicate) => Some(predicate.matches(subject)),
    }
}

/// This machine's names, and stand-ins for who holds sockets.
struct Stand<'a> {
    system: SystemNames<'a>,
    holders: RefCell<Vec<Holder>>,
}

/// What stands for the sockets of those of this number.
fn stand_in(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX - 1) + 1
}

impl NameLookup for Stand<'_> {
    fn hosts(&self, name: &str) -> Result<Vec<IpAddr>, LookupError> {
        self.system.hosts(name)
    }

    fn port(&self, service: &str, protocol: &str) -> Option<u16> {
        self.system.port(service, protocol)
    }

    fn interface(&self, name: &str) -> Option<u32> {
        self.system.interface(name)
    }

    fn user(&self, name: &str) -> Option<u32> {
        self.system.user(name)
    }

    fn cgroup(&self, path: &Path) -> Result<u64, LookupError> {
        self.system.cgroup(path)
    }

    fn ephemeral(&self) -> Result<RangeInclusive<u16>, LookupError> {
        self.system.ephemeral()
    }

    fn held(&self, by: &Holder) -> Result<Vec<u32>, LookupError> {
        let mut holders = self.holders.borrow_mut();
        holders.push(by.clone());
        Ok(vec![stand_in(holders.len() - 1)])
    }
}

#[cfg(test)]
mod tests {
    use netdiag_host::{Host, Needs, Snapshot, Socket, Table};

    use super::*;
    use crate::parts::invented::{Inet, snapshot};

    fn selection(text: &str) -> Result<Selection, Complaint> {
        Selection::read(Some(&Placed { span: 100..100 + text.len() + 2, value: text.to_owned() }))
    }

    #[test]
    fn a_mistake_is_at_its_place_inside_the_text() {
        #[rustfmt::skip]
        let cases = [
            ("sport = 22 and dport = nosuch", 101 + 23, "neither a port"),
            ("dst = 10.0.0.0/99",             101 + 6,  "neither an address"),
            ("state close-wait",              101,      "state"),
            ("dst unix:/run/x",               100,      "other ends"),
        ];
        for (text, start, words) in cases {
            let complaint = selection(text).unwrap_err();
            assert!(complaint.message.unshown().contains(words), "{text}: {complaint:?}");
            assert_eq!(complaint.span.start, start, "{text}: {complaint:?}");
        }
        assert!(
            selection("state close-wait").unwrap_err().help.unwrap().unshown().contains("count(close-wait)")
        );
    }

    #[test]
    fn only_tables_that_can_be_meant_are_looked_at() {
        #[rustfmt::skip]
        let cases: [(&str, &[Proto]); 5] = [
            ("sport = 22",                     &Proto::ALL),
            ("netid = tcp",                    &[Proto::Tcp, Proto::Raw]),
            ("family = unix",                  &[Proto::Unix]),
            ("src unix:/run/*",                &[Proto::Unix]),
            ("netid = udp and family = inet",  &[Proto::Udp, Proto::Raw]),
        ];
        for (text, tables) in cases {
            let selection = selection(text).unwrap();
            let admitted: Vec<Proto> =
                Proto::ALL.into_iter().filter(|proto| selection.may_be(*proto)).collect();
            assert_eq!(admitted, tables, "{text}");
        }
    }

    #[test]
    fn who_holds_a_socket_is_found_out_for_every_snapshot() {
        let socket = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
        let live = Host::here().snapshot(&Needs::of([Table::Udp], Proto::Udp.states()));
        let count = |text: &str, snapshot: &Snapshot| {
            let selection = selection(text).unwrap();
            // Some processes may be out of sight of whoever runs this: what depends on them is not admitted.
            let admits = |socket: &Socket<'_>| {
                selection.admits(&socket.subject(), &snapshot.owners).is_ok_and(|admitted| admitted)
            };
            snapshot.sockets().filter(admits).count()
        };
        let (port, pid) = (socket.local_addr().unwrap().port(), std::process::id());
        assert_eq!(count(&format!("sport = {port} and pid = {pid}"), &live), 1);
        assert_eq!(count(&format!("sport = {port} and ( pid = 0 or pid != {pid} )"), &live), 0);
        assert_eq!(count(&format!("sport = {port} and process = no-such-name"), &live), 0);
        let constructed = snapshot(&[Inet::default(), Inet { local: "127.0.0.1:81", ..Inet::default() }]);
        assert_eq!(count("sport = 80", &constructed), 1);
        assert_eq!(count("pid = 1 and sport = 82", &constructed), 0);
    }

    #[test]
    fn a_filter_is_undecided_only_where_who_holds_the_socket_decides() {
        // Nobody holds these, as far as can be seen where no process is.
        let nowhere = snapshot(&[Inet::default()]);
        #[rustfmt::skip]
        let cases = [
            ("pid = 1",                                  None),
            ("process = nginx and pid != 2",             None),
            ("sport = 81 and process = nginx",           Some(false)),
            ("sport = 80 or process = nginx",            Some(true)),
            ("sport = 80 and not process = nginx",       None),
            ("sport = 81 or ( pid = 1 and sport = 82 )", Some(false)),
        ];
        for (text, expected) in cases {
            let selection = selection(text).unwrap();
            let socket = nowhere.sockets().next().unwrap();
            assert_eq!(selection.admits(&socket.subject(), &nowhere.owners).ok(), expected, "{text}");
        }
    }
}
