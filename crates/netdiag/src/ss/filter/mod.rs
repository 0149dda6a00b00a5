//! The filter language: from what was typed to an expression.
//!
//! All that upstream takes means the same here, except that `and` binds tighter than `or`, as upstream's manual has it;
//! `docs/filter.md` is the whole grammar.

mod file;
pub(super) mod fuzzing;
mod names;
mod number;
mod operand;
mod parse;
mod protocols;
mod scan;
mod wrong;

use std::ffi::OsString;

use netdiag_sockdiag::filter::{AddressFamily, Expr, Host, Predicate, Scope, Side};

pub(crate) use self::names::{Names, System};
use self::parse::Parser;
pub(super) use self::scan::words;
use super::listing::Part;
use super::messages;
use super::selection::{Choice, Family, Selection, Table};
use super::words::Words;
use crate::failure::Failure;
use crate::invocation::Invocation;

/// A filter that was understood.
#[derive(Debug, Eq, PartialEq)]
pub(crate) struct Filter {
    pub(crate) expr: Expr,
    /// The family of the last operand that names one, or that the options imply: only its sockets are listed.
    pub(crate) family: Option<AddressFamily>,
    /// Whether an `and` follows an `or` without parentheses: upstream's programs and its manual disagree on what that means.
    /// [`Expr`]'s text has the parentheses.
    pub(crate) ambiguous: bool,
}

/// What the options say that operands are understood by.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Setting {
    /// The family of operands that do not say.
    pub(crate) family: Option<AddressFamily>,
    /// Whose ports names are looked up.
    pub(crate) tcp: bool,
    /// Whose ports names are looked up.
    pub(crate) udp: bool,
}

impl Filter {
    /// Reads the filter of a command line: its words, then its files.
    pub(crate) fn new(
        words: &Words,
        files: &[OsString],
        setting: Setting,
        names: &dyn Names,
        call: &Invocation,
    ) -> Result<Self, Failure> {
        let mut text = words.filter.clone();
        text.extend(file::read(files)?);
        let filter = Parser::new(&text, setting, names).filter();
        filter.map_err(|wrong| wrong.failure(&text, call))
    }

    /// What to tell those who may have meant something else.
    pub(crate) fn clarification(&self) -> Option<String> {
        self.ambiguous.then(|| format!("and binds tighter than or; the filter is read as: {}", self.expr))
    }

    /// The expression for the sockets of one dump, whose family and kind are known.
    pub(crate) fn of(&self, part: Part) -> Expr {
        self.expr.given(&|predicate| match predicate {
            Predicate::Family(family) => Some(*family == address_family(part.family)),
            // Raw sockets tell their protocols one by one, and other families their types.
            Predicate::Netid(netid) if part.family.is_inet() && part.table != Table::Raw => {
                Some(**netid == *part.table.netid())
            }
            _ => None,
        })
    }

    /// Whether it asks what the other end of a unix socket is called.
    pub(crate) fn names_peers(&self) -> bool {
        self.expr.mentions(&|predicate| matches!(predicate, Predicate::Host(Side::Remote, Host::Unix(_))))
    }

    /// What the kernel may be asked on our behalf.
    pub(crate) fn scope(&self, call: &Invocation) -> Result<Scope, Failure> {
        let mark =
            caps::has_cap(None, caps::CapSet::Effective, caps::Capability::CAP_NET_ADMIN).unwrap_or(false);
        if !mark && self.expr.mentions(&|predicate| matches!(predicate, Predicate::Mark { .. })) {
            let words = "fwmark: the kernel tells socket marks only to those with cap_net_admin";
            return Err(messages::failure(call, 1, words).hint("run it as root"));
        }
        Ok(Scope { mark })
    }
}

impl Setting {
    /// The family chosen last is that of operands, unless the choices leave open which IP version is meant.
    pub(crate) fn new(choices: &[Choice], selection: &Selection) -> Self {
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
        Self {
            family: last.filter(|_| !open).map(address_family),
            tcp: selection.tables.contains(&Table::Tcp),
            udp: selection.tables.contains(&Table::Udp),
        }
    }
}

/// The number of a family that can be listed.
pub(crate) fn address_family(family: Family) -> AddressFamily {
    match family {
        Family::Inet => AddressFamily::INET,
        Family::Inet6 => AddressFamily::INET6,
        Family::Link => AddressFamily::LINK,
        Family::Unix => AddressFamily::UNIX,
        Family::Netlink => AddressFamily::NETLINK,
        Family::Vsock => AddressFamily::VSOCK,
        Family::Tipc => AddressFamily::TIPC,
        Family::Xdp => AddressFamily::XDP,
    }
}
