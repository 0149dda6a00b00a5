//! Text that people write and read: values with units, complaints about them, what may be shown, and exit statuses.
//!
//! Everything here is pure: no file, socket or clock. A value is read and written in one place, so that no two tools differ in
//! what `5m` is, and a bound that one of them has is a bound of all.

#[cfg(feature = "bound")]
pub mod bound;
pub mod count;
pub mod distribution;
pub mod duration;
mod number;
pub mod percentage;
pub mod port;
pub mod quantity;
pub mod rate;
pub mod size;

#[cfg(feature = "bound")]
pub use bound::Bound;
pub use distribution::Distribution;
pub use quantity::{Dimension, Quantity};
