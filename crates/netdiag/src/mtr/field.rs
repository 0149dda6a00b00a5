//! The figures of a hop: their letters, their titles, and how wide they are.
//!
//! A time is a whole number of microseconds until it is shown in milliseconds, and loss a whole number of thousandths.

use std::sync::Arc;

use netdiag_text::Exit;

use super::statistics::HopStatistics;
use crate::ping::BadOption;

/// One figure.
#[derive(Clone, Copy, Debug)]
pub(super) struct Field {
    letter: char,
    /// What stands above it.
    pub(super) title: &'static str,
    /// Columns in a report.
    pub(super) width: usize,
    /// How many of them are for digits.
    digits: usize,
    kind: Kind,
    value: fn(&HopStatistics) -> i64,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Kind {
    /// Nothing but room.
    Blank,
    Percent,
    Millis,
    Count,
}

/// A figure's value as it is written.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Value {
    Real(f64),
    Whole(i64),
}

#[rustfmt::skip]
const FIELDS: [Field; 15] = [
    field(' ', " ",     1, 0, Kind::Blank,   HopStatistics::dropped),
    field('L', "Loss%", 6, 4, Kind::Percent, HopStatistics::loss),
    field('D', "Drop",  5, 4, Kind::Count,   HopStatistics::dropped),
    field('R', "Rcv",   6, 5, Kind::Count,   HopStatistics::received),
    field('S', "Snt",   6, 5, Kind::Count,   HopStatistics::sent),
    field('N', "Last",  6, 5, Kind::Millis,  |hop| hop.last),
    field('B', "Best",  6, 5, Kind::Millis,  |hop| hop.best),
    field('A', "Avg",   6, 5, Kind::Millis,  |hop| hop.average),
    field('W', "Wrst",  6, 5, Kind::Millis,  |hop| hop.worst),
    field('V', "StDev", 6, 5, Kind::Millis,  HopStatistics::deviation),
    field('G', "Gmean", 6, 5, Kind::Millis,  |hop| hop.geometric_mean),
    field('J', "Jttr",  5, 4, Kind::Millis,  |hop| hop.jitter),
    field('M', "Javg",  5, 4, Kind::Millis,  |hop| hop.jitter_average),
    field('X', "Jmax",  5, 4, Kind::Millis,  |hop| hop.jitter_worst),
    field('I', "Jint",  5, 4, Kind::Millis,  |hop| hop.interarrival_jitter),
];

const fn field(
    letter: char,
    title: &'static str,
    width: usize,
    digits: usize,
    kind: Kind,
    value: fn(&HopStatistics) -> i64,
) -> Field {
    Field { letter, title, width, digits, kind, value }
}

impl Field {
    /// The value.
    pub(super) fn value(&self, hop: &HopStatistics) -> Value {
        let value = (self.value)(hop);
        match self.kind {
            Kind::Percent | Kind::Millis => Value::Real(value as f64 / 1000.0),
            Kind::Count | Kind::Blank => Value::Whole(value),
        }
    }

    /// The column of the live view that has it.
    pub(super) const fn column(&self) -> Option<&'static str> {
        Some(match self.letter {
            'L' => "silent",
            'D' => "dropped",
            'R' => "received",
            'S' => "sent",
            'N' => "last",
            'B' => "min",
            'A' => "mean",
            'W' => "max",
            'V' => "deviation",
            'G' => "median",
            'J' | 'M' | 'X' | 'I' => "jitter",
            _ => return None,
        })
    }

    /// Whether it is nothing but room.
    pub(super) fn is_blank(&self) -> bool {
        self.kind == Kind::Blank
    }

    /// The value as a cell of a report; wider than the column where it has to be.
    pub(super) fn cell(&self, hop: &HopStatistics) -> String {
        let digits = self.digits;
        match (self.value(hop), self.kind) {
            (_, Kind::Blank) => " ".to_owned(),
            (Value::Real(number), Kind::Percent) => format!(" {number:>digits$.1}%"),
            (Value::Real(number), _) => format!(" {number:>digits$.1}"),
            (Value::Whole(number), _) => format!(" {number:>digits$}"),
        }
    }
}

/// Reads a choice of fields.
pub(super) fn read(text: &str) -> Result<Arc<[Field]>, BadOption> {
    let bad = |words: String| {
        let wanted = "as many as 20 letters of LDRSNBAWVGJMXI and blanks are wanted";
        BadOption::new(Exit::Misuse, words).wanted(wanted)
    };
    if text.len() > MOST {
        return Err(bad(format!("Too many fields: {text}")));
    }
    let known = |letter| FIELDS.iter().find(|field| field.letter == letter).copied();
    // Upstream has a place for nothing.
    text.chars()
        .filter(|letter| *letter != '_')
        .map(|letter| known(letter).ok_or_else(|| bad(format!("Unknown field identifier: {letter}"))))
        .collect()
}

/// As many as upstream has room for.
const MOST: usize = 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_read_by_their_letters() {
        let titles: Vec<_> = read("LS NABWV").unwrap().iter().map(|field| field.title).collect();
        assert_eq!(titles, ["Loss%", "Snt", " ", "Last", "Avg", "Best", "Wrst", "StDev"]);
        let said = |text: &str| read(text).unwrap_err().to_string();
        assert_eq!(said("LSc"), "Unknown field identifier: c");
        assert_eq!(said(&"L".repeat(21)), format!("Too many fields: {}", "L".repeat(21)));
        assert!(read("").unwrap().is_empty() && read("_").unwrap().is_empty());
    }

    #[test]
    fn a_cell_is_as_wide_as_its_column_until_it_cannot_be() {
        let mut hop = HopStatistics::default();
        (hop.last, hop.jitter) = (123_456_789, 99);
        let cells: Vec<_> = read("LDN J").unwrap().iter().map(|field| field.cell(&hop)).collect();
        assert_eq!(cells, ["  0.0%", "    0", " 123456.8", " ", "  0.1"]);
    }
}
