//! What is printed, probe by probe as each is settled: upstream's text to the byte.
//!
//! A line ends only when the next begins, because nobody knows before whether there is more to come.

use std::fmt::Write as _;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::time::Duration;

use netdiag_echo::extensions::{Object, objects};
use netdiag_echo::{PortState, WalkAnswer, WalkEvent, WalkProbe, WalkWords};
use netdiag_text::Secrets;

use super::marks::mark;
use crate::ping::Names;
use crate::ping::address::number;

/// Writes a walk.
pub(super) struct Text<W> {
    out: W,
    /// `None` shows numbers alone.
    names: Option<Names>,
    extensions: bool,
    back: bool,
    /// Whether to tell the flags of a TCP answer.
    info: bool,
    /// Who answered last at the distance that is being written.
    shown: Option<Shown>,
}

/// What is written once for all probes it holds of.
#[derive(Clone, PartialEq)]
struct Shown {
    from: SocketAddr,
    extensions: String,
    back: Option<u16>,
}

impl<W: Write> Text<W> {
    pub(super) fn new(out: W, names: Option<Names>, (extensions, back, info): (bool, bool, bool)) -> Self {
        Self { out, names, extensions, back, info, shown: None }
    }

    /// What it is about, without the end of its line.
    pub(super) fn header(&mut self, host: &str, to: SocketAddr, hops: u8, bytes: usize) -> io::Result<()> {
        let (host, number) = (Secrets::NONE.show(host), number(to));
        self.write(format_args!("traceroute to {host} ({number}), {hops} hops max, {bytes} byte packets"))
    }

    /// Adds what an event tells, if anything.
    pub(super) fn event(&mut self, event: &WalkEvent) -> io::Result<()> {
        match event {
            WalkEvent::Settled(probe) => self.probe(probe),
            _ => Ok(()),
        }
    }

    /// Ends the last line.
    pub(super) fn end(&mut self) -> io::Result<()> {
        self.write(format_args!("\n"))
    }

    fn probe(&mut self, probe: &WalkProbe) -> io::Result<()> {
        let mut line = String::new();
        if probe.index == 0 {
            self.shown = None;
            // A string takes everything, here and below.
            let _ = write!(line, "\n{:2} ", probe.distance);
        }
        match probe.answer.as_ref().and_then(|answer| Some((answer, answer.from?))) {
            Some((answer, from)) => self.who(answer, from, probe.distance, &mut line),
            None => line.push_str(" *"),
        }
        if let Some(answer) = &probe.answer {
            let _ = write!(line, "  {:.3} ms", millis(answer.rtt));
        }
        let found = probe.mtu.map(|mtu| format!("F={mtu}"));
        let mark = probe.answer.as_ref().and_then(|answer| mark(answer.words)).or(found);
        if let Some(mark) = mark {
            let _ = write!(line, " {mark}");
        }
        self.write(format_args!("{line}"))
    }

    /// Who answered, unless it is the same as before.
    fn who(&mut self, answer: &WalkAnswer, from: SocketAddr, distance: u8, line: &mut String) {
        let extensions = match answer.words {
            WalkWords::Port(state) if self.info => flags(state).to_owned(),
            _ if self.extensions => described(&answer.extensions),
            _ => String::new(),
        };
        let back = answer.hop_limit.filter(|_| self.back).map(hops_back);
        let shown = Shown { from, extensions, back };
        if self.shown.as_ref() == Some(&shown) {
            return;
        }
        let number = number(from);
        match self.names.as_mut().map(|names| names.of(from, PATIENCE).map(str::to_owned)) {
            // Whoever owns the address chose the name.
            Some(name) => {
                let name = name.map_or_else(|| number.clone(), |name| Secrets::NONE.show(&name).to_string());
                let _ = write!(line, " {name} ({number})");
            }
            None => {
                let _ = write!(line, " {number}");
            }
        }
        if !shown.extensions.is_empty() {
            let _ = write!(line, " <{}>", shown.extensions);
        }
        if let Some(back) = back.filter(|back| *back != u16::from(distance)) {
            let _ = write!(line, " '-{back}'");
        }
        self.shown = Some(shown);
    }

    fn write(&mut self, words: std::fmt::Arguments<'_>) -> io::Result<()> {
        self.out.write_fmt(words)?;
        self.out.flush()
    }
}

/// How many hops a packet seems to have come that has this much of its limit left, taking it to have begun with 64, 128 or 255.
pub(crate) const fn hops_back(limit: u8) -> u16 {
    let begun = match limit {
        0..=64 => 65,
        65..=128 => 129,
        129.. => 256,
    };
    begun - limit as u16
}

/// The flags a port answered with.
const fn flags(state: PortState) -> &'static str {
    match state {
        PortState::Open => "syn,ack",
        PortState::Closed => "rst,ack",
    }
}

/// Extension objects in upstream's notation.
fn described(structure: &[u8]) -> String {
    let mut text = String::new();
    let Ok(all) = objects(structure) else { return text };
    for (object, (class, kind, data)) in all.clone().zip(all.unread()) {
        let Ok(object) = object else { break };
        if !text.is_empty() {
            text.push(';');
        }
        match object {
            Object::Labels(labels) => {
                text.push_str("MPLS:");
                for (at, label) in labels.iter().enumerate() {
                    let between = if at == 0 { "" } else { "/" };
                    let bottom = u8::from(label.is_bottom);
                    let _ = write!(
                        text,
                        "{between}L={},E={},S={bottom},T={}",
                        label.label, label.traffic_class, label.ttl
                    );
                }
            }
            _ => {
                let _ = write!(text, "{class}/{kind}:");
                for (at, word) in data.chunks(4).enumerate() {
                    let between = if at == 0 { "" } else { "," };
                    let _ = text.write_str(between);
                    word.iter().for_each(|byte| {
                        let _ = write!(text, "{byte:02x}");
                    });
                }
            }
        }
    }
    text
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

/// A name that takes longer to find out is not waited for.
const PATIENCE: Duration = Duration::from_secs(10);
