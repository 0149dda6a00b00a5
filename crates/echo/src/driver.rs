//! [`run`]: an engine on its sockets, the whole program of a ping.
//!
//! Consecutive sends leave in one system call and arrivals come in by one; the engine never notices.

use std::io;
use std::net::SocketAddr;
use std::os::fd::AsFd;
use std::time::Instant;

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, ppoll};

use crate::clock::now;
use crate::control::RunControl;
use crate::engine::{Engine, Input, Step};
use crate::error::Error;
use crate::outbox::BATCH;
use crate::probe::{Family, Ident, Probe, Quote};
use crate::quotes::QuoteListener;
use crate::socket::EchoSocket;
use crate::tcp_sockets::TcpSockets;

/// The sockets of a run, one for each IP version that is probed.
#[derive(Debug, Default)]
pub struct Sockets {
    /// For IPv4.
    pub v4: Option<EchoSocket>,
    /// For IPv6.
    pub v6: Option<EchoSocket>,
    /// If there are any, all probes are connections that these begin, to addresses of either version.
    pub tcp: Option<TcpSockets>,
    /// What else hears of ICMP errors, for what they quote.
    pub quotes: Vec<QuoteListener>,
}

impl From<TcpSockets> for Sockets {
    fn from(sockets: TcpSockets) -> Self {
        Self { tcp: Some(sockets), ..Self::default() }
    }
}

impl From<EchoSocket> for Sockets {
    fn from(socket: EchoSocket) -> Self {
        match socket.family() {
            Family::V4 => Self { v4: Some(socket), ..Self::default() },
            Family::V6 => Self { v6: Some(socket), ..Self::default() },
        }
    }
}

impl Sockets {
    /// The identifier that probes to that address carry; `None` without a socket of its family.
    pub fn ident(&self, to: SocketAddr) -> Option<Ident> {
        let socket = if to.is_ipv4() { &self.v4 } else { &self.v6 };
        let tcp = self.tcp.as_ref().map(TcpSockets::ident);
        tcp.or_else(|| socket.as_ref().map(EchoSocket::ident))
    }

    fn of(&mut self, family: Family) -> Option<&mut EchoSocket> {
        match family {
            Family::V4 => self.v4.as_mut(),
            Family::V6 => self.v6.as_mut(),
        }
    }

    /// Hands over what was quoted. It wakes nobody: what quotes it does.
    fn receive_quotes(&mut self, engine: &mut impl Engine) {
        let Self { quotes, tcp, .. } = self;
        for listener in quotes {
            listener.receive_all(&mut |quote| {
                let sent_with = tcp.as_ref().and_then(|tcp| tcp.hop_limit_of(&quote));
                engine.handle(now(), Input::Quoted(Quote { sent_with, ..quote }));
            });
        }
    }

    fn all(&mut self) -> impl Iterator<Item = &mut EchoSocket> {
        [&mut self.v4, &mut self.v6].into_iter().flatten()
    }
}

/// Drives `engine` until it is done, `control` stops it, or `report` fails.
///
/// # Errors
/// What `report` returned, or a failure to wait for the sockets.
pub fn run<E: Engine, R: From<Error>>(
    engine: &mut E,
    sockets: &mut Sockets,
    control: &RunControl,
    mut report: impl FnMut(E::Event) -> Result<(), R>,
) -> Result<(), R> {
    let mut batch: Vec<Probe> = Vec::with_capacity(BATCH);
    let mut awake = 0;
    loop {
        while let Some(request) = control.take() {
            engine.handle(now(), request);
        }
        let step = engine.poll(now());
        if !batch.is_empty() && !matches!(step, Step::Send(_)) {
            flush(engine, sockets, &mut batch);
            // What is decided next may depend on the probes being on their way.
            if matches!(step, Step::Wait(_) | Step::Done) {
                continue;
            }
        }
        match step {
            Step::Send(probe) => {
                batch.push(probe);
                if batch.len() == BATCH {
                    flush(engine, sockets, &mut batch);
                }
            }
            Step::Report(event) => report(event)?,
            Step::Receive => {
                let mut sink = |input: Input<'_>| engine.handle(now(), input);
                sockets.all().for_each(|socket| socket.receive_all(&mut sink));
                sockets.tcp.iter_mut().for_each(|tcp| tcp.receive_all(&mut sink));
                sockets.receive_quotes(engine);
            }
            Step::Wait(until) => {
                // Signals come in where the run sleeps, and a flood does not.
                let now_and_then = awake == MOST_AWAKE;
                awake = if look(engine, sockets) && !now_and_then { awake + 1 } else { 0 };
                if awake == 0 {
                    let until = if now_and_then { now() } else { until };
                    receive(engine, sockets, until, control)?;
                }
            }
            Step::Done => return Ok(()),
        }
    }
}

