//! TLS as a client: the handshake, and what there is to know of the peer's certificates.
//!
//! The chain is kept before anybody judges it, so that it can be shown of a handshake that failed for it.
//!
//! ```no_run
//! use std::time::{Duration, SystemTime};
//! use netdiag_probe::tls::TlsClient;
//! use netdiag_probe::{Client, Endpoint, Exchange};
//! use tokio::time::Instant;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let endpoint: Endpoint = "tls://example.com:443".parse()?;
//! let client = Client { tls: Some(TlsClient::new()), ..Client::default() };
//! let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
//! let report = runtime.block_on(async {
//!     let deadline = Instant::now() + Duration::from_secs(5);
//!     client.socket(&endpoint, &Exchange::Nothing, deadline, &mut |_, _| {}).await
//! });
//! if let Some(first) = report.tls.as_ref().and_then(|tls| tls.first_to_expire()) {
//!     println!("trusted for {:?} more", first.expires_in(SystemTime::now()));
//! }
//! # Ok(())
//! # }
//! ```

mod algorithms;
mod certificate;
mod key_exchange;
pub(crate) mod pem;
mod report;
pub(crate) mod sentences;
mod trust;
mod verifier;

use std::io;
use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;

use netdiag_text::{Message, message};
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, SupportedProtocolVersion, version};
use tokio_rustls::TlsConnector;

pub use self::certificate::{Certificate, CertificateError};
pub use self::report::TlsReport;
pub use self::trust::TrustedCertificates;
use self::verifier::Verifier;
use crate::endpoint::Host;
use crate::error::Error;
use crate::stream::{PlainStream, Stream};

/// How to speak TLS.
#[derive(Clone, Debug)]
pub struct TlsClient {
    /// Who is trusted.
    pub trusted: Arc<TrustedCertificates>,
    /// Go on with a peer that cannot be trusted, whatever its certificate; that it cannot is still reported.
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
#[non_exhaustive]
pub enum TlsVersion {
    /// RFC 5246.
    V1_2,
    /// RFC 8446.
    V1_3,
}

impl TlsClient {
    /// Trusts what this system trusts, and speaks every version.
    pub fn new() -> Self {
        Self::trusting(TrustedCertificates::of_system())
    }

    /// Trusts the certificates in a PEM file, and nothing else.
    ///
    /// # Errors
    /// Those of [`TrustedCertificates::in_file`].
    pub fn trusting_file(path: &Path) -> io::Result<Self> {
        TrustedCertificates::in_file(path).map(Self::trusting)
    }

    /// Trusts these, and speaks every version.
    pub fn trusting(trusted: TrustedCertificates) -> Self {
        Self {
            trusted: Arc::new(trusted),
            insecure: false,
            server_name: None,
            alpn: Vec::new(),
            at_least: TlsVersion::V1_2,
            at_most: TlsVersion::V1_3,
        }
    }

    /// Shakes hands over `plain`, reached as `host`. The report is absent only where not even a handshake could be begun.
    pub async fn handshake(
        &self,
        plain: PlainStream,
        host: &Host,
    ) -> (Result<Stream, Error>, Option<TlsReport>) {
        let name = match self.server_name(host) {
            Ok(ready) => ready,
            Err(error) => return (Err(error), None),
        };
        let verifier = Arc::new(Verifier::new(Arc::clone(&self.trusted), self.insecure));
        let provider = Arc::new(key_exchange::provider());
        let builder =
            match ClientConfig::builder_with_provider(provider).with_protocol_versions(&self.versions()) {
                Ok(builder) => builder,
                Err(error) => return (Err(Error::Tls(sentences::of_tls(&error))), None),
            };
        let mut config = builder
            .dangerous()
            .with_custom_certificate_verifier(Arc::clone(&verifier) as _)
            .with_no_client_auth();
        config.alpn_protocols = self.alpn.iter().map(|protocol| protocol.clone().into_bytes()).collect();
        let result = TlsConnector::from(Arc::new(config)).connect(name, plain).await;
        let mut report = verifier.report();
        match result {
            Ok(stream) => {
                report.agreed(stream.get_ref().1);
                (Ok(Stream::Tls(Box::new(stream))), Some(report))
            }
            Err(error) => (Err(refusal(error, report.distrust.as_ref())), Some(report)),
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

/// A broken connection is one in TLS, too; the rest is about TLS itself.
fn refusal(error: io::Error, distrust: Option<&Message>) -> Error {
    match (error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()), distrust) {
        (Some(rustls::Error::InvalidCertificate(_)), Some(distrust)) => Error::Tls(distrust.clone()),
        (Some(inner), _) => Error::Tls(sentences::of_tls(inner)),
        (None, _) if error.kind() == io::ErrorKind::UnexpectedEof => {
            Error::Closed("during the TLS handshake".into())
        }
        (None, _) => Error::of_call("read", error, std::time::Duration::ZERO),
    }
}

#[cfg(test)]
mod tests;
