//! Divided lists against real kernels, whether these would divide them or not.

mod crowd;

use std::collections::BTreeMap;

use netdiag_sockdiag::filter::{Expr, Half, Halves, Scope};
use netdiag_sockdiag::{State, States};

use self::crowd::Crowd;
use super::super::expected::Expected;
use super::super::held_back::MOST;
use super::super::listing::Kernel;
use super::*;
use crate::host::Host;
use crate::namespace::Namespace;

/// Takes note of the ports of sockets, in order; a batch is of so many.
#[derive(Default)]
struct Ports {
    ports: Vec<u16>,
    batch: usize,
    batches: u64,
    /// Whether somebody may take in a part.
    helped: bool,
}

impl SocketVisitor for Ports {
    type Stop = u16;

    fn begin(&mut self) {}

    fn retract(&mut self) -> bool {
        false
    }

    fn socket(&mut self, socket: Socket<'_>) -> Result<(), u16> {
        let port = socket.local().unwrap().port();
        self.ports.push(port);
        self.batches = (self.ports.len() / self.batch.max(1)) as u64;
        Ok(())
    }
}

impl SocketHelper for Ports {
    type Stop = u16;
    type Batch = Vec<u16>;

    fn clear(&mut self) {
        self.ports.clear();
    }

    fn socket(&mut self, socket: Socket<'_>) -> Result<bool, u16> {
        SocketVisitor::socket(self, socket)?;
        Ok(self.ports.len() >= self.batch)
    }

    fn batch(&mut self) -> Vec<u16> {
        std::mem::take(&mut self.ports)
    }
}

impl DividedVisitor for Ports {
    type Helper = Self;

    fn helper(&self) -> Option<Self> {
        self.helped.then(|| Self { batch: self.batch, ..Self::default() })
    }

    fn take_over(&mut self, batch: Vec<u16>) -> Result<(), u16> {
        self.ports.extend(batch);
        Ok(())
    }

    fn batches(&self) -> u64 {
        self.batches
    }
}

/// Divided at one port, as there are no others to divide.
fn halves(middle: u16) -> Halves {
    Halves { lowest: middle, highest: middle, share: 0 }
}

/// What becomes of a division.
fn walked(division: &Division, visitor: &mut Ports) -> (Walked, TcpListing) {
    let sockets = Host::here().sockets();
    let mut client = Client::open().unwrap();
    let second = sockets.second_thread(division, visitor.helper()).unwrap();
    let mut listing = TcpListing::default();
    let walk = Walk { client: &mut client, division, answers: Answers::holding(MOST), most_held: MOST };
    let walked = walk.go(Some(second), visitor, &mut listing).unwrap();
    (walked, listing)
}

/// The ports in order of families, each in ascending order.
fn sorted(ports: &[u16], v4: usize) -> (Vec<u16>, Vec<u16>) {
    let (first, second) = ports.split_at(v4.min(ports.len()));
    let sorted = |ports: &[u16]| {
        let mut ports = ports.to_vec();
        ports.sort_unstable();
        ports
    };
    (sorted(first), sorted(second))
}

#[test]
fn one_walk_lists_both_families_and_ipv4_first() {
    let crowd = Crowd::new(9);
    let (v4, v6) = (crowd.ports(true), crowd.ports(false));
    let mut visitor = Ports::default();
    let listing = Host::here().sockets().list_tcp(&crowd.requests(), None, &mut visitor).unwrap();
    assert_eq!(sorted(&visitor.ports, v4.len()), (v4, v6));
    assert_eq!(listing.asked, [Asked { part: AskedPart::Whole, family: None, sockets: 9 }]);
    let families: Vec<_> = listing.outcomes.iter().map(|(part, _)| part.family).collect();
    assert_eq!(families, [Family::Inet, Family::Inet6]);
    assert!(listing.outcomes.iter().all(|(_, outcome)| outcome.cut_short.is_none()), "{listing:?}");
    assert_eq!(listing.undivided.len(), 1, "{listing:?}");
}

