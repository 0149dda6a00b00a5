//! [`ManyTargets`]: an engine for each of many targets, driven as one.
//!
//! What happens is handed to the engine it is about, found by the target's address; whoever is due first is asked first. Either
//! costs the same for two targets and nearly the same for a million. Each engine counts its probes for itself, so there may be as
//! many under way to each target as to one alone.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::time::Instant;

use crate::deadlines::Deadlines;
use crate::engine::{Engine, Input, Step};
use crate::payload::Payload;
use crate::probe::{Answer, AnswerKind, Ident, Probe};
use crate::wire::HEADER_LEN;

/// Engines by target.
///
/// ```no_run
/// use netdiag_echo::{
///     EchoSocket, Error, Family, IcmpSocket, ManyTargets, Payload, Ping, PingConfig, PingEvent, RunControl, SocketConfig,
/// };
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let mut many = ManyTargets::default();
/// let socket = EchoSocket::new(IcmpSocket::open(Family::V4)?, &SocketConfig::new(56))?;
/// for last in 1..=254 {
///     let (to, payload) = (([192, 0, 2, last], 0).into(), Payload::new(56));
///     let secret = payload.secret;
///     let config = PingConfig { count: Some(1), ..PingConfig::new(to, socket.ident(), payload) };
///     let now = netdiag_echo::now();
///     many.add(to, secret, Ping::new(config, now), now).map_err(|_| "every target once")?;
/// }
/// netdiag_echo::run(&mut many, &mut socket.into(), &RunControl::new(), |of| {
///     if let PingEvent::Reply(reply) = of.event {
///         println!("{} answered in {:?}", reply.from, reply.rtt);
///     }
///     Ok::<(), Error>(())
/// })?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct ManyTargets<E> {
    members: Vec<Member<E>>,
    by_target: HashMap<Target, usize>,
    by_secret: HashMap<u64, usize>,
    due: Deadlines,
}

#[derive(Debug)]
struct Member<E> {
    engine: E,
    is_done: bool,
}

/// An event of one of many engines.
#[derive(Debug, PartialEq)]
pub struct OfTarget<E> {
    /// Whose, counted from zero in the order they were added.
    pub index: usize,
    /// What it tells.
    pub event: E,
}

/// An address and its IPv6 scope.
type Target = (IpAddr, u32);

const fn target(address: SocketAddr) -> Target {
    match address {
        SocketAddr::V4(v4) => (IpAddr::V4(*v4.ip()), 0),
        SocketAddr::V6(v6) => (IpAddr::V6(*v6.ip()), v6.scope_id()),
    }
}

impl<E> Default for ManyTargets<E> {
    fn default() -> Self {
        Self {
            members: Vec::new(),
            by_target: HashMap::new(),
            by_secret: HashMap::new(),
            due: Deadlines::default(),
        }
    }
}

impl<E: Engine> ManyTargets<E> {
    /// Adds the engine of a target, which is first polled at `start`, and gives its number; gives it back if there is one for
    /// that target already. By the [secret](Payload::secret) of its probes, if they have one, a reply is known that comes from
    /// another address than the target's: a group's, or a host of many addresses.
    ///
    /// # Errors
    /// The engine, if its target is taken.
    pub fn add(
        &mut self,
        to: SocketAddr,
        secret: Option<u64>,
        engine: E,
        start: Instant,
    ) -> Result<usize, E> {
        if self.by_target.contains_key(&target(to)) {
            return Err(engine);
        }
        let which = self.members.len();
        self.by_target.insert(target(to), which);
        secret.map(|secret| self.by_secret.insert(secret, which));
        self.members.push(Member { engine, is_done: false });
        self.due.set(which, start);
        Ok(which)
    }

    /// All engines, in the order they were added.
    pub fn engines(&self) -> impl ExactSizeIterator<Item = &E> {
        self.members.iter().map(|member| &member.engine)
    }

    /// Whose target has that address.
    fn at(&self, to: SocketAddr) -> Option<usize> {
        self.by_target.get(&target(to)).copied()
    }

    /// Whose probe the answer is about.
    fn asked(&self, answer: &Answer<'_>) -> Option<usize> {
        if let Some(which) = self.at(answer.probe.to.unwrap_or(answer.from)) {
            return Some(which);
        }
        let AnswerKind::Reply { payload, .. } = answer.kind else { return None };
        self.by_secret.get(&Payload::secret_in(payload)?).copied()
    }

    /// Whom the input is for; `None` if nobody knows, or it is for all.
    fn addressee(&self, input: &Input<'_>) -> Option<usize> {
        match input {
            Input::Sent(probe, _) | Input::Departed(probe, _) | Input::SendFailed(probe, _) => {
                self.at(probe.to)
            }
            Input::Answer(answer) | Input::Unnumbered(answer) => self.asked(answer),
            Input::Quoted(quote) => self.at(SocketAddr::new(quote.to, 0)).or_else(|| {
                let behind = quote.transport.get(HEADER_LEN..)?;
                self.by_secret.get(&Payload::secret_in(behind)?).copied()
            }),
            Input::Refused(refused) => self.at(refused.probe.map(|probe| probe.to).or(refused.to)?),
            // It is about the socket, and one of them is enough to tell.
            Input::ReceiveFailed(_) => self.due.first().map(|(_, which)| which),
            Input::Status | Input::Pause(_) | Input::Reset | Input::Stop => None,
        }
    }

    fn hand(&mut self, which: usize, now: Instant, input: Input<'_>) {
        let Some(member) = self.members.get_mut(which).filter(|member| !member.is_done) else { return };
        member.engine.handle(now, input);
        // It may have something to say; what is due already keeps its place in the queue.
        if self.due.of(which).is_none_or(|due| due > now) {
            self.due.set(which, now);
        }
    }

    fn hand_all(&mut self, now: Instant, input: impl Fn() -> Input<'static>) {
        (0..self.members.len()).for_each(|which| self.hand(which, now, input()));
    }
}

impl<E: Engine> Engine for ManyTargets<E> {
    type Event = OfTarget<E::Event>;

    fn poll(&mut self, now: Instant) -> Step<Self::Event> {
        while let Some((at, which)) = self.due.first() {
            if at > now {
                return Step::Wait(at);
            }
            let Some(member) = self.members.get_mut(which) else { break };
            let step = match member.engine.poll(now) {
                Step::Wait(until) => {
                    self.due.set(which, until);
                    // Only time that passes brings it on.
                    if until <= now {
                        return Step::Wait(until);
                    }
                    continue;
                }
                Step::Done => {
                    member.is_done = true;
                    self.due.remove(which);
                    continue;
                }
                Step::Report(event) => return Step::Report(OfTarget { index: which, event }),
                Step::Send(probe) => Step::Send(probe),
                Step::Receive => Step::Receive,
            };
            // Behind those that have been due for longer.
            self.due.set(which, now);
            return step;
        }
        Step::Done
    }

    fn fill(&self, probe: &Probe, data: &mut [u8]) -> Ident {
        let member = self.at(probe.to).and_then(|which| self.members.get(which));
        // Only what an engine wanted sent is filled.
        member.map_or(Ident(0), |member| member.engine.fill(probe, data))
    }

    fn handle(&mut self, now: Instant, input: Input<'_>) {
        match input {
            Input::Status => self.hand_all(now, || Input::Status),
            Input::Pause(pause) => self.hand_all(now, || Input::Pause(pause)),
            Input::Reset => self.hand_all(now, || Input::Reset),
            Input::Stop => self.hand_all(now, || Input::Stop),
            input => {
                if let Some(which) = self.addressee(&input) {
                    self.hand(which, now, input);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
