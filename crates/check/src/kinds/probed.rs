//! What a probe's report comes to: named measures, and by default the expectation that it went well.
//!
//! A probe that could not be made, or that nothing was heard of, is unmeasured, unless silence is what was expected.

use std::time::{Duration, SystemTime};

use netdiag_probe::tls::TlsReport;
use netdiag_probe::{Error, Found, Report};
use netdiag_text::{Bytes, Message, Ours, Tell, message};

use crate::expect::Bounds;
use crate::finding::Finding;
use crate::quantity::{Dimension, Quantity};

/// How it ended, and how long each phase took.
pub(super) const PHASES: [(&str, Dimension); 7] = [
    ("outcome", Dimension::Text),
    ("resolve", Dimension::Time),
    ("connect", Dimension::Time),
    ("tls", Dimension::Time),
    ("ttfb", Dimension::Time),
    ("transfer", Dimension::Time),
    ("total", Dimension::Time),
];

/// What an echo comes to.
pub(super) const ECHO: [(&str, Dimension); 2] = [("echoed", Dimension::Bytes), ("rate", Dimension::Rate)];

/// What a handshake shows.
pub(super) const TLS: [(&str, Dimension); 10] = [
    ("tls_version", Dimension::Text),
    ("tls_cipher", Dimension::Text),
    ("tls_alpn", Dimension::Text),
    ("tls_trusted", Dimension::Text),
    ("tls_expires_in", Dimension::Time),
    ("tls_names", Dimension::Text),
    ("tls_issuer", Dimension::Text),
    ("tls_chain", Dimension::Count),
    ("tls_ocsp_stapled", Dimension::Text),
    ("tls_fingerprint", Dimension::Text),
];

/// Notes how it ended, and expects that to be well if nothing is said of it in `bounds`. `total` is of all requests, where
/// redirects made several.
pub(super) fn outcome(finding: &mut Finding, report: &Report, bounds: &Bounds) {
    let expected = bounds.mentions("outcome");
    finding.told("outcome", report.outcome());
    let Err(failed) = &report.result else {
        if !expected {
            finding.asserted("outcome", "ok", "ok", true);
        }
        return;
    };
    if matches!(failed.error, Error::Os { .. }) || (report.is_inconclusive() && !expected) {
        *finding = Finding::unmeasured(failed.message(), None);
    } else if !expected {
        let seen = message!("{}: {}{}", Ours(failed.error.kind()), failed.message(), heard(&report.found));
        finding.asserted("outcome", "ok", seen, false);
    }
}

/// What the peer said instead, for those who did not get what they waited for.
fn heard(found: &Found) -> Message {
    match found {
        Found::Talk(talked) if !talked.heard.is_empty() => {
            message!("; it said \"{}\"", Bytes::unfinished(&talked.heard, SHOWN))
        }
        _ => "".into(),
    }
}

/// Notes the times of all phases, `total` being the sum or that of several requests.
pub(super) fn phases(finding: &mut Finding, report: &Report, total: Duration) {
    let phases = &report.phases;
    let total = report.result.is_ok().then_some(total);
    let times = [
        ("resolve", phases.resolve),
        ("connect", phases.connect),
        ("tls", phases.tls),
        ("ttfb", phases.first_byte),
        ("transfer", phases.transfer),
        ("total", total),
    ];
    for (name, time) in times {
        finding.measured(name, time.map(Quantity::Time));
    }
}

/// Notes what came back of an echo, and how fast.
pub(super) fn echo(finding: &mut Finding, report: &Report) {
    let Found::Echo(echoed) = &report.found else { return };
    let bytes = echoed.bytes as f64;
    finding.measured("echoed", Quantity::Bytes(bytes));
    let time: Duration = [report.phases.first_byte, report.phases.transfer].into_iter().flatten().sum();
    if report.result.is_ok() && !time.is_zero() {
        finding.measured("rate", Quantity::Rate(bytes / time.as_secs_f64()));
    }
}

/// Notes what a handshake showed; `prefix` goes before the names.
pub(super) fn tls(finding: &mut Finding, report: Option<&TlsReport>, prefix: &str) {
    let Some(report) = report else { return };
    let text = |text: &str| Told::Measure(Quantity::Text(text.to_owned()));
    let flag = |flag: bool| Told::Word(if flag { "true" } else { "false" });
    let leaf = report.chain.first().and_then(|certificate| certificate.as_ref().ok());
    let values = [
        ("version", report.version.map(text)),
        ("cipher", report.cipher.as_deref().map(text)),
        ("alpn", report.alpn.as_deref().map(text)),
        ("trusted", leaf.map(|_| flag(report.distrust.is_none()))),
        ("expires_in", expires_in(report).map(Quantity::Time).map(Told::Measure)),
        ("names", leaf.map(|leaf| text(&leaf.names.join(", ")))),
        ("issuer", leaf.map(|leaf| text(&leaf.issuer))),
        ("chain", leaf.map(|_| Told::Measure(Quantity::Count(report.chain.len() as f64)))),
        ("ocsp_stapled", leaf.map(|_| flag(report.ocsp_stapled))),
        ("fingerprint", leaf.map(|leaf| text(&leaf.fingerprint))),
    ];
    for (name, value) in values {
        let name = message!("{}{}", Ours(prefix), Ours(name));
        match value {
            Some(Told::Measure(value)) => finding.measured(name, value),
            Some(Told::Word(word)) => finding.told(name, word),
            None => {}
        }
    }
}

/// What a handshake told: what the peer said, or a word of ours about it.
enum Told {
    Measure(Quantity),
    Word(&'static str),
}

/// How long every certificate of the chain is valid yet: no time, if one is not.
fn expires_in(report: &TlsReport) -> Option<Duration> {
    let now = SystemTime::now();
    let certificates = report.chain.iter().filter_map(|certificate| certificate.as_ref().ok());
    certificates.map(|certificate| certificate.expires_in(now).unwrap_or_default()).min()
}

/// Of what a peer said as much as reports show.
pub(super) fn beginning(heard: &[u8]) -> impl Tell {
    Bytes::beginning(heard, SHOWN)
}

/// Columns of what a peer said that reports show.
const SHOWN: usize = 80;
