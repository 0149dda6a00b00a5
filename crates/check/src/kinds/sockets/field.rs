//! What can be measured of one socket.
//!
//! A value a socket does not have, or the kernel does not tell, is absent and takes part in nothing. The queues of listeners
//! count connections, not bytes, so they are fields of their own.

use std::time::Duration;

use netdiag_host::{Socket, Table};
use netdiag_sockdiag::{State, TcpInfo};
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
    /// The record itself.
    Socket(fn(&Socket<'_>) -> Option<f64>),
    /// What TCP knows of the connection.
    Info(fn(TcpInfo<'_>) -> Option<f64>),
    /// What was dropped.
    Drops,
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
        FIELDS.iter().find(|field| field.name == name).copied()
    }

    pub(super) fn names() -> impl Iterator<Item = &'static str> {
        FIELDS.iter().map(|field| field.name)
    }

    /// Whether it is the time in a state, of which only the least is known.
    pub(super) fn is_age(self) -> bool {
        matches!(self.source, Source::Age)
    }

    /// What the kernel must be asked for to know it.
    pub(super) fn needs(self) -> Needs {
        let sockets = match self.source {
            Source::Info(_) | Source::Age => netdiag_host::Needs::TCP_INFO,
            Source::Drops => netdiag_host::Needs::MEMORY,
            Source::Socket(_) => netdiag_host::Needs::NONE,
        };
        Needs { sockets, ages: self.is_age() }
    }

    /// Whether sockets of a kind can have it.
    pub(super) fn is_of(self, proto: Proto) -> bool {
        match self.source {
            Source::Info(_) => proto == Proto::Tcp,
            Source::Drops => proto != Proto::Unix,
            Source::Socket(_) | Source::Age => true,
        }
    }

    /// Its value.
    pub(super) fn of(self, socket: &Socket<'_>, seen: Seen<'_>) -> Option<f64> {
        match self.source {
            Source::Socket(read) => read(socket),
            Source::Info(read) => read(info(socket)?),
            Source::Drops => socket.attrs()?.mem_info()?.drops().map(f64::from),
            Source::Age => age(socket, seen),
        }
    }
}

fn info<'a>(socket: &Socket<'a>) -> Option<TcpInfo<'a>> {
    // For other protocols the same attribute is something else.
    if is_tcp(socket) { socket.attrs()?.tcp_info() } else { None }
}

fn is_tcp(socket: &Socket<'_>) -> bool {
    socket.table() == Some(Table::Tcp)
}

/// How often the timer of a TCP socket has fired in vain.
fn timeouts(socket: &Socket<'_>) -> Option<f64> {
    socket.inet().filter(|_| is_tcp(socket)).map(|socket| socket.retransmits().into())
}

fn listens(socket: &Socket<'_>) -> bool {
    socket.state() == State::LISTEN
}

fn micros(value: u32) -> f64 {
    f64::from(value) / 1e6
}

fn millis(value: u32) -> f64 {
    f64::from(value) / 1e3
}

/// The least time it can have been in its state, seconds.
///
/// The kernel keeps no such time. But nothing that came after the peer's FIN, or after the acknowledgement of ours, can have come
/// before it, so the silence since then is a part of the time; and the timer of TIME-WAIT began with a minute.
fn age(socket: &Socket<'_>, seen: Seen<'_>) -> Option<f64> {
    let told = match (socket.state(), socket.inet()) {
        (State::TIME_WAIT, Some(inet)) if inet.timer() == TIME_WAIT_TIMER => {
            Some((TIME_WAIT - millis(inet.expires())).max(0.0))
        }
        (State::CLOSE_WAIT | State::FIN_WAIT_2, _) => info(socket).and_then(silence),
        _ => None,
    };
    let seen = socket.cookie().and_then(seen).map(|seen| seen.as_secs_f64());
    match (told, seen) {
        (Some(told), Some(seen)) => Some(told.max(seen)),
        (told, seen) => told.or(seen),
    }
}

/// Since anything came from the peer, seconds.
fn silence(info: TcpInfo<'_>) -> Option<f64> {
    Some(millis(info.last_data_recv()?.min(info.last_ack_recv()?)))
}

/// Since data was sent or came in, seconds.
fn idle(info: TcpInfo<'_>) -> Option<f64> {
    Some(millis(info.last_data_sent()?.min(info.last_data_recv()?)))
}

/// `TCP_TIMEWAIT_LEN`, seconds, and the number of its timer.
const TIME_WAIT: f64 = 60.0;
const TIME_WAIT_TIMER: u8 = 3;

const fn field(name: &'static str, dimension: Dimension, source: Source) -> Field {
    Field { name, dimension, source }
}

use Dimension as D;
use Source::{Info, Socket as Own};

#[rustfmt::skip]
const FIELDS: [Field; 21] = [
    field("recvq",         D::Bytes, Own(|socket| if listens(socket) { None } else { socket.rqueue().map(f64::from) })),
    field("sendq",         D::Bytes, Own(|socket| if listens(socket) { None } else { socket.wqueue().map(f64::from) })),
    field("pending",       D::Count, Own(|socket| if listens(socket) { socket.rqueue().map(f64::from) } else { None })),
    field("backlog",       D::Count, Own(|socket| if listens(socket) { socket.wqueue().map(f64::from) } else { None })),
    field("timeouts",      D::Count, Own(timeouts)),
    field("drops",         D::Count, Source::Drops),
    field("age",           D::Time,  Source::Age),
    field("idle",          D::Time,  Info(idle)),
    field("rtt",           D::Time,  Info(|info| info.rtt().filter(|rtt| *rtt > 0).map(micros))),
    field("rttvar",        D::Time,  Info(|info| info.rttvar().filter(|_| info.rtt() > Some(0)).map(micros))),
    field("min_rtt",       D::Time,  Info(|info| info.min_rtt().filter(|rtt| *rtt != u32::MAX).map(micros))),
    field("rto",           D::Time,  Info(|info| info.rto().map(micros))),
    field("retrans",       D::Count, Info(|info| info.total_retrans().map(f64::from))),
    field("lost",          D::Count, Info(|info| info.lost().map(f64::from))),
    field("unacked",       D::Count, Info(|info| info.unacked().map(f64::from))),
    field("backoff",       D::Count, Info(|info| info.backoff().map(f64::from))),
    field("cwnd",          D::Count, Info(|info| info.snd_cwnd().map(f64::from))),
    field("notsent",       D::Bytes, Info(|info| info.notsent_bytes().map(f64::from))),
    field("pmtu",          D::Bytes, Info(|info| info.pmtu().map(f64::from))),
    field("delivery_rate", D::Rate,  Info(|info| info.delivery_rate().map(|rate| rate as f64))),
    field("mss",           D::Bytes, Info(|info| info.snd_mss().map(f64::from))),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_is_explained() {
        let page = include_str!("../../../../../docs/check-host.md");
        let rows: Vec<&str> = page.lines().filter(|line| line.starts_with("| `")).collect();
        for name in Field::names() {
            assert!(rows.iter().any(|row| row.contains(&format!("`{name}`"))), "{name}");
        }
    }
}
