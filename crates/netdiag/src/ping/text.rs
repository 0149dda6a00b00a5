//! The classic output of `ping`, line by line.
//!
//! Every word here is parsed by somebody's script: nothing may be added to a line, and nothing goes to standard error on success.

use std::fmt::{self, Display};
use std::io::{self, Write};
use std::net::SocketAddr;
use std::time::Duration;

use netdiag_echo::{Damage, IcmpError, LocalError, PingEvent, Reply, Seq, Tally};

use super::icmp_text;
use super::names::Names;
use super::target::{self, Target};
use crate::failure::{strerror, warn};
use crate::invocation::Invocation;
use crate::printf::General;

/// What decides the form of the output.
#[derive(Clone, Copy, Debug)]
pub(super) struct Layout {
    /// Only the header and the summary.
    pub(super) quiet: bool,
    /// No host names for addresses.
    pub(super) numeric: bool,
    /// Whether probes have room for a time stamp, without which upstream shows no times.
    pub(super) timed: bool,
    /// Data bytes sent.
    pub(super) size: usize,
    /// Time between probes; zero adds the rate to the summary.
    pub(super) interval: Duration,
}

/// Writes events of one run as they come.
pub(super) struct Text<'a, W> {
    out: W,
    call: &'a Invocation,
    target: &'a Target,
    layout: Layout,
    names: Option<Names>,
}

impl<'a, W: Write> Text<'a, W> {
    pub(super) fn new(out: W, call: &'a Invocation, target: &'a Target, layout: Layout) -> Self {
        let mut names = (!layout.numeric && !layout.quiet).then(Names::start);
        if let Some(names) = &mut names {
            names.prepare(target.address);
        }
        Self { out, call, target, layout, names }
    }

    /// The line before everything.
    pub(super) fn header(&mut self) -> io::Result<()> {
        let (name, size) = (&self.target.name, self.layout.size);
        let number = target::number(self.target.address);
        match self.target.address {
            SocketAddr::V4(_) => {
                writeln!(self.out, "PING {name} ({number}) {size}({}) bytes of data.", size + V4_HEADERS)
            }
            SocketAddr::V6(_) => writeln!(self.out, "PING {name} ({number}) {size} data bytes"),
        }
    }

    /// One thing that happened.
    pub(super) fn event(&mut self, event: &PingEvent) -> io::Result<()> {
        match event {
            PingEvent::Status(tally) => self.status(tally),
            _ if self.layout.quiet => Ok(()),
            PingEvent::Reply(reply) => self.reply(reply),
            PingEvent::Icmp { seq, from, error, fatal } => self.icmp(*seq, *from, error, *fatal),
            PingEvent::Refused(error) => self.refused(error),
            PingEvent::SendFailed(_, error) => self.complain("sendmsg", error),
            PingEvent::ReceiveFailed(error) => self.complain("recvmsg", error),
        }
    }

    fn reply(&mut self, reply: &Reply) -> io::Result<()> {
        let patience = self.layout.interval.saturating_sub(reply.rtt) / 2;
        let from = self.call_by_name(reply.from, patience);
        write!(self.out, "{} bytes from {from}: icmp_seq={}", reply.size + ICMP_HEADER, reply.seq.to_wire())?;
        if let Some(hop_limit) = reply.hop_limit {
            write!(self.out, " ttl={hop_limit}")?;
        }
        if reply.truncated {
            return writeln!(self.out, " (truncated)");
        }
        if self.layout.timed {
            write!(self.out, " time={} ms", Rtt(reply.rtt))?;
        }
        if reply.duplicate && !self.target.address.ip().is_multicast() {
            write!(self.out, " (DUP!)")?;
        }
        if !reply.intact {
            write!(self.out, " (BAD CHECKSUM!)")?;
        }
        if reply.other_source {
            write!(self.out, " (DIFFERENT ADDRESS!)")?;
        }
        if let Some(damage) = &reply.damage {
            self.damage(damage)?;
        }
        writeln!(self.out)
    }

    fn damage(&mut self, Damage { wrong, data }: &Damage) -> io::Result<()> {
        let (offset, expected, got) = (wrong.offset, wrong.expected, wrong.got);
        write!(self.out, "\nwrong data byte #{offset} should be 0x{expected:x} but was 0x{got:x}")?;
        for (i, byte) in data.iter().enumerate().take(self.layout.size).skip(MARK) {
            if i % 32 == MARK {
                write!(self.out, "\n#{i}\t")?;
            }
            write!(self.out, "{byte:x} ")?;
        }
        Ok(())
    }

    fn icmp(&mut self, seq: Seq, from: SocketAddr, error: &IcmpError, fatal: bool) -> io::Result<()> {
        let from = self.call_by_name(from, self.layout.interval / 2);
        // Upstream reads the first kind from the error queue and the second from the network, and words them apart.
        let colon = if fatal { "" } else { ":" };
        writeln!(self.out, "From {from}{colon} icmp_seq={} {}", seq.to_wire(), icmp_text::describe(error))
    }

