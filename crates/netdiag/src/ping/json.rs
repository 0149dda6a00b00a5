//! Runs as JSON, schema `netdiag.ping/1`: one document, or one object per line.
//!
//! What was not measured is absent. Times are in microseconds, as their keys say.

use std::io::{self, Write};
use std::net::SocketAddr;
use std::time::Duration;

use netdiag_echo::{Clock, Family, PingEvent, Reply, Tally};
use serde::Serialize;

use super::figures::Figures;
use super::icmp_text;
use super::render::{Measured, Renderer};
use super::target::{self, Target};
use crate::distribution::PERCENTILES;
use crate::failure::strerror;

/// The identity of the format; a change that breaks readers changes the number.
const SCHEMA: &str = "netdiag.ping/1";

/// What a run is about.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Run {
    schema: &'static str,
    netdiag: &'static str,
    target: String,
    address: String,
    source: String,
    family: &'static str,
    size_bytes: usize,
    ident: u16,
    socket: &'static str,
    interval_us: f64,
}

impl Run {
    pub(super) fn new(
        target: &Target,
        size: usize,
        interval: Duration,
        ident: u16,
        socket: &'static str,
    ) -> Self {
        let family = match Family::of(target.address) {
            Family::V4 => "inet",
            Family::V6 => "inet6",
        };
        Self {
            schema: SCHEMA,
            netdiag: env!("CARGO_PKG_VERSION"),
            target: target.name.clone(),
            address: target::number(target.address),
            source: target::number(target.source),
            family,
            size_bytes: size,
            ident,
            socket,
            interval_us: micros(interval),
        }
    }
}

#[derive(Debug, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
enum Event<'a> {
    Run(&'a Run),
    Reply(ReplyEvent),
    Lost {
        seq: u64,
    },
    Error {
        seq: u64,
        from: String,
        icmp_type: u8,
        icmp_code: u8,
        info: u32,
        message: String,
    },
    Advice {
        seq: u64,
        from: String,
        icmp_type: u8,
        icmp_code: u8,
        info: u32,
        message: String,
    },
    SendFailed {
        seq: u64,
        #[serde(skip_serializing_if = "Option::is_none")]
        errno: Option<i32>,
        message: String,
    },
    Refused {
        errno: i32,
        info: u32,
        message: String,
    },
    ReceiveFailed {
        #[serde(skip_serializing_if = "Option::is_none")]
        errno: Option<i32>,
        message: String,
    },
    Summary(Summary),
}

#[derive(Debug, Serialize)]
struct ReplyEvent {
    seq: u64,
    from: String,
    bytes: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    hop_limit: Option<u8>,
    rtt_us: f64,
    rtt_by_user_us: f64,
    clock: &'static str,
    #[serde(skip_serializing_if = "is_false")]
    duplicate: bool,
    #[serde(skip_serializing_if = "is_false")]
    late: bool,
    #[serde(skip_serializing_if = "is_false")]
    reordered: bool,
    #[serde(skip_serializing_if = "is_false")]
    bad_checksum: bool,
    #[serde(skip_serializing_if = "is_false")]
    other_source: bool,
    #[serde(skip_serializing_if = "is_false")]
    truncated: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    wrong_byte: Option<usize>,
}

#[derive(Debug, Serialize)]
struct Summary {
    transmitted: u64,
    received: u64,
    duplicates: u64,
    corrupted: u64,
    errors: u64,
    lost: u64,
    late: u64,
    reordered: u64,
    foreign: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    loss_percent: Option<f64>,
    sending_us: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    rtt: Option<Rtt>,
    #[serde(skip_serializing_if = "Option::is_none")]
    jitter_us: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    clock: Option<&'static str>,
}

#[derive(Debug, Serialize)]
struct Rtt {
    min_us: f64,
    avg_us: f64,
    max_us: f64,
    mdev_us: f64,
    p50_us: f64,
    p90_us: f64,
    p95_us: f64,
    p99_us: f64,
}

