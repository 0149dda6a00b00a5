//! ICMP echo on raw and datagram sockets: pure engines, one socket type, one driver.
//!
//! An [`Engine`] holds the protocol logic and nothing else: it is told the time and what happened, and says what to do next.
//! [`run`] drives it on an [`EchoSocket`]. A round-trip time is the kernel's receive stamp minus the time the probe left, kept
//! in a table of the engine's own; nothing that comes back is trusted to tell it.
//!
//! ```no_run
//! use std::time::Duration;
//! use netdiag_echo::{
//!     Control, EchoSocket, Error, Family, IcmpSocket, Ident, Payload, Ping, PingConfig, PingEvent, SocketConfig,
//! };
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let payload = Payload { size: 56, cookie: 0x5eed };
//! let config = SocketConfig { payload, hop_limit: None, transmit_stamps: true, raw_ident: Ident(7) };
//! let mut socket = EchoSocket::new(IcmpSocket::open(Family::V4)?, &config)?;
//! let mut ping = Ping::new(
//!     PingConfig {
//!         to: "127.0.0.1:0".parse()?,
//!         payload,
//!         count: Some(3),
//!         interval: Duration::from_millis(200),
//!         deadline: None,
//!         linger: Some(Duration::from_secs(1)),
//!         error_ends_deadline: false,
//!     },
//!     netdiag_echo::now(),
//! );
//! netdiag_echo::run(&mut ping, &mut socket, &Control::new()?, |event| {
//!     if let PingEvent::Reply(reply) = event {
//!         println!("{} answered in {:?}", reply.from, reply.rtt);
//!     }
//!     Ok::<(), Error>(())
//! })?;
//! println!("{} of {} answered", ping.tally().received, ping.tally().transmitted);
//! # Ok(())
//! # }
//! ```

mod clock;
mod control;
mod departures;
mod driver;
mod engine;
mod error;
mod filter;
mod inbox;
mod outbox;
mod payload;
mod ping;
mod probe;
mod socket;
mod stamp;
mod stats;
mod window;
pub mod wire;

pub use clock::now;
pub use control::Control;
pub use driver::run;
pub use engine::{Engine, Input, LocalError, Step};
pub use error::Error;
pub use payload::{MARK_LEN, Payload, WrongByte};
pub use ping::{Damage, Ping, PingConfig, PingEvent, Reply, Tally};
pub use probe::{Answer, AnswerKind, Family, IcmpError, Ident, Probe, Seq};
pub use socket::{EchoSocket, IcmpSocket, Kind, SocketConfig, source_address};
pub use stamp::{Clock, Departure, KernelStamp, Stamp};
pub use stats::Rtts;
