//! Socket states and sets of them, by the kernel's numbers.
//!
//! A dumped socket never carries [`State::BOUND_INACTIVE`] or [`State::NEW_SYN_RECV`]: those numbers exist only to ask with,
//! and such sockets come back as [`State::CLOSE`] and [`State::SYN_RECV`].

use std::fmt;
use std::ops::{BitAnd, BitOr, Not};
use std::str::FromStr;

use crate::words;

/// Socket state as the kernel numbers it (`enum tcp_state`); other families reuse the numbers.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct State(pub u8);

#[expect(missing_docs, reason = "the names are TCP's own")]
impl State {
    /// No state: the kernel has none to report.
    pub const UNKNOWN: Self = Self(0);
    pub const ESTABLISHED: Self = Self(1);
    pub const SYN_SENT: Self = Self(2);
    pub const SYN_RECV: Self = Self(3);
    pub const FIN_WAIT_1: Self = Self(4);
    pub const FIN_WAIT_2: Self = Self(5);
    pub const TIME_WAIT: Self = Self(6);
    /// Also what every socket without connections is in: UDP, bound TCP.
    pub const CLOSE: Self = Self(7);
    pub const CLOSE_WAIT: Self = Self(8);
    pub const LAST_ACK: Self = Self(9);
    pub const LISTEN: Self = Self(10);
    pub const CLOSING: Self = Self(11);
    /// How the kernel asks itself for half-open connections.
    pub const NEW_SYN_RECV: Self = Self(12);
    /// TCP sockets that are bound but neither listen nor connect (asked for since Linux 6.8).
    pub const BOUND_INACTIVE: Self = Self(13);
}

impl State {
    /// The state of this name in any case: as `ss` reads it (`close-wait`) or shows it (`ESTAB`), as `netstat` does (`CLOSE_WAIT`,
    /// `FIN_WAIT1`), or as the kernel's headers have it (`TCP_CLOSE_WAIT`). Groups are no states.
    pub fn named(word: &str) -> Option<Self> {
        let word = spelled(word);
        if let Some((_, state)) = SPELLINGS.iter().find(|(spelling, _)| *spelling == word) {
            return Some(*state);
        }
        let mut all = (0..).map(Self).zip(words::STATES.all());
        let is = |name: &str| !name.is_empty() && name.eq_ignore_ascii_case(&word);
        all.find(|(_, known)| is(known.name) || is(known.shown)).map(|(state, _)| state)
    }
}

/// A set of states, bit N for state N: what `idiag_states` takes.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct States(pub u32);

impl States {
    /// None at all.
    pub const NONE: Self = Self(0);
    /// Every state there is, as `ss` of iproute2 7.1 counts them. [`State::NEW_SYN_RECV`] selects what [`State::SYN_RECV`]
    /// does: who wants no half-open connections must leave out both.
    pub const ALL: Self = Self(0x3fff);
    /// All but listening, closed and the minisockets: what a listing shows unasked. Half-open connections are among it
    /// nevertheless, by their other number.
    pub const CONN: Self = Self(0x3b37);
    /// Listening, and not connected at all.
    pub const LISTENING: Self = Self(0x480);
    /// Bound TCP sockets that do nothing yet.
    pub const BOUND_INACTIVE: Self = Self::only(State::BOUND_INACTIVE);
    /// All but listening and closed.
    pub const CONNECTED: Self = Self(0x3b7f);
    /// Connected, and past `SYN-SENT`.
    pub const SYNCHRONIZED: Self = Self(0x3b7b);
    /// What the kernel keeps as minisockets: `SYN-RECV`, `TIME-WAIT`.
    pub const BUCKET: Self = Self(0x48);
    /// All but the minisockets, by their first numbers.
    pub const BIG: Self = Self(0x3fb7);

    /// Reads a state or group by the name `ss` knows it by, in any case; `None` for every other spelling.
    pub fn named_as_in_ss(word: &str) -> Option<Self> {
        let single =
            (0..).map(State).zip(words::STATES.names()).map(|(state, name)| (name, Self::only(state)));
        let mut all = single.chain(OTHERS);
        all.find(|(name, _)| name.eq_ignore_ascii_case(word)).map(|(_, states)| states)
    }

    /// Just this state.
    pub const fn only(state: State) -> Self {
        Self(1 << (state.0 & 31))
    }

    /// Whether `state` is in the set.
    pub fn contains(self, state: State) -> bool {
        self & Self::only(state) != Self::NONE
    }

    /// Whether asking for the set brings up sockets that are shown to be in `state`: some are known by another one to ask by.
    pub fn shows(self, state: State) -> bool {
        self.contains(state)
            || state == State::CLOSE && self.contains(State::BOUND_INACTIVE)
            || state == State::SYN_RECV && self.contains(State::NEW_SYN_RECV)
    }

    /// How many states are in the set.
    pub fn len(self) -> u32 {
        self.0.count_ones()
    }

    /// Whether no state is in the set.
    pub fn is_empty(self) -> bool {
        self == Self::NONE
    }
}

impl BitOr for States {
    type Output = Self;
    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl BitAnd for States {
    type Output = Self;
    fn bitand(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }
}

impl Not for States {
    type Output = Self;
    /// All states but these.
    fn not(self) -> Self {
        Self(!self.0 & Self::ALL.0)
    }
}

impl fmt::Display for State {
    /// The word that [`States`] are read by, such as `time-wait`; the number of a state without one.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (words::STATES.name(self.0), *self) {
            (Some(word), _) => f.write_str(word),
            (None, Self::BOUND_INACTIVE) => f.write_str(BOUND_INACTIVE),
            _ => write!(f, "{}", self.0),
        }
    }
}

/// A word that names no state.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("no such socket state")]
pub struct UnknownState;

