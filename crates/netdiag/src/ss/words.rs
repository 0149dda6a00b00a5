//! The words that are not options: state words, and the filter.
//!
//! State words may stand anywhere among them, inside a quoted filter too; upstream takes them only in front and reads a
//! later one as an address.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;

use netdiag_sockdiag::States;
use netdiag_sockdiag::filter::language;

use super::selection::StateWord;
use crate::invocation::Invocation;

/// What the words say.
#[derive(Debug, Default, Eq, PartialEq)]
pub(crate) struct Words {
    pub(crate) states: Vec<StateWord>,
    /// The rest, in order, with blanks between.
    pub(crate) filter: Vec<u8>,
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
    /// Reads them, with `named` for the states of a name.
    pub(crate) fn new(words: &[OsString], named: fn(&str) -> Option<States>) -> Result<Self, Wrong> {
        let mut this = Self::default();
        let mut arguments = words.iter();
        while let Some(argument) = arguments.next() {
            let mut words = language::words(argument.as_bytes());
            while let Some(word) = words.next() {
                let Some(make) = state_word(word) else {
                    let joins_states = this.filter.is_empty() && !this.states.is_empty() && is_and(word);
                    if !joins_states {
                        this.add(word);
                    }
                    continue;
                };
                this.drop_and();
                // At the end of an argument the name is all of the next one.
                let name = words.next().or_else(|| arguments.next().map(|next| next.as_bytes()));
                let name = name.ok_or(Wrong::Incomplete)?;
                let states = str::from_utf8(name).ok().and_then(named);
                let states = states.ok_or_else(|| Wrong::State(OsStr::from_bytes(name).to_owned()))?;
                this.states.push(make(states));
            }
        }
        Ok(this)
    }

    /// `FILTER and state X`: states and filter must both hold anyway.
    fn drop_and(&mut self) {
        let last = self.filter.rsplit(|&byte| byte == b' ').next().unwrap_or_default();
        if is_and(last) {
            let rest = self.filter.len() - last.len();
            self.filter.truncate(rest.saturating_sub(1));
        }
    }

    fn add(&mut self, word: &[u8]) {
        if !self.filter.is_empty() {
            self.filter.push(b' ');
        }
        self.filter.extend_from_slice(word);
    }
}

fn state_word(word: &[u8]) -> Option<fn(States) -> StateWord> {
    match word {
        b"state" => Some(StateWord::Only),
        b"exclude" | b"excl" => Some(StateWord::Except),
        _ => None,
    }
}

fn is_and(word: &[u8]) -> bool {
    matches!(word, b"and" | b"&" | b"&&")
}

/// How a call reads the names of states: scripts that call `ss` may rely on it to refuse what upstream refuses.
pub(crate) fn state_names(call: &Invocation) -> fn(&str) -> Option<States> {
    if call.linked { States::named_as_in_ss } else { |name| name.parse().ok() }
}

#[cfg(test)]
mod tests {
    use StateWord::{Except, Only};
    use netdiag_sockdiag::State;

    use super::*;

    type Parts<'a> = (&'a [StateWord], &'a str);

    #[test]
    fn under_our_name_a_state_is_known_by_whatever_shows_it() {
        let words = |text: &str| [OsString::from("state"), text.into()];
        let lenient: fn(&str) -> Option<States> = |name| name.parse().ok();
        for name in ["ESTAB", "CLOSE_WAIT", "CLOSE-WAIT"] {
            assert!(Words::new(&words(name), lenient).is_ok(), "{name}");
        }
        assert_eq!(Words::new(&words("ESTAB"), States::named_as_in_ss), Err(Wrong::State("ESTAB".into())));
    }

    #[test]
    fn states_are_told_from_the_filter_wherever_they_stand() {
        const LISTEN: States = States::only(State::LISTEN);
        #[rustfmt::skip]
        let cases: &[(&str, Result<Parts<'_>, Wrong>)] = &[
            ("",                                    Ok((&[], ""))),
            ("state LISTENING",                     Ok((&[Only(LISTEN)], ""))),
            ("state all exclude listening",         Ok((&[Only(States::ALL), Except(LISTEN)], ""))),
            ("sport = 22 excl listening dst ::1",   Ok((&[Except(LISTEN)], "sport = 22 dst ::1"))),
            ("state listening and sport = 22",      Ok((&[Only(LISTEN)], "sport = 22"))),
            ("sport = 22 and state listening",      Ok((&[Only(LISTEN)], "sport = 22"))),
            ("sport = 22 && state listening and dst ::1", Ok((&[Only(LISTEN)], "sport = 22 and dst ::1"))),
            ("and sport = 22",                      Ok((&[], "and sport = 22"))),
            ("State listening",                     Ok((&[], "State listening"))),
            ("state",                               Err(Wrong::Incomplete)),
            ("sport = 22 exclude",                  Err(Wrong::Incomplete)),
            ("state bogus",                         Err(Wrong::State("bogus".into()))),
            ("state new-syn-recv",                  Err(Wrong::State("new-syn-recv".into()))),
        ];
        for (line, expected) in cases {
            let expected = expected.as_ref().map(|(states, filter)| Words {
                states: states.to_vec(),
                filter: filter.as_bytes().to_vec(),
            });
            let apart: Vec<_> = line.split_whitespace().map(Into::into).collect();
            for words in [apart, vec![line.into()]] {
                let read = Words::new(&words, States::named_as_in_ss);
                assert_eq!(read.as_ref(), expected.as_ref().map_err(|wrong| *wrong), "{words:?}");
            }
        }
    }
}
