//! Asks the Linux kernel about its sockets over netlink `sock_diag`, and reads the answers where they were received.
//!
//! Upstream's types write the requests ([`InetRequest`] is a [`Query`] as it stands), but its responses are not used: one
//! short attribute fails a whole record there, `TIME-WAIT` loses its expiry, and names and unknown attributes are copied.
//! The views here borrow from the receive buffer, take any length the kernel sends, and say which field is missing.
#![doc = include_str!("../README.md")]

mod ahead;
mod answer;
mod attr;
#[cfg(test)]
mod captures;
mod client;
mod congestion;
mod destroy;
mod error;
pub mod ethertypes;
mod events;
mod family;
mod fields;
pub mod filter;
mod filtered;
mod frame;
#[cfg(any(test, feature = "fuzzing"))]
#[doc(hidden)]
pub mod fuzzing;
mod inet_attrs;
mod md5_keys;
mod mem_info;
mod mptcp_info;
mod query;
mod recording;
#[cfg(test)]
mod records;
mod sctp_info;
mod send_limit;
mod socket_address;
mod socket_type;
mod state;
mod tcp_info;
mod ulp;
pub mod words;

pub use netlink_packet_core::Emitable;
pub use netlink_packet_sock_diag::inet::{ExtensionFlags as Extensions, InetRequest};
pub use netlink_packet_sock_diag::unix::UnixRequest;

pub use crate::attr::{Attr, Attrs};
pub use crate::client::{Client, Dump};
pub use crate::congestion::{BbrInfo, DctcpInfo, VegasInfo};
pub use crate::destroy::DestroyOutcome;
pub use crate::error::{Error, Malformed};
pub use crate::events::{Event, Events, Groups};
pub use crate::family::inet::InetSocket;
pub use crate::family::netlink::{NetlinkRequest, NetlinkSocket};
pub use crate::family::packet::{PacketRequest, PacketSocket};
pub use crate::family::tcp::TcpRequest;
pub use crate::family::tipc::{TipcRequest, TipcSocket};
pub use crate::family::unix::UnixSocket;
pub use crate::family::vsock::{VsockRequest, VsockSocket};
pub use crate::family::xdp::{XdpRequest, XdpSocket};
pub use crate::family::{inet, netlink, packet, tcp, tipc, unix, vsock, xdp};
pub use crate::filtered::Filtered;
pub use crate::inet_attrs::{InetAttrs, InetOptions, OldMemInfo};
pub use crate::md5_keys::{Md5Key, Md5Keys};
pub use crate::mem_info::MemInfo;
pub use crate::mptcp_info::MptcpInfo;
pub use crate::query::Query;
pub use crate::recording::{Recorder, RecordingError, Replay};
pub use crate::sctp_info::SctpInfo;
pub use crate::send_limit::SendLimit;
pub use crate::socket_address::SocketAddresses;
pub use crate::socket_type::SocketType;
pub use crate::state::{State, States, UnknownState};
pub use crate::tcp_info::{EcnInfo, TcpInfo, TcpOptions};
pub use crate::ulp::{Subflow, Tls, Ulp};
