//! Sockets in every TCP state, and what the kernel says of them.

mod held;
mod peer;
mod queues;
mod states;
mod table;

pub use held::Held;
pub use peer::{Manner, TcpPeer};
pub use states::TcpStates;
pub use table::{Family, TcpRow, TcpState};
