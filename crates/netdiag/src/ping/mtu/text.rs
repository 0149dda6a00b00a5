//! A search for the path MTU in lines: what became of each probe, and what they come to.
//!
//! A probe that was not answered may have been lost: only the last lines say what does not get through.

use std::io::{self, Write};

use netdiag_echo::{MtuEvent, Stopped};
use netdiag_text::duration::Short;
use netdiag_text::strerror;
use netdiag_text::terminal::masked;

use super::render::{Found, Searched};
use crate::ping::address::number;
use crate::ping::icmp_text;
use crate::ping::target::Target;
use crate::ping::text::LineClock;
use crate::render::Renderer;

/// Writes a search as it goes.
pub(super) struct Text<'a, W> {
    out: W,
    target: &'a Target,
    quiet: bool,
    clock: Option<LineClock>,
}

impl<'a, W: Write> Text<'a, W> {
    pub(super) const fn new(out: W, target: &'a Target, quiet: bool, clock: Option<LineClock>) -> Self {
        Self { out, target, quiet, clock }
    }
}

impl<W: Write> Renderer<Searched> for Text<'_, W> {
    fn header(&mut self) -> io::Result<()> {
        writeln!(self.out, "{}", heading(self.target))
    }

    fn item(&mut self, event: &MtuEvent) -> io::Result<()> {
        if self.quiet {
            return Ok(());
        }
        if let Some(clock) = &self.clock {
            write!(self.out, "[{clock}] ")?;
        }
        writeln!(self.out, "{}", line(event))?;
        self.out.flush()
    }

    fn end(&mut self, found: &Found) -> io::Result<()> {
        self.out.write_all(conclusion(found).as_bytes())?;
        self.out.flush()
    }
}

/// What is looked for.
fn heading(target: &Target) -> String {
    format!("MTU of the path to {} ({})", masked(&target.name), number(target.address))
}

/// What became of a probe.
fn line(event: &MtuEvent) -> String {
    match event {
        MtuEvent::Answered { size, rtt, .. } => {
            format!("{size} bytes: answered in {}", Short(*rtt))
        }
        MtuEvent::Unanswered { size, .. } => format!("{size} bytes: no answer"),
        MtuEvent::TooBig { size, from, told, authenticated, .. } => {
            let told = told.map_or_else(String::new, |told| format!(" takes {told}"));
            let forged = if *authenticated { "" } else { " (may be forged)" };
            format!(
                "{size} bytes: too big, {}{}{told}{forged}",
                if told.is_empty() { "says " } else { "" },
                number(*from)
            )
        }
        MtuEvent::Icmp { size, from, error, .. } => {
            format!("{size} bytes: {} says {}", number(*from), icmp_text::describe(error))
        }
        MtuEvent::TooLong { size, mtu: Some(mtu), .. } => {
            format!("{size} bytes: too big, this host's interface takes {mtu}")
        }
        MtuEvent::TooLong { size, .. } => format!("{size} bytes: too big for this host's interface"),
        MtuEvent::SendFailed { size, error, .. } => format!("{size} bytes: not sent: {}", strerror(error)),
        MtuEvent::ReceiveFailed(error) => format!("recvmsg: {}", strerror(error)),
        // There are no others yet.
        _ => String::new(),
    }
}

/// What it came to, in lines.
fn conclusion(found: &Found) -> String {
    let mut lines = vec![result(found)];
    lines.extend(limit(found).map(|limit| format!("limit: {limit}")));
    lines.extend(found.kernel.map(|mtu| format!("taken for it by the kernel: {mtu} bytes")));
    if found.path.lost > 0 && found.path.size.is_some() {
        let sent = found.path.answered + found.path.lost;
        lines.push(format!("{} of {sent} probes that fit were lost", found.path.lost));
    }
    lines.into_iter().map(|line| line + "\n").collect()
}

fn result(found: &Found) -> String {
    match found.path.size {
        Some(size) if found.path.complete => format!("path MTU: {size} bytes"),
        Some(size) if found.path.is_cut => format!("path MTU: not found in time; {size} bytes get through"),
        Some(size) => format!("path MTU: not found: {size} bytes got through, and then nothing did"),
        None => "path MTU: not found: no answer".to_owned(),
    }
}