impl FromStr for States {
    type Err = UnknownState;

    /// Reads a state as [`State::named`] does, or a group by the name `ss` knows it by.
    fn from_str(word: &str) -> Result<Self, UnknownState> {
        let state = State::named(word).map(Self::only);
        state.or_else(|| Self::named_as_in_ss(&spelled(word))).ok_or(UnknownState)
    }
}

/// A name as `ss` reads it: the kernel's `TCP_CLOSE_WAIT` is `close-wait`.
fn spelled(word: &str) -> String {
    let word = word.to_ascii_lowercase().replace('_', "-");
    word.strip_prefix("tcp-").map(str::to_owned).unwrap_or(word)
}

const BOUND_INACTIVE: &str = "bound-inactive";
/// Spellings of states beside those of [`words::STATES`].
const SPELLINGS: [(&str, State); 8] = [
    ("closed", State::CLOSE),
    ("close", State::CLOSE),
    ("syn-rcv", State::SYN_RECV),
    ("syn-received", State::SYN_RECV),
    ("fin-wait1", State::FIN_WAIT_1),
    ("fin-wait2", State::FIN_WAIT_2),
    ("timewait", State::TIME_WAIT),
    (BOUND_INACTIVE, State::BOUND_INACTIVE),
];
/// Other names of states, states only asked for, and groups.
#[rustfmt::skip]
const OTHERS: [(&str, States); 9] = [
    ("syn-rcv",        States::only(State::SYN_RECV)),
    ("closed",         States::only(State::CLOSE)),
    ("close",          States::only(State::CLOSE)),
    (BOUND_INACTIVE,   States::BOUND_INACTIVE),
    ("all",            States::ALL),
    ("connected",      States::CONNECTED),
    ("synchronized",   States::SYNCHRONIZED),
    ("bucket",         States::BUCKET),
    ("big",            States::BIG),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sockets_show_in_states_they_are_not_asked_for_by() {
        #[rustfmt::skip]
        let cases = [
            (States::CONN,           State::ESTABLISHED, true),
            (States::CONN,           State::LISTEN,      false),
            (States::CONN,           State::CLOSE,       true),
            (States::BOUND_INACTIVE, State::CLOSE,       true),
            (States::CONN,           State::SYN_RECV,    true),
            (States::BUCKET,         State::SYN_RECV,    true),
            (States::LISTENING,      State::SYN_RECV,    false),
        ];
        for (states, state, expected) in cases {
            assert_eq!(states.shows(state), expected, "{states:?} {state:?}");
        }
    }

    #[test]
    fn a_state_is_told_by_its_word() {
        #[rustfmt::skip]
        let cases = [
            (State::ESTABLISHED,    "established"),
            (State::LISTEN,         "listening"),
            (State::CLOSE,          "unconnected"),
            (State::BOUND_INACTIVE, "bound-inactive"),
            (State::NEW_SYN_RECV,   "12"),
            (State(200),            "200"),
        ];
        for (state, word) in cases {
            assert_eq!(state.to_string(), word);
        }
    }

    #[test]
    fn a_state_can_be_typed_back() {
        for (number, word) in (0..).zip(words::STATES.names()) {
            assert_eq!(word.parse(), Ok(States::only(State(number))), "{word}");
        }
    }

    #[test]
    fn groups_are_what_their_words_say() {
        let minus =
            |states: &[State]| states.iter().fold(States::ALL, |all, &state| all & !States::only(state));
        #[rustfmt::skip]
        let cases = [
            ("all",          States::ALL),
            ("connected",    minus(&[State::LISTEN, State::CLOSE])),
            ("synchronized", minus(&[State::LISTEN, State::CLOSE, State::SYN_SENT])),
            ("bucket",       States::only(State::SYN_RECV) | States::only(State::TIME_WAIT)),
            ("big",          minus(&[State::SYN_RECV, State::TIME_WAIT])),
            ("Time-WAIT",    States(0x40)),
            ("unconnected",  States(0x80)),
            ("syn-rcv",      States(0x08)),
            ("unknown",      States(0x01)),
        ];
        for (word, states) in cases {
            assert_eq!(word.parse(), Ok(states), "{word}");
        }
        assert_eq!(States::CONN, States::CONNECTED & States::BIG);
        assert!(States::CONN.contains(State::NEW_SYN_RECV) && States::CONN.contains(State::BOUND_INACTIVE));
        for word in ["new-syn-recv", "wait", "", "all "] {
            assert_eq!(word.parse::<States>(), Err(UnknownState), "{word}");
        }
    }

    #[test]
    fn a_state_is_known_by_whatever_shows_it() {
        #[rustfmt::skip]
        let cases = [
            ("ESTAB",          Some(State::ESTABLISHED)),
            ("Established",    Some(State::ESTABLISHED)),
            ("CLOSE_WAIT",     Some(State::CLOSE_WAIT)),
            ("CLOSE-WAIT",     Some(State::CLOSE_WAIT)),
            ("TCP_CLOSE_WAIT", Some(State::CLOSE_WAIT)),
            ("FIN_WAIT1",      Some(State::FIN_WAIT_1)),
            ("UNCONN",         Some(State::CLOSE)),
            ("LISTEN",         Some(State::LISTEN)),
            ("SYN_RCV",        Some(State::SYN_RECV)),
            ("connected",      None),
            ("",               None),
        ];
        for (word, state) in cases {
            assert_eq!(State::named(word), state, "{word}");
            assert_eq!(
                word.parse().ok(),
                state.map(States::only).or_else(|| States::named_as_in_ss(word)),
                "{word}"
            );
        }
        for word in ["estab", "close_wait", "listen", "unconn"] {
            assert_eq!(States::named_as_in_ss(word), None, "{word}");
        }
    }
}
