//! What is printed, a line for each answer: upstream's text to the byte.

use std::fmt::Write as _;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::time::Duration;

use netdiag_echo::{Family, IcmpError, Shrunk, WalkAnswer, WalkEvent, WalkWords, hops_back};
use netdiag_text::duration::Millis;
use netdiag_text::{Secrets, strerror};
use nix::libc;

use crate::ping::Names;
use crate::ping::address::number;

/// Writes a walk.
pub(super) struct Text<W> {
    out: W,
    names: Option<Names>,
    /// Whether a name and its address are shown, and not one alone.
    both: bool,
    numeric: bool,
    /// Whether an administrator's refusal is told as that of a host, as upstream does over IPv4.
    hides_filters: bool,
    is_v6: bool,
    /// Bytes of the longest packet that passes, as far as is known.
    mtu: usize,
    /// The distance that is asked.
    next: u8,
    /// Who ended the path, by how far they are and seem to be.
    end: Option<End>,
}

/// How a walk ended.
#[derive(Clone, Copy)]
enum End {
    Reached(u8, Option<u16>),
    Refused,
}

/// How a line ends.
enum Ending {
    /// There is more to come.
    Passing,
    Over(&'static str),
    /// The path ends with an error that has no mark.
    Error(i32),
    Mtu(u32),
}

impl<W: Write> Text<W> {
    pub(super) fn new(
        out: W,
        (numeric, both): (bool, bool),
        (hides_filters, is_v6): (bool, bool),
        mtu: usize,
    ) -> Self {
        let names = (!numeric || both).then(Names::start);
        Self { out, names, both, numeric, hides_filters, is_v6, mtu, next: 1, end: None }
    }

    /// Writes what an event tells, if anything; gives the words of an error that has no mark.
    pub(super) fn event(&mut self, event: &WalkEvent) -> io::Result<Option<String>> {
        if let WalkEvent::Settled(probe) = event {
            self.next = probe.distance.saturating_add(1);
        }
        match event {
            WalkEvent::Shrunk(shrunk) => self.shrunk(shrunk).map(|()| None),
            WalkEvent::Settled(probe) | WalkEvent::Late(probe) => match &probe.answer {
                Some(answer) => self.answer(probe.distance, answer),
                None => self.write(&format!("{:2}:  no reply\n", probe.distance)).map(|()| None),
            },
            _ => Ok(None),
        }
    }

    /// That the system took no probe of the distance that was next.
    pub(super) fn send_failed(&mut self) -> io::Result<()> {
        self.end = Some(End::Refused);
        self.write(&format!("{:2}:  send failed\n", self.next))
    }

    /// What it came to.
    pub(super) fn end(&mut self) -> io::Result<()> {
        let mtu = self.mtu;
        let mut text = match self.end {
            Some(_) => String::new(),
            None => format!("     Too many hops: pmtu {mtu}\n"),
        };
        // A string takes everything.
        let _ = write!(text, "     Resume: pmtu {mtu} ");
        if let Some(End::Reached(hops, back)) = self.end {
            let _ = write!(text, "hops {hops} ");
            if let Some(back) = back {
                let _ = write!(text, "back {back} ");
            }
        }
        text.push('\n');
        self.write(&text)
    }

    fn shrunk(&mut self, shrunk: &Shrunk) -> io::Result<()> {
        self.mtu = usize::try_from(shrunk.mtu).unwrap_or(self.mtu);
        let Shrunk { distance, answer, mtu } = shrunk;
        let who = match answer.from {
            Some(from) => format!("{distance:2}:  {}{}", self.column(from), time(answer.rtt)),
            // Only IPv6 tells which packet it was, by upstream's means.
            None => {
                let took = if self.is_v6 { time(answer.rtt) } else { String::new() };
                format!("{distance:2}?: {:<32} {took}", "[LOCALHOST]")
            }
        };
        self.write(&format!("{who}pmtu {mtu}\n"))
    }

