//! [`TcpSockets`]: connections that are begun only to see who answers, each on a socket of its own, behind one descriptor.
//!
//! None is ever completed: the kernel is asked to wait with its acknowledgement, and the reset that closes the socket comes before
//! it, so that no program at the far end hears of a connection. Nor is any waited for as long as the kernel would repeat its
//! SYN, for nobody could tell which of the two was answered.

use std::collections::{HashMap, VecDeque};
use std::io;
use std::mem::offset_of;
use std::net::IpAddr;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};
use std::time::{Duration, Instant};

use netdiag_sys::get_option;
use nix::errno::Errno;
use nix::libc;
use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout};
use rustix::net::sockopt::set_tcp_quickack;
use socket2::{Domain, Protocol, Socket, Type};

use crate::ancillary::Quoting;
use crate::clock::{StampClock, now};
use crate::engine::{Engine, Input};
use crate::error::Error;
use crate::error_queue::ErrorQueue;
use crate::optional::{self, RefusedOption, Wishes};
use crate::options::SocketOptions;
use crate::payload::random;
use crate::prepare::{listen_for_errors, unspecified};
use crate::probe::{Answer, AnswerKind, AnsweredProbe, Family, Ident, PortState, Probe, Quote};
use crate::stamp::{Arrival, SendCall};

/// Any number of TCP sockets, which take [`Probe`]s to a port and tell what answers them: ICMP errors, or the port itself.
///
/// A probe's [flow](Probe::flow) is the port it comes from. Without one it comes from the port that the last probe with its hop
/// limit came from, if the kernel has that to give, so that each hop keeps to a way of its own; two connections to one port
/// cannot be begun from the same port at once. Its size means nothing: the kernel makes the packet.
#[derive(Debug)]
pub struct TcpSockets {
    epoll: Epoll,
    options: SocketOptions,
    extensions: bool,
    ident: Ident,
    attempts: Attempts,
    /// Where probes of each hop limit last came from.
    ports: HashMap<(IpAddr, Option<u8>), u16>,
    /// The hop limit of the last probe that went there from that port.
    hop_limits: HashMap<(IpAddr, u16), u8>,
    clock: StampClock,
    errors: ErrorQueue,
    /// The kernel stamps what arrives as long as one socket wants it to.
    _stamping: Vec<Socket>,
    without: Vec<RefusedOption>,
}

impl TcpSockets {
    /// How long an answer is waited for: a second after the first SYN the kernel sends another.
    pub const PATIENCE: Duration = Duration::from_millis(950);

