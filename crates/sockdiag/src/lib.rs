//! Asks the Linux kernel about its sockets over netlink `sock_diag`, and reads the answers where they were received.
//!
//! Upstream's types write the requests ([`InetRequest`] is a [`Query`] as it stands), but its responses are not used: one
//! short attribute fails a whole record there, `TIME-WAIT` loses its expiry, and names and unknown attributes are copied.
//! The views here borrow from the receive buffer, take any length the kernel sends, and say which field is missing.
//!
//! ```no_run
//! use netdiag_sockdiag::{Client, Extensions, States, inet};
//!
//! # fn main() -> Result<(), netdiag_sockdiag::Error> {
//! let mut client = Client::open()?;
//! let mut dump = client.dump(&inet::request(inet::Family::V4, inet::TCP, States::LISTENING, Extensions::empty()))?;
//! while let Some(socket) = dump.next()? {
//!     let _ = (socket.local(), socket.inode());
//! }
//! assert!(!dump.interrupted());
//! # Ok(())
//! # }
//! ```

mod answer;
mod attr;
#[cfg(test)]
mod captures;
mod client;
mod destroy;
mod error;
mod events;
mod family;
mod frame;
mod query;
mod recording;
mod state;

pub use netlink_packet_sock_diag::inet::{ExtensionFlags as Extensions, InetRequest};

pub use crate::attr::{Attr, Attrs};
pub use crate::client::{Client, Dump};
pub use crate::destroy::Outcome;
pub use crate::error::{Error, Malformed};
pub use crate::events::{Event, Events, Groups};
pub use crate::family::inet;
pub use crate::family::inet::InetSocket;
pub use crate::query::Query;
pub use crate::recording::{Recorder, Replay, Unreadable};
pub use crate::state::{State, States, UnknownState};