    fn refused(&mut self, error: &LocalError) -> io::Result<()> {
        if error.errno == nix::libc::EMSGSIZE {
            let sign = if self.target.address.is_ipv4() { "=" } else { ": " };
            warn(self.call, format_args!("local error: message too long, mtu{sign}{}", error.info));
        } else {
            let why = strerror(&io::Error::from_raw_os_error(error.errno));
            warn(self.call, format_args!("local error: {why}"));
        }
        Ok(())
    }

    fn complain(&mut self, what: &str, error: &io::Error) -> io::Result<()> {
        warn(self.call, format_args!("{what}: {}", strerror(error)));
        Ok(())
    }

    fn status(&mut self, tally: &Tally) -> io::Result<()> {
        let Tally { received, transmitted, .. } = tally;
        let loss = loss(tally).unwrap_or_default() as i64;
        let mut line = format!("\r{received}/{transmitted} packets, {loss}% loss");
        if let Some([min, mean, max, _, smoothed]) = figures(tally).filter(|_| self.layout.timed) {
            line += &format!(", min/avg/ewma/max = {min}/{mean}/{smoothed}/{max} ms");
        }
        writeln!(io::stderr(), "{line}")
    }

    /// The block after everything; a newline first, because a signal may have echoed `^C`.
    pub(super) fn summary(&mut self, tally: &Tally) -> io::Result<()> {
        let Tally { transmitted, received, duplicates, corrupted, errors, .. } = *tally;
        writeln!(self.out, "\n--- {} ping statistics ---", self.target.name)?;
        write!(self.out, "{transmitted} packets transmitted, {received} received")?;
        for (count, what) in [(duplicates, "duplicates"), (corrupted, "corrupted"), (errors, "errors")] {
            if count > 0 {
                write!(self.out, ", +{count} {what}")?;
            }
        }
        if let Some(loss) = loss(tally) {
            let millis = (tally.sending.as_micros() + 500) / 1000;
            write!(self.out, ", {}% packet loss, time {millis}ms", General(loss.into()))?;
        }
        writeln!(self.out)?;
        self.times(tally)?;
        self.out.flush()
    }

    fn times(&mut self, tally: &Tally) -> io::Result<()> {
        let mut separator = "";
        if let Some([min, mean, max, deviation, _]) =
            figures(tally).filter(|_| self.layout.timed && tally.received > 0)
        {
            write!(self.out, "rtt min/avg/max/mdev = {min}/{mean}/{max}/{deviation} ms")?;
            separator = ", ";
        }
        if tally.pipe > 1 {
            write!(self.out, "{separator}pipe {}", tally.pipe)?;
            separator = ", ";
        }
        if let Some(smoothed) =
            tally.rtts.smoothed().filter(|_| self.layout.interval.is_zero() && tally.transmitted > 1)
        {
            let between = tally.sending / u32::try_from(tally.transmitted - 1).unwrap_or(u32::MAX);
            write!(self.out, "{separator}ipg/ewma {}/{} ms", Millis(between), Millis(smoothed))?;
        }
        writeln!(self.out)
    }

    fn call_by_name(&mut self, address: SocketAddr, patience: Duration) -> String {
        let number = target::number(address);
        let name = self.names.as_mut().and_then(|names| names.of(address, patience));
        match name {
            Some(name) if name != number => format!("{name} ({number})"),
            _ => number,
        }
    }
}

const ICMP_HEADER: usize = 8;
/// IP and ICMP header of an IPv4 probe.
const V4_HEADERS: usize = 20 + ICMP_HEADER;
/// Where the data begin that are compared: after the run's mark.
const MARK: usize = netdiag_echo::MARK_LEN;

/// Lost probes in percent, in C's single precision; `None` if none was sent.
fn loss(tally: &Tally) -> Option<f32> {
    let lost = tally.transmitted.saturating_sub(tally.received);
    (tally.transmitted > 0).then(|| lost as f32 * 100.0 / tally.transmitted as f32)
}

/// min, mean, max, deviation and moving average, if anything was timed.
fn figures(tally: &Tally) -> Option<[Millis; 5]> {
    let rtts = &tally.rtts;
    Some([rtts.min()?, rtts.mean()?, rtts.max()?, rtts.deviation()?, rtts.smoothed()?].map(Millis))
}

/// Milliseconds with three decimals, the rest cut off.
struct Millis(Duration);

impl Display for Millis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let micros = self.0.as_micros();
        write!(f, "{}.{:03}", micros / 1000, micros % 1000)
    }
}

/// Milliseconds with as many decimals as make three digits.
struct Rtt(Duration);

impl Display for Rtt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let micros = self.0.as_micros();
        match micros {
            99_950.. => write!(f, "{}", (micros + 500) / 1000),
            9_995.. => write!(f, "{}.{}", (micros + 50) / 1000, (micros + 50) % 1000 / 100),
            1_000.. => write!(f, "{}.{:02}", (micros + 5) / 1000, (micros + 5) % 1000 / 10),
            _ => Millis(self.0).fmt(f),
        }
    }
}

#[cfg(test)]
mod tests;