    /// Sockets with these options, for targets of these families. They have no privilege to raise later: an option that takes one is
    /// refused with the first probe.
    ///
    /// # Errors
    /// [`Error::Unsupported`] if a family is not there, [`Error::Os`] if an option is refused or descriptors have run out.
    pub fn new(families: &[Family], options: SocketOptions, extensions: bool) -> Result<Self, Error> {
        let epoll = Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC).map_err(Error::os("epoll_create"))?;
        let (mut stamping, mut without) = (Vec::new(), Vec::new());
        for family in families {
            let socket = open(*family).map_err(Error::Unsupported)?;
            let mut wishes = Wishes::of(&socket);
            options.apply(&mut wishes, &socket, *family)?;
            listen(&mut wishes, *family, extensions);
            without.extend(wishes.refused());
            stamping.push(socket);
        }
        Ok(Self {
            epoll,
            options,
            extensions,
            ident: Ident(random() as u16),
            attempts: Attempts::default(),
            ports: HashMap::new(),
            hop_limits: HashMap::new(),
            clock: StampClock::new(),
            errors: ErrorQueue::new(Family::V4, Quoting::Request),
            _stamping: stamping,
            without,
        })
    }

    /// What its answers have for an identifier.
    pub const fn ident(&self) -> Ident {
        self.ident
    }

    /// The options it goes without, because the system refused them.
    pub fn refused_options(&self) -> &[RefusedOption] {
        &self.without
    }

    /// Begins a connection for each probe and tells `engine` the fate of each.
    pub(crate) fn send(&mut self, engine: &mut impl Engine, probes: &[Probe]) {
        for probe in probes {
            let input = match self.begin(probe) {
                Ok(call) => Input::Sent(*probe, call),
                Err(error) => Input::SendFailed(*probe, error),
            };
            engine.handle(now(), input);
        }
    }

    /// The hop limit of the probe that is quoted there, by the port it came from.
    pub(crate) fn hop_limit_of(&self, quote: &Quote<'_>) -> Option<u8> {
        let port = u16::from_be_bytes(*quote.transport.first_chunk()?);
        self.hop_limits.get(&(quote.to, port)).copied()
    }

    /// When the oldest connection is to be given up.
    pub(crate) fn due(&self) -> Option<Instant> {
        self.attempts.oldest().map(|attempt| attempt.call.returned + Self::PATIENCE)
    }

    /// Hands over everything that has arrived, and closes what has waited long enough.
    pub(crate) fn receive_all(&mut self, sink: &mut impl FnMut(Input<'_>)) {
        let mut events = [EpollEvent::empty(); EVENTS];
        while let Ok(count @ 1..) = self.epoll.wait(&mut events, EpollTimeout::ZERO) {
            for event in events.iter().take(count) {
                self.attend(event, sink);
            }
            if count < EVENTS {
                break;
            }
        }
        let now = now();
        while self.due().is_some_and(|due| due <= now) {
            self.attempts.close_oldest();
        }
    }

    /// From the port it is to come from, or else from any.
    fn begin(&mut self, probe: &Probe) -> io::Result<SendCall> {
        let hop = (probe.to.ip(), probe.hop_limit);
        if let Some(flow) = probe.flow {
            return self.begin_from(flow as u16, probe).map(|(call, _)| call);
        }
        let known = self.ports.get(&hop).copied();
        let again = known.map(|port| self.begin_from(port, probe));
        let begun = again.filter(|begun| !begun.as_ref().is_err_and(is_taken));
        let (call, port) = begun.unwrap_or_else(|| self.begin_from(0, probe))?;
        self.ports.insert(hop, port);
        Ok(call)
    }

    /// The call, and the port it came from in the end.
    fn begin_from(&mut self, port: u16, probe: &Probe) -> io::Result<(SendCall, u16)> {
        let family = Family::of(probe.to);
        let socket = self.prepared(family, probe.hop_limit)?;
        if port > 0 || self.options.source.is_some() {
            let mut local = self.options.source.unwrap_or_else(|| unspecified(family));
            local.set_port(port);
            // What another connection just came from may be had again.
            socket.set_reuse_address(port > 0)?;
            socket.bind(&local.into())?;
        }
        let began = now();
        let begun = socket.connect(&probe.to.into());
        let call = SendCall { began, returned: now() };
        // What comes at once, over the loopback, is read when the call is over.
        let is_begun = |error: &io::Error| error.raw_os_error() == Some(Errno::EINPROGRESS as i32);
        if let Some(error) = begun.err().filter(|error| !is_begun(error)) {
            return Err(error);
        }
        let interest = EpollEvent::new(EpollFlags::EPOLLIN | EpollFlags::EPOLLOUT, self.attempts.next_key());
        self.epoll.add(&socket, interest)?;
        let local = socket.local_addr()?.as_socket().map_or(0, |local| local.port());
        self.attempts.push(Attempt { socket, probe: *probe, call });
        if let Some(limit) = probe.hop_limit {
            self.hop_limits.insert((probe.to.ip(), local), limit);
        }
        Ok((call, local))
    }

    fn prepared(&self, family: Family, hop_limit: Option<u8>) -> io::Result<Socket> {
        let socket = open(family)?;
        let mut wishes = Wishes::of(&socket);
        let options = SocketOptions { source: None, ..self.options.clone() };
        options.apply(&mut wishes, &socket, family).map_err(|error| match error {
            Error::Os { source, .. } => source,
            other => io::Error::other(other),
        })?;
        listen(&mut wishes, family, self.extensions);
        match (family, hop_limit) {
            (Family::V4, Some(limit)) => socket.set_ttl_v4(limit.into())?,
            (Family::V6, Some(limit)) => socket.set_unicast_hops_v6(limit.into())?,
            (_, None) => {}
        }
        socket.set_linger(Some(Duration::ZERO))?;
        set_tcp_quickack(&socket, false)?;
        Ok(socket)
    }

    /// Reads what has come of a connection, and closes it if that was all.
    fn attend(&mut self, event: &EpollEvent, sink: &mut impl FnMut(Input<'_>)) {
        let Self { attempts, errors, clock, ident, .. } = self;
        let Some(attempt) = attempts.get(event.data()) else { return };
        let (probe, repeats) = (attempt.probe, attempt.call.returned + REPEATS);
        let mut is_answered = false;
        let queue = errors.about(Family::of(probe.to), Quoting::Known(*ident, probe.seq));
        queue.receive(attempt.socket.as_raw_fd(), clock, None, &mut |input| match input {
            Input::Answer(answer) if answer.at.kernel.unwrap_or(answer.at.user) >= repeats => {}
            input => {
                is_answered |= matches!(input, Input::Answer(_));
                sink(input);
            }
        });
        let error = attempt.socket.take_error().ok().flatten();
        let has_ended = event.events().intersects(EpollFlags::EPOLLERR | EpollFlags::EPOLLHUP);
        let state = match error.as_ref().map(io::Error::kind) {
            _ if is_answered => None,
            None if !has_ended => Some(PortState::Open),
            Some(io::ErrorKind::ConnectionRefused) => Some(PortState::Closed),
            // It had been accepted by then.
            Some(io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe) => Some(PortState::Open),
            _ => None,
        };
        if let Some(state) = state {
            let at = attempt.arrival(state, clock).filter(|at| at.kernel.unwrap_or(at.user) < repeats);
            at.into_iter().for_each(|at| sink(Input::Answer(attempt.answer(*ident, at, state))));
        }
        attempts.close(event.data());
    }
}

impl AsFd for TcpSockets {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.epoll.0.as_fd()
    }
}

