//! Both ends of every ordinary socket: one-shot clients, and the servers that answer them.
//!
//! Everything is asynchronous and takes its deadlines from the caller; nothing here prints, and nothing owns a runtime.
#![doc = include_str!("../README.md")]

mod channel;
mod client;
mod connect;
mod counted;
#[cfg(feature = "dns")]
mod dns;
mod each_address;
mod echo;
mod endpoint;
mod error;
mod framing;
#[cfg(any(test, feature = "fuzzing"))]
#[doc(hidden)]
pub mod fuzzing;
#[cfg(feature = "http")]
pub mod http;
mod icmp_error;
mod message;
mod message_socket;
mod peer;
mod peer_listener;
mod phases;
#[cfg(any(test, feature = "fuzzing"))]
mod played;
mod ports;
mod report;
mod resolve;
mod scheme;
#[cfg(feature = "server")]
pub mod serve;
mod service;
mod socket_file;
mod stream;
pub mod talk;
mod target;
#[cfg(feature = "tls")]
pub mod tls;
#[cfg(not(feature = "tls"))]
#[path = "tls_absent.rs"]
pub mod tls;

pub use channel::{Channel, TlsHandshake, secure};
pub use client::{Client, Exchange, Observer};
pub use connect::{Attempt, ConnectOutcome, Connector, unix_stream};
pub use counted::Counted;
#[cfg(feature = "dns")]
pub use dns::{DnsAnswer, DnsQuestion, DnsRecord, QuestionError};
pub use each_address::EachAddress;
pub use echo::{EchoOutcome, echo};
pub use endpoint::{Endpoint, Host, HostPort, ParseError, UnixKind, UnixName};
pub use error::{Error, PhaseError};
pub use framing::{Framing, FramingError, LengthPrefix};
pub use icmp_error::{IcmpError, IcmpReason};
pub use message_socket::{MessageSocket, UdpReply};
pub use peer::Peer;
pub use peer_listener::PeerListener;
pub use phases::{Phase, Phases};
pub use ports::Ports;
pub use report::{Found, LocalDelay, Report};
pub use resolve::{Family, resolve};
pub use stream::{PlainStream, Stream};
pub use target::Target;
