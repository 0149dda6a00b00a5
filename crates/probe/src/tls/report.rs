//! What a handshake showed of the connection and of the peer.
//!
//! One that failed has shown something, too: whatever came before it failed.

use netdiag_text::Message;
use rustls::ProtocolVersion;

use super::certificate::{Certificate, CertificateError};

/// What a handshake showed, whether it succeeded or not.
#[derive(Clone, Debug)]
pub struct TlsReport {
    /// The version agreed on: `TLSv1.2`, `TLSv1.3`; absent when it did not come to that.
    pub version: Option<&'static str>,
    /// The cipher suite agreed on, by its IANA name.
    pub cipher: Option<String>,
    /// The protocol agreed on (ALPN).
    pub alpn: Option<String>,
    /// The peer's certificates as sent, its own first.
    pub chain: Vec<Result<Certificate, CertificateError>>,
    /// The certificates that make the peer trusted, its own first and the trusted one last, as far as that is known; empty if nobody
    /// does.
    pub path: Vec<Certificate>,
    /// Whether an OCSP response came along.
    pub ocsp_stapled: bool,
    /// Why the chain is not to be trusted; `None` if it is, or if none came.
    pub distrust: Option<Message>,
}

impl TlsReport {
    /// The peer's own certificate, if it can be read.
    pub fn own(&self) -> Option<&Certificate> {
        self.chain.first()?.as_ref().ok()
    }

    /// The certificate whose end ends the trust: of the verified path the one that expires first, of a peer nobody trusts its own.
    /// What the server sends besides is of no matter.
    pub fn first_to_expire(&self) -> Option<&Certificate> {
        self.path.iter().min_by_key(|certificate| certificate.not_after).or_else(|| self.own())
    }

    /// Notes what both ends have agreed on.
    pub(super) fn agreed(&mut self, connection: &rustls::CommonState) {
        self.version = connection.protocol_version().and_then(version_name);
        let cipher = connection.negotiated_cipher_suite();
        self.cipher = cipher.and_then(|suite| suite.suite().as_str()).map(str::to_owned);
        self.alpn = connection.alpn_protocol().map(|protocol| String::from_utf8_lossy(protocol).into_owned());
    }
}

fn version_name(version: ProtocolVersion) -> Option<&'static str> {
    match version {
        ProtocolVersion::TLSv1_2 => Some("TLSv1.2"),
        ProtocolVersion::TLSv1_3 => Some("TLSv1.3"),
        _ => None,
    }
}
