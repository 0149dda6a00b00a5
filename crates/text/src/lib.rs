//! Text that people write and read: values with units, complaints about them, what may be shown, and exit statuses.
//!
//! Everything here is pure: no file, socket or clock. A value is read and written in one place, so that no two tools differ in
//! what `5m` is, and a bound that one of them has is a bound of all.
//!
//! What others wrote may be secret and may steer a terminal; it is told apart from our own words, and shown by those who know
//! the secrets:
//!
//! ```
//! use netdiag_text::{Secrets, message};
//!
//! let mut secrets = Secrets::default();
//! secrets.hide("env:TOKEN", "my secret");
//! let refusal = message!("refused: {}", "/?token=my%20secret\u{1b}[2J");
//! assert_eq!(secrets.show(&refusal).to_string(), "refused: /?token=***\\x1b[2J");
//! ```

mod complaint;
mod encoded;
pub mod exit;
pub mod json;
mod message;
mod nearest;
mod os_error;
mod secrets;
mod shown;
pub mod terminal;

pub use complaint::Complaint;
pub use exit::Exit;
pub use message::{Beginning, Bytes, CutOff, Message, Ours, Tell, places};
pub use nearest::nearest;
pub use os_error::{strerror, without_numbers};
pub use secrets::Secrets;
pub use shown::{Redacted, Shown};
