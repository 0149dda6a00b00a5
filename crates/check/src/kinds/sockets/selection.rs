//! Which sockets are meant: a filter, read once, and completed for every snapshot with who holds its sockets.
//!
//! The language finds out who holds sockets while it reads. Here that is not known yet, so numbers stand in for the inodes until
//! there is a snapshot.

use std::cell::RefCell;
use std::net::IpAddr;
use std::ops::RangeInclusive;
use std::path::Path;

use caps::{CapSet, Capability};
use netdiag_sockdiag::filter::language::{Filter, Names, Setting, System, Who};
use netdiag_sockdiag::filter::{AddressFamily, Expr, Held, Host, Predicate, Side, Subject};

use crate::file::{Complaint, Placed};
use crate::snapshot::{Snapshot, Table};

/// A filter as read.
#[derive(Debug)]
pub(super) struct Selection {
    expr: Expr,
    /// The family it says.
    family: Option<AddressFamily>,
    /// Those whose sockets are meant, by the numbers that stand in for inodes, counted from 1.
    holders: Vec<Who>,
}

/// A filter for the sockets of one snapshot.
pub(super) struct Filtered<'a> {
    selection: &'a Selection,
    expr: Expr,
    /// What it comes to for a socket that is theirs, and for one that is not, if that may not be known.
    either: Option<(Expr, Expr)>,
}

impl Selection {
    /// Reads a filter; none lets everything through.
    pub(super) fn read(text: Option<&Placed<String>>) -> Result<Self, Complaint> {
        let Some(text) = text else {
            return Ok(Self { expr: Expr::ALWAYS, family: None, holders: Vec::new() });
        };
        let names = Stand { system: System { held: &|_| Ok(Vec::new()) }, holders: RefCell::default() };
        let setting = Setting { family: None, tcp: true, udp: true };
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
    pub(super) fn may_be(&self, table: Table) -> bool {
        let families = table.families();
        let known = |predicate: &Predicate| match predicate {
            Predicate::Family(family) if !families.contains(family) => Some(false),
            Predicate::Netid(netid) => {
                let netids = table.netids()?;
                (!netids.contains(&&**netid)).then_some(false)
            }
            _ => None,
        };
        self.family.is_none_or(|family| families.contains(&family))
            && self.expr.given(&known).constant() != Some(false)
    }

    /// Whether processes must be looked at.
    pub(super) fn needs_owners(&self) -> bool {
        !self.holders.is_empty()
    }

    /// Why it cannot be decided, wherever sockets were read: what is asked for is told to few.
    pub(super) fn refused(&self) -> Option<&'static str> {
        let marks = self.expr.mentions(&|predicate| matches!(predicate, Predicate::Mark { .. }));
        let may_see = || caps::has_cap(None, CapSet::Effective, Capability::CAP_NET_ADMIN).unwrap_or(false);
        (marks && !may_see())
            .then_some("fwmark: the kernel tells socket marks only to those with cap_net_admin")
    }

    /// Completes it.
    pub(super) fn of<'a>(&'a self, snapshot: &Snapshot) -> Filtered<'a> {
        let inodes: Vec<Vec<u32>> = snapshot.with_owners(|owners| {
            self.holders.iter().map(|who| owners.held_by(|pid, name| who.admits(pid, name))).collect()
        });
        let held = |stand: &Held| {
            let index = (0..inodes.len()).find(|index| stand.contains(stand_in(*index)));
            let inodes = index.and_then(|index| inodes.get(index)).cloned().unwrap_or_default();
            Expr::Is(Predicate::Held(Held::new(stand.words.clone(), inodes)))
        };
        let constant = |value: Expr| move |_: &Held| value.clone();
        let either = self.needs_owners().then(|| {
            (replaced(&self.expr, &constant(Expr::ALWAYS)), replaced(&self.expr, &constant(Expr::NEVER)))
        });
        Filtered { selection: self, expr: replaced(&self.expr, &held), either }
    }
}

