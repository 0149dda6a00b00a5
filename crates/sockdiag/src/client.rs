//! The netlink socket, and dumps read from it.
//!
//! The kernel runs a dump inside our own `send` and `recv` calls: it never makes us wait for records, so silence means that
//! nothing will come any more.

use std::io;
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

use netlink_packet_core::{Emitable, NLM_F_ACK, NLM_F_DUMP, NLM_F_REQUEST, NetlinkHeader};
use netlink_sys::protocols::{NETLINK_ROUTE, NETLINK_SOCK_DIAG};
use netlink_sys::{Socket, SocketAddr};
use nix::errno::Errno;
use nix::sys::socket::{setsockopt, sockopt};
use nix::sys::time::{TimeVal, TimeValLike};

use crate::ahead::{Ahead, receive};
use crate::answer::{Answer, Arrival, Step};
use crate::error::Error;
use crate::query::Query;

/// A conversation with the kernel of the network namespace it was opened in.
#[derive(Debug)]
pub struct Client {
    socket: Arc<Socket>,
    port: u32,
    buffer: Box<[u8]>,
    /// Datagrams of the latest dump so far.
    datagrams: u32,
    /// Who receives them, once the dump has shown to be a long one.
    ahead: Option<Ahead>,
    /// Whether anybody may.
    reads_ahead: bool,
    /// The latest dump, which its reader may have left early.
    answer: Answer,
    sequence: u32,
}

impl Client {
    /// Opens a netlink socket; no privilege is needed.
    ///
    /// # Errors
    /// [`Error::Os`], typically for want of file descriptors or of `CONFIG_INET_DIAG`.
    pub fn open() -> Result<Self, Error> {
        Self::over(NETLINK_SOCK_DIAG, "socket(NETLINK_SOCK_DIAG)")
    }

    /// Opens a socket to the part of the kernel that knows links, addresses, routes and neighbours: it answers in the same way.
    ///
    /// # Errors
    /// [`Error::Os`], typically for want of file descriptors.
    pub fn open_route() -> Result<Self, Error> {
        Self::over(NETLINK_ROUTE, "socket(NETLINK_ROUTE)")
    }

    fn over(protocol: isize, call: &'static str) -> Result<Self, Error> {
        let mut socket = Socket::new(protocol).map_err(Error::os(call))?;
        let port = socket.bind_auto().map_err(Error::os("bind"))?.port_number();
        // Connected to the kernel, the socket takes nothing from other processes.
        socket.connect(&SocketAddr::new(0, 0)).map_err(Error::os("connect"))?;
        let patience = TimeVal::milliseconds(PATIENCE.as_millis() as i64);
        // The kernel answers before the call that asks returns; where this is refused, its bugs are waited for.
        let _ = setsockopt(&socket, sockopt::ReceiveTimeout, &patience);
        // Kernels before 4.12 have no explanations to give.
        let _ = socket.set_ext_ack(true);
        let mut answer = Answer::new(0, port);
        answer.over = true;
        let buffer = vec![0; BUFFER].into();
        Ok(Self {
            socket: Arc::new(socket),
            port,
            buffer,
            datagrams: 0,
            ahead: None,
            reads_ahead: true,
            answer,
            sequence: 0,
        })
    }

    /// Whether a long dump may be received on a thread of its own while it is read, as it is unless said otherwise: who asks on
    /// several threads has no core to spare for that.
    pub fn read_ahead(&mut self, ahead: bool) {
        self.reads_ahead = ahead;
    }

