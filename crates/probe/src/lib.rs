//! Both ends of every ordinary socket: one-shot clients, and the servers that answer them.
//!
//! Everything is asynchronous and takes its deadlines from the caller; nothing here prints, and nothing owns a runtime.

mod accept;
mod channel;
mod client;
mod connect;
mod counted;
mod dns;
mod echo;
mod endpoint;
mod error;
mod framing;
#[doc(hidden)]
pub mod fuzzing;
pub mod http;
mod message;
mod packets;
mod peer;
mod phases;
mod ports;
mod report;
mod resolve;
pub mod serve;
mod service;
mod stream;
pub mod talk;
mod target;
pub mod tls;

pub use accept::Listener;
pub use channel::{Channel, Secured, secure};
pub use client::{Client, Errand, Look};
pub use connect::{Attempt, Connector, Opening, unix_stream};
pub use counted::Counted;
pub use dns::{DnsAnswer, DnsRecord, NoQuestion, Question};
pub use echo::{Echoed, echo};
pub use endpoint::{Endpoint, Host, Inet, Misplaced, UnixKind, UnixName};
pub use error::{Error, Failed};
pub use framing::{Framing, Misframed, Prefix};
pub use packets::{Heard, Packets};
pub use peer::Peer;
pub use phases::{Phase, Phases};
pub use ports::Ports;
pub use report::{Found, Report};
pub use resolve::{Family, resolve};
pub use stream::{Plain, Stream};
pub use target::Target;
