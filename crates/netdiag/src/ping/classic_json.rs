//! JSON as upstream's `-j` writes it: its keys, its strings for times, one object per line.
//!
//! Upstream leaves duplicates, errors, options and empty summaries as bare text in between, which makes its output invalid;
//! here each of them is an object or a key of one.

use std::io::{self, Write};
use std::net::Ipv4Addr;
use std::time::Duration;

use netdiag_echo::ip_options::{ReceivedOption, received};
use netdiag_echo::{PingEvent, Reply, Statistics};
use netdiag_text::duration::Millis;
use netdiag_text::strerror;
use serde_json::{Value, json};

use super::figures::Figures;
use super::icmp_text;
use super::names::Names;
use super::render::{Measured, Pinged};
use super::target::{self, Target};
use super::text::{Layout, Rtt};
use crate::render::Renderer;

/// Writes events of one run as they come.
pub(super) struct ClassicJson<'a, W> {
    out: W,
    target: &'a Target,
    layout: Layout,
    names: Option<Names>,
}

impl<'a, W: Write> ClassicJson<'a, W> {
    pub(super) fn new(out: W, target: &'a Target, layout: Layout) -> Self {
        let names = (!layout.numeric && !layout.quiet).then(Names::start);
        Self { out, target, layout, names }
    }

    fn write(&mut self, members: &[(&str, Value)]) -> io::Result<()> {
        let stamp = self.layout.clock.as_ref().map(|clock| ("timestamp", json!(clock.to_string())));
        let members = stamp.iter().chain(members);
        let text: Vec<String> = members.map(|(key, value)| format!("\"{key}\": {}", Spaced(value))).collect();
        writeln!(self.out, "{{{}}}", text.join(", "))
    }

    fn reply(&mut self, reply: &Reply) -> io::Result<()> {
        let host = self.host(reply.from, self.layout.interval.saturating_sub(reply.rtt) / 2);
        let mut members = vec![
            ("bytes", json!(reply.size + netdiag_echo::wire::HEADER_LEN)),
            ("host", json!(host)),
            ("seq", json!(reply.seq.to_wire())),
        ];
        members.extend(self.layout.ident.map(|ident| ("ident", json!(ident))));
        members.extend(reply.hop_limit.map(|limit| ("ttl", json!(limit))));
        if reply.truncated {
            members.push(("info", json!("truncated")));
        } else if self.layout.timed {
            let rtt = Rtt { rtt: reply.rtt, exact: self.layout.exact };
            members.push(("time", json!(rtt.to_string())));
        }
        #[rustfmt::skip]
        let marks = [
            ("duplicate",         reply.duplicate && !self.layout.group),
            ("bad checksum",      !reply.intact),
            ("different address", reply.other_source && !self.layout.group),
        ];
        members.extend(marks.into_iter().filter(|(_, set)| *set).map(|(key, _)| (key, json!(true))));
        if let Some(damage) = &reply.damage {
            let wrong = damage.wrong;
            let value = json!({ "offset": wrong.offset, "expected": wrong.expected, "got": wrong.got });
            members.push(("wrong data byte", value));
        }
        members.extend(received(&reply.options).iter().filter_map(option));
        self.write(&members)
    }

    fn host(&mut self, address: std::net::SocketAddr, patience: Duration) -> String {
        let number = target::number(address);
        match self.names.as_mut().and_then(|names| names.of(address, patience)) {
            Some(name) if name != number => format!("{name} ({number})"),
            _ => number,
        }
    }

    fn failed(&mut self, call: &str, error: &io::Error) -> io::Result<()> {
        self.write(&[("error", json!([call, strerror(error)]))])
    }
}

