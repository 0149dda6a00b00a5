//! Lists TCP sockets by as few questions as the kernel can be asked, at the same time where it answers so.
//!
//! Whatever is asked, IPv4 is shown first, and what a visitor is told is what one question after the other would have told it:
//! another order within a family is the only difference.

use netdiag_sockdiag::{Client, inet};

use super::division::{Beforehand, Division, Undivided};
use super::family_table::FamilyTable;
use super::inet_question::InetQuestion;
use super::list_request::{ListRequest, is_invalid};
use super::listing::{ListOutcome, ListSource, Sockets, persist};
use super::second_thread::{Answers, Done, OpenQuestion, SecondThread, TURN};
use super::socket::Socket;
use super::table::{Family, Table};
use super::taking::{DividedVisitor, SocketHelper, SocketVisitor};
use crate::part::CutShort;

/// How TCP sockets were listed.
#[derive(Clone, Debug, Default)]
pub struct TcpListing {
    /// Of each family that was asked for, whether it is whole.
    pub outcomes: Vec<(FamilyTable, ListOutcome)>,
    /// The questions and how many answers each had, in the order of what was shown; nothing where the kernel was not asked.
    pub asked: Vec<Asked>,
    /// Why the list was not asked for in halves; nothing if it was, and where the kernel was not asked.
    pub undivided: Vec<Undivided>,
}

/// One question to the kernel.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Asked {
    /// What of the table was asked for.
    pub part: AskedPart,
    /// Of this family alone; `None` for both.
    pub family: Option<Family>,
    /// How many sockets were told of.
    pub sockets: u64,
}

/// A part of the TCP table.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum AskedPart {
    /// All of it.
    Whole,
    /// All but what is asked for as [`Bound`](Self::Bound).
    Connections,
    /// Those with one half of all ports.
    FirstHalf,
    /// Those with the other.
    SecondHalf,
    /// Those that are bound and do nothing yet.
    Bound,
}

/// What a walk came to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Walked {
    /// All was shown that was told.
    Shown,
    /// The same, but for sockets of IPv6: they were too many to be held back.
    WithoutV6,
    /// The kernel does not take such questions, and nothing was shown.
    Refused,
}

/// A list of TCP sockets whose second thread is at work already.
pub struct TcpBegun<H: SocketHelper> {
    /// Of what is walked first: of this family alone, or of both.
    family: Option<inet::Family>,
    division: Division,
    second: Option<(SecondThread<H>, Option<OpenQuestion>)>,
}