/// Why no larger packet gets through.
fn limit(found: &Found) -> Option<String> {
    let (stopped, why) = found.path.stopped.filter(|_| found.path.complete)?;
    Some(match why {
        Stopped::Interface(_) => "this host's interface".to_owned(),
        Stopped::TooBig { from, told, authenticated } => {
            let told =
                told.map_or_else(String::new, |told| format!(", which says that it takes {told} bytes"));
            let forged = if authenticated { "" } else { " (may be forged)" };
            format!("{}{told}{forged}", number(from))
        }
        Stopped::Refused { from, error } => format!("{} says {}", number(from), icmp_text::describe(&error)),
        _ => format!("a black hole: packets of {stopped} bytes and more vanish without an error"),
    })
}

#[cfg(test)]
mod tests {
    use netdiag_echo::{ClockSource, Family, IcmpError, PathMtu, Seq};

    use super::*;

    fn found(size: Option<usize>, stopped: Option<(usize, Stopped)>, complete: bool) -> Found {
        let mut path = PathMtu::default();
        (path.size, path.stopped, path.complete) = (size, stopped, complete);
        Found { path, kernel: None }
    }

    #[test]
    fn conclusions_say_what_limits_and_what_is_not_known() {
        let from = "192.0.2.9:0".parse().unwrap();
        let too_big = |told, authenticated| Stopped::TooBig { from, told, authenticated };
        let error = IcmpError { family: Family::V4, kind: 3, code: 13, info: 0 };
        let at = |stopped| found(Some(1400), Some((1401, stopped)), true);
        let mut is_cut = found(Some(576), None, false);
        is_cut.path.is_cut = true;
        let mut lossy = found(Some(1400), None, true);
        (lossy.path.lost, lossy.path.answered, lossy.kernel) = (3, 17, Some(1500));
        #[rustfmt::skip]
        let cases = [
            (at(Stopped::Interface(Some(1400))), "path MTU: 1400 bytes\nlimit: this host's interface\n"),
            (at(too_big(Some(1400), true)),      "path MTU: 1400 bytes\nlimit: 192.0.2.9, which says that it takes 1400 bytes\n"),
            (at(too_big(None, false)),           "path MTU: 1400 bytes\nlimit: 192.0.2.9 (may be forged)\n"),
            (at(Stopped::Refused { from, error }), "path MTU: 1400 bytes\nlimit: 192.0.2.9 says Packet filtered\n"),
            (at(Stopped::Silence),               "path MTU: 1400 bytes\nlimit: a black hole: packets of 1401 bytes and more vanish without an error\n"),
            (lossy,                              "path MTU: 1400 bytes\ntaken for it by the kernel: 1500 bytes\n3 of 20 probes that fit were lost\n"),
            (is_cut,                             "path MTU: not found in time; 576 bytes get through\n"),
            (found(Some(68), None, false),       "path MTU: not found: 68 bytes got through, and then nothing did\n"),
            (found(None, Some((68, Stopped::Silence)), false), "path MTU: not found: no answer\n"),
        ];
        for (found, expected) in cases {
            assert_eq!(conclusion(&found), expected, "{found:?}");
        }
    }

    #[test]
    fn probes_are_told_one_by_one() {
        let (seq, size, from) = (Seq(1), 1500, "192.0.2.9:0".parse().unwrap());
        let too_big = |told, authenticated| MtuEvent::TooBig { seq, size, from, told, authenticated };
        let (rtt, clock) = (std::time::Duration::from_micros(114), ClockSource::Kernel);
        #[rustfmt::skip]
        let cases = [
            (MtuEvent::Answered { seq, size, rtt, clock },    "1500 bytes: answered in 0.114 ms"),
            (MtuEvent::Unanswered { seq, size },              "1500 bytes: no answer"),
            (too_big(Some(1400), true),                       "1500 bytes: too big, 192.0.2.9 takes 1400"),
            (too_big(None, false),                            "1500 bytes: too big, says 192.0.2.9 (may be forged)"),
            (MtuEvent::TooLong { seq, size, mtu: Some(9) },   "1500 bytes: too big, this host's interface takes 9"),
            (MtuEvent::SendFailed { seq, size, error: io::Error::from_raw_os_error(1) }, "1500 bytes: not sent: Operation not permitted"),
        ];
        for (event, expected) in cases {
            assert_eq!(line(&event), expected);
        }
    }
}
