//! Text that people write and read: values with units, complaints about them, what may be shown, and exit statuses.
//!
//! Everything here is pure: no file, socket or clock. A value is read and written in one place, so that no two tools differ in
//! what `5m` is, and a bound that one of them has is a bound of all.
//!
//! What others wrote may be secret and may steer a terminal; it is told apart from our own words, and shown by those who know
//! the secrets.
#![doc = include_str!("../README.md")]

#[cfg(feature = "bound")]
pub mod bound;
mod charset;
mod complaint;
pub mod count;
#[cfg(feature = "distribution")]
pub mod distribution;
pub mod duration;
mod encoded;
pub mod exit;
#[cfg(feature = "json")]
pub mod json;
mod message;
mod nearest;
mod number;
mod os_error;
pub mod pattern;
pub mod percentage;
pub mod port;
pub mod quantity;
pub mod rate;
mod runner;
mod secrets;
pub mod shell;
mod shown;
pub mod size;
#[cfg(feature = "table")]
pub mod table;
pub mod terminal;

#[cfg(feature = "bound")]
pub use bound::Bound;
pub use charset::Charset;
pub use complaint::Complaint;
#[cfg(feature = "distribution")]
pub use distribution::Distribution;
pub use exit::Exit;
pub use message::{Bytes, Cropped, Message, MessagePart, Truncated, Trusted, places};
pub use nearest::nearest;
pub use os_error::{strerror, without_numbers};
pub use quantity::{Dimension, Quantity};
pub use secrets::Secrets;
pub use shown::{Redacted, Shown};
