//! Facts about one Linux machine or network namespace: its sockets and who holds them, links, addresses, routes, counters, limits.
//!
//! Every part of what is told is whole, or cut short with the reason; see [`Part`].

mod host;
mod namespace;
mod owners;
mod part;
mod proc_root;
mod sockets;

pub use host::Host;
pub use namespace::{Namespace, NamespaceError, NamespaceId};
pub use owners::{Held, Owner, OwnerScope, Owners, Task, selinux_is_enabled};
pub use part::{CutShort, Part, any};
pub use proc_root::ProcRoot;
pub use sockets::{
    BoundFiles, Extras, Family, FileLine, Listed, Needs, Question, Snapshot, Socket, SocketFiles, Sockets,
    Source, Subset, Table, Tables, TcpFileLine, UNKNOWN, Visitor,
};
