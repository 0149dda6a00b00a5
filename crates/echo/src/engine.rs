//! The contract between protocol logic and the world: [`Engine`], [`Step`], [`Input`].
//!
//! An engine owns no socket, clock, thread or buffer. Whoever drives it tells it the time and what happened; it says what to
//! do next. Tests drive engines in invented time, [`run`](crate::run) drives them on sockets.

use std::io;
use std::net::SocketAddr;
use std::time::Instant;

use crate::probe::{Answer, Ident, Probe, Quote};
use crate::stamp::{Departure, SendCall};

/// Protocol logic that can be driven by anyone who has a clock.
pub trait Engine {
    /// What it tells its owner.
    type Event;

    /// Advances to `now` and says what to do next. Call again until it answers [`Step::Wait`] or [`Step::Done`].
    fn poll(&mut self, now: Instant) -> Step<Self::Event>;

    /// Writes what a probe it wanted sent carries behind the ICMP header, which is `probe.size` bytes, and gives the identifier
    /// that goes into the header; a datagram socket has its own, whatever is given.
    fn fill(&self, probe: &Probe, data: &mut [u8]) -> Ident;

    /// Takes in something that happened outside.
    fn handle(&mut self, now: Instant, input: Input<'_>);
}

/// What an engine wants.
#[derive(Debug, PartialEq)]
pub enum Step<E> {
    /// Send this. Each probe is answered by one [`Input::Sent`], [`Input::SendFailed`], or [`Input::Refused`] that names it.
    Send(Probe),
    /// Tell the owner.
    Report(E),
    /// Hand over what has arrived by now, without waiting for more: something is about to be concluded from its absence.
    Receive,
    /// Nothing to do until then, unless something happens.
    Wait(Instant),
    /// The run is over.
    Done,
}

/// What happens to an engine.
#[derive(Debug)]
#[non_exhaustive]
pub enum Input<'a> {
    /// The probe was handed to the system by that call, which had not refused it by its end.
    Sent(Probe, SendCall),
    /// The kernel tells how far the probe has come since.
    Departed(Probe, Departure),
    /// The system refused the probe.
    SendFailed(Probe, io::Error),
    /// A message about a probe arrived.
    Answer(Answer<'a>),
    /// A message about a probe arrived that does not say about which, only where that went; its number means nothing. Datagrams are
    /// quoted so by routers that quote no more than RFC 792 had them.
    Unnumbered(Answer<'a>),
    /// What an ICMP error quotes of a probe, header included; the answer it is comes beside it.
    Quoted(Quote<'a>),
    /// The system refused a probe, and the kernel told more than the error.
    Refused(LocalRefusal),
    /// The system could not receive.
    ReceiveFailed(io::Error),
    /// The owner wants to know how things stand.
    Status,
    /// The owner wants no more probes to leave for now, or wants them to leave again; what is under way is still awaited.
    Pause(bool),
    /// The owner wants to begin anew: what was sent so far counts for nothing any more.
    Reset,
    /// The owner wants the run to end.
    Stop,
}

/// A probe that this host's own network refused (`SO_EE_ORIGIN_LOCAL`).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct LocalRefusal {
    /// The probe; `None` if it is one sent earlier, and nothing says which.
    pub probe: Option<Probe>,
    /// Where it was to go, if the kernel says so.
    pub to: Option<SocketAddr>,
    /// Why.
    pub error: LocalError,
}

/// A local error from the socket's error queue.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct LocalError {
    /// `ee_errno`.
    pub errno: i32,
    /// `ee_info`: the path MTU for `EMSGSIZE`.
    pub info: u32,
}
