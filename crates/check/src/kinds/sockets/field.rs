//! What can be measured of one socket: the words of checks for fields of the registry, and how long a socket has been as it is.
//!
//! A value a socket does not have, or the kernel does not tell, is absent and takes part in nothing.

use std::time::Duration;

use netdiag_host::Socket;
use netdiag_host::fields::{self, Facts};
use netdiag_sockdiag::State;
use netdiag_text::Dimension;

use crate::needs::Needs;
use crate::proto::Proto;

/// One thing to measure.
#[derive(Clone, Copy)]
pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) dimension: Dimension,
    source: Source,
}

/// How long a socket has been seen in its state, by its cookie.
pub(super) type Seen<'a> = &'a dyn Fn(u64) -> Option<Duration>;

/// Where a value comes from; in the base unit of its dimension.
#[derive(Clone, Copy)]
enum Source {
    /// What is known of it.
    Known(&'static fields::Field),
    /// How long it has been in its state.
    Age,
}

impl std::fmt::Debug for Field {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

impl Field {
    /// The field called so.
    pub(super) fn named(name: &str) -> Option<Self> {
        let known = WORDS.into_iter().find(|(word, _)| *word == name);
        if let Some((name, AGE)) = known {
            return Some(Self { name, dimension: Dimension::Time, source: Source::Age });
        }
        let (name, field) = match known {
            Some((name, path)) => (name, fields::field(path)?),
            None => others().find(|field| field.word == name).map(|field| (field.word, field))?,
        };
        Some(Self { name, dimension: field.unit.dimension(), source: Source::Known(field) })
    }

    /// Those that are asked for most.
    pub(super) fn common() -> impl Iterator<Item = &'static str> {
        WORDS.into_iter().map(|(name, _)| name)
    }

    pub(super) fn names() -> impl Iterator<Item = &'static str> {
        Self::common().chain(others().map(|field| field.word))
    }

    /// Whether it is the time in a state, of which only the least is known.
    pub(super) fn is_age(self) -> bool {
        matches!(self.source, Source::Age)
    }

    /// What the kernel must be asked for to know it.
    pub(super) fn needs(self) -> Needs {
        let sockets = match self.source {
            Source::Known(field) => field.needs.into(),
            Source::Age => netdiag_host::Needs::TCP_INFO,
        };
        Needs { sockets, ages: self.is_age() }
    }

    /// Whether sockets of a kind can have it.
    pub(super) fn is_of(self, proto: Proto) -> bool {
        match self.source {
            Source::Known(field) => proto.tables().iter().any(|table| field.tables.contains(*table)),
            Source::Age => true,
        }
    }

    /// Its value.
    pub(super) fn of(self, socket: &Socket<'_>, seen: Seen<'_>) -> Option<f64> {
        match self.source {
            Source::Known(field) => field.measure(&Facts::new(*socket)),
            Source::Age => age(socket, seen),
        }
    }
}

/// What else TCP counts and measures of a connection, by the registry's words.
fn others() -> impl Iterator<Item = &'static fields::Field> {
    let numbers = fields::TCP.fields.iter().filter(|field| {
        matches!(field.kind, fields::Kind::Unsigned(_) | fields::Kind::Signed(_) | fields::Kind::Real)
    });
    numbers.filter(|field| WORDS.iter().all(|(word, _)| *word != field.word))
}

/// The least time it can have been in its state, seconds.
///
/// The kernel keeps no such time. But nothing that came after the peer's FIN, or after the acknowledgement of ours, can have come
/// before it, so the silence since then is a part of the time; and the timer of TIME-WAIT began with a minute.
fn age(socket: &Socket<'_>, seen: Seen<'_>) -> Option<f64> {
    let told = match (socket.state(), socket.inet()) {
        (State::TIME_WAIT, Some(inet)) if inet.timer() == TIME_WAIT_TIMER => {
            Some((TIME_WAIT - f64::from(inet.expires()) / 1e3).max(0.0))
        }
        (State::CLOSE_WAIT | State::FIN_WAIT_2, _) => {
            fields::field(SILENCE).and_then(|silence| silence.measure(&Facts::new(*socket)))
        }
        _ => None,
    };
    let seen = socket.cookie().and_then(seen).map(|seen| seen.as_secs_f64());
    match (told, seen) {
        (Some(told), Some(seen)) => Some(told.max(seen)),
        (told, seen) => told.or(seen),
    }
}

/// Since anything came from the peer.
const SILENCE: &str = "idle.silence";
/// `TCP_TIMEWAIT_LEN`, seconds, and the number of its timer.
const TIME_WAIT: f64 = 60.0;
const TIME_WAIT_TIMER: u8 = 3;

/// Stands where the path of a field would.
const AGE: &str = "";
/// The words of checks, and where each is in the registry.
#[rustfmt::skip]
const WORDS: [(&str, &str); 21] = [
    ("recvq", "queues.recvq"), ("sendq", "queues.sendq"), ("pending", "queues.pending"), ("backlog", "queues.backlog"),
    ("timeouts", "timeouts.timeouts"), ("drops", "memory.drops"), ("age", AGE), ("idle", "idle.idle"), ("rtt", "tcp.rtt"),
    ("rttvar", "tcp.rttvar"), ("min_rtt", "tcp.min_rtt"), ("rto", "tcp.rto"), ("retrans", "tcp.total_retrans"),
    ("lost", "tcp.lost"), ("unacked", "tcp.unacked"), ("backoff", "tcp.backoff"), ("cwnd", "tcp.cwnd"),
    ("notsent", "tcp.notsent"), ("pmtu", "tcp.pmtu"), ("delivery_rate", "tcp.delivery_rate"), ("mss", "tcp.mss"),
];

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/check-host.md");
    const MARK: &str =
        "<!-- Written by a test: SNAPSHOTS=overwrite cargo test -p netdiag-check reference -->\n";
    const END: &str = "\n<!-- Up to here. -->\n";

    #[test]
    fn the_reference_has_what_tcp_knows() {
        let page = std::fs::read_to_string(PAGE).unwrap();
        let (before, rest) = page.split_once(MARK).expect("the table follows its mark");
        let (_, after) = rest.split_once(END).expect("the table has an end");
        let rows = others().map(|field| {
            let unit = match field.unit.dimension() {
                Dimension::Time => "time",
                Dimension::Bytes => "bytes",
                Dimension::Rate => "rate",
                _ => "count",
            };
            let doc = field.doc.trim_end_matches('.');
            format!("| `{}` | {unit} | {doc} |\n", field.word)
        });
        let table = format!("| field | unit | what it is |\n|---|---|---|\n{}", rows.collect::<String>());
        let expected = [before, MARK, &table, END, after].concat();
        if std::env::var_os("SNAPSHOTS").is_some_and(|mode| mode == "overwrite") {
            std::fs::write(PAGE, &expected).unwrap();
        }
        assert!(
            std::fs::read_to_string(PAGE).unwrap() == expected,
            "run with SNAPSHOTS=overwrite: {PAGE} is not what the registry says"
        );
    }

    #[test]
    fn every_field_is_explained() {
        let page = std::fs::read_to_string(PAGE).unwrap();
        let rows: Vec<&str> = page.lines().filter(|line| line.starts_with("| `")).collect();
        for name in Field::names() {
            assert!(Field::named(name).is_some_and(|field| field.name == name), "{name}");
            assert!(rows.iter().any(|row| row.contains(&format!("`{name}`"))), "{name}");
        }
    }
}
