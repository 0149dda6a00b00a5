//! Both ends of every ordinary socket: one-shot clients, and the servers that answer them.
//!
//! Everything is asynchronous and takes its deadlines from the caller; nothing here prints, and nothing owns a runtime.

mod connect;
mod endpoint;
mod error;
mod phases;
mod resolve;
pub mod serve;
mod service;
mod stream;
pub mod tls;

pub use connect::{Attempt, Connector, Opening, unix_stream};
pub use endpoint::{Endpoint, Host, Inet, Misplaced, UnixKind, UnixName};
pub use error::{Error, Failed};
pub use phases::{Phase, Phases};
pub use resolve::{Family, resolve};
pub use stream::{Plain, Stream};
