//! The classic output of `ping`, line by line.
//!
//! Every word here is parsed by somebody's script: nothing may be added to a line, and nothing goes to standard error on success.

mod clock;
mod layout;
mod numbers;
mod summary;

use std::io::{self, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use anstyle::{AnsiColor, Style};
use netdiag_echo::{
    Damage, IcmpError, LocalDelay, LocalError, PingEvent, Reply, Seq, UncountedReason, UncountedReply,
};
use netdiag_text::duration::Millis;
use netdiag_text::strerror;
use netdiag_text::terminal::masked;

pub(super) use self::clock::LineClock;
pub(super) use self::layout::Layout;
pub(super) use self::numbers::Rtt;
use super::address;
use super::checks::IP_OPTIONS;
use super::figures::Figures;
use super::ip_option_text::IpOptionText;
use super::names::Names;
use super::render::{Measured, Pinged};
use super::target::Target;
use super::{icmp_text, ip_header_text};
use crate::failure::warn;
use crate::invocation::Invocation;
use crate::local_delay;
use crate::render::Renderer;

/// Writes events of one run as they come.
pub(super) struct Text<'a, W> {
    out: W,
    call: &'a Invocation,
    target: &'a Target,
    layout: Layout,
    names: Option<Names>,
    options: IpOptionText,
}

impl<'a, W: Write> Text<'a, W> {
    pub(super) fn new(out: W, call: &'a Invocation, target: &'a Target, layout: Layout) -> Self {
        let mut names = (!layout.numeric && !layout.quiet).then(Names::start);
        if let Some(names) = &mut names {
            names.prepare(target.address);
        }
        Self { out, call, target, layout, names, options: IpOptionText::default() }
    }

    fn flood(&mut self, event: &PingEvent) -> io::Result<()> {
        let mark: &[u8] = match event {
            PingEvent::Sent(_) => b".",
            PingEvent::Uncounted(UncountedReply { reason: UncountedReason::WrongChecksum, .. }) => b"\x08C",
            PingEvent::Reply(_) if self.layout.audible => b"\x08 \x08\x07",
            PingEvent::Reply(_) => b"\x08 \x08",
            PingEvent::Icmp { fatal: true, .. } => b"\x08E",
            PingEvent::Icmp { fatal: false, .. } => b"!E",
            PingEvent::SendFailed(..) | PingEvent::Refused(_) => b"E",
            _ => return Ok(()),
        };
        self.out.write_all(mark)?;
        self.out.flush()
    }

