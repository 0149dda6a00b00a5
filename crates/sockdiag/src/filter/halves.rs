//! All inet sockets in two parts that have none in common, told apart by their ports.
//!
//! A socket's ports do not change while the kernel has it in its tables, so that two dumps, one of each part, miss none and show
//! none twice. Which part a socket is in means nothing.

use super::expr::{Comparison, Expr, Predicate, Side};
use super::host::Host;

/// Where sockets are divided.
///
/// A server's sockets have one local port and its clients' ports at the other end; a client's are the other way round. So it is the
/// port the kernel chose that is looked at: the local one, unless that is too low to be one of those. As it hands out neighbours to who
/// connects to one place, each part has many stripes of ports.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Halves {
    /// The lowest of the ports that the kernel hands out.
    pub lowest: u16,
    /// The highest of them.
    pub highest: u16,
    /// The first part's share of them, in hundredths.
    pub share: u8,
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
        let port = |side| self.stripes(half, side, self.lowest.into(), self.highest.into(), STRIPES);
        let served = Expr::And(vec![is(Side::Local, Comparison::AtMost, CHOSEN - 1), port(Side::Remote)]);
        let own = Expr::And(vec![is(Side::Local, Comparison::AtLeast, CHOSEN), port(Side::Local)]);
        Expr::all([expr.clone(), Expr::Or(vec![served, own])])
    }

    /// The ports of a half among these and, at the ends, beyond: found by halving, so that the kernel compares few times.
    fn stripes(self, half: Half, side: Side, low: i64, high: i64, count: u32) -> Expr {
        if count < 2 || high <= low {
            let middle = low + (high - low) * i64::from(self.share) / 100;
            return match half {
                Half::First => is(side, Comparison::AtMost, middle - 1),
                Half::Second => is(side, Comparison::AtLeast, middle),
            };
        }
        let middle = low + (high - low) / 2;
        let below = self.stripes(half, side, low, middle, count / 2);
        let above = self.stripes(half, side, middle, high, count / 2);
        Expr::Or(vec![
            Expr::And(vec![is(side, Comparison::AtMost, middle - 1), below]),
            Expr::And(vec![is(side, Comparison::AtLeast, middle), above]),
        ])
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
/// Pairs of stripes: of the usual ports each pair has some 3,500. More would cost the kernel more comparisons of every socket.
const STRIPES: u32 = 8;

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
            (lowest, highest) in prop_oneof![any::<(u16, u16)>(), Just((32_768, 60_999)), Just((0, u16::MAX)), Just((9, 3))],
            share in prop_oneof![0..=100u8, Just(50), Just(u8::MAX)],
            mark: bool,
        ) {
            let (halves, scope) = (Halves { lowest, highest, share }, Scope { mark });
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

    /// How many of these connections, each a local and a remote port, are in the first half.
    fn first(halves: Halves, connections: impl Iterator<Item = (u16, u16)>) -> usize {
        let expr = halves.of(Half::First, &Expr::ALWAYS);
        let is_first = |(local, remote): &(u16, u16)| {
            let mut record = Vec::new();
            let head = inet::Head::new(([127, 0, 0, 1], *local).into(), State::ESTABLISHED);
            inet::Head { remote: ([127, 0, 0, 1], *remote).into(), ..head }.write_to(&mut record);
            expr.matches(&Subject::from(&InetRequest::view(&record).unwrap()))
        };
        connections.filter(is_first).count()
    }

    #[test]
    fn servers_and_clients_are_divided_by_the_port_the_kernel_chose_wherever_it_began() {
        let halves = |share| Halves { lowest: 32_768, highest: 60_999, share };
        for start in [32_768, 40_001, 50_000] {
            // Every other port, as a kernel hands them out to who connects.
            let chosen = || (start..start + 10_000).step_by(2);
            for (share, least, most) in [(50, 2000, 3000), (64, 2600, 3800)] {
                let own = first(halves(share), chosen().map(|port| (port, 443)));
                let served = first(halves(share), chosen().map(|port| (443, port)));
                assert_eq!(own, served, "{start} {share}");
                assert!((least..=most).contains(&own), "{own} from {start} on, {share}");
            }
        }
        assert_eq!(first(halves(50), [(443, 0), (443, 32_000)].into_iter()), 2, "whatever is below");
        assert_eq!(first(halves(50), [(443, 65_535), (65_000, 443)].into_iter()), 0, "and above");
    }

    #[test]
    fn the_kernel_compares_few_times() {
        let halves = Halves { lowest: 32_768, highest: 60_999, share: 50 };
        for half in [Half::First, Half::Second] {
            let bytecode = halves.of(half, &Expr::ALWAYS).plan(Scope::default()).bytecode.unwrap();
            assert!(bytecode.as_bytes().len() < 800, "{}", bytecode.as_bytes().len());
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
