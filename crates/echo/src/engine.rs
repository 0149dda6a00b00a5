//! The contract between protocol logic and the world: [`Engine`], [`Step`], [`Input`].
//!
//! An engine owns no socket, clock, thread or buffer. Whoever drives it tells it the time and what happened; it says what to
//! do next. Tests drive engines in invented time, [`run`](crate::run) drives them on a socket.

use std::io;
use std::time::Instant;

use crate::probe::{Answer, Probe, Seq};
use crate::stamp::Departure;

/// Protocol logic that can be driven by anyone who has a clock.
pub trait Engine {
    /// What it tells its owner.
    type Event;

    /// Advances to `now` and says what to do next. Call again until it answers [`Step::Wait`] or [`Step::Done`].
    fn poll(&mut self, now: Instant) -> Step<Self::Event>;

    /// Takes in something that happened outside.
    fn handle(&mut self, now: Instant, input: Input<'_>);
}

/// What an engine wants.
#[derive(Debug, PartialEq)]
pub enum Step<E> {
    /// Send this. Each probe is answered by one [`Input::Sent`], [`Input::SendFailed`] or [`Input::Refused`].
    Send(Probe),
    /// Tell the owner.
    Report(E),
    /// Nothing to do until then, unless something happens.
    Wait(Instant),
    /// The run is over.
    Done,
}

/// What happens to an engine.
#[derive(Debug)]
pub enum Input<'a> {
    /// The probe was handed to the system, which had not refused it by then; the time is from just before.
    Sent(Seq, Instant),
    /// The kernel tells when the probe really left.
    Left(Seq, Departure),
    /// The system refused the probe.
    SendFailed(Probe, io::Error),
    /// A message about a probe arrived.
    Answer(Answer<'a>),
    /// The system refused the probe, and the kernel told more than the error; without a number it was one sent earlier.
    Refused(Option<Seq>, LocalError),
    /// The system could not receive.
    ReceiveFailed(io::Error),
    /// The owner wants to know how things stand.
    Status,
    /// The owner wants the run to end.
    Stop,
}

/// A local error from the socket's error queue (`SO_EE_ORIGIN_LOCAL`).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct LocalError {
    /// `ee_errno`.
    pub errno: i32,
    /// `ee_info`: the path MTU for `EMSGSIZE`.
    pub info: u32,
}
