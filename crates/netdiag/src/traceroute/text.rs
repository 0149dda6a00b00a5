//! What is printed, probe by probe as each is settled: upstream's text to the byte.
//!
//! A line ends only when the next begins, because nobody knows before whether there is more to come.

use std::fmt::Write as _;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::time::Duration;

use netdiag_echo::extensions::{Object, objects};
use netdiag_echo::{PortState, WalkAnswer, WalkEvent, WalkProbe, WalkWords, hops_back};
use netdiag_text::Secrets;
use netdiag_text::duration::Millis;

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
            let _ = write!(line, "  {} ms", Millis(answer.rtt));
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

/// A name that takes longer to find out is not waited for.
const PATIENCE: Duration = Duration::from_secs(10);

#[cfg(test)]
mod tests {
    use netdiag_echo::{ClockSource, Family, IcmpError};

    use super::*;

    fn answer(from: &str, micros: u64, hop_limit: u8) -> WalkAnswer {
        let error = IcmpError { family: Family::V4, kind: 11, code: 0, info: 0 };
        WalkAnswer {
            from: Some(SocketAddr::new(from.parse().unwrap(), 0)),
            rtt: Duration::from_micros(micros),
            clock: ClockSource::Kernel,
            words: WalkWords::Icmp(error),
            hop_limit: Some(hop_limit),
            extensions: Vec::new(),
            is_blank: false,
        }
    }

    fn written(
        (extensions, back, info): (bool, bool, bool),
        probes: Vec<(u8, u8, Option<WalkAnswer>)>,
    ) -> String {
        let mut out = Vec::new();
        let mut text = Text::new(&mut out, None, (extensions, back, info));
        for (distance, index, answer) in probes {
            text.probe(&WalkProbe { distance, index, answer, mtu: (distance == 9).then_some(1400) }).unwrap();
        }
        text.end().unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn who_answered_is_told_once_as_long_as_it_is_the_same() {
        let one = |micros| Some(answer("192.0.2.1", micros, 64));
        let other = |hop_limit| Some(answer("192.0.2.2", 5, hop_limit));
        #[rustfmt::skip]
        let cases = [
            (false, vec![(1, 0, one(1383)), (1, 1, one(2)), (1, 2, None)], "\n 1  192.0.2.1  1.383 ms  0.002 ms *\n"),
            (false, vec![(2, 0, None), (2, 1, one(1)), (2, 2, other(9))], "\n 2  * 192.0.2.1  0.001 ms 192.0.2.2  0.005 ms\n"),
            (false, vec![(2, 0, one(1)), (2, 1, None), (2, 2, one(1))],   "\n 2  192.0.2.1  0.001 ms *  0.001 ms\n"),
            (false, vec![(1, 0, one(1)), (2, 0, one(1))],                 "\n 1  192.0.2.1  0.001 ms\n 2  192.0.2.1  0.001 ms\n"),
            (true,  vec![(1, 0, one(1)), (1, 1, one(1))],                 "\n 1  192.0.2.1  0.001 ms  0.001 ms\n"),
            (true,  vec![(2, 0, other(60)), (2, 1, other(61)), (2, 2, other(63))],
                "\n 2  192.0.2.2 '-5'  0.005 ms 192.0.2.2 '-4'  0.005 ms 192.0.2.2  0.005 ms\n"),
            (false, vec![(9, 0, one(1)), (9, 1, None)],                   "\n 9  192.0.2.1  0.001 ms F=1400 * F=1400\n"),
            (false, vec![(10, 0, None)],                                  "\n10  *\n"),
        ];
        for (back, probes, expected) in cases {
            assert_eq!(written((false, back, false), probes), expected);
        }
    }

    #[test]
    fn what_comes_with_an_answer_is_told_where_it_was_asked_for() {
        let labels = vec![0x20, 0, 0, 0, 0, 8, 1, 1, 0x05, 0xdc, 0x11, 0x01, 0, 6, 9, 2, 0xab, 0xcd];
        let labelled = || Some(WalkAnswer { extensions: labels.clone(), ..answer("192.0.2.1", 1, 64) });
        let port = |state| Some(WalkAnswer { words: WalkWords::Port(state), ..answer("192.0.2.9", 1, 64) });
        let local =
            Some(WalkAnswer { from: None, words: WalkWords::TooLong(1500), ..answer("0.0.0.0", 1, 64) });
        #[rustfmt::skip]
        let cases = [
            ((true, false, false),  labelled(),               "\n 1  192.0.2.1 <MPLS:L=24001,E=0,S=1,T=1;9/2:abcd>  0.001 ms\n"),
            ((false, false, false), labelled(),               "\n 1  192.0.2.1  0.001 ms\n"),
            ((false, false, true),  port(PortState::Open),    "\n 1  192.0.2.9 <syn,ack>  0.001 ms\n"),
            ((false, false, true),  port(PortState::Closed),  "\n 1  192.0.2.9 <rst,ack>  0.001 ms\n"),
            ((false, false, false), port(PortState::Closed),  "\n 1  192.0.2.9  0.001 ms\n"),
            ((false, false, false), local,                    "\n 1  *  0.001 ms !F-1500\n"),
        ];
        for (how, answer, expected) in cases {
            assert_eq!(written(how, vec![(1, 0, answer)]), expected);
        }
    }
}
