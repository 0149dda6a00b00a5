//! Which tables of which families in which states a command line asks for.
//!
//! The rules are upstream's, oddities included: one mask of states counts for all tables, and a state word makes `-a`
//! and `-l` void. Unlike there, naming both families (`-46`) shows both.

use std::collections::BTreeSet;
use std::fmt;

use netdiag_sockdiag::{States, inet};

/// A kind of socket, in the order they are listed.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Table {
    Udp,
    Tcp,
}

/// An address family, in the order a table's are listed.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Family {
    Inet,
    Inet6,
}

/// One option that selects something; the order they were typed in counts.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Choice {
    Table(Table),
    Family(Family),
    /// `-a`, `-l`, `-B`: the last one holds.
    States(States),
}

/// `state X` or `exclude X`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum StateWord {
    Only(States),
    Except(States),
}

/// What to list.
#[derive(Debug, Eq, PartialEq)]
pub(crate) struct Selection {
    pub(crate) tables: BTreeSet<Table>,
    pub(crate) families: BTreeSet<Family>,
    pub(crate) states: States,
}

/// What a selection leaves nothing of.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Nothing {
    Tables,
    Families,
    States,
}

impl fmt::Display for Nothing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self {
            Self::Tables => "socket tables",
            Self::Families => "families",
            Self::States => "socket states",
        };
        write!(f, "no {what} to show with such filter.")
    }
}

impl Selection {
    pub(crate) fn new(choices: &[Choice], words: &[StateWord]) -> Result<Self, Nothing> {
        let mut this = Self { tables: BTreeSet::new(), families: BTreeSet::new(), states: States::NONE };
        let mut wanted = States::NONE;
        for choice in choices {
            match *choice {
                Choice::Table(table) => {
                    this.tables.insert(table);
                    this.states = this.states | table.states();
                }
                Choice::Family(family) => {
                    this.families.insert(family);
                    this.states = this.states | family.states();
                }
                Choice::States(states) => wanted = states,
            }
        }
        if this.tables.is_empty() && this.families.is_empty() {
            this.tables.extend(Table::ALL);
            this.states = States::CONN;
        }
        wanted = narrow(wanted, words);
        if !wanted.is_empty() {
            this.states = wanted;
        }
        this.complete();
        this.check()
    }

    /// What is listed, in order.
    pub(crate) fn dumps(&self) -> impl Iterator<Item = (Table, Family)> {
        self.tables.iter().flat_map(|&table| {
            let families = table.families().iter().copied();
            families.filter(|family| self.families.contains(family)).map(move |family| (table, family))
        })
    }

    /// A table brings its families along and a family its tables, where none of them was named.
    fn complete(&mut self) {
        let named = self.families.clone();
        for table in &self.tables {
            if !table.families().iter().any(|family| named.contains(family)) {
                self.families.extend(table.families());
            }
        }
        for family in named {
            let tables = Table::ALL.into_iter().filter(|table| table.families().contains(&family));
            if !tables.clone().any(|table| self.tables.contains(&table)) {
                self.tables.extend(tables);
            }
        }
    }

    fn check(self) -> Result<Self, Nothing> {
        if self.tables.is_empty() {
            Err(Nothing::Tables)
        } else if self.families.is_empty() {
            Err(Nothing::Families)
        } else if self.states.is_empty() {
            Err(Nothing::States)
        } else {
            Ok(self)
        }
    }
}

/// State words start afresh: from nothing when the first one adds, from everything when it takes away.
fn narrow(options: States, words: &[StateWord]) -> States {
    let start = match words.first() {
        None => options,
        Some(StateWord::Only(_)) => States::NONE,
        Some(StateWord::Except(_)) => States::ALL,
    };
    words.iter().fold(start, |states, word| match *word {
        StateWord::Only(more) => states | more,
        StateWord::Except(less) => states & !less,
    })
}

impl Table {
    pub(crate) const ALL: [Self; 2] = [Self::Udp, Self::Tcp];

