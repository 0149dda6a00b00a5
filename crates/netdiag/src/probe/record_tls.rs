//! What a TLS handshake showed, as objects of `netdiag.probe/1`.
//!
//! The chain and its dates are there whether or not anybody trusts it.

use std::time::{Duration, SystemTime};

use netdiag_probe::tls::{Certificate, TlsReport};
use netdiag_text::Secrets;

use crate::json::Time;
use crate::json::record::record;

record! {
    /// A handshake.
    Tls {
        /// Whether an OCSP response came along.
        ocsp_stapled: bool,
        /// The peer's certificates, its own first.
        chain: Vec<Link>,
    } maybe {
        /// The version of TLS: `1.2` or `1.3`; missing when it did not come to that.
        version: &'static str,
        /// The cipher suite by its IANA name.
        cipher: String,
        /// The protocol agreed on.
        alpn: String,
        /// Whether the chain is to be trusted; missing when none came.
        trusted: bool,
        /// Why it is not.
        distrust: String,
        /// Until the first certificate of the verified path expires, the trusted one included where it is known; missing when nobody
        /// trusted vouches for the peer.
        path_expires_in_us: i64,
    }
}

record! {
    /// A certificate.
    #[derive(Default)]
    Link {
    } maybe {
        /// Whom it is about.
        subject: String,
        /// Who signed it.
        issuer: String,
        /// Its number, hexadecimal.
        serial: String,
        /// From when on it is good.
        not_before: Time,
        /// Until when it is.
        not_after: Time,
        /// How long it is still good for; negative if it is no longer.
        expires_in_us: i64,
        /// The names it is good for.
        names: Vec<String>,
        /// Why it cannot be read; then nothing else is there.
        unreadable: String,
    }
}

impl Tls {
    pub(super) fn new(report: &TlsReport) -> Self {
        let now = SystemTime::now();
        let link = |link: &Result<Certificate, _>| match link {
            Ok(certificate) => Link::new(certificate, now),
            Err(unreadable) => Link { unreadable: Some(format!("{unreadable}")), ..Link::default() },
        };
        Self {
            version: report.version.map(|version| version.trim_start_matches("TLSv")),
            cipher: report.cipher.clone(),
            alpn: report.alpn.clone(),
            ocsp_stapled: report.ocsp_stapled,
            trusted: (!report.chain.is_empty()).then_some(report.distrust.is_none()),
            distrust: report.distrust.as_ref().map(|why| Secrets::NONE.redact(why).exact()),
            chain: report.chain.iter().map(link).collect(),
            path_expires_in_us: report
                .first_to_expire()
                .filter(|_| !report.path.is_empty())
                .map(|certificate| expires_in_us(certificate, now)),
        }
    }
}

impl Link {
    fn new(certificate: &Certificate, now: SystemTime) -> Self {
        let some = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
        Self {
            subject: some(&certificate.subject),
            issuer: some(&certificate.issuer),
            serial: some(&certificate.serial),
            not_before: Some(Time(certificate.not_before)),
            not_after: Some(Time(certificate.not_after)),
            expires_in_us: Some(expires_in_us(certificate, now)),
            names: Some(certificate.names.clone()).filter(|names| !names.is_empty()),
            unreadable: None,
        }
    }
}

fn expires_in_us(certificate: &Certificate, now: SystemTime) -> i64 {
    let micros = |time: Duration| i64::try_from(time.as_micros()).unwrap_or(i64::MAX);
    match certificate.not_after.duration_since(now) {
        Ok(left) => micros(left),
        Err(past) => -micros(past.duration()),
    }
}