/// A connection under way.
#[derive(Debug)]
struct Attempt {
    socket: Socket,
    probe: Probe,
    call: SendCall,
}

impl Attempt {
    /// The kernel times a handshake itself, from the SYN to its answer; of a refusal nothing is known but when it was seen. `None` if the
    /// SYN was repeated by then: it is that which the kernel has timed.
    fn arrival(&self, state: PortState, clock: &mut StampClock) -> Option<Arrival> {
        let user = clock.read().now;
        let Handshake { took, repeats } = Handshake::of(&self.socket).unwrap_or_default();
        let took = took.filter(|_| state == PortState::Open);
        let kernel = took.map(|took| self.call.began + took).filter(|at| *at <= user);
        (repeats == 0).then_some(Arrival { user, kernel })
    }

    const fn answer(&self, ident: Ident, at: Arrival, state: PortState) -> Answer<'static> {
        let to = self.probe.to;
        let mut from = to;
        from.set_port(0);
        let probe = AnsweredProbe { ident, seq: self.probe.seq.to_wire(), to: Some(to) };
        Answer { probe, from, at, kind: AnswerKind::Port(state) }
    }
}

/// Connections under way, in the order they were begun; those that are over leave a gap until the older ones are.
#[derive(Debug, Default)]
struct Attempts {
    slots: VecDeque<Option<Attempt>>,
    /// Key of the first of them.
    first: u64,
}

impl Attempts {
    fn next_key(&self) -> u64 {
        self.first + self.slots.len() as u64
    }

    fn push(&mut self, attempt: Attempt) {
        self.slots.push_back(Some(attempt));
    }

