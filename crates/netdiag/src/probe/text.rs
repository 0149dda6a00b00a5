//! Probes as text for people: a line with the verdict, then what was found, indented.
//!
//! Whatever a peer said is escaped.

use std::io::{self, Write};
use std::time::{Duration, SystemTime};

use anstream::stream::RawStream;
use anstyle::{AnsiColor, Style};
use netdiag_probe::http::HttpAnswer;
use netdiag_probe::tls::TlsReport;
use netdiag_probe::{Counted, DnsAnswer, Found, LocalDelay, Phase, Report};
use netdiag_text::duration::{Series, Short};
use netdiag_text::{Bytes, MessagePart, Secrets, Shown, rate};

use super::args::Args;
use super::certificate;
use super::course::{Course, Figures};
use super::kernel::Kernel;
use super::render::{MESSAGE, Probe, ProbeRun, URL};
use crate::format::Spelled;
use crate::local_delay;
use crate::render::Renderer;
use crate::scarcity::limit_behind;

/// Text on `out`.
pub(super) struct Text<W> {
    out: W,
    coloured: bool,
    repeats: bool,
    verbose: bool,
    quiet: bool,
}

impl<W: Write + RawStream> Text<Spelled<W>> {
    pub(super) fn new(out: W, args: &Args) -> Self {
        Self {
            coloured: args.output.color.on(&out),
            out: Spelled::new(out),
            repeats: args.count.get() > 1,
            verbose: args.verbose,
            quiet: args.quiet,
        }
    }
}

/// What somebody else said, not longer than anybody reads.
fn shown(words: &(impl MessagePart + ?Sized), most: usize) -> Shown {
    Secrets::NONE.show(words).cropped(most)
}

impl<W: Write> Text<W> {
    fn report(&mut self, probe: &Probe<'_>, report: &Report) -> io::Result<()> {
        let url = match &report.found {
            Found::Http(answer) => &answer.url,
            _ => probe.url,
        };
        let style = match (&report.result, self.coloured) {
            (_, false) => Style::new(),
            (Ok(()), true) => AnsiColor::Green.on_default(),
            (Err(_), true) if report.is_inconclusive() => AnsiColor::Yellow.on_default(),
            (Err(_), true) => AnsiColor::Red.on_default(),
        };
        let number = if self.repeats { format!("seq={} ", probe.seq) } else { String::new() };
        write!(self.out, "{number}{}: {style}{}{style:#}", shown(url, URL), report.outcome())?;
        if let Some(found) = found(report) {
            write!(self.out, ", {found}")?;
        }
        match &report.result {
            Ok(()) => writeln!(self.out, ", {}", Short(report.phases.total())),
            // What became of each address follows, unless only lines are written.
            Err(_) if self.repeats && !self.verbose => {
                writeln!(self.out, ": {}", shown(&report.failure().unwrap_or_default(), MESSAGE))
            }
            Err(failed) => {
                let limit = limit_behind(&failed.error);
                writeln!(self.out, ": {}{limit}", shown(&report.last_failure().unwrap_or_default(), MESSAGE))
            }
        }
    }

    fn details(&mut self, report: &Report) -> io::Result<()> {
        for attempt in report.attempts.iter().filter(|_| report.attempts.len() > 1) {
            let place = attempt.place();
            let how = if attempt.to.port() == 0 { "answered" } else { "connected" };
            match &attempt.error {
                Some(error) => writeln!(self.out, "  {place}: {}", shown(error, MESSAGE))?,
                None => writeln!(self.out, "  {place}: {how} in {}", Short(attempt.took))?,
            }
        }
        let phases = Phase::TIMED.into_iter().filter_map(|phase| {
            let time = report.phases.of(phase)?;
            Some(format!("{phase} {}", Short(time)))
        });
        let phases: Vec<_> = phases.collect();
        if !phases.is_empty() {
            writeln!(self.out, "  {}", phases.join(", "))?;
        }
        let LocalDelay { queue, neighbour } = report.local_delay;
        let local =
            report.phases.first_byte.and_then(|whole| local_delay::line(whole, queue, neighbour, || None));
        if let Some(line) = local {
            writeln!(self.out, "  {line}")?;
        }
        if let Some((local, peer)) = report.addresses.filter(|_| self.verbose) {
            writeln!(self.out, "  from {local} to {peer}")?;
        }
        if let Some(tls) = &report.tls {
            self.tls(tls)?;
        }
        match &report.found {
            Found::Dns(answer) => self.records(answer),
            Found::Http(answer) => self.http(answer),
            Found::Script(talked) if !talked.heard.is_empty() && (self.verbose || report.result.is_err()) => {
                writeln!(self.out, "  heard \"{}\"", shown(&Bytes(&talked.heard), HEARD))
            }
            Found::Addresses(addresses) => {
                addresses.iter().try_for_each(|address| writeln!(self.out, "  {address}"))
            }
            _ => Ok(()),
        }
    }

    fn tls(&mut self, tls: &TlsReport) -> io::Result<()> {
        let words = [tls.version, tls.cipher.as_deref()].into_iter().flatten();
        let mut words: Vec<String> = words.map(str::to_owned).collect();
        words.extend(tls.alpn.as_ref().map(|alpn| format!("alpn {}", shown(alpn, NAME))));
        if tls.ocsp_stapled {
            words.push("ocsp stapled".to_owned());
        }
        if !words.is_empty() {
            writeln!(self.out, "  {}", words.join(", "))?;
        }
        if let Some(distrust) = &tls.distrust {
            writeln!(self.out, "  not trusted: {}", shown(distrust, MESSAGE))?;
        }
        for link in &tls.chain {
            match link {
                Ok(certificate) => certificate::write(&mut self.out, certificate, SystemTime::now())?,
                Err(unreadable) => writeln!(self.out, "  {}", shown(unreadable, MESSAGE))?,
            }
        }
        // It may be one the server did not send, or behind one that it need not have sent.
        match (tls.first_to_expire(), tls.own()) {
            (Some(first), Some(own)) if first.not_after < own.not_after => {
                let subject = shown(&first.subject, MESSAGE);
                let validity = certificate::validity(first, SystemTime::now());
                writeln!(self.out, "  the verified path {validity}: {subject}")
            }
            _ => Ok(()),
        }
    }

