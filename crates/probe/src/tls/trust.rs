//! Whose certificates are trusted, and whether a peer's lead to one of them.
//!
//! A certificate that is itself among the trusted is trusted whatever kind it is: a CA's own, or a server's alone.

use std::io;
use std::path::Path;

use rustls::pki_types::{CertificateDer, ServerName, TrustAnchor, UnixTime};
use webpki::{EndEntityCert, KeyUsage, anchor_from_trusted_cert};
use x509_parser::prelude::{FromDer, X509Certificate};

use super::{algorithms, pem};

/// Certificates somebody trusts.
#[derive(Debug, Default)]
pub struct TrustedCertificates {
    /// As anchors of paths.
    anchors: Vec<TrustAnchor<'static>>,
    /// The same in the same order, whole; fewer where only the anchors are known.
    whole: Vec<CertificateDer<'static>>,
}

impl TrustedCertificates {
    /// What the system trusts, or Mozilla's list where the system has none (a bare container).
    pub fn of_system() -> Self {
        let mut trusted = Self::default();
        for certificate in rustls_native_certs::load_native_certs().certs {
            // One that cannot be used is no reason to distrust the others.
            let _ = trusted.add(certificate);
        }
        if trusted.anchors.is_empty() {
            trusted.anchors.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
        }
        trusted
    }

    /// The certificates in a PEM file.
    ///
    /// # Errors
    /// The file cannot be read, has no certificate in it, or one nobody can be trusted by.
    pub fn in_file(path: &Path) -> io::Result<Self> {
        Self::of(pem::certificates(path)?)
    }

    /// The certificates in the text of a PEM file.
    ///
    /// # Errors
    /// It has no certificate in it, or one nobody can be trusted by.
    pub fn in_text(text: &[u8]) -> io::Result<Self> {
        Self::of(pem::certificates_in(text)?)
    }

    fn of(certificates: Vec<CertificateDer<'static>>) -> io::Result<Self> {
        let mut trusted = Self::default();
        for (number, certificate) in (1..).zip(certificates) {
            let added = trusted.add(certificate);
            added.map_err(|_| pem::invalid(&format_args!("certificate {number} in it cannot be used")))?;
        }
        Ok(trusted)
    }

    pub(super) fn add(&mut self, certificate: CertificateDer<'static>) -> Result<(), webpki::Error> {
        self.anchors.push(anchor_from_trusted_cert(&certificate)?.to_owned());
        self.whole.push(certificate);
        Ok(())
    }

    /// The path from a peer's own certificate to a trusted one, both included as far as they are known.
    pub(super) fn path(
        &self,
        own: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        now: UnixTime,
    ) -> Result<Vec<CertificateDer<'static>>, webpki::Error> {
        if self.whole.iter().any(|trusted| trusted == own) {
            directly(own, name, now)?;
            return Ok(vec![own.clone().into_owned()]);
        }
        let leaf = EndEntityCert::try_from(own)?;
        let usage = KeyUsage::server_auth();
        let algorithms = algorithms::supported().all;
        let path = leaf.verify_for_usage(algorithms, &self.anchors, others, now, usage, None, None)?;
        leaf.verify_is_valid_for_subject_name(name)?;
        let between = path.intermediate_certificates().map(|between| between.der().into_owned());
        let mut certificates: Vec<_> = [own.clone().into_owned()].into_iter().chain(between).collect();
        let anchor = self.anchors.iter().position(|anchor| anchor == path.anchor());
        certificates.extend(anchor.and_then(|at| self.whole.get(at)).cloned());
        Ok(certificates)
    }
}

/// Whether a certificate that is trusted itself may be a server's of this name now.
fn directly(own: &CertificateDer<'_>, name: &ServerName<'_>, now: UnixTime) -> Result<(), webpki::Error> {
    let (_, certificate) = X509Certificate::from_der(own).map_err(|_| webpki::Error::BadDer)?;
    let time = |time: x509_parser::time::ASN1Time| {
        let seconds = u64::try_from(time.timestamp()).unwrap_or_default();
        UnixTime::since_unix_epoch(std::time::Duration::from_secs(seconds))
    };
    let (not_before, not_after) =
        (time(certificate.validity().not_before), time(certificate.validity().not_after));
    if now < not_before {
        return Err(webpki::Error::CertNotValidYet { time: now, not_before });
    }
    if now > not_after {
        return Err(webpki::Error::CertExpired { time: now, not_after });
    }
    let usage = certificate.extended_key_usage().ok().flatten();
    if usage.is_some_and(|usage| !usage.value.server_auth && !usage.value.any) {
        return Err(webpki::Error::EmptyEkuExtension);
    }
    let alternatives = certificate.subject_alternative_name().ok().flatten().is_some();
    let named = EndEntityCert::try_from(own).and_then(|own| own.verify_is_valid_for_subject_name(name));
    match named {
        // Of a certificate without other names, its common name is the name, as it was before RFC 6125.
        Err(_) if !alternatives && is_common_name(&certificate, name) => Ok(()),
        named => named,
    }
}

fn is_common_name(certificate: &X509Certificate<'_>, name: &ServerName<'_>) -> bool {
    let name = name.to_str();
    let mut names = certificate.subject().iter_common_name().filter_map(|name| name.as_str().ok());
    names.any(|common| common.eq_ignore_ascii_case(&name))
}