    /// What the Netid column calls it.
    pub(crate) fn netid(self) -> &'static str {
        match self {
            Self::Udp => "udp",
            Self::Tcp => "tcp",
        }
    }

    /// The protocol number to ask the kernel for.
    pub(crate) fn protocol(self) -> u8 {
        match self {
            Self::Udp => inet::UDP,
            Self::Tcp => inet::TCP,
        }
    }

    /// The states shown when no option or word says which.
    fn states(self) -> States {
        match self {
            Self::Udp => States::only(netdiag_sockdiag::State::ESTABLISHED),
            Self::Tcp => States::CONN,
        }
    }

    fn families(self) -> &'static [Family] {
        match self {
            Self::Udp | Self::Tcp => &[Family::Inet, Family::Inet6],
        }
    }
}

impl Family {
    /// The states shown when no option or word says which.
    fn states(self) -> States {
        match self {
            Self::Inet | Self::Inet6 => States::CONN,
        }
    }

    /// The family of addresses.
    pub(crate) fn version(self) -> inet::Family {
        match self {
            Self::Inet => inet::Family::V4,
            Self::Inet6 => inet::Family::V6,
        }
    }

    /// What the command line calls it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Inet => "inet",
            Self::Inet6 => "inet6",
        }
    }
}

#[cfg(test)]
mod tests {
    use Choice as C;
    use Family::{Inet, Inet6};
    use StateWord::{Except, Only};
    use Table::{Tcp, Udp};

    use super::*;

    type Row<'a> = (&'a [Choice], &'a [StateWord], &'a [Table], &'a [Family], States);

    #[test]
    fn options_and_words_select() {
        const ESTAB: States = States(2);
        const TCP: Choice = C::Table(Tcp);
        const UDP: Choice = C::Table(Udp);
        const V4: Choice = C::Family(Inet);
        const V6: Choice = C::Family(Inet6);
        const A: Choice = C::States(States::ALL);
        const L: Choice = C::States(States::LISTENING);
        let both: &[Family] = &[Inet, Inet6];
        #[rustfmt::skip]
        let cases: &[Row<'_>] = &[
            // options,       words,                                       tables,      families, states
            (&[],             &[],                                         &[Udp, Tcp], both,     States::CONN),
            (&[TCP],          &[],                                         &[Tcp],      both,     States::CONN),
            (&[UDP],          &[],                                         &[Udp],      both,     ESTAB),
            (&[UDP, TCP],     &[],                                         &[Udp, Tcp], both,     States::CONN),
            (&[V4],           &[],                                         &[Udp, Tcp], &[Inet],  States::CONN),
            (&[V6, TCP],      &[],                                         &[Tcp],      &[Inet6], States::CONN),
            (&[V6, UDP],      &[],                                         &[Udp],      &[Inet6], States::CONN),
            (&[V4, V6],       &[],                                         &[Udp, Tcp], both,     States::CONN),
            (&[A],            &[],                                         &[Udp, Tcp], both,     States::ALL),
            (&[TCP, A, L],    &[],                                         &[Tcp],      both,     States::LISTENING),
            (&[L, A, TCP],    &[],                                         &[Tcp],      both,     States::ALL),
            (&[TCP, L],       &[Only(ESTAB)],                              &[Tcp],      both,     ESTAB),
            (&[TCP],          &[Only(ESTAB), Only(States(4))],             &[Tcp],      both,     States(6)),
            (&[TCP, L],       &[Except(ESTAB)],                            &[Tcp],      both,     States(0x3ffd)),
            (&[TCP],          &[Only(States::ALL), Except(States::CONN)],  &[Tcp],      both,     States(0x4c8)),
            (&[UDP],          &[Except(States::ALL)],                      &[Udp],      both,     ESTAB),
            (&[],             &[Except(States::ALL)],                      &[Udp, Tcp], both,     States::CONN),
        ];
        for &(choices, words, tables, families, states) in cases {
            let selection = Selection::new(choices, words).unwrap();
            let expected = Selection {
                tables: tables.iter().copied().collect(),
                families: families.iter().copied().collect(),
                states,
            };
            assert_eq!(selection, expected, "{choices:?} {words:?}");
        }
    }

    #[test]
    fn tables_are_listed_one_after_the_other_v4_first() {
        let dumps: Vec<_> = Selection::new(&[], &[]).unwrap().dumps().collect();
        assert_eq!(dumps, [(Udp, Inet), (Udp, Inet6), (Tcp, Inet), (Tcp, Inet6)]);
    }
}
