//! The second thread of a long list: asks for the other half, takes it in, and hands over batches of what came of it.
//!
//! What it has handed over cannot be taken back, and it waits when nobody takes over what it has: so its memory is bounded by two
//! batches.

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

    /// The answer, unless somebody else has put the question.
    pub(super) fn put(&self, client: &mut Client) -> Option<Answers> {
        let (question, taken) = &*self.0;
        (!taken.swap(true, Ordering::Relaxed)).then(|| Answers::to(question, client))
    }
}

/// What was answered to one question, as far as it has not gone to a visitor.
#[derive(Debug, Default)]
pub(super) struct Answers {
    /// How many sockets were told of.
    pub(super) sockets: u64,
    pub(super) cut_short: Option<CutShort>,
    /// Those that are shown later.
    pub(super) held: HeldBack,
}

impl Answers {
    /// All answers to a question of which few are expected.
    fn to(question: &InetQuestion, client: &mut Client) -> Self {
        let mut answers = Self::default();
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
        *self = Self::default();
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
    /// Begins to ask for a half, which `helper` takes in, and then whatever is still to be asked.
    ///
    /// # Errors
    /// That no thread is to be had: nothing was asked then.
    pub(super) fn begin(
        mut client: Client,
        half: Option<(InetQuestion, H)>,
        open: Option<OpenQuestion>,
    ) -> io::Result<Self> {
        let (give, batches) = sync_channel(1);
        let work = move || {
            let half = half.map(|(question, helper)| take_in(&mut client, &question, helper, &give));
            // Nothing more is handed over.
            drop(give);
            let (half, stopped) = half.map_or((None, None), |(answers, stopped)| (Some(answers), stopped));
            let open = open.filter(|_| stopped.is_none()).and_then(|open| open.put(&mut client));
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

/// Asks for a half, again if the kernel interrupts it and nothing has been handed over.
fn take_in<H: SocketHelper>(
    client: &mut Client,
    question: &InetQuestion,
    helper: H,
    give: &SyncSender<H::Batch>,
) -> (Answers, Option<H::Stop>) {
    let mut giving = Giving { question, helper, give, given: false, answers: Answers::default() };
    let table = question.table;
    let ended = persist(&mut giving, |giving| {
        question.put(client, |socket| giving.socket(Socket::Inet(table, socket)))
    });
    let (cut_short, stopped) = match ended {
        Ok(cut_short) => {
            // Nobody may be there to take it any more.
            let _ = give.send(giving.helper.batch());
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
