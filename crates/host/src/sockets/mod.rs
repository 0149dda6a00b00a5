//! Sockets: listed as they are told, or kept as a snapshot.

mod ask;
mod bound_file;
mod division;
mod expected;
mod family_table;
pub(crate) mod file;
mod held_back;
mod inet_question;
mod list_request;
mod listing;
mod needs;
mod peers;
mod proc_line;
mod second_thread;
mod snapshot;
mod socket;
mod table;
mod tables;
mod takes;
mod taking;
mod tcp_listing;

pub use bound_file::BoundFiles;
pub use division::Undivided;
pub use family_table::FamilyTable;
pub use file::ProcSocketFiles;
pub use list_request::{ListRequest, SocketDetails};
pub use listing::{ListOutcome, ListSource, Sockets};
pub use needs::Needs;
pub use proc_line::{ProcLine, TcpProcLine};
pub use snapshot::Snapshot;
pub use socket::Socket;
pub use table::{Family, Table, UNKNOWN_NETID};
pub use tables::Tables;
pub use taking::{DividedVisitor, NoHelper, SocketHelper, SocketVisitor};
pub use tcp_listing::{Asked, AskedPart, TcpBegun, TcpListing};
