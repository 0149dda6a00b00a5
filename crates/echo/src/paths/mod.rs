//! [`Paths`]: all paths to a target, where routers share traffic among several ways.
//!
//! Distance by distance, the next hops of each router are asked for with one flow after another until the
//! [stopping rule](stopping) is met. A batch of questions leaves together, and the next is thought of once all of it has come to
//! something; what is not answered is asked again slowly, so that a limit is not taken for a router that is not there.

mod answers;
mod config;
mod event;
mod graph;
mod layer;
mod plan;
mod stopping;

use std::collections::VecDeque;
use std::io;
use std::time::{Duration, Instant};

pub use self::config::{Confidence, FlowField, PathsConfig};
pub use self::event::PathsEvent;
pub use self::graph::{Diamond, PathGraph, PathHop, PathLink, PathNode, Sharing};
use self::layer::{Layer, Next, Question};
use self::stopping::StoppingRule;
use crate::engine::{Engine, Input, LocalRefusal, Step};
use crate::probe::{Ident, Probe, Seq};
use crate::stamp::SendCall;
use crate::window::{Fate, Window};
use crate::wire::level;

/// The engine of one enumeration.
///
/// ```no_run
/// use netdiag_echo::{
///     EchoSocket, Error, Family, FlowField, IcmpSocket, Paths, PathsConfig, Payload, RunControl, SocketConfig,
/// };
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let socket = EchoSocket::new(IcmpSocket::open_udp(Family::V4)?, &SocketConfig::new(100))?;
/// let to = ([192, 0, 2, 1], 33_434).into();
/// let config = PathsConfig::new(to, socket.ident(), Payload::new(100), FlowField::Port);
/// let mut paths = Paths::new(config);
/// netdiag_echo::run(&mut paths, &mut socket.into(), &RunControl::new(), |_| Ok::<(), Error>(()))?;
/// println!("{} paths", paths.graph().count());
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Paths {
    config: PathsConfig,
    rule: StoppingRule,
    /// Where all flows begin, then each distance as far as it is asked.
    layers: Vec<Layer>,
    /// Which of them is asked for: by flows that come to the one before.
    at: usize,
    /// How many nodes each had when it was found to be enough.
    settled: Vec<usize>,
    window: Window,
    /// What each probe asked, by its number.
    asked: Vec<Asked>,
    /// Probes of which nothing has come yet, in the order they left.
    under_way: VecDeque<Seq>,
    /// Where a probe of each flow was given up last.
    given_up: Vec<Option<usize>>,
    longest: Option<Duration>,
    start: Option<Instant>,
    /// When everything that had arrived by then had been handed over.
    seen: Option<Instant>,
    stopped: Option<Instant>,
    events: VecDeque<PathsEvent>,
    end: Option<End>,
}

#[derive(Clone, Copy, Debug)]
struct Asked {
    layer: usize,
    question: Question,
}

/// How it ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum End {
    Whole,
    Cut,
}

impl Paths {
    /// A run that starts at its first [`poll`](Engine::poll).
    pub fn new(config: PathsConfig) -> Self {
        let layers = vec![Layer::origin(config.first.saturating_sub(1)), Layer::new(config.first)];
        Self {
            rule: StoppingRule::new(config.confidence, config.most_flows),
            layers,
            at: 1,
            settled: Vec::new(),
            window: Window::default(),
            asked: Vec::new(),
            under_way: VecDeque::new(),
            given_up: Vec::new(),
            longest: None,
            start: None,
            seen: None,
            stopped: None,
            events: VecDeque::new(),
            end: None,
            config,
        }
    }

    /// What was found so far.
    pub fn graph(&self) -> PathGraph {
        PathGraph::of(&self.layers, &self.rule, self.config.most_flows)
    }

    /// Whether it was cut short: by its deadline, or by whoever wanted it to end.
    pub fn is_cut(&self) -> bool {
        self.end != Some(End::Whole)
    }

    /// What was asked for.
    pub const fn config(&self) -> &PathsConfig {
        &self.config
    }

    /// The layers that are being asked: that which is asked for, and the one before.
    fn active(&self) -> std::ops::RangeInclusive<usize> {
        self.at.saturating_sub(1)..=self.at
    }

    /// Thinks of what to ask next, once nothing is left to ask.
    fn plan(&mut self) {
        while self.end.is_none() {
            let Some((before, [layer, ..])) = self
                .layers
                .split_at_mut_checked(self.at)
                .and_then(|(before, rest)| Some((before.last()?, rest)))
            else {
                return;
            };
            let wanted = plan::wanted(before, layer, &self.rule, self.config.most_flows);
            if !wanted.is_empty() {
                for (is_before, question) in wanted {
                    let at = self.at - usize::from(is_before);
                    self.layers.get_mut(at).into_iter().for_each(|layer| layer.ask(question));
                }
                return;
            }
            self.go_on();
        }
    }

