//! All inet sockets in two parts that have none in common, told apart by their ports.
//!
//! A socket's ports do not change while the kernel has it in its tables, so that two dumps, one of each part, miss none and show
//! none twice. Which part a socket is in means nothing.

use super::expr::{Comparison, Expr, Predicate, Side};
use super::host::Host;

/// Where sockets are divided.
///
/// A server's sockets have one local port and its clients' ports at the other end; a client's are the other way round. So it is the
/// port the kernel chose that is looked at: the local one, unless that is too low to be one of those.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Halves {
    /// The lowest port of the second part.
    pub middle: u16,
}

/// One of the two parts.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Half {
    First,
    Second,
}

impl Halves {
    /// The part of `expr` that is in one half.
    pub fn of(self, half: Half, expr: &Expr) -> Expr {
        let middle = i64::from(self.middle);
        let port = |side| match half {
            Half::First => is(side, Comparison::AtMost, middle - 1),
            Half::Second => is(side, Comparison::AtLeast, middle),
        };
        let served = Expr::And(vec![is(Side::Local, Comparison::AtMost, CHOSEN - 1), port(Side::Remote)]);
        let own = Expr::And(vec![is(Side::Local, Comparison::AtLeast, CHOSEN), port(Side::Local)]);
        Expr::all([expr.clone(), Expr::Or(vec![served, own])])
    }
}

impl Expr {
    /// Whether it asks for one port: most often few of many sockets are meant then. An address alone says nothing of the kind: behind
    /// a proxy all connections have the same.
    pub fn is_narrow(&self) -> bool {
        match self {
            Self::And(parts) => parts.iter().any(Self::is_narrow),
            Self::Or(parts) => parts.iter().all(Self::is_narrow),
            Self::Not(_) => false,
            Self::Is(predicate) => match predicate {
                Predicate::Port(_, Comparison::Equal, _) => true,
                Predicate::Host(_, Host::Inet { port, .. }) => port.is_some(),
                _ => false,
            },
        }
    }
}

fn is(side: Side, comparison: Comparison, port: i64) -> Expr {
    Predicate::Port(side, comparison, port).into()
}

/// The lowest port that a kernel left to itself chooses.
const CHOSEN: i64 = 32_768;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{End, Plan, Scope, Subject, strategy};
    use super::*;
    use crate::{InetRequest, Query, State, inet};

    /// Whether a socket is told of, as the kernel and we decide it.
    fn told(expr: &Expr, scope: Scope, subject: &Subject<'_>) -> bool {
        let Plan { bytecode, rest } = expr.plan(scope);
        bytecode.is_none_or(|bytecode| bytecode.matches(subject)) && rest.matches(subject)
    }

    proptest! {
        #[test]
        fn of_every_filter_the_halves_are_the_whole(
            expr in strategy::expr(),
            subjects in proptest::collection::vec((strategy::subject(), any::<u16>(), any::<u16>()), 1..20),
            middle in prop_oneof![any::<u16>(), Just(0), Just(32_768), Just(46_884), Just(u16::MAX)],
            mark: bool,
        ) {
            let (halves, scope) = (Halves { middle }, Scope { mark });
            for (mut subject, local, remote) in subjects {
                for (end, port) in [(&mut subject.local, local), (&mut subject.remote, remote)] {
                    // Half of the ports are drawn from those that filters ask for.
                    if let (End::Inet { port: own, .. }, true) = (end, port % 2 == 0) {
                        *own = port;
                    }
                }
                let [first, second] =
                    [Half::First, Half::Second].map(|half| told(&halves.of(half, &expr), scope, &subject));
                prop_assert!(!(first && second), "twice: {:?}", subject);
                prop_assert_eq!(first || second, expr.matches(&subject), "{} {:?}", expr, subject);
            }
        }
    }

    #[test]
    fn servers_and_clients_are_both_divided_by_the_port_the_kernel_chose() {
        let halves = Halves { middle: 46_884 };
        #[rustfmt::skip]
        let cases = [
            // local, remote, half
            (80,      40_000, Half::First),
            (80,      50_000, Half::Second),
            (40_000,  80,     Half::First),
            (50_000,  80,     Half::Second),
            (40_000,  50_000, Half::First),
            (80,      0,      Half::First),
        ];
        for (local, remote, half) in cases {
            let mut record = Vec::new();
            let head = inet::Head::new(([127, 0, 0, 1], local).into(), State::ESTABLISHED);
            inet::Head { remote: ([127, 0, 0, 1], remote).into(), ..head }.write_to(&mut record);
            let subject = Subject::from(&InetRequest::view(&record).unwrap());
            assert!(halves.of(half, &Expr::ALWAYS).matches(&subject), "{local} {remote}");
        }
    }

    #[test]
    fn what_asks_for_one_port_is_narrow() {
        let port = |comparison| is(Side::Local, comparison, 22);
        let narrow = port(Comparison::Equal);
        let wide = port(Comparison::AtLeast);
        #[rustfmt::skip]
        let cases = [
            (narrow.clone(),                                 true),
            (wide.clone(),                                   false),
            (Expr::And(vec![wide.clone(), narrow.clone()]),  true),
            (Expr::Or(vec![wide.clone(), narrow.clone()]),   false),
            (Expr::Or(vec![narrow.clone(), narrow.clone()]), true),
            (Expr::Not(narrow.into()),                       false),
            (Expr::ALWAYS,                                   false),
            (Expr::NEVER,                                    true),
        ];
        for (expr, expected) in cases {
            assert_eq!(expr.is_narrow(), expected, "{expr}");
        }
    }
}