    fn slot(&mut self, key: u64) -> Option<&mut Option<Attempt>> {
        self.slots.get_mut(usize::try_from(key.checked_sub(self.first)?).ok()?)
    }

    fn get(&mut self, key: u64) -> Option<&Attempt> {
        self.slot(key)?.as_ref()
    }

    /// The first is never a gap.
    fn oldest(&self) -> Option<&Attempt> {
        self.slots.front()?.as_ref()
    }

    fn close(&mut self, key: u64) {
        self.slot(key).into_iter().for_each(|slot| *slot = None);
        while matches!(self.slots.front(), Some(None)) {
            self.slots.pop_front();
            self.first += 1;
        }
    }

    fn close_oldest(&mut self) {
        self.close(self.first);
    }
}

fn open(family: Family) -> io::Result<Socket> {
    let domain = match family {
        Family::V4 => Domain::IPV4,
        Family::V6 => Domain::IPV6,
    };
    Socket::new(domain, Type::STREAM.nonblocking(), Some(Protocol::TCP))
}

/// Has it hear of ICMP errors, with the kernel's stamp.
fn listen(wishes: &mut Wishes<'_>, family: Family, extensions: bool) {
    listen_for_errors(wishes, family, extensions);
    if !wishes.ask(optional::TIMESTAMPNS, 1) {
        wishes.ask(optional::TIMESTAMP, 1);
    }
}

/// Whether another connection has the port.
fn is_taken(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::AddrInUse | io::ErrorKind::AddrNotAvailable)
}

/// What the kernel knows of how a connection came about (`struct tcp_info`).
#[derive(Clone, Copy, Debug, Default)]
struct Handshake {
    /// What it took (`tcpi_rtt`), which is the first measurement; `None` if there is none.
    took: Option<Duration>,
    /// How often the SYN was sent again (`tcpi_total_retrans`).
    repeats: u32,
}

impl Handshake {
    fn of(socket: &Socket) -> Option<Self> {
        let mut info = [0; size_of::<libc::tcp_info>()];
        let known = get_option(socket, libc::IPPROTO_TCP, libc::TCP_INFO, &mut info).ok()?;
        let known = info.get(..known)?;
        let field = |at| known.get(at..).and_then(<[u8]>::first_chunk).copied().map(u32::from_ne_bytes);
        let took = Duration::from_micros(field(offset_of!(libc::tcp_info, tcpi_rtt))?.into());
        let repeats = field(offset_of!(libc::tcp_info, tcpi_total_retrans))?;
        Some(Self { took: Some(took).filter(|took| !took.is_zero()), repeats })
    }
}

/// As many as are asked for at once.
const EVENTS: usize = 64;
/// When the kernel sends a SYN again (`TCP_TIMEOUT_INIT`).
const REPEATS: Duration = Duration::from_secs(1);

#[cfg(test)]
mod tests {
    use std::net::{SocketAddr, TcpListener, TcpStream};

    use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

    use super::*;
    use crate::probe::Seq;

    const LOOPBACKS: [&str; 2] = ["127.0.0.1:0", "[::1]:0"];

    fn sockets() -> TcpSockets {
        TcpSockets::new(&[Family::V4, Family::V6], SocketOptions::default(), true).unwrap()
    }

    fn probe(to: SocketAddr, seq: u64) -> Probe {
        Probe { hop_limit: Some(9), ..Probe::new(to, Seq(seq), 0) }
    }

    /// What the next answer is, and to which probe.
    fn answer(sockets: &mut TcpSockets) -> (u16, PortState, Option<u128>) {
        let mut heard = None;
        while heard.is_none() {
            poll(&mut [PollFd::new(sockets.as_fd(), PollFlags::POLLIN)], PollTimeout::NONE).unwrap();
            sockets.receive_all(&mut |input| {
                let Input::Answer(Answer { probe, at, kind: AnswerKind::Port(state), .. }) = input else {
                    panic!("{input:?}");
                };
                heard = Some((probe.seq, state, at.kernel.map(|at| now().duration_since(at).as_micros())));
            });
        }
        heard.unwrap()
    }