#[test]
fn requests_that_differ_are_asked_one_by_one() {
    let crowd = Crowd::new(6);
    let [first, mut second] = crowd.requests();
    let never = Expr::NEVER;
    second.filter = &never;
    let mut visitor = Ports::default();
    let listing = Host::here().sockets().list_tcp(&[first, second], None, &mut visitor).unwrap();
    assert_eq!(sorted(&visitor.ports, 4), (crowd.ports(true), vec![]));
    let asked: Vec<_> = listing.asked.iter().map(|asked| (asked.family, asked.sockets)).collect();
    assert_eq!(asked, [(Some(Family::Inet), 4), (Some(Family::Inet6), 0)]);
}

#[test]
fn of_halves_every_socket_is_listed_once_and_ipv4_first() {
    let crowd = Crowd::new(40);
    let (v4, v6) = (crowd.ports(true), crowd.ports(false));
    let all: Vec<u16> = v4.iter().chain(&v6).copied().collect();
    let mut middles = all.clone();
    middles.sort_unstable();
    let usual = Halves { lowest: 32_768, highest: 60_999, share: 64 };
    let at = [(middles[20], 1000), (middles[5], 3), (middles[35], 1), (0, 7), (u16::MAX, 7)];
    let at = at.into_iter().map(|(middle, batch)| (halves(middle), batch)).chain([(usual, 7)]);
    for (halves, batch) in at {
        let mut visitor = Ports { batch, helped: true, ..Ports::default() };
        let (walked, listing) = walked(&crowd.divided(None, halves), &mut visitor);
        assert_eq!(walked, Walked::Shown);
        assert_eq!(sorted(&visitor.ports, v4.len()), (v4.clone(), v6.clone()), "{halves:?} {batch}");
        let answers: BTreeMap<_, _> =
            listing.asked.iter().map(|asked| (format!("{:?}", asked.part), asked.sockets)).collect();
        assert_eq!(answers["FirstHalf"] + answers["SecondHalf"], 40, "{answers:?}");
        assert!(halves.lowest != middles[20] || answers["SecondHalf"] > 0, "{answers:?}");
        let mut one = Ports { batch, helped: true, ..Ports::default() };
        let (_, listing) = self::walked(&crowd.divided(Some(inet::Family::V6), halves), &mut one);
        assert_eq!(sorted(&one.ports, 0), (vec![], v6.clone()), "{halves:?} {batch}");
        assert_eq!(listing.outcomes.len(), 1);
    }
}

#[test]
fn turns_are_taken_in_one_order_whichever_thread_is_faster() {
    let crowd = Crowd::new(60);
    let mut middles: Vec<u16> = crowd.ports(true);
    middles.extend(crowd.ports(false));
    middles.sort_unstable();
    let division = crowd.divided(Some(inet::Family::V4), halves(middles[30]));
    let listed = |_| {
        let mut visitor = Ports { batch: 4, helped: true, ..Ports::default() };
        walked(&division, &mut visitor);
        visitor.ports
    };
    let lists: Vec<_> = (0..20).map(listed).collect();
    assert!(lists.iter().all(|list| *list == lists[0]), "{lists:?}");
}

#[test]
fn what_is_bound_and_no_more_is_asked_for_beside_the_rest() {
    let crowd = Crowd::new(8);
    let halves = crowd.divided(None, halves(0));
    let connections = crowd.requests()[0].inet_question(None).planned(crowd.filter.plan(Scope::default()));
    let beside = Division { first: connections, second: None, ..halves };
    let mut visitor = Ports { helped: true, ..Ports::default() };
    let (_, listing) = walked(&beside, &mut visitor);
    assert_eq!(sorted(&visitor.ports, crowd.ports(true).len()), (crowd.ports(true), crowd.ports(false)));
    let parts: Vec<_> = listing.asked.iter().map(|asked| asked.part).collect();
    assert_eq!(parts, [AskedPart::Connections, AskedPart::Bound]);
}

