//! Networks for tests, built in code: hosts are network namespaces, and what joins them does to packets
//! exactly what a seeded plan says.
//!
//! Everything lives as long as its handle and no longer, so a test that panics leaves nothing behind; a
//! wire bound to `_` is gone before the first packet.
//!
//! Two hosts, a router between them, and 20 ms of wire each way:
//!
//! ```no_run
//! use std::net::TcpListener;
//! use std::time::Duration;
//!
//! use netdiag_lab::{Hop, Lab, Pick, Plan, Way};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let lab = Lab::new()?;
//! let (client, router, server) = (lab.host("client")?, lab.router("router")?, lab.host("server")?);
//!
//! lab.veth((&client, "eth0"), (&router, "eth0"))?;
//! client.address("eth0", "10.0.1.1/24")?;
//! router.address("eth0", "10.0.1.254/24")?;
//! client.route("0.0.0.0/0", Hop::Via("10.0.1.254"))?;
//!
//! let slow = Plan::delayed(Duration::from_millis(20));
//! let lossy = Plan { loss: Pick::Nth(vec![3]), ..slow.clone() };
//! let wire = lab.wire((&router, "tun0"), (&server, "tun0"), lossy, slow)?;
//! router.address("tun0", "10.0.2.254/24")?;
//! server.address("tun0", "10.0.2.1/24")?;
//! server.route("0.0.0.0/0", Hop::Through("tun0"))?;
//!
//! let _listener = server.run(|| TcpListener::bind("10.0.2.1:80"))?;
//! // … ping 10.0.2.1 from `client`, five times …
//! assert_eq!(wire.ledger(Way::There).dropped, 1);
//! # Ok(())
//! # }
//! ```

mod chain;
mod channel;
mod diamond;
mod error;
pub mod forge;
mod host;
mod lab;
mod link;
mod narrow_link;
pub mod packet;
mod path;
mod plan;
mod qdisc;
mod queue;
mod scripted;
mod scripted_path;
mod scripted_ways;
mod tcp;
mod tun;
mod until;
mod wire;
mod worker;

pub use chain::Chain;
pub use channel::Ledger;
pub use diamond::Diamond;
pub use error::Error;
pub use host::Host;
pub use lab::Lab;
pub use link::Hop;
pub use narrow_link::{NarrowLink, Oversize};
pub use path::Path;
pub use plan::{Corruption, Mtu, Pick, Plan};
pub use qdisc::TokenBucket;
pub use scripted::{Reply, Scripted};
pub use scripted_path::{HopManner, Limit, ScriptedHop, ScriptedPath};
pub use scripted_ways::{Fork, ScriptedWays};
pub use tcp::{Family, Held, Manner, TcpPeer, TcpRow, TcpState, TcpStates};
pub use until::until;
pub use wire::{Way, Wire};
