//! Facts about one Linux machine or network namespace: its sockets and who holds them, links, addresses, routes, counters, limits.
//!
//! Every part of what is told is whole, or cut short with the reason; see [`Part`].
#![doc = include_str!("../README.md")]

mod address_names;
mod addresses;
mod cgroups;
mod conntrack;
mod counters;
pub mod fields;
#[cfg(any(test, feature = "fuzzing"))]
#[doc(hidden)]
pub mod fuzzing;
mod growth;
mod host;
mod interface_names;
mod link_counters;
mod links;
mod local_ports;
mod mounts;
mod name_servers;
mod namespace;
mod neighbours;
mod netlink_names;
mod owners;
mod part;
mod proc_root;
mod routes;
mod rtnetlink;
mod services;
mod sockets;
mod softnet;
mod sysctl;
mod system_names;
mod users;

pub use address_names::{AddressNames, address_name};
pub use addresses::LinkAddress;
pub use cgroups::{CgroupError, Cgroups, cgroup_id, systemd_unit};
pub use conntrack::Conntrack;
pub use counters::{CounterFile, Counters};
pub use growth::{UnknownGrowth, counter_growth};
pub use host::Host;
pub use interface_names::InterfaceNames;
pub use link_counters::LinkCounters;
pub use links::Link;
pub use local_ports::LocalPorts;
pub use mounts::{Mount, mounts};
pub use name_servers::name_servers;
pub use namespace::{Namespace, NamespaceError, NamespaceId};
pub use neighbours::{Neighbour, NeighbourState};
pub use netlink_names::NetlinkNames;
pub use owners::{Held, Owner, OwnerScope, Owners, Task, selinux_is_enabled};
pub use part::{CutShort, Part, any_known};
pub use proc_root::ProcRoot;
pub use routes::{Route, RouteError, RouteKind};
pub use services::{Services, Transport, service_port};
pub use sockets::{
    Asked, AskedPart, BoundFiles, DividedVisitor, Family, FamilyTable, ListOutcome, ListRequest, ListSource,
    Needs, NoHelper, ProcLine, ProcSocketFiles, Snapshot, Socket, SocketDetails, SocketHelper, SocketVisitor,
    Sockets, Table, Tables, TcpBegun, TcpListing, TcpProcLine, UNKNOWN_NETID, Undivided,
};
pub use softnet::Softnet;
pub use sysctl::Sysctl;
pub use system_names::SystemNames;
pub use users::{group_name, user_id, user_name};
