//! The registry of fields: what can be known of a socket, each declared once, with its word, unit, meaning and how it is read.
//!
//! What stands for "not measured" is nothing already where a field is read, so every format and every check says the same of it. The
//! text of `ss` has its own writer, for it must say what upstream's says, byte for byte. Not here is what takes more than the record:
//! names of addresses, ports, interfaces, groups and processes; and what is told of sockets of one family other than IP, which are
//! small records of their own in JSON.

mod congestion;
mod declare;
mod facts;
mod field;
mod full;
mod measure;
mod memory;
mod mptcp;
mod sctp;
mod socket;
mod tcp;
mod value;

pub use congestion::{BBR, CONGESTION, DCTCP, VEGAS};
pub use facts::{Connection, Facts};
pub use field::{Field, Group, Unit};
pub use full::FullQueues;
pub use measure::{IDLE, LIMIT, QUEUES, TIMEOUTS};
pub use memory::MEMORY;
pub use mptcp::MPTCP;
pub use sctp::SCTP;
pub use socket::{CLASSES, COLUMNS, IDENTITY, OPENNESS, OPTIONS, PROTOCOL, TIMER};
pub use tcp::TCP;
pub use value::{Flags, Kind, Value};

/// All groups.
pub static GROUPS: [&Group; 19] = [
    &COLUMNS,
    &IDENTITY,
    &OPENNESS,
    &TIMER,
    &CLASSES,
    &OPTIONS,
    &PROTOCOL,
    &MEMORY,
    &TCP,
    &CONGESTION,
    &BBR,
    &DCTCP,
    &VEGAS,
    &MPTCP,
    &SCTP,
    &QUEUES,
    &TIMEOUTS,
    &IDLE,
    &LIMIT,
];

/// The field at a path: its group's word and its own, such as `tcp.rtt`.
pub fn field(path: &str) -> Option<&'static Field> {
    let (group, word) = path.split_once('.')?;
    GROUPS.into_iter().find(|known| known.word == group)?.field(word)
}

#[cfg(test)]
mod tests;