fn flush(engine: &mut impl Engine, sockets: &mut Sockets, batch: &mut Vec<Probe>) {
    if let Some(tcp) = &mut sockets.tcp {
        tcp.send(engine, batch);
        return batch.clear();
    }
    let same_family = |one: &Probe, other: &Probe| Family::of(one.to) == Family::of(other.to);
    for probes in batch.chunk_by(same_family) {
        let socket = probes.first().and_then(|probe| sockets.of(Family::of(probe.to)));
        match socket {
            Some(socket) => socket.send(engine, probes),
            None => probes.iter().for_each(|probe| {
                let error = io::Error::from(Errno::EAFNOSUPPORT);
                engine.handle(now(), Input::SendFailed(*probe, error));
            }),
        }
    }
    batch.clear();
}

/// Hands over what is there, if looking for it is cheaper than asking whether to look; tells whether there was anything.
fn look(engine: &mut impl Engine, sockets: &mut Sockets) -> bool {
    let mut found = false;
    for socket in sockets.all() {
        found |= socket.look(&mut |input| engine.handle(now(), input));
    }
    found
}

/// Hands over what arrives; sleeps for it until `control` is used or `until`.
fn receive(
    engine: &mut impl Engine,
    sockets: &mut Sockets,
    until: Instant,
    control: &RunControl,
) -> Result<(), Error> {
    let events = wait(sockets, until, control)?;
    let mut sink = |input: Input<'_>| engine.handle(now(), input);
    for (socket, events) in [&mut sockets.v4, &mut sockets.v6].into_iter().zip(events) {
        socket.iter_mut().for_each(|socket| socket.receive(events, &mut sink));
    }
    sockets.tcp.iter_mut().for_each(|tcp| tcp.receive_all(&mut sink));
    sockets.receive_quotes(engine);
    Ok(())
}

/// What there is to be had from each of the ICMP sockets.
fn wait(sockets: &Sockets, until: Instant, control: &RunControl) -> Result<[PollFlags; 2], Error> {
    let due = sockets.tcp.as_ref().and_then(TcpSockets::due);
    let until = due.map_or(until, |due| due.min(until));
    let timeout = Some(until.saturating_duration_since(now()).into());
    let [v4, v6] = [&sockets.v4, &sockets.v6].map(|socket| socket.as_ref().map(AsFd::as_fd));
    let fds = [v4, v6, sockets.tcp.as_ref().map(AsFd::as_fd), control.woken()];
    // In the place of one that is not there stands another, which is waited for anyway.
    let any = fds.iter().flatten().next();
    let mut polled = any.map(|any| fds.map(|fd| PollFd::new(fd.unwrap_or(*any), PollFlags::POLLIN)));
    let polled_now = polled.as_mut().map_or(&mut [][..], |polled| &mut polled[..]);
    match ppoll(polled_now, timeout, control.asleep()) {
        Ok(_) | Err(Errno::EINTR) => {}
        Err(errno) => return Err(Error::os("ppoll")(errno)),
    }
    let events = polled.map(|polled| polled.map(|fd| fd.revents().unwrap_or(PollFlags::empty())));
    let [v4, v6, _, woken] = events.unwrap_or([PollFlags::empty(); 4]);
    if !woken.is_empty() {
        control.rest();
    }
    Ok([v4, v6])
}

/// How often a run may find something without sleeping before it does for an instant.
const MOST_AWAKE: u32 = 64;
