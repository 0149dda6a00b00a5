//! How TCP sockets are asked about: by one question, or by several at the same time.
//!
//! A dump is work of the kernel's, done inside the calls of whoever asks: two threads that each ask for a part are served by two
//! cores. It pays only where a kernel serves them side by side, and where there is much to tell.

use std::fmt;
use std::io;
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::thread;

use netdiag_sockdiag::filter::{Expr, Half, Halves, Plan, Scope};
use netdiag_sockdiag::{State, States};
use netdiag_text::strerror;
use rustix::system::uname;

use super::expected::Expected;
use super::family_table::version;
use super::inet_question::InetQuestion;
use super::list_request::ListRequest;
use crate::host::Host;
use crate::part::CutShort;

/// Why a list was not asked for in halves.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Undivided {
    /// No connections are asked for, and of all else there are few.
    NoConnections,
    /// So few are expected that it would not pay.
    Few(u64),
    /// The kernel does not say how many there are.
    Unknown,
    /// The filter asks for one port, so that going through all costs more than telling.
    OnePort,
    /// The filter leaves no room for more.
    LongFilter,
    /// There is one processor for us.
    OneProcessor,
    /// Kernels before 6.9 serve one after the other.
    OldKernel,
    /// Whoever takes in the sockets cannot do so on two threads.
    OneTaker,
    /// No second socket is to be had.
    NoSocket(CutShort),
    /// No second thread is to be had.
    NoThread(Arc<io::Error>),
}

impl fmt::Display for Undivided {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoConnections => f.write_str("no connections are asked for"),
            Self::Few(count) => write!(f, "{count} sockets are expected, which are few"),
            Self::Unknown => f.write_str("/proc/net/sockstat does not say how many there are"),
            Self::OnePort => f.write_str("the filter asks for one port"),
            Self::LongFilter => f.write_str("the filter is too long"),
            Self::OneProcessor => f.write_str("there is one processor to do it on"),
            Self::OldKernel => f.write_str("kernels before 6.9 answer one question at a time"),
            Self::OneTaker => f.write_str("what is done with the sockets is done one after the other"),
            Self::NoSocket(why) => write!(f, "no second socket: {why}"),
            Self::NoThread(error) => write!(f, "no second thread: {}", strerror(error)),
        }
    }
}

/// The questions of one walk through the sockets.
#[derive(Clone, Debug)]
pub(super) struct Division {
    /// What is asked on the thread that lists.
    pub(super) first: InetQuestion,
    /// The other half, asked on a second thread.
    pub(super) second: Option<InetQuestion>,
    /// Sockets that are bound and no more, for which the kernel goes through another table: asked by whichever thread is free first.
    pub(super) bound: Option<InetQuestion>,
    /// Why there is no other half.
    pub(super) undivided: Option<Undivided>,
}

impl Division {
    /// All in one question.
    pub(super) fn one(question: &InetQuestion, plan: Plan, why: Undivided) -> Self {
        let first = question.clone().planned(plan);
        Self { first, second: None, bound: None, undivided: Some(why) }
    }

    /// By what is known beforehand; `takes_halves` says that whoever takes in the sockets can do so on two threads.
    pub(super) fn of(
        question: &InetQuestion,
        filter: &Expr,
        scope: Scope,
        known: &Beforehand<'_>,
        takes_halves: bool,
    ) -> Self {
        let plan = filter.plan(scope);
        if let Err(why) = known.may_be_divided(question) {
            return Self::one(question, plan, why);
        }
        let wants_bound = question.states.contains(State::BOUND_INACTIVE);
        let connections =
            || InetQuestion { states: question.states & !States::BOUND_INACTIVE, ..question.clone() };
        let bound = wants_bound.then(|| InetQuestion { states: States::BOUND_INACTIVE, ..question.clone() });
        let bound = bound.map(|bound| bound.planned(plan.clone()));
        let halves = match known.halves(question, filter, takes_halves) {
            Ok(halves) => halves,
            Err(why) => {
                let first = connections().planned(plan);
                return Self { first, second: None, bound, undivided: Some(why) };
            }
        };
        let [first, second] = [Half::First, Half::Second].map(|half| halves.of(half, filter).plan(scope));
        if first.bytecode.is_none() || second.bytecode.is_none() {
            let first = connections().planned(plan);
            return Self { first, second: None, bound, undivided: Some(Undivided::LongFilter) };
        }
        let (first, second) = (connections().planned(first), connections().planned(second));
        Self { first, second: Some(second), bound, undivided: None }
    }

