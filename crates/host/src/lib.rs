//! Facts about one Linux machine or network namespace: its sockets and who holds them, links, addresses, routes, counters, limits.
//!
//! Every part of what is told is whole, or cut short with the reason; see [`Part`].

mod addresses;
mod conntrack;
mod counters;
mod growth;
mod host;
mod interface_names;
mod link_counters;
mod links;
mod local_ports;
mod namespace;
mod neighbours;
mod owners;
mod part;
mod proc_root;
mod routes;
mod rtnetlink;
mod sysctl;

pub use addresses::LinkAddress;
pub use conntrack::Conntrack;
pub use counters::{CounterFile, Counters};
pub use growth::{NotMeasured, growth};
pub use host::Host;
pub use interface_names::InterfaceNames;
pub use link_counters::LinkCounters;
pub use links::Link;
pub use local_ports::LocalPorts;
pub use namespace::{Namespace, NamespaceError, NamespaceId};
pub use neighbours::{Neighbour, NeighbourState};
pub use owners::{Held, Owner, OwnerScope, Owners, Task, selinux_is_enabled};
pub use part::{CutShort, Part};
pub use proc_root::ProcRoot;
pub use routes::{Route, RouteError, RouteKind};
pub use sysctl::Sysctl;
