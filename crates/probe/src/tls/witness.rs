//! Sees the peer's certificates, and lets somebody who knows judge them.

use std::sync::{Arc, Mutex, PoisonError};

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, DigitallySignedStruct, Error, SignatureScheme};

use super::{Certificate, TlsReport};

/// A verifier that remembers what it was shown. A chain it lets pass nevertheless is still reported as distrusted.
#[derive(Debug)]
pub(super) struct Witness {
    /// Without one nothing is trusted.
    judge: Option<Arc<WebPkiServerVerifier>>,
    insecure: bool,
    provider: CryptoProvider,
    seen: Mutex<Seen>,
}

#[derive(Debug, Default)]
struct Seen {
    chain: Vec<CertificateDer<'static>>,
    ocsp_stapled: bool,
    distrust: Option<String>,
}

impl Witness {
    pub(super) fn new(judge: Option<Arc<WebPkiServerVerifier>>, insecure: bool) -> Self {
        Self { judge, insecure, provider: ring::default_provider(), seen: Mutex::default() }
    }

    /// What was seen so far.
    pub(super) fn report(&self) -> TlsReport {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        TlsReport {
            version: None,
            cipher: None,
            alpn: None,
            chain: seen.chain.iter().map(|der| Certificate::read(der)).collect(),
            ocsp_stapled: seen.ocsp_stapled,
            distrust: seen.distrust.clone(),
        }
    }
}

impl ServerCertVerifier for Witness {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let verdict = match &self.judge {
            Some(judge) => {
                judge.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
            }
            None => Err(Error::InvalidCertificate(CertificateError::UnknownIssuer)),
        };
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        *seen = Seen {
            chain: [end_entity]
                .into_iter()
                .chain(intermediates)
                .map(|der| der.clone().into_owned())
                .collect(),
            ocsp_stapled: !ocsp_response.is_empty(),
            distrust: verdict.as_ref().err().map(ToString::to_string),
        };
        if self.insecure { Ok(ServerCertVerified::assertion()) } else { verdict }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, cert, signed, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, cert, signed, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