impl Filtered<'_> {
    /// Whether a socket is meant.
    pub(super) fn admits(&self, subject: &Subject<'_>) -> bool {
        self.selection.family.is_none_or(|family| family == subject.family) && self.expr.matches(subject)
    }

    /// Whether it may be meant or not, because nobody is known to hold it though somebody does.
    pub(super) fn is_open(&self, subject: &Subject<'_>, snapshot: &Snapshot) -> bool {
        let Some((theirs, others)) = &self.either else { return false };
        subject.inode != 0
            && theirs.matches(subject) != others.matches(subject)
            && snapshot.with_owners(|owners| {
                owners.of(subject.inode).next().is_none() && owners.withheld().is_some()
            })
    }
}

/// The expression with every predicate about holders replaced.
fn replaced(expr: &Expr, held: &impl Fn(&Held) -> Expr) -> Expr {
    match expr {
        Expr::And(parts) => Expr::And(parts.iter().map(|part| replaced(part, held)).collect()),
        Expr::Or(parts) => Expr::Or(parts.iter().map(|part| replaced(part, held)).collect()),
        Expr::Not(part) => Expr::Not(replaced(part, held).into()),
        Expr::Is(Predicate::Held(stand)) => held(stand),
        Expr::Is(_) => expr.clone(),
    }
}

/// This machine's names, and stand-ins for who holds sockets.
struct Stand<'a> {
    system: System<'a>,
    holders: RefCell<Vec<Who>>,
}

/// What stands for the sockets of those of this number.
fn stand_in(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX - 1) + 1
}

impl Names for Stand<'_> {
    fn hosts(&self, name: &str) -> Vec<IpAddr> {
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

    fn cgroup(&self, path: &Path) -> Result<u64, String> {
        self.system.cgroup(path)
    }

    fn ephemeral(&self) -> RangeInclusive<u16> {
        self.system.ephemeral()
    }

    fn held(&self, by: &Who) -> Result<Vec<u32>, String> {
        let mut holders = self.holders.borrow_mut();
        holders.push(match by {
            Who::Pid(pid) => Who::Pid(*pid),
            Who::Process(name) => Who::Process(name.clone()),
        });
        Ok(vec![stand_in(holders.len() - 1)])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::tests::{Inet, snapshot};

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
        let cases: [(&str, &[Table]); 5] = [
            ("sport = 22",                     &Table::ALL),
            ("netid = tcp",                    &[Table::Tcp, Table::Raw]),
            ("family = unix",                  &[Table::Unix]),
            ("src unix:/run/*",                &[Table::Unix]),
            ("netid = udp and family = inet",  &[Table::Udp, Table::Raw]),
        ];
        for (text, tables) in cases {
            let selection = selection(text).unwrap();
            let admitted: Vec<Table> =
                Table::ALL.into_iter().filter(|table| selection.may_be(*table)).collect();
            assert_eq!(admitted, tables, "{text}");
        }
    }

    #[test]
    fn who_holds_a_socket_is_found_out_for_every_snapshot() {
        let socket = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
        let live = crate::snapshot::take(&crate::snapshot::Needs::of(&[Table::Udp], Table::Udp.states()));
        let count = |text: &str, snapshot: &Snapshot| {
            let selection = selection(text).unwrap();
            let filter = selection.of(snapshot);
            snapshot.sockets().filter(|socket| filter.admits(&socket.subject())).count()
        };
        let (port, pid) = (socket.local_addr().unwrap().port(), std::process::id());
        assert_eq!(count(&format!("sport = {port} and pid = {pid}"), &live), 1);
        assert_eq!(count(&format!("sport = {port} and ( pid = 0 or pid != {pid} )"), &live), 0);
        assert_eq!(count(&format!("sport = {port} and process = no-such-name"), &live), 0);
        let constructed = snapshot(&[Inet::default(), Inet { local: "127.0.0.1:81", ..Inet::default() }]);
        assert_eq!(count("sport = 80", &constructed), 1);
        assert_eq!(count("pid = 1", &constructed), 0);
    }
}