#[test]
fn more_than_is_held_back_is_asked_for_once_more() {
    let crowd = Crowd::new(30);
    let (v4, v6) = (crowd.ports(true), crowd.ports(false));
    let mut visitor = Ports::default();
    let mut sockets = Sockets { most_held: 500, ..Host::here().sockets() };
    let listing = sockets.list_tcp(&crowd.requests(), None, &mut visitor).unwrap();
    assert_eq!(sorted(&visitor.ports, v4.len()), (v4.clone(), v6.clone()));
    let asked: Vec<_> = listing.asked.iter().map(|asked| (asked.family, asked.sockets)).collect();
    assert_eq!(asked, [(None, 30), (Some(Family::Inet6), 10)]);
    let families: Vec<_> = listing.outcomes.iter().map(|(part, _)| part.family).collect();
    assert_eq!(families, [Family::Inet, Family::Inet6]);

    // Listeners stand for what is bound and no more.
    let question = crowd.requests()[0].inet_question(None);
    let of = |states| {
        let question = InetQuestion { states, ..question.clone() };
        question.planned(crowd.filter.plan(Scope::default()))
    };
    let (first, bound) = (of(States::only(State::ESTABLISHED)), Some(of(States::LISTENING)));
    let division = Division { first, second: None, bound, undivided: None };
    for most_held in [500, MOST] {
        let mut visitor = Ports::default();
        let sockets = Sockets { most_held, ..Host::here().sockets() };
        let second = sockets.second_thread(&division, visitor.helper()).unwrap();
        let mut client = Client::open().unwrap();
        let answers = Answers::holding(most_held);
        let walk = Walk { client: &mut client, division: &division, answers, most_held };
        let walked = walk.go(Some(second), &mut visitor, &mut TcpListing::default()).unwrap();
        assert_eq!(walked, Walked::Shown);
        assert_eq!(sorted(&visitor.ports, v4.len()), (v4.clone(), v6.clone()), "{most_held}");
    }
}

#[test]
fn without_a_second_socket_all_is_asked_at_once() {
    let crowd = Crowd::new(9);
    let here = Host::here();
    let many = Expected { v4: 1 << 20, ..Expected::default() };
    let known = Beforehand::invented(&here, many);
    let question = crowd.requests()[0].inet_question(None);
    let wide = Division::of(&question, &Expr::ALWAYS, Scope::default(), &known, true);
    // It leads nowhere, so that nothing can be opened there.
    let nowhere = Host::of(Namespace::open("/dev/null".as_ref()).unwrap());
    let mut sockets = Sockets { host: nowhere, ..here.sockets() };
    sockets.kernel = Kernel::Asked(Client::open().unwrap().into());
    let filter = halves(0).of(Half::Second, &Expr::ALWAYS);
    let mut visitor = Ports { helped: true, ..Ports::default() };
    let mut listing = TcpListing::default();
    let [mut request, _] = crowd.requests();
    request.filter = &filter;
    let begun = sockets.begin(&request, None, &known, visitor.helper());
    let walked = sockets.walk(begun, &mut visitor, &mut listing).unwrap();
    assert_eq!(walked, Walked::Shown);
    let ports = [crowd.ports(true), crowd.ports(false)].concat();
    assert!(ports.iter().all(|port| visitor.ports.iter().filter(|told| *told == port).count() == 1));
    let parts: Vec<_> = listing.asked.iter().map(|asked| asked.part).collect();
    assert_eq!(parts, [AskedPart::Whole]);
    // Where it would not have been divided anyhow, that is why.
    let because = matches!(listing.undivided[..], [Undivided::NoSocket(_)]);
    assert_eq!(because, wide.takes_two(), "{listing:?}");
}