    fn records(&mut self, answer: &DnsAnswer) -> io::Result<()> {
        for record in &answer.records {
            let [name, data] = [&record.name, &record.data].map(|text| shown(text, MESSAGE));
            writeln!(self.out, "  {name} {} {} {data}", record.ttl, record.kind)?;
        }
        Ok(())
    }

    fn http(&mut self, answer: &HttpAnswer) -> io::Result<()> {
        let told = |name: &str| self.verbose || name == "location";
        for (name, value) in answer.headers.iter().filter(|(name, _)| told(name.as_str())) {
            writeln!(self.out, "  {name}: {}", shown(&Bytes(value.as_bytes()), MESSAGE))?;
        }
        Ok(())
    }

    fn kernel(&mut self, kernel: &Kernel) -> io::Result<()> {
        let number = |path| kernel.number(path);
        let time = |path| number(path).map(|micros| Short(Duration::from_micros(micros)));
        let words = [
            time("tcp.rtt").map(|rtt| format!("rtt {rtt}")),
            time("tcp.rttvar").map(|deviation| format!("deviation {deviation}")),
            time("tcp.min_rtt").map(|rtt| format!("min {rtt}")),
            number("tcp.total_retrans").map(|count| format!("{count} retransmitted")),
            number("tcp.mss").map(|bytes| format!("mss {bytes}")),
            number("tcp.pmtu").map(|bytes| format!("path mtu {bytes}")),
            number("tcp.cwnd").map(|segments| format!("cwnd {segments}")),
            kernel.congestion().map(|name| shown(&*name, MESSAGE).to_string()),
        ];
        let words: Vec<_> = words.into_iter().flatten().collect();
        writeln!(self.out, "  kernel: {}", words.join(", "))
    }

    fn course(&mut self, course: &Course) -> io::Result<()> {
        let Course { sent, ok, inconclusive, .. } = *course;
        writeln!(self.out, "\n--- {} probe statistics ---", shown(&course.url, URL))?;
        write!(self.out, "{}, {ok} ok, {} failed", Counted(sent, "probe"), course.failed())?;
        if inconclusive > 0 {
            write!(self.out, ", {inconclusive} not measured")?;
        }
        writeln!(self.out)?;
        for (phase, figures) in course.phases.iter().filter(|(_, figures)| figures.times.count() > 0) {
            self.spread(phase.name(), figures)?;
        }
        self.spread("total", &course.total)?;
        match course.total.percentiles() {
            Some(times) => writeln!(self.out, "total p50/p90/p95/p99 = {}", Series(times)),
            None => Ok(()),
        }
    }

    fn spread(&mut self, name: &str, figures: &Figures) -> io::Result<()> {
        match figures.spread() {
            Some(times) => writeln!(self.out, "{name} min/avg/max/mdev = {}", Series(times)),
            None => Ok(()),
        }
    }
}

impl<W: Write> Renderer<ProbeRun> for Text<W> {
    fn item(&mut self, probe: &Probe<'_>) -> io::Result<()> {
        for report in probe.reports {
            if self.quiet && report.result.is_ok() {
                continue;
            }
            self.report(probe, report)?;
            if !self.repeats || self.verbose {
                self.details(report)?;
            }
        }
        match probe.kernel {
            Some(Ok(kernel)) if !self.quiet => self.kernel(kernel),
            Some(Err(error)) if !self.quiet => writeln!(self.out, "  kernel: {error}"),
            _ => Ok(()),
        }
    }

    fn end(&mut self, courses: &[Course]) -> io::Result<()> {
        if self.repeats {
            courses.iter().try_for_each(|course| self.course(course))?;
        }
        self.out.flush()
    }
}

fn found(report: &Report) -> Option<String> {
    match &report.found {
        Found::Script(talked) => Some(format!("{} done", Counted::len(talked.done, "step"))),
        Found::Echo(echoed) => {
            let rate = rate(echoed.bytes, report.phases.total()).filter(|_| report.result.is_ok());
            Some(format!(
                "{} back{}",
                Counted(echoed.bytes, "byte"),
                rate.map(|rate| format!(" at {rate}")).unwrap_or_default()
            ))
        }
        Found::Http(answer) => {
            let body = Counted::len(answer.body.len(), "byte");
            Some(format!("{} {}, {body}", answer.version, answer.status.as_u16()))
        }
        Found::Dns(answer) => {
            let over = if answer.tcp { ", over TCP" } else { "" };
            let records = Counted::len(answer.records.len(), "record");
            let asked =
                if answer.asked > 1 { format!(", asked {} times", answer.asked) } else { String::new() };
            Some(format!("{}, {records}{over}{asked}", answer.code))
        }
        _ => None,
    }
}

/// There and back counts once.
fn rate(bytes: u64, time: Duration) -> Option<rate::Short> {
    (!time.is_zero()).then(|| rate::Short(bytes as f64 / time.as_secs_f64()))
}

/// Characters shown of texts from outside.
const NAME: usize = 60;
const HEARD: usize = 200;
