//! TLS as a client: the handshake, and what there is to know of the peer's certificates.
//!
//! The chain is kept before anybody judges it, so that it can be shown of a handshake that failed for it.

mod certificate;
pub(crate) mod pem;
mod witness;

use std::io;
use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ProtocolVersion, RootCertStore, SupportedProtocolVersion, version};
use tokio_rustls::TlsConnector;

pub use self::certificate::{Certificate, Unreadable};
use netdiag_text::message;

use self::witness::Witness;
use crate::endpoint::Host;
use crate::error::Error;
use crate::stream::{Plain, Stream};

/// How to speak TLS.
#[derive(Clone, Debug)]
pub struct TlsClient {
    /// Whose signatures count.
    pub roots: Arc<RootCertStore>,
    /// Go on with a peer that cannot be trusted.
    pub insecure: bool,
    /// The name to ask for and to find in the certificate, where it is not the host's.
    pub server_name: Option<String>,
    /// Protocols to offer (ALPN), in order of preference.
    pub alpn: Vec<String>,
    /// The oldest version to accept.
    pub at_least: TlsVersion,
    /// The newest version to offer.
    pub at_most: TlsVersion,
}

/// A TLS version; older ones are not spoken here.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum TlsVersion {
    /// RFC 5246.
    V1_2,
    /// RFC 8446.
    V1_3,
}

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
    pub chain: Vec<Result<Certificate, Unreadable>>,
    /// Whether an OCSP response came along.
    pub ocsp_stapled: bool,
    /// Why the chain is not to be trusted; `None` if it is, or if none came.
    pub distrust: Option<String>,
}

impl TlsClient {
    /// Trusts what this system trusts, and speaks every version.
    pub fn new() -> Self {
        Self::trusting(system_roots())
    }

    /// Trusts the certificates in a PEM file, and nothing else.
    ///
    /// # Errors
    /// The file cannot be read, has no certificate in it, or one nobody can be trusted by.
    pub fn trusting_file(path: &Path) -> io::Result<Self> {
        let mut roots = RootCertStore::empty();
        for (number, certificate) in (1..).zip(pem::certificates(path)?) {
            let added = roots.add(certificate);
            added.map_err(|error| pem::invalid(&format_args!("certificate {number} in it: {error}")))?;
        }
        Ok(Self::trusting(roots))
    }

    fn trusting(roots: RootCertStore) -> Self {
        Self {
            roots: Arc::new(roots),
            insecure: false,
            server_name: None,
            alpn: Vec::new(),
            at_least: TlsVersion::V1_2,
            at_most: TlsVersion::V1_3,
        }
    }

    /// Shakes hands over `plain`, reached as `host`. The report is absent only where not even a handshake could be begun.
    pub async fn handshake(&self, plain: Plain, host: &Host) -> (Result<Stream, Error>, Option<TlsReport>) {
        let (name, witness) = match self.server_name(host).and_then(|name| Ok((name, self.witness()?))) {
            Ok(ready) => ready,
            Err(error) => return (Err(error), None),
        };
        let witness = Arc::new(witness);
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder =
            match ClientConfig::builder_with_provider(provider).with_protocol_versions(&self.versions()) {
                Ok(builder) => builder,
                Err(error) => return (Err(Error::Tls(error.to_string().into())), None),
            };
        let verifier = Arc::clone(&witness);
        let mut config = builder.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth();
        config.alpn_protocols = self.alpn.iter().map(|protocol| protocol.clone().into_bytes()).collect();
        let result = TlsConnector::from(Arc::new(config)).connect(name, plain).await;
        let mut report = witness.report();
        match result {
            Ok(stream) => {
                report.agreed(stream.get_ref().1);
                (Ok(Stream::Tls(Box::new(stream))), Some(report))
            }
            Err(error) => (Err(refusal(error)), Some(report)),
        }
    }

    fn server_name(&self, host: &Host) -> Result<ServerName<'static>, Error> {
        let name = match (&self.server_name, host) {
            (Some(name), _) => name.clone(),
            (None, Host::Ip(address, _)) => return Ok(ServerName::IpAddress((*address).into())),
            (None, Host::Any) => return Ok(ServerName::IpAddress(IpAddr::from([127, 0, 0, 1]).into())),
            (None, Host::Name(name)) => name.trim_end_matches('.').to_owned(),
        };
        let invalid = |_| Error::Tls(message!("{}: no name a certificate could have", name));
        ServerName::try_from(name.clone()).map_err(invalid)
    }

    fn witness(&self) -> Result<Witness, Error> {
        if self.roots.is_empty() {
            return Ok(Witness::new(None, self.insecure));
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let judge = WebPkiServerVerifier::builder_with_provider(Arc::clone(&self.roots), provider).build();
        let judge = judge.map_err(|error| Error::Tls(error.to_string().into()))?;
        Ok(Witness::new(Some(judge), self.insecure))
    }

    fn versions(&self) -> Vec<&'static SupportedProtocolVersion> {
        let all = [(TlsVersion::V1_2, &version::TLS12), (TlsVersion::V1_3, &version::TLS13)];
        let wanted = self.at_least..=self.at_most;
        all.into_iter().filter(|(version, _)| wanted.contains(version)).map(|(_, version)| version).collect()
    }
}

impl Default for TlsClient {
    fn default() -> Self {
        Self::new()
    }
}

impl TlsReport {
    fn agreed(&mut self, connection: &rustls::CommonState) {
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

/// A broken connection is one in TLS, too; the rest is about TLS itself.
fn refusal(error: io::Error) -> Error {
    match error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
        Some(inner) => Error::Tls(inner.to_string().into()),
        None if error.kind() == io::ErrorKind::UnexpectedEof => {
            Error::Closed("during the TLS handshake".into())
        }
        None => Error::of_call("read", error, std::time::Duration::ZERO),
    }
}

/// What the system trusts, or Mozilla's list where the system has none (a bare container).
fn system_roots() -> RootCertStore {
    let mut roots = RootCertStore::empty();
    // Certificates that cannot be used are no reason to distrust the others.
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if roots.is_empty() {
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    }
    roots
}

#[cfg(test)]
mod tests;
