//! Conversations by a script: send, expect, begin TLS.
//!
//! A peer's words may come in any pieces: what is expected is looked for in all that came and was not yet matched.
//!
//! ```
//! use std::time::Duration;
//! use netdiag_probe::talk::Script;
//! use netdiag_probe::{Client, Endpoint, Exchange, Found};
//! use tokio::time::Instant;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
//! # let address = listener.local_addr()?.to_string();
//! # let peer = std::thread::spawn(move || {
//! #     use std::io::{Read, Write};
//! #     let (mut peer, _) = listener.accept()?;
//! #     peer.write_all(b"220 mail.example ESMTP\r\n")?;
//! #     peer.read_exact(&mut [0; 6])
//! # });
//! let endpoint: Endpoint = address.parse()?; // "mail.example:25"
//! let script = Script::parse("expect 220\nsend QUIT\\r\\n").map_err(|(line, wrong)| format!("{line}: {wrong}"))?;
//! let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
//! let report = runtime.block_on(async {
//!     let deadline = Instant::now() + Duration::from_secs(5);
//!     Client::default().socket(&endpoint, &Exchange::Script(script, None), deadline, &mut |_, _| {}).await
//! });
//! assert!(report.result.is_ok(), "{:?}", report.failure());
//! assert!(matches!(report.found, Found::Script(_)));
//! # peer.join().expect("the peer has no reason to panic")?;
//! # Ok(())
//! # }
//! ```

mod conversation;
mod escape;
mod script;

pub use self::conversation::{ScriptOutcome, ScriptRun};
pub use self::escape::{escape, unescape};
#[cfg(feature = "http")]
pub(crate) use self::script::QUOTED;
pub use self::script::{Pattern, Script, Step};
