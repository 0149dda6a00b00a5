//! Closes what a listing would show, and shows what was closed.
//!
//! Sockets are collected first and closed when the listing ends: the kernel finds its place in a dump by counting, so
//! sockets taken away while it runs would make it pass over others. Only past [`MOST`] bytes of them is it risked.

use std::io;
use std::mem;
use std::ops::Range;

use netdiag_host::{CutShort, FamilyTable, Socket, Table};
use netdiag_sockdiag::{Client, DestroyOutcome, Error, InetRequest, InetSocket, Query};
use netdiag_text::{Exit, strerror};

use super::messages;
use super::notice::Notice;
use super::render::{Renderer, Sockets};
use crate::failure::Failure;
use crate::invocation::Invocation;
use crate::render;

/// Passes on to a renderer the sockets it has closed.
#[derive(Debug)]
pub(crate) struct Kill<'a, R> {
    client: Client,
    closed: R,
    waiting: Vec<(Table, Range<usize>)>,
    /// What [`Self::waiting`] points into.
    records: Vec<u8>,
    /// How many bytes of them may wait.
    most: usize,
    /// How much waited when the latest dump began; `None` when some of its sockets are closed already.
    mark: Option<usize>,
    call: &'a Invocation,
    /// Whether to say what upstream is silent about.
    explain: bool,
    /// Set for good once the kernel says we may not; to ask again for every socket would be in vain.
    forbidden: bool,
    unsupported: u64,
    /// Whether a socket that matched was neither closed nor gone.
    pub(crate) failed: bool,
}

impl<'a, R: Renderer> Kill<'a, R> {
    /// Rows of what is closed go to `closed`. `client` is for closing only.
    pub(crate) fn new(client: Client, closed: R, explain: bool, call: &'a Invocation) -> Self {
        Self {
            client,
            closed,
            waiting: Vec::new(),
            records: Vec::new(),
            most: MOST,
            mark: None,
            call,
            explain,
            forbidden: false,
            unsupported: 0,
            failed: false,
        }
    }

    fn close_all(&mut self) -> io::Result<()> {
        let waiting = mem::take(&mut self.waiting);
        let records = mem::take(&mut self.records);
        for (table, record) in waiting {
            if self.forbidden {
                break;
            }
            if let Ok(socket) = InetRequest::view(&records[record]) {
                self.close(table, socket)?;
            }
        }
        self.mark = None;
        Ok(())
    }

    fn close(&mut self, table: Table, socket: InetSocket<'_>) -> io::Result<()> {
        let Ok(protocol) = u8::try_from(table.protocol()) else {
            // MPTCP's number does not fit the request.
            self.unsupported += 1;
            return Ok(());
        };
        match self.client.destroy(&socket, protocol) {
            Ok(DestroyOutcome::Destroyed) => return self.closed.item(Socket::Inet(table, socket)),
            Ok(DestroyOutcome::Gone) => {}
            Ok(DestroyOutcome::Unsupported) => self.unsupported += 1,
            Ok(DestroyOutcome::Refused(error)) => {
                self.forbidden = error.kind() == io::ErrorKind::PermissionDenied;
                self.say(refused(table, &socket, &error, self.call));
            }
            Err(error) => {
                self.forbidden = true;
                self.say(unheard(error, self.call));
            }
        }
        Ok(())
    }

    fn say(&mut self, words: Failure) {
        self.failed = true;
        words.explained(self.explain).report(self.call);
    }
}

impl<R: Renderer> render::Renderer<Sockets> for Kill<'_, R> {
    fn header(&mut self) -> io::Result<()> {
        self.closed.header()
    }

    fn item(&mut self, row: Socket<'_>) -> io::Result<()> {
        // The kernel closes no others.
        let Socket::Inet(table, socket) = row else {
            return Ok(());
        };
        if row.is_from_file() {
            // It lacks what tells one socket from another, and the kernel what closes it.
            self.unsupported += 1;
            return Ok(());
        }
        let start = self.records.len();
        socket.write_to(&mut self.records);
        self.waiting.push((table, start..self.records.len()));
        if self.records.len() < self.most { Ok(()) } else { self.close_all() }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.close_all()?;
        self.closed.flush()
    }

    fn end(&mut self, (): ()) -> io::Result<()> {
        self.close_all()?;
        // Scripts take silence here for granted.
        if self.unsupported > 0 && (self.explain || !self.call.linked) {
            self.say(unsupported(self.unsupported, self.call));
        }
        self.closed.end(())
    }
}

impl<R: Renderer> Renderer for Kill<'_, R> {
    fn begin(&mut self) {
        self.mark = Some(self.waiting.len());
    }

    fn retract(&mut self) -> bool {
        let Some(mark) = self.mark else {
            return false;
        };
        self.waiting.truncate(mark);
        self.records.truncate(self.waiting.last().map_or(0, |(_, record)| record.end));
        true
    }

    fn notice(&mut self, part: FamilyTable, notice: &Notice) {
        self.closed.notice(part, notice);
    }

    fn unknown_owners(&mut self, why: &CutShort) {
        self.closed.unknown_owners(why);
    }
}

