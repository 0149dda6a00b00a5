//! What others say, as reports of probes: certificates as they send them, and any text where it can stand.
//!
//! What comes of it is shown by those who call this: nothing is judged here.

use std::time::{Duration, SystemTime};

use netdiag_text::Message;
use rustls::pki_types::{CertificateDer, ServerName};

use crate::error::Error;
use crate::http::{HeaderMap, HeaderName, HeaderValue, HttpAnswer, StatusCode};
use crate::phases::Phase;
use crate::report::{Found, Report};
use crate::talk::ScriptOutcome;
use crate::tls::sentences::of_certificate;
use crate::tls::{Certificate, TlsReport};

/// A handshake with a peer that shows this certificate, which is refused for one of the reasons there is a sentence with its words for.
pub fn certificate(der: &[u8]) -> Report {
    let name = ServerName::try_from("a.test").expect("a name");
    let chain = [CertificateDer::from(der.to_vec())];
    let reasons = [
        webpki::Error::UnknownIssuer,
        webpki::Error::CertNotValidForName(webpki::InvalidNameContext {
            expected: name.to_owned(),
            presented: Vec::new(),
        }),
        webpki::Error::BadDer,
    ];
    let reason = &reasons[der.len() % reasons.len()];
    refused(vec![Certificate::read(der)], of_certificate(reason, &chain, &name))
}

/// A certificate in which this stands wherever something can, an answer that says it, or a peer.
pub fn text(words: &str) -> Report {
    match words.len() % 3 {
        0 => shown(words),
        1 => spoken(words),
        _ => answered(words),
    }
}

fn shown(words: &str) -> Report {
    let certificate = Certificate {
        subject: words.to_owned(),
        issuer: format!("{words}."),
        serial: words.to_owned(),
        not_before: SystemTime::UNIX_EPOCH,
        not_after: SystemTime::UNIX_EPOCH + Duration::from_secs(words.len() as u64),
        names: vec![words.to_owned(), words.to_owned()],
        fingerprint: words.to_owned(),
    };
    refused(vec![Ok(certificate)], Message::foreign(words))
}

fn spoken(words: &str) -> Report {
    let mut spoken = Report::new();
    let heard = words.as_bytes().to_vec();
    spoken.found = Found::Script(Box::new(ScriptOutcome { heard, ..ScriptOutcome::default() }));
    spoken
}

fn answered(words: &str) -> Report {
    let value = HeaderValue::from_bytes(words.as_bytes()).ok();
    let location = value.map(|value| (HeaderName::from_static("location"), value));
    let mut answered = Report::new();
    answered.found = Found::Http(HttpAnswer {
        url: words.to_owned(),
        status: StatusCode::FOUND,
        version: "HTTP/1.1",
        headers: HeaderMap::from_iter(location),
        body: words.as_bytes().to_vec(),
    });
    let named = Error::NoSuchName { name: words.to_owned() };
    answered.result = Err(named.during(Phase::Resolve));
    answered
}

fn refused(chain: Vec<Result<Certificate, crate::tls::CertificateError>>, why: Message) -> Report {
    let mut report = Report::new();
    report.tls = Some(TlsReport {
        version: None,
        cipher: None,
        alpn: chain.first().and_then(|own| own.as_ref().ok()).map(|own| own.subject.clone()),
        path: chain.iter().filter_map(|link| link.as_ref().ok()).cloned().collect(),
        chain,
        ocsp_stapled: false,
        distrust: Some(why.clone()),
    });
    report.result = Err(Error::Tls(why).during(Phase::Tls));
    report
}
