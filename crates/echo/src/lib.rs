//! ICMP echo on raw and datagram sockets: pure engines, one socket type, one driver.
//!
//! An [`Engine`] holds the protocol logic and nothing else: it is told the time and what happened, and says what to do next.
//! [`run`] drives it on an [`EchoSocket`]. A round-trip time is the kernel's receive stamp minus the time the probe left, kept
//! in a table of the engine's own; nothing that comes back is trusted to tell it.
#![doc = include_str!("../README.md")]

mod ancillary;
mod ask;
mod clock;
mod control;
mod deadlines;
mod departures;
mod driver;
mod engine;
mod error;
mod error_queue;
pub mod extensions;
mod filter;
#[cfg(any(test, feature = "fuzzing"))]
#[doc(hidden)]
pub mod fuzzing;
mod icmp_socket;
mod inbox;
pub mod ip_options;
mod many;
mod mtu;
mod optional;
mod options;
mod outbox;
mod pacing;
mod path;
mod paths;
mod payload;
mod ping;
mod prepare;
mod privilege;
mod probe;
mod quotes;
mod route;
mod socket;
mod stamp;
mod stats;
mod tcp_sockets;
mod walk;
mod window;
pub mod wire;

pub use ask::{AskOptions, ask};
pub use clock::now;
pub use control::RunControl;
pub use driver::{Sockets, run};
pub use engine::{Engine, Input, LocalError, LocalRefusal, Step};
pub use error::Error;
pub use icmp_socket::{IcmpSocket, SocketKind};
pub use many::{ManyTargets, OfTarget};
pub use mtu::{
    HopMtu, HopMtuConfig, HopMtuEvent, HopMtuSearch, HopMtus, MtuConfig, MtuEvent, MtuPlace, MtuSearch,
    MtuStep, PathMtu, Stopped,
};
pub use optional::{OPTIONAL_SOCKET_OPTIONS, RefusedOption, SocketOption};
pub use options::{FlowLabel, PathMtuDiscovery, SocketOptions};
pub use path::{
    AnswerMeaning, Glance, Hop, HopAnswer, HopReport, PathEnd, PathReport, ProbeKind, Quoted, Responder,
    Tally, Trace, TraceConfig, TraceEvent, Verdict,
};
pub use paths::{
    Confidence, Diamond, FlowField, PathGraph, PathHop, PathLink, PathNode, Paths, PathsConfig, PathsEvent,
    Sharing,
};
pub use payload::{MARK_LEN, Payload, WrongByte};
pub use ping::{
    Damage, Ping, PingConfig, PingEvent, Reply, Statistics, StopWhen, UncountedReason, UncountedReply,
};
pub use prepare::{KernelTimestamps, SocketConfig};
pub use privilege::Privilege;
pub use probe::{Answer, AnswerKind, AnsweredProbe, Family, IcmpError, Ident, PortState, Probe, Quote, Seq};
pub use quotes::QuoteListener;
pub use route::{KernelRoute, source_address};
pub use socket::EchoSocket;
pub use stamp::{Arrival, ClockSource, Departure, LocalDelay, SendCall, SentTimes};
pub use stats::RoundTrips;
pub use tcp_sockets::TcpSockets;
pub use walk::{
    Numbering, Patience, Shrunk, Walk, WalkAnswer, WalkConfig, WalkEvent, WalkProbe, WalkWords, hops_back,
};