fn refused(table: Table, socket: &InetSocket<'_>, error: &io::Error, call: &Invocation) -> Failure {
    let reason = strerror(error);
    if call.linked {
        return Failure::new(Exit::Success, format!("SOCK_DESTROY answers: {reason}"));
    }
    if error.kind() == io::ErrorKind::PermissionDenied {
        return messages::failure(call, Exit::Success, format_args!("cannot close sockets: {reason}"))
            .hint("closing sockets takes CAP_NET_ADMIN in their network namespace: run it as root");
    }
    let (netid, local, remote) = (table.netid(), socket.local(), socket.remote());
    messages::failure(
        call,
        Exit::Success,
        format_args!("cannot close {netid} socket {local} -> {remote}: {reason}"),
    )
}

fn unheard(error: Error, call: &Invocation) -> Failure {
    let chain = anyhow::Error::new(error).context("cannot close sockets");
    messages::failure(call, Exit::Success, format_args!("{chain:#}"))
}

fn unsupported(count: u64, call: &Invocation) -> Failure {
    messages::failure(call, Exit::Success, format_args!("this kernel cannot close {count} of the sockets"))
        .hint("it takes a kernel with CONFIG_INET_DIAG_DESTROY, and support for it in the protocol")
}

/// What a `-K` is answered whose filter upstream's programs and its manual read differently.
pub(crate) fn ambiguous(clarification: &str, call: &Invocation) -> Failure {
    messages::failure(
        call,
        Exit::Misuse,
        format_args!("nothing is closed by a filter of two meanings: {clarification}"),
    )
    .hint("put parentheses where they are meant")
}

/// What a `-K` that names no socket in particular is answered, unless it is the upstream tool's.
pub(crate) fn unlimited(call: &Invocation) -> Failure {
    messages::failure(call, Exit::Misuse, "--kill without a filter or state would close every socket shown")
        .hint("say which, as in `netdiag ss -K dst 10.0.0.1`, or add --yes")
}

/// Bytes of sockets that wait to be closed, at most: half a million sockets.
const MOST: usize = 64 << 20;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::Renderer as _;

    /// Counts what it is told.
    #[derive(Debug, Default)]
    struct Recorder {
        rows: u32,
        finished: u32,
    }

    impl render::Renderer<Sockets> for Recorder {
        fn item(&mut self, _: Socket<'_>) -> io::Result<()> {
            self.rows += 1;
            Ok(())
        }

        fn end(&mut self, (): ()) -> io::Result<()> {
            self.finished += 1;
            Ok(())
        }
    }

    impl Renderer for Recorder {
        fn begin(&mut self) {}

        fn retract(&mut self) -> bool {
            false
        }
    }

    /// A record no socket has: nothing can be closed by it.
    fn nobody() -> Vec<u8> {
        let mut record = vec![0; 72];
        record[0] = 2;
        record
    }

    #[test]
    fn what_a_file_tells_of_cannot_be_closed_and_that_is_said() {
        let call = Invocation::new(Vec::new(), |_| None);
        let mut kill = Kill::new(Client::open().unwrap(), Recorder::default(), false, &call);
        let mut record = nobody();
        // Such a record begins with an attribute of this number.
        netdiag_sockdiag::Attr { kind: 0x3fff, payload: &[] }.write_to(&mut record);
        kill.begin();
        kill.item(Socket::Inet(Table::Tcp, InetRequest::view(&record).unwrap())).unwrap();
        assert_eq!((kill.waiting.len(), kill.unsupported), (0, 1));
        kill.end(()).unwrap();
        assert!(kill.failed && kill.closed.rows == 0);
    }

    #[test]
    fn what_was_not_closed_is_not_shown_and_an_interrupted_dump_is_forgotten() {
        let call = Invocation::new(Vec::new(), |_| None);
        let mut kill = Kill::new(Client::open().unwrap(), Recorder::default(), false, &call);
        let record = nobody();
        let row = || Socket::Inet(Table::Tcp, InetRequest::view(&record).unwrap());
        kill.begin();
        kill.item(row()).unwrap();
        kill.begin();
        kill.item(row()).unwrap();
        assert!(kill.retract());
        assert_eq!((kill.waiting.len(), kill.records.len()), (1, record.len()));
        kill.flush().unwrap();
        assert!(!kill.retract(), "the kernel has been asked already");
        kill.end(()).unwrap();
        assert_eq!((kill.closed.rows, kill.closed.finished), (0, 1));
    }

    #[test]
    fn no_more_wait_to_be_closed_than_the_bound() {
        let call = Invocation::new(Vec::new(), |_| None);
        let record = nobody();
        let client = Client::open().unwrap();
        let mut kill =
            Kill { most: 3 * record.len(), ..Kill::new(client, Recorder::default(), false, &call) };
        kill.begin();
        let waiting = [1, 2, 3, 4].map(|_| {
            kill.item(Socket::Inet(Table::Tcp, InetRequest::view(&record).unwrap())).unwrap();
            kill.waiting.len()
        });
        assert_eq!(waiting, [1, 2, 0, 1]);
        assert!(!kill.retract(), "some of the dump are closed already");
    }
}