impl Sockets {
    /// Begins to ask for what [`list_tcp`](Self::list_tcp) will list, if that takes a second thread: other tables can be listed
    /// meanwhile.
    pub fn begin_tcp<H: SocketHelper<Stop: 'static> + 'static>(
        &mut self,
        requests: &[ListRequest<'_>],
        helper: Option<H>,
    ) -> Option<TcpBegun<H>> {
        let first = requests.first().filter(|_| self.kernel_tells_of_tcp())?;
        let host = self.host.clone();
        let known = Beforehand::of(&host, first.states);
        let one = first.family_table.family.version();
        let family = if known.takes_both(requests) { None } else { one };
        Some(self.begin(first, family, &known, helper)).filter(|begun| begun.second.is_some())
    }

    /// Lists TCP sockets of one family or, if there are two requests that differ in nothing but that, of both; some of what they ask
    /// for may have been [begun](Self::begin_tcp).
    ///
    /// # Errors
    /// Only those of the visitor; what kept the list from being whole is in the answer.
    pub fn list_tcp<V: DividedVisitor>(
        &mut self,
        requests: &[ListRequest<'_>],
        begun: Option<TcpBegun<V::Helper>>,
        visitor: &mut V,
    ) -> Result<TcpListing, V::Stop> {
        let mut listing = TcpListing::default();
        let Some(first) = requests.first() else { return Ok(listing) };
        if !self.kernel_tells_of_tcp() {
            self.without_walks(requests, visitor, &mut listing)?;
            return Ok(listing);
        }
        let host = self.host.clone();
        let known = Beforehand::of(&host, first.states);
        let (mut apart, mut begun) = (requests, begun);
        let both = begun.as_ref().map_or_else(|| known.takes_both(requests), |begun| begun.family.is_none());
        if both {
            let begun = begun.take().unwrap_or_else(|| self.begin(first, None, &known, visitor.helper()));
            match self.walk(begun, visitor, &mut listing)? {
                Walked::Shown => return Ok(listing),
                Walked::WithoutV6 => apart = requests.get(1..).unwrap_or_default(),
                Walked::Refused => {}
            }
        }
        for request in apart {
            let family = request.family_table.family.version();
            let begun = begun.take().filter(|begun| begun.family == family);
            let begun = begun.unwrap_or_else(|| self.begin(request, family, &known, visitor.helper()));
            if self.walk(begun, visitor, &mut listing)? == Walked::Refused {
                self.without_walks(std::slice::from_ref(request), visitor, &mut listing)?;
            }
        }
        Ok(listing)
    }

    /// Whether it is the kernel that is asked, and can be.
    fn kernel_tells_of_tcp(&mut self) -> bool {
        !self.files.insist(Table::Tcp) && matches!(self.client(), Ok(Some(_)))
    }

    /// Lists as sockets of other tables are listed.
    fn without_walks<V: SocketVisitor>(
        &mut self,
        requests: &[ListRequest<'_>],
        visitor: &mut V,
        listing: &mut TcpListing,
    ) -> Result<(), V::Stop> {
        for request in requests {
            let outcome = self.list(request, visitor)?;
            listing.outcomes.push((request.family_table, outcome));
        }
        Ok(())
    }

    /// Decides how to go through the sockets of a family, or of both, and begins what is done on a second thread.
    fn begin<H: SocketHelper<Stop: 'static> + 'static>(
        &self,
        request: &ListRequest<'_>,
        family: Option<inet::Family>,
        known: &Beforehand<'_>,
        helper: Option<H>,
    ) -> TcpBegun<H> {
        let question = request.inet_question(family);
        let division = Division::of(&question, request.filter, request.scope, known, helper.is_some());
        if !division.takes_two() {
            return TcpBegun { family, division, second: None };
        }
        match self.second_thread(&division, helper) {
            Ok(second) => TcpBegun { family, division, second: Some(second) },
            Err(why) => {
                let division = Division::one(&question, request.filter.plan(request.scope), why);
                TcpBegun { family, division, second: None }
            }
        }
    }

    /// Goes through the sockets once.
    fn walk<V: DividedVisitor>(
        &mut self,
        begun: TcpBegun<V::Helper>,
        visitor: &mut V,
        listing: &mut TcpListing,
    ) -> Result<Walked, V::Stop> {
        let TcpBegun { division, second, .. } = begun;
        let most_held = self.most_held;
        let Ok(Some(client)) = self.client() else { return Ok(Walked::Refused) };
        // Two threads have no core to spare for a third.
        client.read_ahead(second.is_none());
        let answers = Answers::holding(most_held);
        Walk { client, division: &division, answers, most_held }.go(second, visitor, listing)
    }

    /// Opens a second conversation with the kernel and begins it.
    fn second_thread<H: SocketHelper<Stop: 'static> + 'static>(
        &self,
        division: &Division,
        helper: Option<H>,
    ) -> Result<(SecondThread<H>, Option<OpenQuestion>), Undivided> {
        let opened = self.host.run(Client::open).map_err(CutShort::from);
        let client = opened.and_then(|client| client.map_err(CutShort::from));
        let mut client = client.map_err(Undivided::NoSocket)?;
        client.read_ahead(false);
        let open = division.bound.clone().map(OpenQuestion::new);
        let half = division.second.clone().zip(helper);
        let thread = SecondThread::begin(client, half, open.clone(), self.most_held);
        Ok((thread.map_err(|error| Undivided::NoThread(error.into()))?, open))
    }
}

/// One walk, on the thread that lists.
struct Walk<'c> {
    client: &'c mut Client,
    division: &'c Division,
    /// To the first question.
    answers: Answers,
    most_held: usize,
}

impl Walk<'_> {
    fn go<V: DividedVisitor>(
        mut self,
        second: Option<(SecondThread<V::Helper>, Option<OpenQuestion>)>,
        visitor: &mut V,
        listing: &mut TcpListing,
    ) -> Result<Walked, V::Stop> {
        let (mut thread, open) = second.map_or((None, None), |(thread, open)| (Some(thread), open));
        self.first(visitor, thread.as_mut())?;
        if self.is_refused() {
            return Ok(Walked::Refused);
        }
        let mut bound = open.and_then(|open| open.put(self.client, self.most_held));
        while let Some(batch) = thread.as_mut().and_then(SecondThread::next) {
            visitor.take_over(batch)?;
        }
        let mut half = None;
        if let Some(Done { half: other, open, stopped }) = thread.map(SecondThread::finish) {
            if let Some(stopped) = stopped {
                return Err(stopped);
            }
            (half, bound) = (other, open.or(bound));
        }
        self.show_held(half.as_ref(), bound.as_mut(), visitor)?;
        Ok(self.told(half, bound, listing))
    }

    /// Puts the first question. Whenever so much of it has been shown for good, it is the other half's turn.
    fn first<V: DividedVisitor>(
        &mut self,
        visitor: &mut V,
        mut thread: Option<&mut SecondThread<V::Helper>>,
    ) -> Result<(), V::Stop> {
        let Self { client, division, answers, .. } = self;
        let question = &division.first;
        let mut batches = visitor.batches();
        let cut_short = persist(visitor, |visitor| {
            answers.clear();
            question.put(client, |socket| {
                if answers.later(question, &socket) {
                    return Ok(());
                }
                visitor.socket(Socket::Inet(question.table, socket))?;
                if visitor.batches() != batches {
                    let turn = (0..TURN).map_while(|_| thread.as_mut()?.next());
                    turn.into_iter().try_for_each(|batch| visitor.take_over(batch))?;
                    batches = visitor.batches();
                }
                Ok(())
            })
        })?;
        answers.cut_short = cut_short;
        Ok(())
    }

    /// Whether the kernel does not know such a question, or something in its filter.
    fn is_refused(&self) -> bool {
        let refused = match &self.answers.cut_short {
            Some(CutShort::Unsupported) => true,
            Some(why) => is_invalid(why),
            None => false,
        };
        refused && self.answers.sockets == 0
    }

    /// Shows what was held back: what is bound and no more after all else of its family, and IPv6 after IPv4.
    fn show_held<V: SocketVisitor>(
        &mut self,
        half: Option<&Answers>,
        bound: Option<&mut Answers>,
        visitor: &mut V,
    ) -> Result<(), V::Stop> {
        let table = self.division.first.table;
        let mut bound = bound;
        for family in [inet::Family::V4, inet::Family::V6] {
            let second = family == inet::Family::V6;
            if second && self.is_without_v6(half) {
                break;
            }
            let held = [Some(&self.answers), half];
            let held =
                held.into_iter().flatten().filter(|_| second).flat_map(|answers| answers.held.sockets());
            for socket in held {
                visitor.socket(Socket::Inet(table, socket))?;
            }
            let Some(bound) = bound.as_deref_mut() else { continue };
            let sockets = bound.held.sockets().filter(|socket| socket.family() == family);
            for socket in sockets {
                visitor.socket(Socket::Inet(table, socket))?;
            }
            if bound.held.overflowed() {
                self.ask_again(family, bound, visitor)?;
            }
        }
        Ok(())
    }

    /// Asks once more for what is bound and no more, of which there is more than is kept.
    fn ask_again<V: SocketVisitor>(
        &mut self,
        family: inet::Family,
        bound: &mut Answers,
        visitor: &mut V,
    ) -> Result<(), V::Stop> {
        let Some(question) = &self.division.bound else { return Ok(()) };
        if question.family.is_some_and(|asked| asked != family) {
            return Ok(());
        }
        let question = InetQuestion { family: Some(family), ..question.clone() };
        let cut_short = persist(visitor, |visitor| {
            question.put(self.client, |socket| visitor.socket(Socket::Inet(question.table, socket)))
        })?;
        bound.cut_short = worst([bound.cut_short.take(), cut_short]);
        Ok(())
    }

    /// Whether sockets of IPv6 were left out, as there are more than are held back.
    fn is_without_v6(&self, half: Option<&Answers>) -> bool {
        self.answers.held.overflowed() || half.is_some_and(|half| half.held.overflowed())
    }

    /// Takes note of what was told.
    fn told(self, half: Option<Answers>, bound: Option<Answers>, listing: &mut TcpListing) -> Walked {
        let Division { first, undivided, .. } = self.division;
        let without_v6 = self.is_without_v6(half.as_ref());
        let whole = match (&half, &bound) {
            (Some(_), _) => AskedPart::FirstHalf,
            (None, Some(_)) => AskedPart::Connections,
            (None, None) => AskedPart::Whole,
        };
        let parts = [(whole, Some(self.answers)), (AskedPart::SecondHalf, half), (AskedPart::Bound, bound)];
        let mut cut_short = None;
        for (part, answers) in parts {
            let Some(answers) = answers else { continue };
            let family = first.family.map(family_of);
            listing.asked.push(Asked { part, family, sockets: answers.sockets });
            cut_short = worst([cut_short, answers.cut_short]);
        }
        listing.undivided.extend(undivided.clone());
        let families = match first.family {
            Some(family) => vec![family_of(family)],
            None if without_v6 => vec![Family::Inet],
            None => vec![Family::Inet, Family::Inet6],
        };
        for family in families {
            let outcome = ListOutcome { source: ListSource::Kernel, cut_short: cut_short.clone() };
            listing.outcomes.push((FamilyTable { table: first.table, family }, outcome));
        }
        if without_v6 { Walked::WithoutV6 } else { Walked::Shown }
    }
}

/// What is to be said of a list of several parts: what kept one of them from being whole.
fn worst(reasons: [Option<CutShort>; 2]) -> Option<CutShort> {
    match reasons {
        [None, why] | [why, None] => why,
        [Some(CutShort::Malformed(some)), Some(CutShort::Malformed(others))] => {
            Some(CutShort::Malformed(some + others))
        }
        [Some(CutShort::Interrupted), why] | [why, Some(CutShort::Interrupted)] => why,
        [Some(CutShort::Malformed(_)), why] | [why, _] => why,
    }
}

fn family_of(version: inet::Family) -> Family {
    match version {
        inet::Family::V4 => Family::Inet,
        inet::Family::V6 => Family::Inet6,
    }
}

#[cfg(test)]
mod tests;
