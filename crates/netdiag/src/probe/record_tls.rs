//! What a TLS handshake showed, as objects of `netdiag.probe/1`.
//!
//! The chain and its dates are there whether or not anybody trusts it.

use std::time::SystemTime;

use netdiag_probe::tls::{Certificate, TlsReport};
use netdiag_text::Secrets;
use schemars::JsonSchema;
use serde::Serialize;

use super::certificate::instant;

/// A handshake.
#[derive(JsonSchema, Serialize)]
pub(super) struct Tls {
    /// `TLSv1.2` or `TLSv1.3`; missing when it did not come to that.
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<&'static str>,
    /// The cipher suite by its IANA name.
    #[serde(skip_serializing_if = "Option::is_none")]
    cipher: Option<String>,
    /// The protocol agreed on.
    #[serde(skip_serializing_if = "Option::is_none")]
    alpn: Option<String>,
    ocsp_stapled: bool,
    /// Whether the chain is to be trusted; missing when none came.
    #[serde(skip_serializing_if = "Option::is_none")]
    trusted: Option<bool>,
    /// Why it is not.
    #[serde(skip_serializing_if = "Option::is_none")]
    distrust: Option<String>,
    /// The peer's certificates, its own first.
    chain: Vec<Link>,
    /// Seconds until the first certificate of the verified path expires; missing when nobody trusted vouches for the peer.
    #[serde(skip_serializing_if = "Option::is_none")]
    path_expires_in_s: Option<i64>,
}

/// A certificate.
#[derive(Default, JsonSchema, Serialize)]
struct Link {
    /// Whom it is about.
    #[serde(skip_serializing_if = "String::is_empty")]
    subject: String,
    /// Who signed it.
    #[serde(skip_serializing_if = "String::is_empty")]
    issuer: String,
    /// Hexadecimal.
    #[serde(skip_serializing_if = "String::is_empty")]
    serial: String,
    /// RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    not_before: Option<String>,
    /// RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    not_after: Option<String>,
    /// Seconds it is still good for; negative if it is no longer.
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_in_s: Option<i64>,
    /// The names it is good for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    names: Vec<String>,
    /// Why it cannot be read; then nothing else is there.
    #[serde(skip_serializing_if = "Option::is_none")]
    unreadable: Option<String>,
}

impl Tls {
    pub(super) fn new(report: &TlsReport) -> Self {
        let link = |link: &Result<Certificate, _>| match link {
            Ok(certificate) => Link::new(certificate),
            Err(unreadable) => Link { unreadable: Some(format!("{unreadable}")), ..Link::default() },
        };
        Self {
            version: report.version,
            cipher: report.cipher.clone(),
            alpn: report.alpn.clone(),
            ocsp_stapled: report.ocsp_stapled,
            trusted: (!report.chain.is_empty()).then_some(report.distrust.is_none()),
            distrust: report.distrust.as_ref().map(|why| Secrets::NONE.redact(why).exact()),
            chain: report.chain.iter().map(link).collect(),
            path_expires_in_s: report
                .first_to_expire()
                .filter(|_| !report.path.is_empty())
                .and_then(expires_in_s),
        }
    }
}

impl Link {
    fn new(certificate: &Certificate) -> Self {
        Self {
            subject: certificate.subject.clone(),
            issuer: certificate.issuer.clone(),
            serial: certificate.serial.clone(),
            not_before: instant(certificate.not_before).map(|time| time.to_string()),
            not_after: instant(certificate.not_after).map(|time| time.to_string()),
            expires_in_s: expires_in_s(certificate),
            names: certificate.names.clone(),
            unreadable: None,
        }
    }
}

fn expires_in_s(certificate: &Certificate) -> Option<i64> {
    let (end, now) = (instant(certificate.not_after)?, instant(SystemTime::now())?);
    Some(end.as_second() - now.as_second())
}
