//! Servers for tests and diagnoses: echo, discard, chargen and HTTP, on every kind of socket, and wrong on demand.
//!
//! Whoever runs one owns the runtime; it needs its timers and its sockets switched on, and any number of threads.

mod accept;
mod buffer;
mod chargen;
mod connection;
mod datagram;
mod discard;
mod echo;
mod envelope;
mod events;
mod faults;
#[cfg(feature = "http")]
mod http;
mod limits;
mod listener;
mod messages;
mod run;
mod server;
mod service;
#[cfg(feature = "tls")]
mod tls;
mod transport;
mod wire;

pub use self::events::{Connection, ConnectionEnd, Datagrams, Event, Peer, Request};
pub use self::faults::{FaultConflict, Faults};
#[cfg(feature = "http")]
pub use self::http::Site;
pub use self::limits::Limits;
pub use self::listener::Listener;
pub use self::server::Server;
pub use self::service::Service;
#[cfg(feature = "tls")]
pub use self::tls::Identity;
pub use self::transport::Transport;