    /// Whether a second thread has something to do.
    pub(super) fn takes_two(&self) -> bool {
        self.second.is_some() || self.bound.is_some()
    }
}

/// What is known before anything is asked.
#[derive(Clone, Debug)]
pub(super) struct Beforehand<'h> {
    host: &'h Host,
    pub(super) expected: Option<Expected>,
}

impl<'h> Beforehand<'h> {
    /// Looked up only where sockets are asked for of which there may be many.
    pub(super) fn of(host: &'h Host, states: States) -> Self {
        let expected = if has_connections(states) { Expected::of(host) } else { None };
        Self { host, expected }
    }

    /// As if the kernel had counted so many.
    #[cfg(test)]
    pub(super) fn invented(host: &'h Host, expected: Expected) -> Self {
        Self { host, expected: Some(expected) }
    }

    /// Whether one walk is for both families: two requests that differ in nothing but that, and few sockets of the second, which
    /// are held back until those of the first have been shown.
    pub(super) fn takes_both(&self, requests: &[ListRequest<'_>]) -> bool {
        let [first, second] = requests else { return false };
        first.is_but_for_its_family(second) && self.expected.is_none_or(|expected| expected.v6 < MANY)
    }

    /// Whether two questions at the same time pay at all.
    fn may_be_divided(&self, question: &InetQuestion) -> Result<(), Undivided> {
        if !has_connections(question.states) {
            return Err(Undivided::NoConnections);
        }
        match self.expected.map(Expected::all) {
            None => Err(Undivided::Unknown),
            Some(count) if count < MANY => Err(Undivided::Few(count)),
            Some(_) if !serves_two(&uname().release().to_string_lossy()) => Err(Undivided::OldKernel),
            Some(_) if processors() < 2 => Err(Undivided::OneProcessor),
            Some(_) => Ok(()),
        }
    }

    /// Where to divide.
    fn halves(
        &self,
        question: &InetQuestion,
        filter: &Expr,
        takes_halves: bool,
    ) -> Result<Halves, Undivided> {
        let expected = self.expected.unwrap_or_default().of_states(question.family, question.states);
        if filter.is_narrow() {
            return Err(Undivided::OnePort);
        }
        if expected < MANY {
            return Err(Undivided::Few(expected));
        }
        if !takes_halves {
            return Err(Undivided::OneTaker);
        }
        let ports = self.host.local_port_range().unwrap_or(USUAL_PORTS);
        let bound = question.states.contains(State::BOUND_INACTIVE);
        let (lowest, highest) = (*ports.start(), *ports.end());
        let share = match (bound, question.extensions.is_empty()) {
            (false, _) => EVEN,
            (true, true) => BESIDE_BOUND,
            (true, false) => BESIDE_BOUND_WITH_DETAILS,
        };
        Ok(Halves { lowest, highest, share })
    }
}

/// Whether sockets of which there may be many are asked for.
fn has_connections(states: States) -> bool {
    let few = States::only(State::LISTEN) | States::only(State::CLOSE) | States::BOUND_INACTIVE;
    !(states & !few).is_empty()
}

/// Whether a kernel answers two questions at the same time: until 6.8 a lock was held during all of a dump.
fn serves_two(release: &str) -> bool {
    version(release).is_some_and(|version| version >= (6, 9))
}

fn processors() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}

