//! Servers for tests and diagnoses: echo, discard, chargen and HTTP, on every kind of socket, and wrong on demand.
//!
//! Whoever runs one owns the runtime; it needs its timers and its sockets switched on, and any number of threads.
//!
//! ```
//! use std::sync::Arc;
//! use netdiag_probe::Endpoint;
//! use netdiag_probe::serve::{Event, Faults, Limits, Listener, Server, Service};
//! use tokio::io::{AsyncReadExt, AsyncWriteExt};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
//! runtime.block_on(async {
//!     let listeners = Listener::bind(&"tcp://127.0.0.1:0".parse()?, None, 16, false).await?;
//!     let Endpoint::Tcp(at) = listeners[0].endpoint().clone() else { return Err("TCP was asked for".into()) };
//!     let server = Server {
//!         service: Service::Echo,
//!         faults: Faults::default(),
//!         limits: Limits::default(),
//!         client_ports: None,
//! #       #[cfg(feature = "tls")]
//!         tls: None,
//!         tell_requests: false,
//!         tell: Box::new(|event| {
//!             if let Event::Connection(ended) = event {
//!                 println!("{} sent {} bytes", ended.peer, ended.received);
//!             }
//!         }),
//!     };
//!     let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
//!     let serving = tokio::spawn(server.run(listeners, async { drop(stopped.await) }));
//!     let mut client = tokio::net::TcpStream::connect(("127.0.0.1", at.port)).await?;
//!     client.write_all(b"hello").await?;
//!     let mut heard = [0; 5];
//!     client.read_exact(&mut heard).await?;
//!     assert_eq!(&heard, b"hello");
//!     drop((client, stop));
//!     serving.await?;
//!     Ok::<(), Box<dyn std::error::Error>>(())
//! })
//! # }
//! ```

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
pub(crate) mod http;
mod limits;
mod listener;
mod local_services;
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