    /// Asks `query` and returns the answers as they come.
    ///
    /// # Errors
    /// [`Error::Os`] when it cannot be sent. What the kernel thinks of it shows at [`Dump::next`].
    pub fn dump<Q: Query>(&mut self, query: &Q) -> Result<Dump<'_, Q>, Error> {
        self.ask(query.kind(), NLM_F_DUMP, query)?;
        Ok(Dump { client: self, query: PhantomData })
    }

    /// Asks after the one socket that `query` names by its addresses and cookie; states are no matter.
    ///
    /// # Errors
    /// [`Error::Os`] when it cannot be sent. A socket that is not there is [`Error::Refused`] at [`Dump::next`].
    pub fn lookup<Q: Query>(&mut self, query: &Q) -> Result<Dump<'_, Q>, Error> {
        self.ask(query.kind(), NLM_F_ACK, query)?;
        Ok(Dump { client: self, query: PhantomData })
    }

    /// Sends one request, whose answer [`step`](Self::step) then reads.
    pub(crate) fn ask(&mut self, kind: u16, flags: u16, request: &impl Emitable) -> Result<(), Error> {
        self.finish()?;
        (self.datagrams, self.ahead) = (0, None);
        self.sequence = self.sequence.wrapping_add(1);
        let message = self.message(kind, flags, request);
        self.socket.send(&message, 0).map_err(Error::os("send"))?;
        self.answer = Answer::new(self.sequence, self.port);
        Ok(())
    }

    /// Reads to the end of a dump that was left early: until then the kernel starts no other on this socket.
    fn finish(&mut self) -> Result<(), Error> {
        loop {
            match self.step() {
                Ok(Some(_)) => {}
                Ok(None) | Err(Error::Refused { .. }) => return Ok(()),
                Err(error) => return Err(error),
            }
        }
    }

    fn message(&self, kind: u16, flags: u16, request: &impl Emitable) -> Vec<u8> {
        let mut header = NetlinkHeader::default();
        let len = header.buffer_len() + request.buffer_len();
        header.length = u32::try_from(len).expect("a request is far shorter than 4 GiB");
        header.message_type = kind;
        header.flags = NLM_F_REQUEST | flags;
        header.sequence_number = self.sequence;
        let mut message = vec![0; len];
        let (head, body) = message.split_at_mut(header.buffer_len());
        header.emit(head);
        request.emit(body);
        message
    }

    /// Where in the buffer the next record is.
    #[inline]
    pub(crate) fn step(&mut self) -> Result<Option<std::ops::Range<usize>>, Error> {
        loop {
            match self.answer.step(&self.buffer)? {
                Step::Record(record) => return Ok(Some(record)),
                Step::Receive => self.receive()?,
                Step::End => return Ok(None),
            }
        }
    }

    fn receive(&mut self) -> Result<(), Error> {
        self.datagrams = self.datagrams.saturating_add(1);
        if self.datagrams == SHORT && self.reads_ahead {
            self.ahead = Ahead::start(&self.socket, BUFFER);
        }
        let received = self.ahead.as_ref().and_then(|ahead| ahead.next(&mut self.buffer));
        match received.unwrap_or_else(|| receive(&self.socket, &mut self.buffer, 0)) {
            Ok((len, sender)) => {
                let stored = len.min(self.buffer.len());
                self.answer.arrived(Arrival { len, stored, sender });
                Ok(())
            }
            Err(error) => self.not_received(error),
        }
    }

    fn not_received(&mut self, error: io::Error) -> Result<(), Error> {
        match error.raw_os_error().map(Errno::from_raw) {
            Some(Errno::EINTR) => Ok(()),
            Some(Errno::ENOBUFS) => {
                self.answer.lost_some();
                Ok(())
            }
            errno => {
                self.answer.over = true;
                Err(match errno {
                    Some(Errno::EAGAIN) => Error::Silent(PATIENCE),
                    _ => Error::os("recv")(error),
                })
            }
        }
    }
}

/// One dump in progress. It can be left at any time; the client is then as good as new.
#[derive(Debug)]
pub struct Dump<'c, Q> {
    client: &'c mut Client,
    query: PhantomData<fn() -> Q>,
}

impl<Q: Query> Dump<'_, Q> {
    /// The next socket, borrowed from the receive buffer; `None` when the kernel has told all.
    ///
    /// # Errors
    /// [`Error::Refused`] when the kernel would not answer, or not to the end; after any error there is nothing more to read.
    #[expect(clippy::should_implement_trait, reason = "no iterator can lend from its own buffer")]
    #[inline]
    pub fn next(&mut self) -> Result<Option<Q::Socket<'_>>, Error> {
        while let Some(record) = self.client.step()? {
            // Looked at twice, because a borrow that is returned on one path only would last on all of them.
            if Q::view(&self.client.buffer[record.clone()]).is_ok() {
                return Ok(Q::view(&self.client.buffer[record]).ok());
            }
            self.client.answer.malformed += 1;
        }
        Ok(None)
    }

    /// Whether the list may be short or show a socket twice: the kernel says the table changed under it
    /// (`NLM_F_DUMP_INTR`), or messages were lost on the way. Known for certain only after the end.
    pub fn interrupted(&self) -> bool {
        self.client.answer.interrupted
    }

    /// How many records or datagram tails could not be read; the sockets in them are missing.
    pub fn malformed(&self) -> u64 {
        self.client.answer.malformed
    }

    /// How many messages or datagrams were not ours.
    pub fn foreign(&self) -> u64 {
        self.client.answer.foreign
    }

    /// How many datagrams were longer than the buffer; sockets are missing.
    pub fn truncated(&self) -> u64 {
        self.client.answer.truncated
    }
}