#[test]
fn what_was_begun_is_listed_when_its_turn_comes() {
    let crowd = Crowd::new(12);
    let (v4, v6) = (crowd.ports(true), crowd.ports(false));
    let mut middles = [v4.clone(), v6.clone()].concat();
    middles.sort_unstable();
    for family in [None, Some(inet::Family::V4)] {
        let mut sockets = Host::here().sockets();
        let mut visitor = Ports { batch: 2, helped: true, ..Ports::default() };
        // Nothing is begun of a few sockets unless a test does it.
        assert!(sockets.begin_tcp(&crowd.requests(), visitor.helper()).is_none());
        let division = crowd.divided(family, halves(middles[6]));
        let second = Some(sockets.second_thread(&division, visitor.helper()).unwrap());
        let begun = TcpBegun { family, division, second };
        let listing = sockets.list_tcp(&crowd.requests(), Some(begun), &mut visitor).unwrap();
        assert_eq!(sorted(&visitor.ports, v4.len()), (v4.clone(), v6.clone()), "{family:?}");
        assert_eq!(listing.asked.len(), if family.is_none() { 3 } else { 4 }, "{listing:?}");
        assert_eq!(listing.outcomes.len(), 2);
    }
}

#[test]
fn what_ends_a_list_on_either_thread_ends_it() {
    /// Stops at a port of the helper's half, or of its own.
    struct Stops(bool);

    impl SocketVisitor for Stops {
        type Stop = u16;

        fn begin(&mut self) {}

        fn retract(&mut self) -> bool {
            false
        }

        fn socket(&mut self, _: Socket<'_>) -> Result<(), u16> {
            if self.0 { Err(1) } else { Ok(()) }
        }
    }

    impl SocketHelper for Stops {
        type Stop = u16;
        type Batch = ();

        fn clear(&mut self) {}

        fn socket(&mut self, _: Socket<'_>) -> Result<bool, u16> {
            Err(2)
        }

        fn batch(&mut self) {}
    }

    impl DividedVisitor for Stops {
        type Helper = Self;

        fn helper(&self) -> Option<Self> {
            Some(Self(true))
        }

        fn take_over(&mut self, (): ()) -> Result<(), u16> {
            Ok(())
        }

        fn batches(&self) -> u64 {
            0
        }
    }

    let crowd = Crowd::new(20);
    let middle = 1 + crowd.ports(true)[crowd.ports(true).len() / 2];
    let division = crowd.divided(Some(inet::Family::V4), halves(middle));
    for (first_stops, expected) in [(true, 1), (false, 2)] {
        let sockets = Host::here().sockets();
        let mut client = Client::open().unwrap();
        let mut visitor = Stops(first_stops);
        let second = sockets.second_thread(&division, visitor.helper()).unwrap();
        let walk = Walk {
            client: &mut client,
            division: &division,
            answers: Answers::holding(MOST),
            most_held: MOST,
        };
        let stopped = walk.go(Some(second), &mut visitor, &mut TcpListing::default());
        assert_eq!(stopped.err(), Some(expected));
    }
}

#[test]
fn what_kept_one_part_from_being_whole_is_said_of_the_list() {
    let refused = || CutShort::Unsupported;
    let malformed = |count| Some(CutShort::Malformed(count));
    let interrupted = || Some(CutShort::Interrupted);
    #[rustfmt::skip]
    let cases = [
        ([None, None],                          "None"),
        ([interrupted(), None],                 "Some(Interrupted)"),
        ([None, interrupted()],                 "Some(Interrupted)"),
        ([interrupted(), malformed(2)],         "Some(Malformed(2))"),
        ([malformed(3), interrupted()],         "Some(Malformed(3))"),
        ([malformed(3), malformed(2)],          "Some(Malformed(5))"),
        ([malformed(3), Some(refused())],       "Some(Unsupported)"),
        ([Some(refused()), interrupted()],      "Some(Unsupported)"),
    ];
    for (reasons, expected) in cases {
        assert_eq!(format!("{:?}", worst(reasons.clone())), expected, "{reasons:?}");
    }
}
