//! What stands for TLS where the feature `tls` is off: types without a value.
//!
//! Nobody can have a client, so nothing that takes one can be reached; no other file has to know the feature.

use crate::endpoint::Host;
use crate::error::Error;
use crate::stream::{PlainStream, Stream};

/// How to speak TLS: not at all.
#[derive(Clone, Debug)]
pub enum TlsClient {}

/// What a handshake showed: there is none.
#[derive(Clone, Debug)]
pub enum TlsReport {}

impl TlsClient {
    /// Cannot be called.
    pub async fn handshake(&self, _: PlainStream, _: &Host) -> (Result<Stream, Error>, Option<TlsReport>) {
        match *self {}
    }
}
