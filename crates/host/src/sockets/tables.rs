//! Some tables, and the questions that all of them take.
//!
//! The kernel answers for all types of a family at once where it is not an IP family: three tables of unix sockets are one question.

use super::family_table::FamilyTable;
use super::table::{Family, Table};

/// A set of tables.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Tables(u16);

impl Tables {
    /// All of them.
    pub const ALL: Self = Self(u16::MAX);

    /// These.
    pub const fn of(tables: &[Table]) -> Self {
        let mut set = Self(0);
        let mut rest = tables;
        while let [table, others @ ..] = rest {
            set.0 |= bit(*table);
            rest = others;
        }
        set
    }

    /// All but these.
    pub const fn without(self, tables: &[Table]) -> Self {
        Self(self.0 & !Self::of(tables).0)
    }

    /// Whether a table is among them.
    #[inline]
    pub fn contains(self, table: Table) -> bool {
        self.0 & bit(table) != 0
    }

    /// Adds a table.
    pub fn insert(&mut self, table: Table) {
        self.0 |= bit(table);
    }

    /// Takes a table away.
    pub fn remove(&mut self, table: Table) {
        self.0 &= !bit(table);
    }

    /// Whether there is none.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// How many there are.
    pub fn len(self) -> usize {
        self.0.count_ones() as usize
    }

    /// All of them, in the order they are listed.
    pub fn iter(self) -> impl Iterator<Item = Table> + Clone {
        Table::ALL.into_iter().filter(move |table| self.contains(*table))
    }

    /// The questions to put for them in the families that are `admitted`, in the order they are listed: for a family that is not
    /// an IP one there is one question, put in the name of the first of its tables.
    pub fn family_tables(self, admitted: impl Fn(Family) -> bool) -> impl Iterator<Item = FamilyTable> {
        let mut last = None;
        let all = self
            .iter()
            .flat_map(|table| table.families().iter().map(move |&family| FamilyTable { table, family }));
        all.filter(move |family_table| admitted(family_table.family)).filter(move |family_table| {
            family_table.family.is_inet() || last.replace(family_table.family) != Some(family_table.family)
        })
    }
}

impl FromIterator<Table> for Tables {
    fn from_iter<I: IntoIterator<Item = Table>>(tables: I) -> Self {
        let mut set = Self::default();
        set.extend(tables);
        set
    }
}

impl Extend<Table> for Tables {
    fn extend<I: IntoIterator<Item = Table>>(&mut self, tables: I) {
        tables.into_iter().for_each(|table| self.insert(table));
    }
}

const fn bit(table: Table) -> u16 {
    1 << table as u16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_in_the_set_or_not() {
        let mut tables: Tables = [Table::Tcp, Table::Xdp].into_iter().collect();
        assert!(tables.contains(Table::Tcp) && !tables.contains(Table::Udp));
        tables.insert(Table::Netlink);
        tables.remove(Table::Tcp);
        assert_eq!(tables.iter().collect::<Vec<_>>(), [Table::Netlink, Table::Xdp]);
        assert_eq!((tables.len(), Tables::ALL.len()), (2, Table::ALL.len()));
        assert!(Tables::default().is_empty());
    }

    #[test]
    fn tables_that_are_types_of_a_family_are_one_question() {
        let questions = |tables: Tables, admitted: &dyn Fn(Family) -> bool| {
            let words =
                tables.family_tables(admitted).map(|it| format!("{}/{}", it.table.netid(), it.family.name()));
            words.collect::<Vec<_>>().join(" ")
        };
        let some =
            [Table::UnixSeqpacket, Table::UnixDgram, Table::Tcp, Table::PacketDgram].into_iter().collect();
        assert_eq!(questions(some, &|_| true), "p_dgr/link u_dgr/unix tcp/inet tcp/inet6");
        assert_eq!(questions(some, &|family| family != Family::Inet), "p_dgr/link u_dgr/unix tcp/inet6");
    }
}