    /// Enough is known where it is; goes on to the next distance, or back to one where more was found meanwhile.
    fn go_on(&mut self) {
        let Some(layer) = self.layers.get(self.at) else { return };
        let width = layer.nodes.len();
        self.settled.resize(self.settled.len().max(self.at + 1), 0);
        if let Some(known) = self.settled.get_mut(self.at)
            && *known != width
        {
            *known = width;
            self.events.push_back(PathsEvent::Hop { distance: layer.distance, width });
        }
        let has_grown = |at: usize| {
            let known = self.settled.get(at).copied().unwrap_or_default();
            self.layers.get(at).is_some_and(|layer| layer.nodes.len() != known)
        };
        if self.at > 1 && has_grown(self.at - 1) {
            self.at -= 1;
            return;
        }
        let ends = (0..layer.nodes.len()).all(|node| !layer.passes(node));
        let silent = self.layers.iter().skip(1).rev().take_while(|layer| layer.is_mute()).count();
        let is_last = self.at + 1 == self.layers.len();
        if is_last && (ends || layer.distance >= self.config.last || silent >= self.config.give_up.into()) {
            self.end = Some(End::Whole);
            return;
        }
        if is_last {
            self.layers.push(Layer::new(layer.distance.saturating_add(1)));
        }
        self.at += 1;
    }

    /// What is asked next, or when it may be.
    fn next(&mut self, now: Instant) -> Next {
        let mut due: Option<Instant> = None;
        for at in self.active() {
            match self.layers.get_mut(at).map_or(Next::Nothing, |layer| layer.next(now)) {
                Next::Ask(question) => {
                    self.asked.push(Asked { layer: at, question });
                    return Next::Ask(question);
                }
                Next::Wait(until) => due = due.into_iter().chain([until]).min(),
                Next::Nothing => {}
            }
        }
        due.map_or(Next::Nothing, Next::Wait)
    }

    /// The probe of the newest question.
    fn probe(&mut self) -> Option<Probe> {
        let Asked { layer, question } = *self.asked.last()?;
        let seq = Seq(self.asked.len() as u64);
        self.window.open(seq);
        self.under_way.push_back(seq);
        let mut to = self.config.to;
        if self.config.field == FlowField::Port {
            to.set_port(to.port().saturating_add(question.flow));
        }
        let has_checksum = self.config.field == FlowField::Checksum && to.is_ipv4();
        Some(Probe {
            hop_limit: self.layers.get(layer).map(|layer| layer.distance),
            flow: has_checksum.then(|| checksum(question.flow).into()),
            ..Probe::new(to, seq, self.config.payload.size)
        })
    }

    fn asked(&self, seq: Seq) -> Option<Asked> {
        let place = usize::try_from(seq.0.checked_sub(1)?).ok()?;
        self.asked.get(place).copied()
    }

    fn distance(&self, seq: Seq) -> u8 {
        let layer = self.asked(seq).and_then(|asked| self.layers.get(asked.layer));
        layer.map_or(0, |layer| layer.distance)
    }

    fn sent(&mut self, seq: Seq, call: SendCall) {
        if self.window.slot(seq).is_none_or(|slot| slot.sent.is_some()) {
            return;
        }
        self.window.sent(seq, call);
        let layer = self.asked(seq).and_then(|asked| self.layers.get_mut(asked.layer));
        layer.into_iter().for_each(|layer| layer.sent += 1);
    }

    /// The system did not take a probe, which is to be asked again as if it had not been answered.
    fn unsent(&mut self, seq: Seq, event: PathsEvent) {
        self.events.push_back(event);
        if self.window.slot(seq).is_some_and(|slot| slot.sent.is_none() && slot.fate == Fate::Open) {
            self.window.slot(seq).into_iter().for_each(|slot| slot.fate = Fate::Failed);
            self.silent(seq);
        }
    }

    fn send_failed(&mut self, seq: Seq, error: io::Error) {
        let event = PathsEvent::SendFailed { distance: self.distance(seq), error };
        self.unsent(seq, event);
    }

    fn refused(&mut self, refused: LocalRefusal) {
        let event = PathsEvent::Refused(refused.error);
        match refused.probe {
            Some(probe) => self.unsent(probe.seq, event),
            None => self.events.push_back(event),
        }
    }

    fn silent(&mut self, seq: Seq) {
        let Some(asked) = self.asked(seq) else { return };
        let Some(layer) = self.layers.get_mut(asked.layer) else { return };
        if layer.silent(asked.question) {
            self.events.push_back(PathsEvent::AskingSlowly { distance: layer.distance });
        }
    }

    /// When the oldest probe left of which nothing has come: `Some(None)` if it is about to leave, `None` if there is none.
    fn oldest(&mut self) -> Option<Option<Instant>> {
        while let Some(seq) = self.under_way.front() {
            match self.window.slot(*seq) {
                Some(slot) if slot.fate == Fate::Open => return Some(slot.sent),
                _ => self.under_way.pop_front(),
            };
        }
        None
    }