/// Fewer sockets are told of in the time it takes to get two threads going, or not much more.
const MANY: u64 = 5000;
/// `net.ipv4.ip_local_port_range` of a kernel that nobody has told otherwise.
const USUAL_PORTS: RangeInclusive<u16> = 32_768..=60_999;
/// The first half's share of all ports, in hundredths.
const EVEN: u8 = 50;
/// The same where the second thread also goes through the table of ports, which takes a third of the time that telling does.
const BESIDE_BOUND: u8 = 64;
/// And where telling takes longer.
const BESIDE_BOUND_WITH_DETAILS: u8 = 56;

#[cfg(test)]
mod tests {
    use netdiag_sockdiag::Extensions;
    use netdiag_sockdiag::filter::{Comparison, Predicate, Side};

    use super::super::table::Table;
    use super::*;

    fn question(states: States) -> InetQuestion {
        InetQuestion {
            table: Table::Tcp,
            family: None,
            states,
            extensions: Extensions::empty(),
            bytecode: None,
            rest: None,
        }
    }

    #[test]
    fn kernels_since_6_9_serve_two() {
        let cases = [
            ("6.9.0", true),
            ("6.18.44-fc", true),
            ("7.0", true),
            ("6.8.12", false),
            ("5.10.0", false),
            ("x", false),
        ];
        for (release, two) in cases {
            assert_eq!(serves_two(release), two, "{release}");
        }
    }

    #[test]
    fn a_list_is_divided_where_it_pays() {
        let host = Host::here();
        let many = Some(Expected { v4: MANY, ..Expected::default() });
        let divided = |states, filter: &Expr, expected, takes_halves| {
            let known = Beforehand { host: &host, expected };
            Division::of(&question(states), filter, Scope::default(), &known, takes_halves)
        };
        let port: Expr = Predicate::Port(Side::Local, Comparison::Equal, 22).into();
        let two = processors() > 1 && serves_two(&uname().release().to_string_lossy());
        let few = divided(States::ALL, &Expr::ALWAYS, Some(Expected::default()), true);
        assert!(matches!(few.undivided, Some(Undivided::Few(0))) && !few.takes_two());
        assert_eq!(few.first.states, States::ALL, "asked at once");
        let unknown = divided(States::ALL, &Expr::ALWAYS, None, true);
        assert!(matches!(unknown.undivided, Some(Undivided::Unknown)) && !unknown.takes_two());
        let listening = divided(States::LISTENING, &Expr::ALWAYS, many, true);
        assert!(matches!(listening.undivided, Some(Undivided::NoConnections)) && !listening.takes_two());
        if !two {
            let one = divided(States::ALL, &Expr::ALWAYS, many, true);
            assert!(!one.takes_two());
            return;
        }
        let whole = divided(States::ALL, &Expr::ALWAYS, many, true);
        assert!(whole.undivided.is_none() && whole.second.is_some() && whole.bound.is_some());
        assert!(!whole.first.states.contains(State::BOUND_INACTIVE), "asked apart");
        let established = divided(States::only(State::ESTABLISHED), &Expr::ALWAYS, many, true);
        assert!(established.second.is_some() && established.bound.is_none());
        let narrow = divided(States::ALL, &port, many, true);
        assert!(matches!(narrow.undivided, Some(Undivided::OnePort)) && narrow.bound.is_some());
        let one_taker = divided(States::ALL, &Expr::ALWAYS, many, false);
        assert!(matches!(one_taker.undivided, Some(Undivided::OneTaker)) && one_taker.second.is_none());
        let waiting = divided(States::only(State::TIME_WAIT), &Expr::ALWAYS, many, true);
        assert!(matches!(waiting.undivided, Some(Undivided::Few(0))) && !waiting.takes_two());
        let ports: Vec<Expr> =
            (0..5460).map(|port| Predicate::Port(Side::Local, Comparison::AtLeast, port).into()).collect();
        let long = divided(States::ALL, &Expr::Or(ports), many, true);
        assert!(matches!(long.undivided, Some(Undivided::LongFilter)), "{:?}", long.undivided);
    }
}
