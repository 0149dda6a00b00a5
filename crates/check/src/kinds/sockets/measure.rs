//! Measures over many sockets, as `expect` names them: `count(close-wait, age>5s)`, `max(recvq)`, `p99(rtt, established)`.
//!
//! States among the conditions add up, everything else restricts: `count(close-wait, last-ack, age>5s)` counts what is in either
//! state for that long.

use std::ops::Range;

use netdiag_host::Socket;
use netdiag_sockdiag::{State, States, words};
use netdiag_text::{Bound, Dimension, Message, Quantity, Trusted, count, message};

use super::field::{Field, Seen};
use crate::needs::Needs;
use crate::proto::Proto;
use crate::source::{Complaint, Placed, unknown};

/// A measure.
#[derive(Clone, Debug)]
pub(super) struct Measurement {
    /// As written.
    pub(super) name: String,
    pub(super) aggregate: Aggregate,
    /// Which sockets take part.
    pub(super) states: States,
    /// The states by their full names; empty for all.
    pub(super) state_words: Vec<String>,
    conditions: Vec<(Field, Bound)>,
}

/// How one value is made of many.
#[derive(Clone, Copy, Debug)]
pub(super) enum Aggregate {
    Count,
    /// How many ports the kernel may hand out are taken towards the same peer, of all.
    EphemeralUsed,
    Sum(Field),
    Min(Field),
    Max(Field),
    Average(Field),
    /// The smallest value that this part of all does not exceed, in hundredths.
    Percentile(Field, f64),
}

/// A mistake, and where in the name it is.
struct Wrong(Range<usize>, Complaint);

impl Measurement {
    /// Reads a key of `expect`.
    pub(super) fn read(key: &Placed<String>) -> Result<Self, Complaint> {
        read(&key.value).map_err(|Wrong(at, complaint)| complaint.at(&key.part(&at)))
    }

    /// The dimension of its values.
    pub(super) fn dimension(&self) -> Dimension {
        match self.aggregate {
            Aggregate::Count => Dimension::Count,
            Aggregate::EphemeralUsed => Dimension::Ratio,
            _ => self.aggregate.field().map_or(Dimension::Count, |field| field.dimension),
        }
    }

    /// Whether sockets of a kind can take part in it.
    pub(super) fn is_of(&self, proto: Proto) -> bool {
        let possible = match self.aggregate {
            Aggregate::EphemeralUsed => proto == Proto::Tcp,
            _ => self.fields().all(|field| field.is_of(proto)),
        };
        possible && !(self.states & proto.states()).is_empty()
    }

    /// What must be asked for to know it of sockets of these kinds.
    pub(super) fn needs(&self, protos: &[Proto]) -> Needs {
        let protos = protos.iter().filter(|proto| self.is_of(**proto));
        let sockets = protos.map(|proto| {
            netdiag_host::Needs::of(proto.tables().iter().copied(), self.states & proto.states()).into()
        });
        sockets.chain(self.fields().map(Field::needs)).fold(Needs::default(), |all, needs| all | needs)
    }

    /// Whether a socket takes part.
    pub(super) fn admits(&self, socket: &Socket<'_>, seen: Seen<'_>) -> bool {
        self.states.contains(socket.state())
            && self.conditions.iter().all(|(field, bound)| {
                let value = field.of(socket, seen);
                let value = value.and_then(|value| Quantity::from_base(field.dimension, value));
                value.is_some_and(|value| bound.holds(&value))
            })
    }

    fn fields(&self) -> impl Iterator<Item = Field> {
        self.aggregate.field().into_iter().chain(self.conditions.iter().map(|(field, _)| *field))
    }
}

impl Aggregate {
    pub(super) fn field(self) -> Option<Field> {
        match self {
            Self::Count | Self::EphemeralUsed => None,
            Self::Sum(field)
            | Self::Min(field)
            | Self::Max(field)
            | Self::Average(field)
            | Self::Percentile(field, _) => Some(field),
        }
    }
}