    #[test]
    fn a_port_answers_and_the_socket_is_closed() {
        let mut sockets = sockets();
        for loopback in LOOPBACKS {
            let listener = TcpListener::bind(loopback).unwrap();
            let to = listener.local_addr().unwrap();
            sockets.begin(&probe(to, 7)).unwrap();
            let (seq, state, kernel) = answer(&mut sockets);
            assert_eq!((seq, state, kernel.is_some()), (7, PortState::Open, true));
            drop(listener);
            sockets.begin(&probe(to, 8)).unwrap();
            assert_eq!(answer(&mut sockets), (8, PortState::Closed, None));
            assert!(sockets.attempts.slots.is_empty() && sockets.due().is_none());
        }
    }

    #[test]
    fn probes_of_a_hop_come_from_one_port_as_long_as_that_is_free() {
        let mut sockets = sockets();
        let listener = TcpListener::bind(LOOPBACKS[0]).unwrap();
        let to = listener.local_addr().unwrap();
        let from = |sockets: &mut TcpSockets| {
            sockets.begin(&probe(to, 1)).unwrap();
            let attempt = sockets.attempts.slots.back().unwrap().as_ref().unwrap();
            attempt.socket.local_addr().unwrap().as_socket().unwrap().port()
        };
        let first = from(&mut sockets);
        // Nobody has looked whether the first is over.
        let second = from(&mut sockets);
        assert_ne!(first, second);
        let told = [answer(&mut sockets).1, PortState::Open];
        assert_eq!(told, [PortState::Open; 2]);
        while !sockets.attempts.slots.is_empty() {
            answer(&mut sockets);
        }
        assert_eq!(from(&mut sockets), second);
        // One that is asked for is not exchanged for another.
        let taken = sockets.begin(&Probe { flow: Some(second.into()), ..probe(to, 2) });
        assert!(is_taken(&taken.unwrap_err()));
    }

    #[test]
    fn what_answers_the_repeated_syn_is_no_answer() {
        let listener = open(Family::V4).unwrap();
        let any: SocketAddr = LOOPBACKS[0].parse().unwrap();
        listener.set_nonblocking(false).unwrap();
        listener.bind(&any.into()).unwrap();
        // Room for one, who is there: the next SYN is dropped.
        listener.listen(0).unwrap();
        let to = listener.local_addr().unwrap().as_socket().unwrap();
        let _first = TcpStream::connect(to).unwrap();
        let mut sockets = sockets();
        loop {
            sockets.begin(&probe(to, 7)).unwrap();
            listener.accept().unwrap();
            poll(&mut [PollFd::new(sockets.as_fd(), PollFlags::POLLIN)], PollTimeout::NONE).unwrap();
            let attempt = sockets.attempts.oldest().unwrap();
            // It may have come only when there was room again.
            if Handshake::of(&attempt.socket).unwrap().repeats > 0 {
                break;
            }
            answer(&mut sockets);
        }
        sockets.receive_all(&mut |input| panic!("{input:?}"));
        assert!(sockets.attempts.slots.is_empty());
    }

    #[test]
    fn a_gap_is_closed_once_the_older_are_over() {
        let mut attempts = Attempts::default();
        let call = SendCall { began: now(), returned: now() };
        let to = "127.0.0.1:9".parse().unwrap();
        for seq in 1..=4 {
            assert_eq!(attempts.next_key(), seq - 1);
            attempts.push(Attempt { socket: open(Family::V4).unwrap(), probe: probe(to, seq), call });
        }
        for (key, oldest) in [(1, Some(1)), (2, Some(1)), (0, Some(4)), (0, Some(4)), (9, Some(4)), (3, None)]
        {
            attempts.close(key);
            assert_eq!(attempts.oldest().map(|attempt| attempt.probe.seq.0), oldest, "{key}");
        }
        assert_eq!(attempts.next_key(), 4);
    }
}
