//! The second thread of a long list: asks for the other half, takes it in, and hands over batches of what came of it.
//!
//! What it has handed over cannot be taken back, and it waits when nobody takes over what it has: so its memory is bounded by those
//! batches of a turn, and one more.

use std::io;
use std::ops::ControlFlow;
use std::panic;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};

use netdiag_sockdiag::{Client, InetSocket, inet};

use super::held_back::HeldBack;
use super::inet_question::InetQuestion;
use super::listing::persist;
use super::socket::Socket;
use super::table::Table;
use super::taking::{SocketHelper, SocketVisitor};
use crate::part::CutShort;

/// A question that is put by whoever has time first.
#[derive(Clone, Debug)]
pub(super) struct OpenQuestion(Arc<(InetQuestion, AtomicBool)>);

impl OpenQuestion {
    pub(super) fn new(question: InetQuestion) -> Self {
        Self(Arc::new((question, AtomicBool::new(false))))
    }

    /// The answer, of which no more bytes than so many are held, unless somebody else has put the question.
    pub(super) fn put(&self, client: &mut Client, most: usize) -> Option<Answers> {
        let (question, taken) = &*self.0;
        (!taken.swap(true, Ordering::Relaxed)).then(|| Answers::to(question, client, most))
    }
}

/// What was answered to one question, as far as it has not gone to a visitor.
#[derive(Debug)]
pub(super) struct Answers {
    /// How many sockets were told of.
    pub(super) sockets: u64,
    pub(super) cut_short: Option<CutShort>,
    /// Those that are shown later.
    pub(super) held: HeldBack,
}

impl Answers {
    /// None so far; no more bytes than so many are held.
    pub(super) fn holding(most: usize) -> Self {
        Self { sockets: 0, cut_short: None, held: HeldBack::at_most(most) }
    }

    /// All answers to a question of which few are expected.
    fn to(question: &InetQuestion, client: &mut Client, most: usize) -> Self {
        let mut answers = Self::holding(most);
        let mut held = Holding(&mut answers);
        let Ok(cut_short) = persist(&mut held, |held| {
            question.put(client, |socket| held.socket(Socket::Inet(question.table, socket)))
        });
        Self { cut_short, ..answers }
    }

    /// Counts a socket, and keeps it where it is shown later: of two families, those of the second.
    pub(super) fn later(&mut self, question: &InetQuestion, socket: &InetSocket<'_>) -> bool {
        self.sockets += 1;
        let later = question.family.is_none() && socket.family() == inet::Family::V6;
        if later {
            self.held.keep(socket);
        }
        later
    }

    /// Begins anew.
    pub(super) fn clear(&mut self) {
        (self.sockets, self.cut_short) = (0, None);
        self.held.clear();
    }
}

/// Keeps every answer.
struct Holding<'a>(&'a mut Answers);

impl SocketVisitor for Holding<'_> {
    type Stop = std::convert::Infallible;

    fn begin(&mut self) {
        self.0.clear();
    }

    fn retract(&mut self) -> bool {
        true
    }

    fn socket(&mut self, socket: Socket<'_>) -> Result<(), Self::Stop> {
        if let Socket::Inet(_, socket) = socket {
            self.0.sockets += 1;
            self.0.held.keep(&socket);
        }
        Ok(())
    }
}

/// The other thread, at work.
pub(super) struct SecondThread<H: SocketHelper> {
    batches: Option<Receiver<H::Batch>>,
    thread: JoinHandle<Done<H::Stop>>,
}

/// What the other thread comes to.
pub(super) struct Done<S> {
    /// Of the half it asked for; nothing where it did not.
    pub(super) half: Option<Answers>,
    /// Of the question that was open, if it put that.
    pub(super) open: Option<Answers>,
    /// What ended the list early.
    pub(super) stopped: Option<S>,
}

impl<H: SocketHelper<Stop: 'static> + 'static> SecondThread<H> {
    /// Begins to ask for a half, which `helper` takes in, and then whatever is still to be asked. Of what is shown later no more bytes than
    /// so many are held.
    ///
    /// # Errors
    /// That no thread is to be had: nothing was asked then.
    pub(super) fn begin(
        mut client: Client,
        half: Option<(InetQuestion, H)>,
        open: Option<OpenQuestion>,
        most: usize,
    ) -> io::Result<Self> {
        let (give, batches) = sync_channel(TURN);
        let work = move || {
            let half = half.map(|(question, helper)| {
                let answers = Answers::holding(most);
                take_in(
                    &mut client,
                    Giving { question: &question, helper, give: &give, given: false, answers },
                )
            });
            // Nothing more is handed over.
            drop(give);
            let (half, stopped) = half.map_or((None, None), |(answers, stopped)| (Some(answers), stopped));
            let open = open.filter(|_| stopped.is_none()).and_then(|open| open.put(&mut client, most));
            Done { half, open, stopped }
        };
        let thread = thread::Builder::new().name("half".to_owned()).spawn(work)?;
        Ok(Self { batches: Some(batches), thread })
    }