fn read(text: &str) -> Result<Measurement, Wrong> {
    let (name, arguments) = match text.split_once('(') {
        None => (text, None),
        Some((name, rest)) => match rest.strip_suffix(')') {
            Some(inside) => (name, Some((name.len() + 1, inside))),
            None => return Err(wrong(text.len()..text.len(), "`)` is missing at the end")),
        },
    };
    let word = name.trim();
    let mut arguments = arguments.map(|(start, inside)| split(start, inside)).unwrap_or_default().into_iter();
    let mut measured = || {
        let end = text.len().saturating_sub(1);
        let missing = || {
            let common = Message::join(Field::common().map(Trusted), ", ");
            let help = message!("fields are {}, and what else TCP knows", common);
            Wrong(end..end, Complaint::new(&(0..0), message!("`{}` of which field?", word)).help(help))
        };
        let (at, name) = arguments.next().ok_or_else(missing)?;
        Field::named(name).ok_or_else(|| Wrong(at, unknown(name, Field::names(), "field")))
    };
    let aggregate = match word {
        "count" => Aggregate::Count,
        "ephemeral_used" => Aggregate::EphemeralUsed,
        "sum" => Aggregate::Sum(measured()?),
        "min" => Aggregate::Min(measured()?),
        "max" => Aggregate::Max(measured()?),
        "avg" => Aggregate::Average(measured()?),
        _ => match percentile(word) {
            Some(part) => Aggregate::Percentile(measured()?, part),
            None => return Err(Wrong(0..word.len(), unknown(word, AGGREGATES.into_iter(), "measure"))),
        },
    };
    let mut measure = Measurement {
        name: text.to_owned(),
        aggregate,
        states: States::NONE,
        state_words: Vec::new(),
        conditions: Vec::new(),
    };
    for (at, condition) in arguments {
        measure.restrict(at, condition)?;
    }
    if measure.state_words.is_empty() {
        measure.states = States::ALL;
    }
    Ok(measure)
}

impl Measurement {
    fn restrict(&mut self, at: Range<usize>, condition: &str) -> Result<(), Wrong> {
        let Some(sign) = condition.find(['<', '>', '=', '!']) else {
            let state = State::named(condition).filter(|state| *state != State::UNKNOWN);
            let state = state.ok_or_else(|| stray(&at, condition))?;
            self.states = self.states | shown_as(state);
            self.state_words.push(state.to_string());
            return Ok(());
        };
        let (name, bound) = condition.split_at(sign);
        let name = name.trim_end();
        let named = at.start..at.start + name.len();
        let field = Field::named(name).ok_or_else(|| Wrong(named, unknown(name, Field::names(), "field")))?;
        if field.is_age() && !bound.starts_with('>') {
            let message = "only the least age of a socket is known: ask for `age>5s`";
            return Err(wrong(at, message));
        }
        let place = at.start + sign..at.end;
        let bound = Bound::parse(bound, field.dimension).map_err(|bad| wrong(place, bad.message()))?;
        self.conditions.push((field, bound));
        Ok(())
    }
}

fn wrong(at: Range<usize>, message: impl Into<Message>) -> Wrong {
    Wrong(at, Complaint::new(&(0..0), message))
}

/// What is neither a state nor a comparison.
fn stray(at: &Range<usize>, word: &str) -> Wrong {
    if Field::named(word).is_some() {
        return wrong(at.clone(), message!("`{}` needs a comparison here, such as `{}>5`", word, word));
    }
    Wrong(at.clone(), unknown(word, state_names().chain(Field::names()), "state or field"))
}

/// Parts between commas without the blanks around them, and where they are.
fn split(start: usize, inside: &str) -> Vec<(Range<usize>, &str)> {
    let mut parts = Vec::new();
    let mut at = start;
    for part in inside.split(',') {
        let word = part.trim();
        let begin = at + part.len() - part.trim_start().len();
        if !(word.is_empty() && inside.trim().is_empty()) {
            parts.push((begin..begin + word.len(), word));
        }
        at += part.len() + 1;
    }
    parts
}

