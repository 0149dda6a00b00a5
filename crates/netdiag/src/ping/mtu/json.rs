//! A search for the path MTU as JSON, schema `netdiag.ping-mtu/1`. docs/json-ping-mtu.md says what the keys mean.
//!
//! Whether a size gets through is known only at the end: a probe that was not answered may have been lost.

use std::io::{self, Write};
use std::time::SystemTime;

use netdiag_echo::{MtuEvent, Seq, Stopped};
use netdiag_text::duration::micros;
use schemars::Schema;

use super::render::{Found, Searched};
use crate::json::record::record;
use crate::json::schema::Outline;
use crate::json::{Address, ErrorRecord, Frame, Notice, Shape, address, of_call, of_reason};
use crate::ping::icmp_text;
use crate::ping::json::clock_name;
use crate::ping::target::Target;
use crate::render::Renderer;

record! {
    /// What the search is about.
    Search {
        /// The destination's name: its canonical one, or the word as typed.
        target: String,
        /// The address it goes to: every probe.
        to: Address,
        /// The address family.
        #[schemars(extend("enum" = ["inet", "inet6"]))]
        family: &'static str,
    }
}

record! {
    /// What became of a probe.
    Probe {
        /// The number of the probe.
        seq: u64,
        /// Length of the IP packet, headers included.
        packet_bytes: usize,
        /// What became of the probe: `too-big` by what a router or this host's interface says, `refused` by another ICMP error, `not-sent`
        /// where the system refused it.
        #[schemars(extend("enum" = ["answered", "unanswered", "too-big", "refused", "not-sent"]))]
        fate: &'static str,
    } maybe {
        /// From the probe's departure to the reply's arrival, by the best clocks there were.
        rtt_us: f64,
        /// Which clocks round-trip times were read on, `rtt_us` here.
        #[schemars(extend("enum" = ["user", "user-kernel", "kernel"]))]
        clock: &'static str,
        /// What went wrong with it, and who says so.
        error: ErrorRecord,
        /// The largest packet that gets through, where the message is about that; nothing but being answered proves it.
        mtu_bytes: usize,
        /// Whether a message of others quotes enough of the probe to have the run's secret in it. If not, it may be forged.
        authenticated: bool,
    }
}

record! {
    /// What the search came to.
    Outcome {
        /// Probes sent, or that the system refused for good.
        sent: u64,
        /// Probes that were answered.
        received: u64,
        /// Probes given up as lost: those no longer than the path's MTU.
        lost: u64,
    } maybe {
        /// The path's MTU: the largest packet that was answered, of which no larger one is if `complete`; missing if none was.
        path_mtu_bytes: usize,
        /// The smallest packet that does not get through, as far as is known; missing if there is none.
        stopped_bytes: usize,
        /// Why no larger packet gets through: this host's `interface`, a `router` that says so, one that has it `refused` for another
        /// reason, or a `black-hole`, in which they vanish; missing where nothing is in the way.
        #[schemars(extend("enum" = ["interface", "router", "refused", "black-hole"]))]
        limit: &'static str,
        /// Who limits it.
        limited_by: Address,
        /// What this host's interface takes, where the system said.
        interface_mtu_bytes: usize,
        /// What the kernel takes for the path's MTU, for packets of other programs; missing if it does not tell.
        kernel_mtu_bytes: u32,
    }
}

/// Writes a search as it goes.
pub(super) struct Json<'a, W> {
    frame: Frame<W>,
    target: &'a Target,
}

impl<'a, W: Write> Json<'a, W> {
    pub(super) fn new(out: W, target: &'a Target, shape: Shape) -> Self {
        Self { frame: Frame::new(out, shape, 0), target }
    }
}

impl<W: Write> Renderer<Searched> for Json<'_, W> {
    fn header(&mut self) -> io::Result<()> {
        let target = self.target;
        let about = Search {
            target: target.name.clone(),
            to: address(target.address),
            family: if target.address.is_ipv4() { "inet" } else { "inet6" },
        };
        self.frame.begin(SCHEMA, SystemTime::now(), &about)?;
        self.frame.begin_list("probes");
        self.frame.write()
    }

    fn item(&mut self, event: &MtuEvent) -> io::Result<()> {
        let Some(probe) = Probe::of(event) else { return Ok(()) };
        self.frame.event("probe", SystemTime::now(), &probe)?;
        self.frame.write()
    }

    fn end(&mut self, found: &Found) -> io::Result<()> {
        self.frame.end_list();
        self.frame.end(SystemTime::now(), notice(found).as_slice(), &Outcome::new(found))
    }
}

/// Why the outcome is not all that was asked for, if so.
fn notice(found: &Found) -> Option<Notice> {
    match found.path.size {
        _ if found.path.complete => None,
        _ if found.path.is_cut => Some(Notice::new("interrupted", "the search was ended before its end")),
        Some(_) => Some(Notice::new("silence", "the host stopped answering")),
        None => Some(Notice::new("silence", "the host does not answer")),
    }
}