/// How the objects are put together.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Shape {
    Document,
    Lines,
}

/// Writes events of one run as they come.
pub(super) struct Json<W> {
    out: W,
    run: Run,
    shape: Shape,
    separator: &'static str,
    /// The worst clock a round-trip time was read on.
    clock: Option<Clock>,
}

impl<W: Write> Json<W> {
    pub(super) fn new(out: W, run: Run, shape: Shape) -> Self {
        Self { out, run, shape, separator: "", clock: None }
    }

    fn write(&mut self, event: &Event<'_>) -> io::Result<()> {
        if self.shape == Shape::Document {
            write!(self.out, "{}\n  ", self.separator)?;
            self.separator = ",";
        }
        serde_json::to_writer(&mut self.out, event)?;
        if self.shape == Shape::Lines {
            writeln!(self.out)?;
        }
        Ok(())
    }
}

impl<W: Write> Renderer for Json<W> {
    fn header(&mut self) -> io::Result<()> {
        match self.shape {
            Shape::Lines => {
                let run = self.run.clone();
                self.write(&Event::Run(&run))
            }
            Shape::Document => {
                write!(self.out, "{{\"schema\":\"{SCHEMA}\",\"run\":")?;
                serde_json::to_writer(&mut self.out, &self.run)?;
                write!(self.out, ",\"events\":[")
            }
        }
    }

    fn event(&mut self, event: &PingEvent, _: &Figures) -> io::Result<()> {
        let described = match event {
            PingEvent::Reply(reply) => {
                if reply.intact {
                    self.clock = Some(self.clock.map_or(reply.clock, |worst| worst.min(reply.clock)));
                }
                Event::Reply(reply.into())
            }
            PingEvent::Lost(seq) => Event::Lost { seq: seq.0 },
            PingEvent::Icmp { seq, from, error, fatal } => {
                let (seq, from, message) = (seq.0, number(*from), icmp_text::describe(error));
                let (icmp_type, icmp_code, info) = (error.kind, error.code, error.info);
                if *fatal {
                    Event::Error { seq, from, icmp_type, icmp_code, info, message }
                } else {
                    Event::Advice { seq, from, icmp_type, icmp_code, info, message }
                }
            }
            PingEvent::SendFailed(seq, error) => {
                Event::SendFailed { seq: seq.0, errno: error.raw_os_error(), message: strerror(error) }
            }
            PingEvent::Refused(error) => Event::Refused {
                errno: error.errno,
                info: error.info,
                message: strerror(&io::Error::from_raw_os_error(error.errno)),
            },
            PingEvent::ReceiveFailed(error) => {
                Event::ReceiveFailed { errno: error.raw_os_error(), message: strerror(error) }
            }
            PingEvent::Sent(_) | PingEvent::Unanswered(_) | PingEvent::Status(_) => return Ok(()),
        };
        self.write(&described)
    }

    fn summary(&mut self, measured: Measured<'_>) -> io::Result<()> {
        let summary = Summary::new(measured, self.clock);
        match self.shape {
            Shape::Lines => self.write(&Event::Summary(summary))?,
            Shape::Document => {
                write!(self.out, "\n],\"summary\":")?;
                serde_json::to_writer(&mut self.out, &summary)?;
                writeln!(self.out, "}}")?;
            }
        }
        self.out.flush()
    }
}

impl From<&Reply> for ReplyEvent {
    fn from(reply: &Reply) -> Self {
        Self {
            seq: reply.seq.0,
            from: number(reply.from),
            bytes: reply.size + netdiag_echo::wire::HEADER_LEN,
            hop_limit: reply.hop_limit,
            rtt_us: micros(reply.rtt),
            rtt_by_user_us: micros(reply.rtt_by_user),
            clock: clock_name(reply.clock),
            duplicate: reply.duplicate,
            late: reply.late,
            reordered: reply.reordered,
            bad_checksum: !reply.intact,
            other_source: reply.other_source,
            truncated: reply.truncated,
            wrong_byte: reply.damage.as_ref().map(|damage| damage.wrong.offset),
        }
    }
}

