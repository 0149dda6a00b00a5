//! The filter of a command line, and what of it concerns which dump.
//!
//! The language itself is the library's; here are its files (`-F`), what options imply for it, and how its mistakes are told.

mod file;
mod wrong;

use std::ffi::OsString;

use netdiag_host::{Family, FamilyTable, Table};
use netdiag_sockdiag::filter::language::{Defaults, Filter, NameLookup};
use netdiag_sockdiag::filter::{Expr, Host, Predicate, Scope, Side};
use netdiag_text::Exit;

use super::messages;
use super::selection::{Choice, Selection};
use super::words::Words;
use crate::failure::Failure;
use crate::invocation::Invocation;

/// Reads the filter of a command line: its words, then its files.
pub(crate) fn read(
    words: &Words,
    files: &[OsString],
    setting: Defaults,
    names: &dyn NameLookup,
    call: &Invocation,
) -> Result<Filter, Failure> {
    let mut text = words.filter.clone();
    text.extend(file::read(files)?);
    Filter::read(&text, setting, names).map_err(|wrong| wrong::failure(&wrong, &text, call))
}

/// A filter as a listing needs it.
pub(crate) trait ListingFilter {
    /// What to tell those who may have meant something else.
    fn clarification(&self) -> Option<String>;

    /// The expression for the sockets of one dump, whose family and kind are known.
    fn of(&self, part: FamilyTable) -> Expr;

    /// Whether it asks what the other end of a unix socket is called.
    fn names_peers(&self) -> bool;

    /// What the kernel may be asked on our behalf.
    fn scope(&self, call: &Invocation) -> Result<Scope, Failure>;
}

impl ListingFilter for Filter {
    fn clarification(&self) -> Option<String> {
        self.ambiguous.then(|| format!("and binds tighter than or; the filter is read as: {}", self.expr))
    }

    fn of(&self, part: FamilyTable) -> Expr {
        self.expr.given(&|predicate| match predicate {
            Predicate::Family(family) => Some(*family == part.family.address_family()),
            // Raw sockets tell their protocols one by one, and other families their types.
            Predicate::Netid(netid) if part.family.is_inet() && part.table != Table::Raw => {
                Some(**netid == *part.table.netid())
            }
            _ => None,
        })
    }

    fn names_peers(&self) -> bool {
        self.expr.mentions(&|predicate| matches!(predicate, Predicate::Host(Side::Remote, Host::Unix(_))))
    }

    fn scope(&self, call: &Invocation) -> Result<Scope, Failure> {
        let mark =
            caps::has_cap(None, caps::CapSet::Effective, caps::Capability::CAP_NET_ADMIN).unwrap_or(false);
        if !mark && self.expr.mentions(&|predicate| matches!(predicate, Predicate::Mark { .. })) {
            let words = "fwmark: the kernel tells socket marks only to those with cap_net_admin";
            return Err(messages::failure(call, Exit::CouldNot, words).hint("run it as root"));
        }
        Ok(Scope { mark })
    }
}

/// What options imply: the family chosen last is that of operands, unless the choices leave open which IP version is meant.
pub(crate) fn setting(choices: &[Choice], selection: &Selection) -> Defaults {
    let families: Vec<Family> = choices
        .iter()
        .filter_map(|choice| match choice {
            Choice::Family(family) => Some(*family),
            _ => None,
        })
        .collect();
    let both = [Family::Inet, Family::Inet6].iter().all(|family| families.contains(family));
    let last = families.last().copied();
    let open = both && matches!(last, Some(Family::Inet | Family::Inet6));
    Defaults {
        family: last.filter(|_| !open).map(Family::address_family),
        tcp: selection.tables.contains(Table::Tcp),
        udp: selection.tables.contains(Table::Udp),
    }
}