    /// Gives up probes that left by `moment`.
    fn expire(&mut self, moment: Instant) {
        while self.oldest().flatten().is_some_and(|sent| sent <= moment) {
            let Some(seq) = self.under_way.pop_front() else { return };
            self.window.slot(seq).into_iter().for_each(|slot| slot.fate = Fate::Lost);
            if let Some(Asked { layer, question }) = self.asked(seq) {
                let flow = usize::from(question.flow);
                self.given_up.resize(self.given_up.len().max(flow + 1), None);
                self.given_up.get_mut(flow).into_iter().for_each(|given_up| *given_up = Some(layer));
            }
            self.silent(seq);
        }
    }

    fn patience(&self) -> Duration {
        let longest = self.longest.map(|longest| longest.saturating_mul(10).max(SHORTEST_PATIENCE));
        longest.map_or(self.config.timeout, |patience| patience.min(self.config.timeout))
    }

    /// Whether a conclusion may be drawn from what had not arrived by `moment`; if not, it is to be looked first.
    fn has_seen(&mut self, now: Instant, moment: Instant) -> bool {
        if self.seen.is_some_and(|seen| seen >= moment) {
            return true;
        }
        self.seen = Some(now);
        false
    }

    /// When it is to end, whatever is known by then.
    fn ending(&self) -> Option<Instant> {
        let deadline = self.start.zip(self.config.deadline);
        let deadline = deadline.and_then(|(start, deadline)| start.checked_add(deadline));
        self.stopped.into_iter().chain(deadline).min()
    }
}

impl Engine for Paths {
    type Event = PathsEvent;

    fn poll(&mut self, now: Instant) -> Step<PathsEvent> {
        self.start.get_or_insert(now);
        loop {
            if let Some(event) = self.events.pop_front() {
                return Step::Report(event);
            }
            if self.end.is_some() {
                return Step::Done;
            }
            let ending = self.ending();
            if let Some(end) = ending.filter(|end| *end <= now) {
                if !self.has_seen(now, end) {
                    return Step::Receive;
                }
                self.end = Some(End::Cut);
                continue;
            }
            let oldest = self.oldest();
            let expiry = oldest.flatten().map(|sent| sent + self.patience());
            if let Some(expiry) = expiry.filter(|expiry| *expiry <= now) {
                if !self.has_seen(now, expiry) {
                    return Step::Receive;
                }
                let patience = self.patience();
                let by = self.seen.and_then(|seen| seen.checked_sub(patience));
                by.into_iter().for_each(|by| self.expire(by));
                continue;
            }
            let due = match self.next(now) {
                Next::Ask(_) => match self.probe() {
                    Some(probe) => return Step::Send(probe),
                    None => continue,
                },
                Next::Wait(due) => Some(due),
                Next::Nothing if oldest.is_none() => {
                    self.plan();
                    continue;
                }
                Next::Nothing => None,
            };
            let until = [due, expiry, ending].into_iter().flatten().min();
            return Step::Wait(until.unwrap_or(now + self.config.timeout));
        }
    }

    fn fill(&self, probe: &Probe, data: &mut [u8]) -> Ident {
        self.config.payload.write(probe.seq, data);
        if self.config.field == FlowField::Checksum && self.config.to.is_ipv6() {
            let flow = self.asked(probe.seq).map_or(0, |asked| asked.question.flow);
            level(self.config.ident, probe.seq, data, checksum(flow));
        }
        self.config.ident
    }

    fn handle(&mut self, now: Instant, input: Input<'_>) {
        match input {
            _ if self.end.is_some() => {}
            Input::Sent(probe, call) => self.sent(probe.seq, call),
            Input::Departed(probe, departure) => self.window.departed(probe.seq, departure),
            Input::SendFailed(probe, error) => self.send_failed(probe.seq, error),
            Input::Answer(answer) => self.answered(&answer),
            Input::Refused(refused) => self.refused(refused),
            Input::ReceiveFailed(error) => self.events.push_back(PathsEvent::ReceiveFailed(error)),
            Input::Status => self.events.push_back(PathsEvent::Status),
            Input::Stop => self.stopped = self.stopped.or(Some(now)),
            Input::Unnumbered(answer) => self.unnumbered(&answer),
            // What routers quote says nothing of ways, and nothing of it is counted by rounds.
            Input::Quoted(_) | Input::Pause(_) | Input::Reset => {}
        }
    }
}

/// The checksum that echo requests of a flow have: neither of the two that stand for zero.
const fn checksum(flow: u16) -> u16 {
    1 + flow % 0xfffe
}

/// Nobody is given up sooner, however fast the others are.
const SHORTEST_PATIENCE: Duration = Duration::from_millis(500);

#[cfg(test)]
mod tests;