/// The kernel fills datagrams up to this size when the receiver has the room.
const BUFFER: usize = 32 * 1024;
/// A dump of fewer datagrams is not worth a thread.
const SHORT: u32 = 8;
/// How long silence may last.
const PATIENCE: Duration = Duration::from_secs(10);

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, TcpListener};

    use super::*;
    use crate::{Extensions, InetSocket, State, States, inet};

    fn listeners(port: u16, client: &mut Client) -> usize {
        let request = inet::request(inet::Family::V4, inet::TCP, States::LISTENING, Extensions::empty());
        let mut dump = client.dump(&request).unwrap();
        let ours = |socket: InetSocket<'_>| socket.local_port() == port && socket.state() == State::LISTEN;
        let mut count = 0;
        while let Some(socket) = dump.next().unwrap() {
            count += usize::from(ours(socket));
        }
        assert!(dump.next().unwrap().is_none(), "the end lasts");
        count
    }

    #[test]
    fn one_connection_is_found_by_its_ends() {
        let mut client = Client::open().unwrap();
        for address in ["127.0.0.1:0", "[::1]:0"] {
            let listener = TcpListener::bind(address).unwrap();
            let near = std::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
            let (local, peer) = (near.local_addr().unwrap(), near.peer_addr().unwrap());
            let request = inet::request_of(inet::TCP, local, peer, Extensions::INFO);
            let mut answer = client.lookup(&request).unwrap();
            let found = answer.next().unwrap().map(|socket| (socket.local(), socket.remote()));
            assert_eq!(found, Some((local, peer)));
            assert!(answer.next().unwrap().is_none(), "there is no second");
            drop((near, listener));
            let request = inet::request_of(inet::TCP, local, ([127, 0, 0, 9], 9).into(), Extensions::INFO);
            assert!(client.lookup(&request).unwrap().next().is_err(), "{address}");
        }
    }

    #[test]
    fn a_dump_left_early_does_not_spoil_the_next() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let mut client = Client::open().unwrap();
        let all = inet::request(inet::Family::V4, inet::TCP, States::ALL, Extensions::empty());
        for read in [0, 1] {
            let mut dump = client.dump(&all).unwrap();
            for _ in 0..read {
                assert!(dump.next().unwrap().is_some());
            }
            assert_eq!(listeners(port, &mut client), 1, "{read} records read");
        }
        let unknown = inet::request(inet::Family::V4, 200, States::ALL, Extensions::empty());
        let error = client.dump(&unknown).unwrap().next().err().unwrap();
        assert!(error.is_unsupported(), "{error:?}");
        assert_eq!(listeners(port, &mut client), 1, "after a refusal");
    }

    #[test]
    fn a_long_dump_is_whole_and_can_be_left_anywhere() {
        let crowd: Vec<_> = (0..700).map(|_| TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap()).collect();
        let mut ports: Vec<u16> =
            crowd.iter().map(|listener| listener.local_addr().unwrap().port()).collect();
        ports.sort_unstable();
        let mut client = Client::open().unwrap();
        let wordy =
            inet::request(inet::Family::V4, inet::TCP, States::LISTENING, Extensions::from_bits_retain(0xff));
        for left_after in [usize::MAX, 0, 1, 300, 600, usize::MAX] {
            let mut dump = client.dump(&wordy).unwrap();
            let mut seen = Vec::new();
            while seen.len() < left_after
                && let Some(socket) = dump.next().unwrap()
            {
                if ports.binary_search(&socket.local_port()).is_ok() {
                    seen.push(socket.local_port());
                }
            }
            assert_eq!(dump.malformed() + dump.truncated() + dump.foreign(), 0);
            seen.sort_unstable();
            seen.dedup();
            assert_eq!(seen.len(), left_after.min(ports.len()), "left after {left_after}");
            if left_after == usize::MAX {
                assert!(client.datagrams > SHORT, "{} datagrams are no long dump", client.datagrams);
            }
        }
        assert_eq!(listeners(ports[0], &mut client), 1);
    }
}