    /// Waits for the next batch; `None` once all has been handed over.
    pub(super) fn next(&mut self) -> Option<H::Batch> {
        let batch = self.batches.as_ref()?.recv().ok();
        if batch.is_none() {
            self.batches = None;
        }
        batch
    }

    /// Waits for its end.
    pub(super) fn finish(mut self) -> Done<H::Stop> {
        // What it still has is not wanted.
        self.batches = None;
        self.thread.join().unwrap_or_else(|cause| panic::resume_unwind(cause))
    }
}

/// Batches that are taken over at a time.
pub(super) const TURN: usize = 4;

/// Asks for a half, again if the kernel interrupts it and nothing has been handed over.
fn take_in<H: SocketHelper>(client: &mut Client, mut giving: Giving<'_, H>) -> (Answers, Option<H::Stop>) {
    let question = giving.question;
    let table = question.table;
    let ended = persist(&mut giving, |giving| {
        question.put(client, |socket| giving.socket(Socket::Inet(table, socket)))
    });
    let (cut_short, stopped) = match ended {
        Ok(cut_short) => {
            // Nobody may be there to take it any more.
            let _ = giving.give.send(giving.helper.batch());
            (cut_short, None)
        }
        Err(ControlFlow::Break(stop)) => (None, Some(stop)),
        Err(ControlFlow::Continue(())) => (None, None),
    };
    (Answers { cut_short, ..giving.answers }, stopped)
}

/// A helper as the visitor of a half.
struct Giving<'a, H: SocketHelper> {
    question: &'a InetQuestion,
    helper: H,
    give: &'a SyncSender<H::Batch>,
    /// Whether there is something that cannot be taken back.
    given: bool,
    answers: Answers,
}