impl Probe {
    /// What an event says of a probe; `None` if nothing.
    fn of(event: &MtuEvent) -> Option<Self> {
        let plain = |seq: &Seq, size: &usize, fate| Self {
            seq: seq.0,
            packet_bytes: *size,
            fate,
            rtt_us: None,
            clock: None,
            error: None,
            mtu_bytes: None,
            authenticated: None,
        };
        Some(match event {
            MtuEvent::Answered { seq, size, rtt, clock } => Self {
                rtt_us: Some(micros(*rtt)),
                clock: Some(clock_name(*clock)),
                ..plain(seq, size, "answered")
            },
            MtuEvent::Unanswered { seq, size } => plain(seq, size, "unanswered"),
            MtuEvent::TooBig { seq, size, from, told, authenticated } => Self {
                error: Some(ErrorRecord {
                    from: Some(address(*from)),
                    ..ErrorRecord::new("too-big", "the packet is too big for a router on the way")
                }),
                mtu_bytes: *told,
                authenticated: Some(*authenticated),
                ..plain(seq, size, "too-big")
            },
            MtuEvent::Icmp { seq, size, from, error, authenticated } => Self {
                error: Some(of_reason(error, *from, icmp_text::describe(error))),
                authenticated: Some(*authenticated),
                ..plain(seq, size, "refused")
            },
            MtuEvent::TooLong { seq, size, mtu } => Self {
                error: Some(of_call("sendmsg", &nix::errno::Errno::EMSGSIZE.into())),
                mtu_bytes: *mtu,
                ..plain(seq, size, "too-big")
            },
            MtuEvent::SendFailed { seq, size, error } => {
                Self { error: Some(of_call("sendmsg", error)), ..plain(seq, size, "not-sent") }
            }
            _ => return None,
        })
    }
}

impl Outcome {
    fn new(found: &Found) -> Self {
        let path = &found.path;
        let limited_by = match path.stopped.filter(|_| path.complete) {
            Some((_, Stopped::TooBig { from, .. } | Stopped::Refused { from, .. })) => Some(address(from)),
            _ => None,
        };
        Self {
            sent: path.transmitted,
            received: path.answered,
            lost: path.lost,
            path_mtu_bytes: path.size,
            stopped_bytes: path.stopped.map(|(size, _)| size),
            limit: found.limit(),
            limited_by,
            interface_mtu_bytes: path.interface,
            kernel_mtu_bytes: found.kernel,
        }
    }
}

/// The schema of a document; that of a line is its `$defs/Line`.
pub(crate) fn schema() -> Schema {
    let mut outline = Outline::new::<Search>(SCHEMA);
    let probe = outline.event::<Probe>("probe");
    outline.list("probes", "Every probe, and what became of it, in the order that was known.", [probe]);
    outline.end::<Outcome>()
}

/// The identity of the format; a change that breaks readers changes the number.
const SCHEMA: &str = "netdiag.ping-mtu/1";

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use netdiag_echo::{ClockSource, Family, IcmpError, PathMtu};
    use serde_json::Value;

    use super::*;
    use crate::json::conformance::Conformance;
    use crate::json::reference;

    fn events() -> Vec<MtuEvent> {
        let (seq, size, from) = (Seq(1), 1500, "192.0.2.9:0".parse().unwrap());
        let error = IcmpError { family: Family::V4, kind: 3, code: 1, info: 0 };
        vec![
            MtuEvent::Answered { seq, size, rtt: Duration::from_micros(114), clock: ClockSource::Kernel },
            MtuEvent::Unanswered { seq, size },
            MtuEvent::TooBig { seq, size, from, told: Some(1400), authenticated: true },
            MtuEvent::TooBig { seq, size, from, told: None, authenticated: false },
            MtuEvent::Icmp { seq, size, from, error, authenticated: true },
            MtuEvent::TooLong { seq, size, mtu: Some(1500) },
            MtuEvent::SendFailed { seq, size, error: io::Error::from_raw_os_error(1) },
            MtuEvent::ReceiveFailed(io::Error::from_raw_os_error(1)),
        ]
    }

    fn found() -> [Found; 3] {
        let from = "192.0.2.9:0".parse().unwrap();
        let (nothing, mut path) = (PathMtu::default(), PathMtu::default());
        path.size = Some(1400);
        path.stopped = Some((1401, Stopped::TooBig { from, told: None, authenticated: true }));
        (path.interface, path.complete) = (Some(1500), true);
        let mut cut = nothing;
        cut.is_cut = true;
        [(path, Some(1400)), (nothing, None), (cut, None)].map(|(path, kernel)| Found { path, kernel })
    }

    fn written(shape: Shape, found: &Found) -> String {
        let address = "192.0.2.1:0".parse().unwrap();
        let name = "host".to_owned();
        let target = Target { name, address, is_number: false, is_broadcast: false, source: address };
        let mut out = Vec::new();
        let mut json = Json::new(&mut out, &target, shape);
        json.header().unwrap();
        events().iter().for_each(|event| json.item(event).unwrap());
        json.end(found).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_search_is_what_the_schema_says_and_so_does_the_reference() {
        let schema = schema().to_value();
        let conformance = Conformance::new(schema.clone());
        for found in found() {
            let document: Value = serde_json::from_str(&written(Shape::Document, &found)).unwrap();
            conformance.document(&document).unwrap();
            let lines = written(Shape::Lines, &found);
            for line in lines.lines() {
                conformance.definition("Line", &serde_json::from_str(line).unwrap()).unwrap();
            }
            assert_eq!(document["complete"], found.path.complete);
            assert_eq!(lines.lines().count(), 1 + events().len() - 1 + 1);
        }
        reference::matches("json-ping-mtu.md", &schema);
    }
}
