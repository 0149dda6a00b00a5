//! Which tables of which families in which states a command line asks for.
//!
//! The rules are upstream's, oddities included: one mask of states counts for all tables, and a state word makes `-a`
//! and `-l` void. Unlike there, naming both families (`-46`) shows both.

use std::collections::BTreeSet;
use std::fmt;

use netdiag_host::{Family, FamilyTable, Table, Tables};
use netdiag_sockdiag::filter::AddressFamily;
use netdiag_sockdiag::{State, States};

use super::query::{Item, usual};

/// One option that selects something; the order they were typed in counts.
#[derive(Clone, Debug)]
pub(crate) enum Choice {
    Table(Table),
    Family(Family),
    /// `-A`: the first one drops all tables chosen before it.
    Query(Vec<Item>),
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
    pub(crate) tables: Tables,
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
        let mut this = Self { tables: Tables::default(), families: BTreeSet::new(), states: States::NONE };
        let mut wanted = States::NONE;
        let mut queried = false;
        let mut selects = false;
        for choice in choices {
            selects |= !matches!(choice, Choice::States(_));
            match choice {
                Choice::Table(table) => this.add(*table),
                Choice::Family(family) => {
                    this.families.insert(*family);
                    this.states = this.states | states_of_family(*family);
                }
                Choice::Query(items) => {
                    if !queried {
                        queried = true;
                        this.tables = Tables::default();
                        wanted = if wanted.is_empty() { States::CONN } else { wanted };
                    }
                    items.iter().for_each(|item| this.apply(item));
                }
                Choice::States(states) => wanted = *states,
            }
        }
        if !selects {
            this.tables.extend(usual());
            this.states = States::CONN;
        }
        wanted = narrow(wanted, words);
        if !wanted.is_empty() {
            this.states = wanted;
        }
        this.complete();
        this.check()
    }

    fn add(&mut self, table: Table) {
        self.tables.insert(table);
        self.states = self.states | states_of(table);
    }

    fn apply(&mut self, item: &Item) {
        for table in &item.tables {
            if item.add {
                self.add(*table);
            } else {
                self.tables.remove(*table);
            }
        }
    }

    /// What is listed, in order.
    pub(crate) fn family_tables(&self) -> impl Iterator<Item = FamilyTable> {
        self.tables.family_tables(|family| self.families.contains(&family))
    }

    /// Lists this family alone, whatever was named; tables that have it not come out empty.
    pub(crate) fn only(&mut self, family: AddressFamily) {
        self.families = Family::ALL.into_iter().filter(|known| known.address_family() == family).collect();
    }

    /// A table brings its families along and a family its tables, where none of them was named.
    fn complete(&mut self) {
        let named = self.families.clone();
        for table in self.tables.iter() {
            if !table.families().iter().any(|family| named.contains(family)) {
                self.families.extend(table.families());
            }
        }
        for family in named {
            let tables = family.tables();
            if !tables.clone().any(|table| self.tables.contains(table)) {
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

/// The states of a table that are shown when no option or word says which.
fn states_of(table: Table) -> States {
    match table {
        Table::Udp | Table::Raw => States::only(State::ESTABLISHED),
        Table::UnixDgram | Table::PacketRaw | Table::PacketDgram | Table::Netlink | Table::Xdp => CLOSED,
        Table::Tipc => TIPC,
        _ => States::CONN,
    }
}

/// The states of a family that are shown when no option or word says which.
fn states_of_family(family: Family) -> States {
    match family {
        Family::Link | Family::Netlink | Family::Xdp => CLOSED,
        Family::Tipc => TIPC,
        _ => States::CONN,
    }
}

/// What sockets without connections are in.
const CLOSED: States = States::only(State::CLOSE);
/// Established, listening, and closed.
const TIPC: States = States(0x482);

/// State words start afresh: from nothing when the first one adds, from everything when it takes away.
fn narrow(options: States, words: &[StateWord]) -> States {
    let start = match words.first() {
        None => options,
        Some(StateWord::Only(_)) => States::NONE,
        Some(StateWord::Except(_)) => States::ALL,
    };
    words.iter().fold(start, |states, word| match *word {
        StateWord::Only(more) => states | more,
        // The kernel takes either number for half-open connections, so only both together take them away.
        StateWord::Except(less) if less.contains(State::SYN_RECV) => {
            states & !(less | States::only(State::NEW_SYN_RECV))
        }
        StateWord::Except(less) => states & !less,
    })
}

#[cfg(test)]
mod tests {
    use Choice as C;
    use Family::{Inet, Inet6, Link, Netlink, Tipc, Unix, Vsock, Xdp};
    use StateWord::{Except, Only};

    use super::super::query;
    use super::*;

    /// The options of a command line, as far as they select.
    fn choices(line: &str) -> Vec<Choice> {
        let mut words = line.split_whitespace();
        let mut choices = Vec::new();
        while let Some(word) = words.next() {
            choices.push(match word {
                "-t" => C::Table(Table::Tcp),
                "-u" => C::Table(Table::Udp),
                "-w" => C::Table(Table::Raw),
                "-S" => C::Table(Table::Sctp),
                "-M" => C::Table(Table::Mptcp),
                "-4" => C::Family(Inet),
                "-6" => C::Family(Inet6),
                "-0" => C::Family(Link),
                "-x" => C::Family(Unix),
                "-f" => C::Family(
                    Family::ALL.into_iter().find(|f| Some(f.name()) == words.clone().next()).unwrap(),
                ),
                "-a" => C::States(States::ALL),
                "-l" => C::States(States::LISTENING),
                "-B" => C::States(States::BOUND_INACTIVE),
                "-A" => C::Query(query::parse(words.clone().next().unwrap()).unwrap()),
                _ => panic!("{word}"),
            });
            if matches!(word, "-f" | "-A") {
                words.next();
            }
        }
        choices
    }

    fn netids(selection: &Selection) -> String {
        let netids: Vec<_> = selection.tables.iter().map(|table| table.netid()).collect();
        netids.join(" ")
    }

    const INET: &str = "raw udp tcp dccp sctp mptcp";
    const ALL: &str = "nl p_raw p_dgr u_str u_dgr u_seq raw udp tcp dccp sctp v_str v_dgr xdp mptcp";
    const ESTAB: States = States(0x02);
    const CLOSED: States = States(0x80);

    #[test]
    fn options_select_tables_families_and_states() {
        let both: &[Family] = &[Inet, Inet6];
        let all: &[Family] = &[Inet, Inet6, Link, Unix, Netlink, Vsock, Xdp];
        #[rustfmt::skip]
        let cases: &[(&str, &str, &[Family], States)] = &[
            ("",                     ALL,                        all,             States::CONN),
            ("-a",                   ALL,                        all,             States::ALL),
            ("-l",                   ALL,                        all,             States::LISTENING),
            ("-t",                   "tcp",                      both,            States::CONN),
            ("-u",                   "udp",                      both,            ESTAB),
            ("-w",                   "raw",                      both,            ESTAB),
            ("-u -t",                "udp tcp",                  both,            States::CONN),
            ("-S",                   "sctp",                     both,            States::CONN),
            ("-M -l",                "mptcp",                    both,            States::LISTENING),
            ("-4",                   INET,                       &[Inet],         States::CONN),
            ("-4 -6",                INET,                       both,            States::CONN),
            ("-6 -t",                "tcp",                      &[Inet6],        States::CONN),
            ("-6 -u",                "udp",                      &[Inet6],        States::CONN),
            ("-4 -x",                "u_str u_dgr u_seq raw udp tcp dccp sctp mptcp", &[Inet, Unix], States::CONN),
            ("-x -t",                "u_str u_dgr u_seq tcp",    &[Inet, Inet6, Unix], States::CONN),
            ("-0",                   "p_raw p_dgr",              &[Link],         CLOSED),
            ("-0 -l",                "p_raw p_dgr",              &[Link],         States::LISTENING),
            ("-x",                   "u_str u_dgr u_seq",        &[Unix],         States::CONN),
            ("-f netlink",           "nl",                       &[Netlink],      CLOSED),
            ("-f vsock",             "v_str v_dgr",              &[Vsock],        States::CONN),
            ("-f tipc",              "tipc",                     &[Tipc],         States(0x482)),
            ("-f xdp",               "xdp",                      &[Xdp],          CLOSED),
            ("-f inet",              INET,                       &[Inet],         States::CONN),
            ("-t -a -l",             "tcp",                      both,            States::LISTENING),
            ("-l -a -t",             "tcp",                      both,            States::ALL),
            ("-t -B",                "tcp",                      both,            States::BOUND_INACTIVE),
            ("-A tcp",               "tcp",                      both,            States::CONN),
            ("-A udp",               "udp",                      both,            States::CONN),
            ("-u -A tcp",            "tcp",                      both,            States::CONN),
            ("-A tcp -u",            "udp tcp",                  both,            States::CONN),
            ("-A tcp -A udp",        "udp tcp",                  both,            States::CONN),
            ("-A all",               ALL,                        all,             States::CONN),
            ("-A all,!tcp,!inet",    "nl p_raw p_dgr u_str u_dgr u_seq v_str v_dgr xdp", &[Link, Unix, Netlink, Vsock, Xdp], States::CONN),
            ("-A packet",            "p_raw p_dgr",              &[Link],         States::CONN),
            ("-A p_dgr -a",          "p_dgr",                    &[Link],         States::ALL),
            ("-a -A netlink",        "nl",                       &[Netlink],      States::ALL),
            ("-A u_dgr,u_seq -l",    "u_dgr u_seq",              &[Unix],         States::LISTENING),
            ("-A tipc",              "tipc",                     &[Tipc],         States::CONN),
            ("-4 -A !tcp",           INET,                       &[Inet],         States::CONN),
            ("-A tcp -4",            "tcp",                      &[Inet],         States::CONN),
            ("-A tcp -x",            "u_str u_dgr u_seq tcp",    &[Inet, Inet6, Unix], States::CONN),
        ];
        for (line, tables, families, states) in cases {
            let selection = Selection::new(&choices(line), &[]).unwrap();
            assert_eq!(netids(&selection), *tables, "{line}");
            assert_eq!(selection.families, families.iter().copied().collect(), "{line}");
            assert_eq!(selection.states, *states, "{line}");
        }
    }

    #[test]
    fn state_words_make_options_void() {
        #[rustfmt::skip]
        let cases: &[(&str, &[StateWord], States)] = &[
            ("-t -l",   &[Only(ESTAB)],                              ESTAB),
            ("-t",      &[Only(ESTAB), Only(States(4))],             States(6)),
            ("-t -l",   &[Except(ESTAB)],                            States(0x3ffd)),
            ("-t",      &[Only(States::ALL), Except(States::CONN)],  States(0x4c8)),
            ("-u",      &[Except(States::ALL)],                      ESTAB),
            ("",        &[Except(States::ALL)],                      States::CONN),
            ("-A tcp",  &[Except(States::ALL)],                      States::CONN),
            ("-0",      &[Only(ESTAB)],                              ESTAB),
        ];
        for (line, words, states) in cases {
            assert_eq!(Selection::new(&choices(line), words).unwrap().states, *states, "{line} {words:?}");
        }
    }

    #[test]
    fn a_selection_can_leave_nothing() {
        for line in ["-A !tcp", "-A tcp,!tcp", "-t -A !udp"] {
            assert_eq!(Selection::new(&choices(line), &[]), Err(Nothing::Tables), "{line}");
        }
    }

    #[test]
    fn tables_are_listed_in_one_order_v4_first() {
        let dumps = |line| {
            let selection = Selection::new(&choices(line), &[]).unwrap();
            let parts = selection
                .family_tables()
                .map(|part| format!("{}/{}", part.table.netid(), part.family.name()));
            parts.collect::<Vec<_>>().join(" ")
        };
        let all = "nl/netlink p_raw/link u_str/unix raw/inet raw/inet6 udp/inet udp/inet6 tcp/inet tcp/inet6 \
                   dccp/inet dccp/inet6 sctp/inet sctp/inet6 v_str/vsock xdp/xdp mptcp/inet mptcp/inet6";
        assert_eq!(dumps(""), all);
        assert_eq!(dumps("-A u_seq,u_dgr,p_dgr -a"), "p_dgr/link u_dgr/unix");
        assert_eq!(dumps("-M -u -6"), "udp/inet6 mptcp/inet6");
        assert_eq!(dumps("-x -f tipc -f vsock"), "u_str/unix v_str/vsock tipc/tipc");
    }
}