    fn answer(&mut self, distance: u8, answer: &WalkAnswer) -> io::Result<Option<String>> {
        let back = answer.hop_limit.map(hops_back);
        let Some(from) = answer.from else { return Ok(None) };
        let ending = match answer.words {
            WalkWords::Icmp(error) => ending(error, answer.words.is_passing(), self.hides_filters),
            _ => {
                self.end = Some(End::Refused);
                return self.write(&format!("{distance:2}?: reply received 8)\n")).map(|()| None);
            }
        };
        let mut line = format!("{distance:2}:  {}{}", self.column(from), time(answer.rtt));
        if answer.is_blank {
            line.push_str("(This broken router returned corrupted payload) ");
        }
        // A string takes everything, here and below.
        let mut words = None;
        match ending {
            Ending::Passing => {
                if let Some(back) = back.filter(|back| *back != u16::from(distance)) {
                    let _ = write!(line, "asymm {back:2} ");
                }
            }
            Ending::Mtu(mtu) => {
                let _ = write!(line, "pmtu {mtu}");
                self.end = Some(End::Refused);
            }
            Ending::Over(mark) => {
                line.push_str(mark);
                let is_reached = mark == REACHED;
                self.end = Some(if is_reached { End::Reached(distance, back) } else { End::Refused });
            }
            Ending::Error(errno) => {
                words = Some(format!("NET ERROR: {}", strerror(&io::Error::from_raw_os_error(errno))));
                self.end = Some(End::Refused);
            }
        }
        line.push('\n');
        self.write(&line).map(|()| words)
    }

    /// Who answered, in a column of its own.
    fn column(&mut self, from: SocketAddr) -> String {
        let number = number(from);
        let name = self.names.as_mut().and_then(|names| names.of(from, PATIENCE).map(str::to_owned));
        // Whoever owns the address chose the name.
        let name = name.map_or_else(|| number.clone(), |name| Secrets::NONE.show(&name).to_string());
        let (first, second) = if self.numeric { (number, name) } else { (name, number) };
        let who = if self.both { format!("{first} ({second})") } else { first };
        // One that is too long has a blank behind it anyway.
        let padding = COLUMN.saturating_sub(who.chars().count()).max(1);
        format!("{who}{:padding$}", "")
    }

    fn write(&mut self, words: &str) -> io::Result<()> {
        self.out.write_all(words.as_bytes())?;
        self.out.flush()
    }
}

/// What the line of an ICMP error ends with, which upstream decides by what the kernel makes of the error.
fn ending(error: IcmpError, is_passing: bool, hides_filters: bool) -> Ending {
    let filtered = if hides_filters { "!H" } else { "!A" };
    match (error.family, error.kind, error.code) {
        _ if is_passing => Ending::Passing,
        _ if error.is_port_unreachable() => Ending::Over(REACHED),
        _ if error.is_too_big() => Ending::Mtu(error.info),
        (Family::V4, 3, 0 | 6 | 11) | (Family::V6, 1, 0) => Ending::Over("!N"),
        (Family::V4, 3, 9) => Ending::Over(if hides_filters { "!N" } else { "!A" }),
        (Family::V4, 3, 10 | 13) => Ending::Over(filtered),
        (Family::V6, 1, 1 | 5 | 6) => Ending::Over("!A"),
        (Family::V4, 3, 1 | 12 | 14 | 15) | (Family::V6, 1, _) => Ending::Over("!H"),
        (Family::V4, 11, _) | (Family::V6, 3, _) => Ending::Over("!H"),
        (Family::V4, 12, _) | (Family::V6, 4, _) => Ending::Over("!P"),
        (Family::V4, 3, 2) => Ending::Error(libc::ENOPROTOOPT),
        (Family::V4, 3, 5) => Ending::Error(libc::EOPNOTSUPP),
        (Family::V4, 3, 7) => Ending::Error(libc::EHOSTDOWN),
        (Family::V4, 3, 8) => Ending::Error(libc::ENONET),
        _ => Ending::Error(libc::EPROTO),
    }
}

fn time(time: Duration) -> String {
    format!("{:>7}ms ", Millis(time).to_string())
}

const REACHED: &str = "reached";
/// Where times begin.
const COLUMN: usize = 52;
/// A name that takes longer to find out is not waited for.
const PATIENCE: Duration = Duration::from_secs(10);
