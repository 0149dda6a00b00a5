//! Sees the peer's certificates, judges them, and remembers both.
//!
//! Who goes on with any peer is still told the truth: a chain that is not to be trusted, or a key the peer does not prove to have,
//! is reported as distrusted, though it is let pass.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use netdiag_text::Message;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, DigitallySignedStruct, Error, SignatureScheme};

use super::certificate::Certificate;
use super::report::TlsReport;
use super::trust::TrustedCertificates;
use super::{algorithms, sentences};

/// A verifier that remembers what it was shown.
#[derive(Debug)]
pub(super) struct Verifier {
    trusted: Arc<TrustedCertificates>,
    insecure: bool,
    seen: Mutex<Seen>,
}

#[derive(Debug, Default)]
struct Seen {
    chain: Vec<CertificateDer<'static>>,
    path: Vec<CertificateDer<'static>>,
    ocsp_stapled: bool,
    distrust: Option<Message>,
}

impl Verifier {
    pub(super) fn new(trusted: Arc<TrustedCertificates>, insecure: bool) -> Self {
        Self { trusted, insecure, seen: Mutex::default() }
    }

    /// What was seen so far.
    pub(super) fn report(&self) -> TlsReport {
        let seen = self.seen();
        TlsReport {
            version: None,
            cipher: None,
            alpn: None,
            chain: seen.chain.iter().map(|der| Certificate::read(der)).collect(),
            path: seen.path.iter().filter_map(|der| Certificate::read(der).ok()).collect(),
            ocsp_stapled: seen.ocsp_stapled,
            distrust: seen.distrust.clone(),
        }
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes why the peer does not prove that the certificate is its own, and lets that pass where anything may.
    fn signed(
        &self,
        verified: Result<HandshakeSignatureValid, Error>,
    ) -> Result<HandshakeSignatureValid, Error> {
        let Err(error) = &verified else { return verified };
        let mut seen = self.seen();
        seen.path.clear();
        seen.distrust.get_or_insert_with(|| sentences::of_tls(error));
        if self.insecure { Ok(HandshakeSignatureValid::assertion()) } else { verified }
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let judged = self.trusted.path(end_entity, intermediates, server_name, now);
        let chain: Vec<_> =
            [end_entity].into_iter().chain(intermediates).map(|der| der.clone().into_owned()).collect();
        let distrust =
            judged.as_ref().err().map(|error| sentences::of_certificate(error, &chain, server_name));
        let refused = judged.as_ref().err().map(refusal);
        *self.seen() = Seen {
            chain,
            path: judged.unwrap_or_default(),
            ocsp_stapled: !ocsp_response.is_empty(),
            distrust,
        };
        match refused.filter(|_| !self.insecure) {
            None => Ok(ServerCertVerified::assertion()),
            Some(refused) => Err(Error::InvalidCertificate(refused)),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let verified = verify_tls12_signature(message, cert, signed, &algorithms::supported());
        self.signed(verified.or_else(|error| algorithms::of_old(message, cert, signed, false).ok_or(error)?))
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let verified = verify_tls13_signature(message, cert, signed, &algorithms::supported());
        self.signed(verified.or_else(|error| algorithms::of_old(message, cert, signed, true).ok_or(error)?))
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        let mut schemes = algorithms::supported().supported_schemes();
        if self.insecure {
            schemes.extend(algorithms::UNVERIFIED);
        }
        schemes
    }
}

/// What the peer is told by an alert; what people are told is in `sentences.rs`.
fn refusal(error: &webpki::Error) -> CertificateError {
    match error {
        webpki::Error::CertExpired { .. } => CertificateError::Expired,
        webpki::Error::CertNotValidYet { .. } => CertificateError::NotValidYet,
        webpki::Error::CertNotValidForName(_) => CertificateError::NotValidForName,
        webpki::Error::UnknownIssuer => CertificateError::UnknownIssuer,
        webpki::Error::BadDer | webpki::Error::BadDerTime => CertificateError::BadEncoding,
        _ => CertificateError::ApplicationVerificationFailure,
    }
}
