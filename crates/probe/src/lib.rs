//! Both ends of every ordinary socket: one-shot clients, and the servers that answer them.
//!
//! Everything is asynchronous and takes its deadlines from the caller; nothing here prints, and nothing owns a runtime.

mod accept;
mod channel;
mod connect;
mod endpoint;
mod error;
mod packets;
mod phases;
mod ports;
mod resolve;
mod service;
mod stream;
pub mod tls;

pub use accept::Listener;
pub use channel::{Channel, Secured, secure};
pub use connect::{Attempt, Connector, Opening, unix_stream};
pub use endpoint::{Endpoint, Host, Inet, Misplaced, UnixKind, UnixName};
pub use error::{Error, Failed};
pub use packets::{Heard, Packets};
pub use phases::{Phase, Phases};
pub use ports::Ports;
pub use resolve::{Family, resolve};
pub use stream::{Plain, Stream};
