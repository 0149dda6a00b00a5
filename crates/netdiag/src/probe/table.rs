//! Probes as a table for people: a row for each URL, once all of them are done.
//!
//! A phase's time is the mean of every probe that got through it; columns nobody has anything for are left out.

use std::io::{self, Write};
use std::time::Duration;

use anstream::stream::RawStream;
use netdiag_probe::Phase;
use netdiag_text::Secrets;
use netdiag_text::duration::Short;
use netdiag_text::table::{Cell, Color, Heading, Look, lay_out};

use super::args::Args;
use super::course::Course;
use super::render::{MESSAGE, Probe, ProbeRun, URL};
use crate::format::{charset, screen};
use crate::render::Renderer;

/// A table on `out`.
pub(super) struct Table<W> {
    out: W,
    color: bool,
    repeats: bool,
}

impl<W: Write + RawStream> Table<W> {
    pub(super) fn new(out: W, args: &Args) -> Self {
        Self { color: args.output.color.on(&out), out, repeats: args.count.get() > 1 }
    }
}

impl<W: Write> Renderer<ProbeRun> for Table<W> {
    fn item(&mut self, _: &Probe<'_>) -> io::Result<()> {
        Ok(())
    }

    fn end(&mut self, courses: &[Course]) -> io::Result<()> {
        let shown = columns(self.repeats, courses);
        let headings: Vec<_> = shown.iter().map(|column| column.heading()).collect();
        let rows = courses.iter().map(|course| shown.iter().map(|column| column.cell(course)));
        let look = Look { header: true, color: self.color, charset: charset() };
        self.out.write_all(lay_out(&headings, rows, screen(), look).as_bytes())?;
        self.out.flush()
    }
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Column {
    Outcome,
    Url,
    Ok,
    Phase(Phase),
    Total,
    /// The time that 99 percent do not exceed.
    Longest,
    Why,
}

/// Those there is something to say in.
fn columns(repeats: bool, courses: &[Course]) -> Vec<Column> {
    let phases = Phase::TIMED.map(Column::Phase).into_iter();
    let all = [Column::Outcome, Column::Url, Column::Ok].into_iter().chain(phases);
    let all = all.chain([Column::Total, Column::Longest, Column::Why]);
    let is_used = |column: &Column| match column {
        Column::Outcome | Column::Url => true,
        Column::Ok => repeats,
        Column::Longest if !repeats => false,
        column => courses.iter().any(|course| !column.text(course).is_empty()),
    };
    all.filter(is_used).collect()
}

impl Column {
    fn heading(self) -> Heading {
        let name = match self {
            Self::Outcome => "Outcome",
            Self::Url => "URL",
            Self::Ok => "OK",
            Self::Phase(Phase::Resolve) => "Resolve",
            Self::Phase(Phase::Open) => "Open",
            Self::Phase(Phase::Connect) => "Connect",
            Self::Phase(Phase::Tls) => "TLS",
            Self::Phase(Phase::FirstByte) => "First byte",
            Self::Phase(Phase::Transfer) => "Transfer",
            Self::Total => "Total",
            Self::Longest => "p99",
            Self::Why => "Why",
        };
        Heading { name, figures: !matches!(self, Self::Outcome | Self::Url | Self::Why) }
    }

    fn cell(self, course: &Course) -> Cell {
        let cell = Cell::new(self.text(course));
        match (self, &course.fault) {
            (Self::Outcome, None) if course.sent == 0 => cell,
            (Self::Outcome, None) => cell.fg(Color::Green),
            (Self::Outcome, Some(fault)) if fault.is_inconclusive => cell.fg(Color::Yellow),
            (Self::Outcome, Some(_)) => cell.fg(Color::Red),
            _ => cell,
        }
    }

    /// Empty if there is nothing to say.
    fn text(self, course: &Course) -> String {
        let fault = course.fault.as_ref();
        match self {
            // Interrupted before its turn.
            Self::Outcome if course.sent == 0 => "-".to_owned(),
            Self::Outcome => fault.map_or("ok", |fault| fault.kind).to_owned(),
            Self::Url => Secrets::NONE.show(&course.url).cropped(URL).into(),
            Self::Ok => format!("{}/{}", course.ok, course.sent),
            Self::Phase(phase) => {
                let figures = course.phases.iter().find(|(of, _)| *of == phase);
                time(figures.and_then(|(_, figures)| figures.times.mean()))
            }
            Self::Total => time(course.total.times.mean()),
            Self::Longest => time(course.total.percentiles().map(|[.., p99]| p99)),
            Self::Why => {
                fault.map(|fault| Secrets::NONE.show(&fault.why).cropped(MESSAGE).into()).unwrap_or_default()
            }
        }
    }
}

fn time(time: Option<Duration>) -> String {
    time.map(|time| Short(time).to_string()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use netdiag_probe::{Error, Found, LocalDelay, PhaseError, Phases, Report};

    use super::*;

    fn report(phases: Phases, result: Result<(), PhaseError>) -> Report {
        Report {
            phases,
            attempts: Vec::new(),
            addresses: None,
            local_delay: LocalDelay::default(),
            peer: None,
            tls: None,
            found: Found::Nothing,
            result,
        }
    }

    fn connected(millis: u64) -> Report {
        let connect = Some(Duration::from_millis(millis));
        report(Phases { connect, ..Phases::default() }, Ok(()))
    }

    fn failed(phase: Phase, error: Error) -> Report {
        report(Phases::default(), Err(PhaseError { phase, error }))
    }

    fn written(repeats: bool, courses: &[Course]) -> String {
        let mut out = Vec::new();
        Table { out: &mut out, color: false, repeats }.end(courses).unwrap();
        String::from_utf8(out).unwrap()
    }

    fn course(url: &str, reports: Vec<Report>) -> Course {
        let mut course = Course::new(url);
        reports.into_iter().for_each(|report| course.record(&[report]));
        course
    }

    #[test]
    fn a_row_for_each_url() {
        let courses = [
            course("db:5432", vec![connected(3)]),
            course("\u{1b}x:1", vec![failed(Phase::Connect, Error::Refused)]),
            course("udp://y:1", vec![failed(Phase::FirstByte, Error::Silence(Duration::from_secs(1)))]),
            Course::new("late:1"),
        ];
        let expected = "\
Outcome  URL        Connect  Total  Why
ok       db:5432       3 ms   3 ms
refused  \\x1bx:1                    connect: connection refused
silence  udp://y:1                  first byte: no answer within 1 s: the port is open, or a firewall drops what is sent
-        late:1
";
        assert_eq!(written(false, &courses), expected);
    }

    #[test]
    fn repeats_come_to_means() {
        let mut reports = vec![connected(1), failed(Phase::Connect, Error::Refused), connected(3)];
        reports.push(failed(Phase::Open, Error::Silence(Duration::ZERO)));
        let text = written(true, &[course("db:1", reports)]);
        let expected = "\
Outcome  URL    OK  Connect  Total   p99  Why
refused  db:1  2/4     2 ms   2 ms  3 ms  connect: connection refused
";
        assert_eq!(text, expected, "what was learnt is not hidden by what was not");
    }
}
