//! Sockets: listed as they are told, or kept as a snapshot.

mod bound_file;
mod family_table;
pub(crate) mod file;
mod list_request;
mod listing;
mod needs;
mod peers;
mod proc_line;
mod snapshot;
mod socket;
mod table;
mod tables;
mod takes;

pub use bound_file::BoundFiles;
pub use family_table::FamilyTable;
pub use file::ProcSocketFiles;
pub use list_request::{ListRequest, SocketDetails};
pub use listing::{ListOutcome, ListSource, SocketVisitor, Sockets};
pub use needs::Needs;
pub use proc_line::{ProcLine, TcpProcLine};
pub use snapshot::Snapshot;
pub use socket::Socket;
pub use table::{Family, Table, UNKNOWN_NETID};
pub use tables::Tables;