impl Summary {
    fn new(Measured { tally, figures }: Measured<'_>, clock: Option<Clock>) -> Self {
        let Tally { transmitted, received, duplicates, corrupted, errors, .. } = *tally;
        let Tally { lost, late, reordered, foreign, sending, ref rtts, .. } = *tally;
        let missing = transmitted.saturating_sub(received) as f64;
        Self {
            transmitted,
            received,
            duplicates,
            corrupted,
            errors,
            lost,
            late,
            reordered,
            foreign,
            loss_percent: (transmitted > 0).then(|| missing * 100.0 / transmitted as f64),
            sending_us: micros(sending),
            rtt: Rtt::new(tally, figures),
            jitter_us: rtts.jitter().map(micros),
            clock: clock.map(clock_name),
        }
    }
}

impl Rtt {
    fn new(tally: &Tally, figures: &Figures) -> Option<Self> {
        let [p50, p90, p95, p99] = PERCENTILES.map(|percent| figures.percentile(percent).map(micros));
        Some(Self {
            min_us: micros(tally.rtts.min()?),
            avg_us: micros(tally.rtts.mean()?),
            max_us: micros(tally.rtts.max()?),
            mdev_us: micros(tally.rtts.deviation()?),
            p50_us: p50?,
            p90_us: p90?,
            p95_us: p95?,
            p99_us: p99?,
        })
    }
}

const fn clock_name(clock: Clock) -> &'static str {
    match clock {
        Clock::User => "user",
        Clock::Receive => "user-kernel",
        Clock::Kernel => "kernel",
        Clock::Hardware => "hardware",
    }
}

fn micros(time: Duration) -> f64 {
    time.as_nanos() as f64 / 1000.0
}

fn number(address: SocketAddr) -> String {
    target::number(address)
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes fields by reference")]
fn is_false(flag: &bool) -> bool {
    !flag
}

#[cfg(test)]
mod tests {
    use netdiag_echo::Seq;

    use super::*;

    fn run() -> Run {
        let address = "192.0.2.1:0".parse().unwrap();
        let name = "host".to_owned();
        let target = Target { name, address, is_number: false, is_broadcast: false, source: address };
        Run::new(&target, 56, Duration::from_secs(1), 7, "raw")
    }

    fn written(shape: Shape, tally: &Tally) -> String {
        let mut out = Vec::new();
        let mut json = Json::new(&mut out, run(), shape);
        let figures = Figures::new(true);
        json.header().unwrap();
        json.event(&PingEvent::Lost(Seq(1)), &figures).unwrap();
        json.event(&PingEvent::SendFailed(Seq(2), io::Error::from_raw_os_error(1)), &figures).unwrap();
        json.summary(Measured { tally, figures: &figures }).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_run_without_replies_is_valid_and_names_no_times() {
        let tally = Tally { transmitted: 2, lost: 1, ..Tally::default() };
        let document: serde_json::Value = serde_json::from_str(&written(Shape::Document, &tally)).unwrap();
        assert_eq!(document["schema"], SCHEMA);
        assert_eq!(document["events"][1]["message"], "Operation not permitted");
        assert_eq!(
            (document["summary"]["loss_percent"].as_f64(), document["summary"].get("rtt")),
            (Some(100.0), None)
        );
        let lines = written(Shape::Lines, &tally);
        let lines: Vec<serde_json::Value> =
            lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let events: Vec<_> = lines.iter().map(|line| line["event"].as_str().unwrap()).collect();
        assert_eq!(events, ["run", "lost", "send_failed", "summary"]);
        assert!(
            !lines.iter().flat_map(|line| line.as_object().unwrap().values()).any(serde_json::Value::is_null)
        );
    }
}