    fn line(&mut self, event: &PingEvent, figures: &Figures) -> io::Result<()> {
        match event {
            PingEvent::Reply(reply) => self.reply(reply, figures),
            PingEvent::Uncounted(reply) => self.uncounted(reply),
            PingEvent::Icmp { seq, from, error, fatal, authenticated, quoted } => {
                self.icmp(*seq, *from, error, *fatal, *authenticated)?;
                if self.layout.verbose { self.quoted(quoted) } else { Ok(()) }
            }
            PingEvent::Lost { seq, .. } if self.layout.losses => self.lost(*seq),
            PingEvent::Refused(error) => {
                self.refused(error);
                Ok(())
            }
            // Where nothing names the link, that was said before.
            PingEvent::SendFailed(_, error)
                if self.call.linked
                    && self.target.is_on_any_link()
                    && error.kind() == io::ErrorKind::InvalidInput =>
            {
                Ok(())
            }
            PingEvent::SendFailed(_, error) => {
                warn(self.call, format_args!("sendmsg: {}", strerror(error)));
                Ok(())
            }
            PingEvent::ReceiveFailed(error) => {
                warn(self.call, format_args!("recvmsg: {}", strerror(error)));
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn reply(&mut self, reply: &Reply, figures: &Figures) -> io::Result<()> {
        let patience = self.layout.interval.saturating_sub(reply.rtt) / 2;
        self.bytes_from(reply.from, reply.size, reply.seq, reply.hop_limit, patience)?;
        if reply.truncated {
            return writeln!(self.out, " (truncated)");
        }
        if self.layout.timed {
            let style = self.rtt_style(reply.rtt, figures);
            let rtt = Rtt { rtt: reply.rtt, exact: self.layout.exact };
            write!(self.out, " time={style}{rtt}{style:#} ms")?;
        }
        self.marks(reply)?;
        if let Some(damage) = &reply.damage {
            self.damage(damage)?;
        }
        self.ip_options(&reply.options)?;
        if self.layout.audible {
            write!(self.out, "\x07")?;
        }
        writeln!(self.out)
    }

    /// What upstream takes for a reply, marked as it marks it; it has no time.
    fn uncounted(&mut self, reply: &UncountedReply) -> io::Result<()> {
        let patience = self.layout.interval / 2;
        self.bytes_from(reply.from, reply.size, reply.seq, reply.hop_limit, patience)?;
        if reply.reason != UncountedReason::WrongChecksum {
            return writeln!(self.out, " (truncated)");
        }
        write!(self.out, " (BAD CHECKSUM!)")?;
        if reply.other_source && !self.layout.group {
            write!(self.out, " (DIFFERENT ADDRESS!)")?;
        }
        if let Some(damage) = &reply.damage {
            self.damage(damage)?;
        }
        writeln!(self.out)
    }

    /// The beginning of a reply's line.
    fn bytes_from(
        &mut self,
        from: SocketAddr,
        size: usize,
        seq: Seq,
        hop_limit: Option<u8>,
        patience: Duration,
    ) -> io::Result<()> {
        let from = self.call_by_name(from, patience);
        self.time()?;
        write!(self.out, "{} bytes from {from}: icmp_seq={}", size + ICMP_HEADER, seq.to_wire())?;
        if let Some(ident) = self.layout.ident {
            write!(self.out, " ident={ident}")?;
        }
        match hop_limit {
            Some(hop_limit) => write!(self.out, " ttl={hop_limit}"),
            None => Ok(()),
        }
    }

    fn marks(&mut self, reply: &Reply) -> io::Result<()> {
        if reply.duplicate && (!self.layout.group || self.layout.verbose) {
            write!(self.out, " (DUP!)")?;
        }
        if reply.other_source && !self.layout.group {
            write!(self.out, " (DIFFERENT ADDRESS!)")?;
        }
        Ok(())
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

    fn ip_options(&mut self, options: &[u8]) -> io::Result<()> {
        if options.is_empty() {
            return Ok(());
        }
        let (names, interval) = (&mut self.names, self.layout.interval);
        let text = self.options.of(options, |address: Ipv4Addr| {
            let address = SocketAddr::from((address, 0));
            name_of(names.as_mut(), address, interval / 20)
        });
        self.out.write_all(text.as_bytes())
    }

    fn icmp(
        &mut self,
        seq: Seq,
        from: SocketAddr,
        error: &IcmpError,
        fatal: bool,
        authenticated: bool,
    ) -> io::Result<()> {
        let from = self.call_by_name(from, self.layout.interval / 2);
        let style = self.style(if fatal { AnsiColor::Red } else { AnsiColor::Yellow });
        self.time()?;
        // Upstream reads the first kind from the error queue and the second from the network, and words them apart.
        let colon = if fatal { "" } else { ":" };
        let what = icmp_text::describe(error);
        let is_noted = !authenticated && self.layout.verbose && !self.call.linked;
        let note = if is_noted { " (may be forged: it quotes none of the secret)" } else { "" };
        writeln!(self.out, "From {from}{colon} icmp_seq={} {style}{what}{style:#}{note}", seq.to_wire())
    }

    fn quoted(&mut self, header: &[u8]) -> io::Result<()> {
        let Some(columns) = ip_header_text::columns(header) else { return Ok(()) };
        self.out.write_all(columns.as_bytes())?;
        self.ip_options(header.get(IPV4_HEADER..).unwrap_or_default())
    }

    fn lost(&mut self, seq: Seq) -> io::Result<()> {
        let style = self.style(AnsiColor::Red);
        self.time()?;
        writeln!(self.out, "{style}no answer{style:#} to icmp_seq={}", seq.to_wire())
    }

    fn unanswered(&mut self, seq: Seq) -> io::Result<()> {
        self.time()?;
        writeln!(self.out, "no answer yet for icmp_seq={}", seq.to_wire())
    }

    fn refused(&self, error: &LocalError) {
        if error.errno == nix::libc::EMSGSIZE {
            let sign = if self.target.address.is_ipv4() { "=" } else { ": " };
            warn(self.call, format_args!("local error: message too long, mtu{sign}{}", error.info));
        } else {
            let why = strerror(&io::Error::from_raw_os_error(error.errno));
            warn(self.call, format_args!("local error: {why}"));
        }
    }

    /// The device probes leave by, as far as it is known.
    fn device(&self) -> Option<String> {
        self.layout.device.clone().or_else(|| self.target.device())
    }

    fn time(&mut self) -> io::Result<()> {
        match &self.layout.clock {
            Some(clock) => write!(self.out, "[{clock}] "),
            None => Ok(()),
        }
    }

    fn call_by_name(&mut self, address: SocketAddr, patience: Duration) -> String {
        name_of(self.names.as_mut(), address, patience)
    }

    fn style(&self, color: AnsiColor) -> Style {
        if self.layout.color { Style::new().fg_color(Some(color.into())) } else { Style::new() }
    }

    /// A time is judged by the median so far.
    fn rtt_style(&self, rtt: Duration, figures: &Figures) -> Style {
        let Some(median) = figures.percentile(50.0) else { return Style::new() };
        match rtt {
            rtt if rtt > median * 4 => self.style(AnsiColor::Red),
            rtt if rtt > median * 2 => self.style(AnsiColor::Yellow),
            _ => self.style(AnsiColor::Green),
        }
    }
}

impl<W: Write> Renderer<Pinged> for Text<'_, W> {
    fn header(&mut self) -> io::Result<()> {
        let (name, size) = (masked(&self.target.name), self.layout.size);
        let number = address::number(self.target.address);
        let from = self.layout.from.as_deref().unwrap_or_default();
        match self.target.address {
            SocketAddr::V4(_) => {
                let total = size + V4_HEADERS + if self.layout.has_options { IP_OPTIONS } else { 0 };
                writeln!(self.out, "PING {name} ({number}) {from}{size}({total}) bytes of data.")
            }
            SocketAddr::V6(_) => {
                let flow = self.layout.flow_label.map(|label| format!(", flow 0x{label:05x}, "));
                let flow = flow.unwrap_or_default();
                writeln!(self.out, "PING {name} ({number}) {flow}{from}{size} data bytes")
            }
        }
    }

    fn item(&mut self, (event, figures): (&PingEvent, &Figures)) -> io::Result<()> {
        match event {
            PingEvent::Status(statistics) => summary::status(Measured { statistics, figures }, &self.layout),
            PingEvent::Unanswered(seq) if self.layout.outstanding => self.unanswered(*seq),
            _ if self.layout.quiet => Ok(()),
            _ if self.layout.flood => self.flood(event),
            _ => self.line(event, figures),
        }
    }

    fn end(&mut self, measured: Measured<'_>) -> io::Result<()> {
        summary::write(&mut self.out, &masked(&self.target.name), measured, &self.layout)?;
        // A link's callers know none of the lines that follow.
        if let Some(jitter) =
            measured.statistics.rtts.jitter().filter(|_| self.layout.percentiles && !self.call.linked)
        {
            writeln!(self.out, "rtt jitter = {} ms", Millis(jitter))?;
        }
        if let Some(mean) = measured.statistics.rtts.mean().filter(|_| !self.call.linked) {
            let LocalDelay { queue, neighbour } = measured.statistics.mean_delay();
            if let Some(line) = local_delay::line(mean, queue, neighbour, || self.device()) {
                writeln!(self.out, "{line}")?;
            }
        }
        self.out.flush()
    }
}

fn name_of(names: Option<&mut Names>, address: SocketAddr, patience: Duration) -> String {
    let number = address::number(address);
    match names.and_then(|names| names.of(address, patience)) {
        Some(name) if name != number => format!("{} ({number})", masked(name)),
        _ => number,
    }
}

const ICMP_HEADER: usize = 8;
/// An IPv4 header without options.
const IPV4_HEADER: usize = 20;
/// IP and ICMP header of an IPv4 probe.
const V4_HEADERS: usize = IPV4_HEADER + ICMP_HEADER;
/// Where the data begin that are compared: after the run's mark.
const MARK: usize = netdiag_echo::MARK_LEN;

#[cfg(test)]
mod tests;