fn percentile(word: &str) -> Option<f64> {
    let digits =
        word.strip_prefix('p').filter(|digits| digits.starts_with(|digit: char| digit.is_ascii_digit()))?;
    count::parse(digits).ok().filter(|percent| *percent <= 100.0)
}

/// A state with the other numbers sockets are asked for by that show in it. Groups are no words here: whether `connected` holds
/// half-open connections depends on who is asked.
fn shown_as(state: State) -> States {
    let other = match state {
        State::CLOSE => States::BOUND_INACTIVE,
        State::SYN_RECV => States::only(State::NEW_SYN_RECV),
        _ => States::NONE,
    };
    States::only(state) | other
}

fn state_names() -> impl Iterator<Item = &'static str> {
    words::STATES.names().filter(|name| *name != words::UNKNOWN)
}

const AGGREGATES: [&str; 9] = ["count", "sum", "min", "max", "avg", "p50", "p90", "p99", "ephemeral_used"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn measures_are_read() {
        #[rustfmt::skip]
        let cases = [
            ("count",                               Dimension::Count, 0,      0),
            ("count()",                             Dimension::Count, 0,      0),
            ("count(close-wait)",                   Dimension::Count, 1 << 8, 0),
            ("count(CLOSE_WAIT, ESTAB)",            Dimension::Count, 1 << 8 | 1 << 1, 0),
            ("count(listen)",                       Dimension::Count, 1 << 10, 0),
            ("count(close)",                        Dimension::Count, 1 << 7 | 1 << 13, 0),
            ("count( close-wait , last-ack,age>5s)", Dimension::Count, 1 << 8 | 1 << 9, 1),
            ("count(estab, rtt >= 10ms, recvq>0)",  Dimension::Count, 1 << 1, 2),
            ("max(recvq)",                          Dimension::Bytes, 0,      0),
            ("p99.9(rtt, established)",             Dimension::Time,  1 << 1, 0),
            ("ephemeral_used",                      Dimension::Ratio, 0,      0),
            ("sum(retrans)",                        Dimension::Count, 0,      0),
        ];
        for (text, dimension, states, conditions) in cases {
            let Ok(measure) = read(text) else { panic!("{text}") };
            let wanted = if states == 0 { States::ALL } else { States(states) };
            assert_eq!(
                (measure.dimension(), measure.states.0, measure.conditions.len()),
                (dimension, wanted.0, conditions),
                "{text}"
            );
        }
    }

    #[test]
    fn mistakes_are_told_at_their_places() {
        #[rustfmt::skip]
        let cases = [
            ("cuont(close-wait)",        "cuont",       "unknown measure",     Some("did you mean `count`?")),
            ("count(close-wiat)",        "close-wiat",  "unknown state",       Some("did you mean `close-wait`?")),
            ("count(close-wait, aeg>5s)", "aeg",        "unknown field",       Some("did you mean `age`?")),
            ("count(age>5)",             ">5",          "unit",                None),
            ("count(age<5s)",            "age<5s",      "least age",           None),
            ("count(rtt)",               "rtt",         "needs a comparison",  None),
            ("max(recq)",                "recq",        "unknown field",       Some("did you mean `recvq`?")),
            ("count(close-wait",         "",            "`)` is missing",      None),
            ("count(close-wait,)",       "",            "unknown state",       None),
            ("p101(rtt)",                "p101",        "unknown measure",     None),
            ("count(connected)",         "connected",   "unknown state",       None),
        ];
        for (text, place, message, help) in cases {
            let Err(Wrong(at, complaint)) = read(text) else { panic!("{text}") };
            assert_eq!(&text[at], place, "{complaint:?}");
            assert!(complaint.message.unshown().contains(message), "{text}: {complaint:?}");
            assert!(
                help.is_none() || complaint.help.as_ref().map(Message::unshown) == help,
                "{text}: {complaint:?}"
            );
        }
        let Err(Wrong(_, complaint)) = read("max()") else { panic!() };
        assert!(complaint.message.unshown().contains("of which field"));
    }
}
