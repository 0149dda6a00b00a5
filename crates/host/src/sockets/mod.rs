//! Sockets: listed as they are told, or kept as a snapshot.

mod bound_file;
pub(crate) mod file;
mod file_line;
mod listing;
mod needs;
mod peers;
mod question;
mod snapshot;
mod socket;
mod subset;
mod table;
mod tables;
mod takes;

pub use bound_file::BoundFiles;
pub use file::SocketFiles;
pub use file_line::{FileLine, TcpFileLine};
pub use listing::{Listed, Sockets, Source, Visitor};
pub use needs::Needs;
pub use question::{Extras, Question};
pub use snapshot::Snapshot;
pub use socket::Socket;
pub use subset::Subset;
pub use table::{Family, Table, UNKNOWN};
pub use tables::Tables;
