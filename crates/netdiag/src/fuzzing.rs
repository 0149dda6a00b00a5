//! What fuzz targets call, and nobody else: one function for each.

pub use crate::check::fuzzing::{init, memory};
pub use crate::mtr::fuzzing::mtr;
pub use crate::ping::fuzzing::ping;
pub use crate::probe::fuzzing::{certificate, dns};
pub use crate::ss::fuzzing::{listing, sockets};