impl<W: Write> Renderer<Pinged> for ClassicJson<'_, W> {
    fn item(&mut self, (event, _): (&PingEvent, &Figures)) -> io::Result<()> {
        match event {
            PingEvent::Unanswered(seq) if self.layout.outstanding => {
                self.write(&[("info", json!("no answer yet")), ("seq", json!(seq.to_wire()))])
            }
            _ if self.layout.quiet => Ok(()),
            PingEvent::Reply(reply) => self.reply(reply),
            PingEvent::Lost { seq, .. } if self.layout.losses => {
                self.write(&[("info", json!("no answer")), ("seq", json!(seq.to_wire()))])
            }
            PingEvent::Icmp { seq, from, error, .. } => {
                let host = self.host(*from, self.layout.interval / 2);
                let what = icmp_text::describe(error);
                self.write(&[("host", json!(host)), ("seq", json!(seq.to_wire())), ("error", json!(what))])
            }
            PingEvent::SendFailed(_, error) => self.failed("sendmsg", error),
            PingEvent::ReceiveFailed(error) => self.failed("recvmsg", error),
            PingEvent::Refused(error) => {
                let source = io::Error::from_raw_os_error(error.errno);
                self.write(&[
                    ("error", json!(["local error", strerror(&source)])),
                    ("mtu", json!(error.info)),
                ])
            }
            // Upstream has no object for anything else.
            _ => Ok(()),
        }
    }

    fn end(&mut self, measured: Measured<'_>) -> io::Result<()> {
        let Statistics { transmitted, received, duplicates, corrupted, errors, ref rtts, .. } =
            *measured.statistics;
        let lost = transmitted.saturating_sub(received);
        let mut members = vec![
            ("host", json!(self.target.name)),
            ("transmitted", json!(transmitted)),
            ("received", json!(received)),
            ("duplicates", json!(duplicates)),
            ("corrupted", json!(corrupted)),
            ("errors", json!(errors)),
        ];
        members.extend((lost * 100).checked_div(transmitted).map(|loss| ("loss", json!(loss))));
        members.push(("time", json!((measured.statistics.sending.as_micros() + 500) / 1000)));
        let millis = |time: Option<Duration>| time.map(|time| Millis(time).to_string());
        if self.layout.timed && received > 0 {
            let (min, avg) = (millis(rtts.min()), millis(rtts.mean()));
            let (max, mdev) = (millis(rtts.max()), millis(rtts.deviation()));
            members.push(("rtt", json!({ "min": min, "avg": avg, "max": max, "mdev": mdev })));
        }
        if measured.statistics.pipe > 1 {
            members.push(("pipe", json!(measured.statistics.pipe)));
        }
        if self.layout.rates && transmitted > 1 {
            let between = measured.statistics.sending / u32::try_from(transmitted - 1).unwrap_or(u32::MAX);
            members.push(("ipg", json!(Millis(between).to_string())));
            members.extend(millis(rtts.smoothed()).map(|ewma| ("ewma", json!(ewma))));
        }
        self.write(&members)?;
        self.out.flush()
    }
}

fn option(option: &ReceivedOption) -> Option<(&'static str, Value)> {
    let texts = |addresses: &[Ipv4Addr]| json!(addresses.iter().map(Ipv4Addr::to_string).collect::<Vec<_>>());
    match option {
        ReceivedOption::RecordRoute(route) => Some(("RR", texts(route))),
        ReceivedOption::SourceRoute { strict: true, through } => Some(("SSRR", texts(through))),
        ReceivedOption::SourceRoute { strict: false, through } => Some(("LSRR", texts(through))),
        ReceivedOption::Timestamps { entries, unrecorded } => {
            let entry = |(address, stamp): &(Option<Ipv4Addr>, u32)| match address {
                Some(address) => json!({ "host": address.to_string(), "stamp": stamp }),
                None => json!({ "stamp": stamp }),
            };
            let entries: Vec<Value> = entries.iter().map(entry).collect();
            Some(("TS", json!({ "entries": entries, "unrecorded": unrecorded })))
        }
        ReceivedOption::Nop | ReceivedOption::Unknown(_) => None,
    }
}

/// A value with upstream's blanks after commas and colons.
struct Spaced<'a>(&'a Value);

impl std::fmt::Display for Spaced<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            Value::Object(members) => {
                let members = members.iter().map(|(key, value)| format!("\"{key}\": {}", Spaced(value)));
                write!(f, "{{{}}}", members.collect::<Vec<_>>().join(", "))
            }
            Value::Array(items) => {
                let items = items.iter().map(|item| Spaced(item).to_string());
                write!(f, "[{}]", items.collect::<Vec<_>>().join(", "))
            }
            other => f.write_str(&netdiag_text::json::to_string(other).map_err(|_| std::fmt::Error)?),
        }
    }
}
