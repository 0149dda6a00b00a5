//! The words that are not options: state words, and the filter.
//!
//! State words may stand anywhere among them; upstream takes them only in front and reads a later one as an address.

use std::ffi::{OsStr, OsString};

use netdiag_sockdiag::States;

use super::selection::StateWord;

/// What the words say.
#[derive(Debug, Default, Eq, PartialEq)]
pub(crate) struct Words {
    pub(crate) states: Vec<StateWord>,
    /// The rest, in order.
    pub(crate) filter: Vec<OsString>,
}

/// Why words cannot be read.
#[derive(Debug, Eq, PartialEq)]
pub(crate) enum Wrong {
    /// `state` or `exclude` stands last.
    Incomplete,
    /// No state has this name.
    State(OsString),
}

impl Words {
    pub(crate) fn new(words: &[OsString]) -> Result<Self, Wrong> {
        let mut this = Self::default();
        let mut words = words.iter();
        while let Some(word) = words.next() {
            let make = match word.to_str() {
                Some("state") => StateWord::Only,
                Some("exclude" | "excl") => StateWord::Except,
                _ => {
                    this.filter.push(word.clone());
                    continue;
                }
            };
            let name = words.next().ok_or(Wrong::Incomplete)?;
            let states = states(name).ok_or_else(|| Wrong::State(name.clone()))?;
            this.states.push(make(states));
        }
        Ok(this)
    }
}

fn states(name: &OsStr) -> Option<States> {
    name.to_str()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use StateWord::{Except, Only};
    use netdiag_sockdiag::State;

    use super::*;

    type Parts<'a> = (&'a [StateWord], &'a [&'a str]);

    #[test]
    fn states_are_told_from_the_filter_wherever_they_stand() {
        const LISTEN: States = States::only(State::LISTEN);
        #[rustfmt::skip]
        let cases: &[(&str, Result<Parts<'_>, Wrong>)] = &[
            ("",                                    Ok((&[], &[]))),
            ("state LISTENING",                     Ok((&[Only(LISTEN)], &[]))),
            ("state all exclude listening",         Ok((&[Only(States::ALL), Except(LISTEN)], &[]))),
            ("sport = 22 excl listening dst ::1",   Ok((&[Except(LISTEN)], &["sport", "=", "22", "dst", "::1"]))),
            ("State listening",                     Ok((&[], &["State", "listening"]))),
            ("state",                               Err(Wrong::Incomplete)),
            ("sport = 22 exclude",                  Err(Wrong::Incomplete)),
            ("state bogus",                         Err(Wrong::State("bogus".into()))),
            ("state new-syn-recv",                  Err(Wrong::State("new-syn-recv".into()))),
        ];
        for (line, expected) in cases {
            let words = Words::new(&line.split_whitespace().map(Into::into).collect::<Vec<_>>());
            let expected = expected.as_ref().map(|(states, filter)| Words {
                states: states.to_vec(),
                filter: filter.iter().map(Into::into).collect(),
            });
            assert_eq!(words.as_ref(), expected.as_ref().map_err(|wrong| *wrong), "{line}");
        }
    }
}