impl<H: SocketHelper> SocketVisitor for Giving<'_, H> {
    /// What ends the list, or that nobody wants more of it.
    type Stop = ControlFlow<H::Stop>;

    fn begin(&mut self) {
        self.helper.clear();
        self.answers.clear();
    }

    fn retract(&mut self) -> bool {
        !self.given
    }

    #[inline]
    fn socket(&mut self, socket: Socket<'_>) -> Result<(), Self::Stop> {
        if let Socket::Inet(Table::Tcp, inet) = &socket
            && self.answers.later(self.question, inet)
        {
            return Ok(());
        }
        if self.helper.socket(socket).map_err(ControlFlow::Break)? {
            self.given = true;
            self.give.send(self.helper.batch()).map_err(|_| ControlFlow::Continue(()))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;

    use netdiag_sockdiag::filter::{Comparison, Expr, Predicate, Scope, Side};
    use netdiag_sockdiag::{Extensions, InetRequest, Query, State, States};

    use super::super::held_back::MOST;
    use super::*;

    /// Takes note of ports; a batch is of so many.
    struct Ports(Vec<u16>, usize);

    impl SocketHelper for Ports {
        type Stop = ();
        type Batch = Vec<u16>;

        fn clear(&mut self) {
            self.0.clear();
        }

        fn socket(&mut self, socket: Socket<'_>) -> Result<bool, ()> {
            self.0.extend(socket.local().map(|local| local.port()));
            Ok(self.0.len() >= self.1)
        }

        fn batch(&mut self) -> Vec<u16> {
            std::mem::take(&mut self.0)
        }
    }

    fn question() -> InetQuestion {
        InetQuestion {
            table: Table::Tcp,
            family: None,
            states: States::ALL,
            extensions: Extensions::empty(),
            bytecode: None,
            rest: None,
        }
    }

    fn record(address: &str) -> Vec<u8> {
        let mut record = Vec::new();
        inet::Head::new(address.parse().unwrap(), State::LISTEN).write_to(&mut record);
        record
    }

    /// What is handed over, and what is said of it, of a half that is interrupted so often, each time after three sockets.
    fn given(batch: usize, interruptions: u32) -> (Vec<u16>, u64, Option<CutShort>) {
        let (give, batches) = sync_channel(9);
        let question = question();
        let (helper, answers) = (Ports(Vec::new(), batch), Answers::holding(MOST));
        let mut giving = Giving { question: &question, helper, give: &give, given: false, answers };
        let mut left = interruptions;
        let cut_short = persist(&mut giving, |giving| {
            for port in 1..=if left > 0 { 3 } else { 5 } {
                let record = record(&format!("127.0.0.1:{port}"));
                giving.socket(Socket::Inet(Table::Tcp, InetRequest::view(&record).unwrap()))?;
            }
            let interrupted = left > 0;
            left = left.saturating_sub(1);
            Ok(interrupted.then_some(CutShort::Interrupted))
        });
        give.send(giving.helper.batch()).unwrap();
        let sockets = giving.answers.sockets;
        drop(give);
        (batches.iter().flatten().collect(), sockets, cut_short.unwrap())
    }

    #[test]
    fn a_half_that_is_interrupted_is_asked_for_again_or_said_to_be_and_nothing_is_told_twice() {
        for interruptions in [0, 1, 4] {
            let (ports, sockets, cut_short) = given(100, interruptions);
            assert_eq!((ports, sockets), (vec![1, 2, 3, 4, 5], 5), "{interruptions}");
            assert!(cut_short.is_none(), "{interruptions}");
        }
        let (ports, _, cut_short) = given(100, 9);
        assert_eq!(ports, [1, 2, 3], "as it was the last time");
        assert!(matches!(cut_short, Some(CutShort::Interrupted)));
        let (ports, sockets, cut_short) = given(2, 1);
        assert_eq!((ports, sockets), (vec![1, 2, 3], 3), "two of them could not be taken back");
        assert!(matches!(cut_short, Some(CutShort::Interrupted)));
    }

    #[test]
    fn nothing_more_is_done_for_nobody() {
        let (give, batches) = sync_channel(9);
        drop(batches);
        let question = question();
        let (helper, answers) = (Ports(Vec::new(), 1), Answers::holding(MOST));
        let mut giving = Giving { question: &question, helper, give: &give, given: false, answers };
        let record = record("127.0.0.1:1");
        let ended = giving.socket(Socket::Inet(Table::Tcp, InetRequest::view(&record).unwrap()));
        assert_eq!(ended, Err(ControlFlow::Continue(())));
    }

    #[test]
    fn a_half_waits_when_nobody_takes_over_what_it_has() {
        let listeners: Vec<_> =
            (0..20).map(|_| std::net::TcpListener::bind("127.0.0.1:0").unwrap()).collect();
        let own = |listener: &std::net::TcpListener| {
            let port = listener.local_addr().unwrap().port();
            Predicate::Port(Side::Local, Comparison::Equal, port.into()).into()
        };
        let filter = Expr::Or(listeners.iter().map(own).collect());
        let question = question().planned(filter.plan(Scope::default()));
        /// Tells how many batches were made.
        struct Counting(Arc<AtomicUsize>);

        impl SocketHelper for Counting {
            type Stop = ();
            type Batch = ();

            fn clear(&mut self) {}

            fn socket(&mut self, _: Socket<'_>) -> Result<bool, ()> {
                Ok(true)
            }

            fn batch(&mut self) {
                self.0.fetch_add(1, Ordering::SeqCst);
            }
        }
        let made = Arc::new(AtomicUsize::new(0));
        let half = Some((question, Counting(Arc::clone(&made))));
        let mut thread = SecondThread::begin(Client::open().unwrap(), half, None, MOST).unwrap();
        for taken in 0..=20 {
            // Those of a turn are on their way, and one is at hand.
            assert!(made.load(Ordering::SeqCst) <= taken + TURN + 1);
            assert!(thread.next().is_some(), "{taken}");
        }
        assert!(thread.next().is_none() && thread.next().is_none());
        assert_eq!((made.load(Ordering::SeqCst), thread.finish().half.unwrap().sockets), (21, 20));
    }

    #[test]
    fn an_open_question_is_put_once() {
        let open = OpenQuestion::new(InetQuestion { states: States::LISTENING, ..question() });
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let mut client = Client::open().unwrap();
        let answers = open.put(&mut client, MOST).unwrap();
        assert!(answers.held.sockets().any(|socket| socket.local_port() == port), "{answers:?}");
        assert!(open.clone().put(&mut client, MOST).is_none());
    }
}
