//! What a probe's report comes to: named measures, and by default the expectation that it went well.
//!
//! A probe that could not be made, or that nothing was heard of, is unmeasured, unless silence is what was expected.

use std::time::{Duration, SystemTime};

use netdiag_probe::tls::{Certificate, TlsReport};
use netdiag_probe::{Error, Found, Report};
use netdiag_text::{Bytes, Dimension, Message, MessagePart, Quantity, Trusted, message};

use crate::expect::Bounds;
use crate::finding::Finding;

/// How it ended, and how long each phase took.
pub(crate) const PHASES: [(&str, Dimension); 7] = [
    ("outcome", Dimension::Text),
    ("resolve", Dimension::Time),
    ("connect", Dimension::Time),
    ("tls", Dimension::Time),
    ("ttfb", Dimension::Time),
    ("transfer", Dimension::Time),
    ("total", Dimension::Time),
];

/// What an echo comes to.
pub(crate) const ECHO: [(&str, Dimension); 2] = [("echoed", Dimension::Bytes), ("rate", Dimension::Rate)];

/// What a handshake shows.
pub(crate) const TLS: [(&str, Dimension); 11] = [
    ("tls_version", Dimension::Text),
    ("tls_cipher", Dimension::Text),
    ("tls_alpn", Dimension::Text),
    ("tls_trusted", Dimension::Text),
    ("tls_expires_in", Dimension::Time),
    ("tls_leaf_expires_in", Dimension::Time),
    ("tls_names", Dimension::Text),
    ("tls_issuer", Dimension::Text),
    ("tls_chain", Dimension::Count),
    ("tls_ocsp_stapled", Dimension::Text),
    ("tls_fingerprint", Dimension::Text),
];

/// Notes how it ended, and expects that to be well if nothing is said of it in `bounds`. `total` is of all requests, where
/// redirects made several.
pub(crate) fn outcome(finding: &mut Finding, report: &Report, bounds: &Bounds) {
    let expected = bounds.mentions("outcome");
    finding.told("outcome", report.outcome());
    let Err(failed) = &report.result else {
        if !expected {
            finding.asserted("outcome", "ok", "ok", true);
        }
        return;
    };
    let words = report.failure().unwrap_or_default();
    if matches!(failed.error, Error::Os { .. }) || (report.is_inconclusive() && !expected) {
        *finding = Finding::unmeasured(words, None);
    } else if !expected {
        let seen = message!("{}: {}{}", Trusted(failed.error.kind()), words, heard(&report.found));
        finding.asserted("outcome", "ok", seen, false);
    }
}

/// What the peer said instead, for those who did not get what they waited for.
fn heard(found: &Found) -> Message {
    match found {
        Found::Script(talked) if !talked.heard.is_empty() => {
            message!("; it said \"{}\"", Bytes::unfinished(&talked.heard, SHOWN))
        }
        _ => "".into(),
    }
}

/// Whether it ended on the way: nothing answers, or somebody says that it goes no further.
pub(crate) fn is_lost_on_the_way(finding: &Finding) -> bool {
    let Some(Quantity::Text(outcome)) = finding.value("outcome") else { return false };
    matches!(outcome.as_str(), "timeout" | "host-unreachable" | "no-route" | "prohibited")
}

/// Notes the times of all phases, `total` being the sum or that of several requests.
pub(crate) fn phases(finding: &mut Finding, report: &Report, total: Duration) {
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
pub(crate) fn echo(finding: &mut Finding, report: &Report) {
    let Found::Echo(echoed) = &report.found else { return };
    let bytes = echoed.bytes as f64;
    finding.measured("echoed", Quantity::Bytes(bytes));
    let time: Duration = [report.phases.first_byte, report.phases.transfer].into_iter().flatten().sum();
    if report.result.is_ok() && !time.is_zero() {
        finding.measured("rate", Quantity::Rate(bytes / time.as_secs_f64()));
    }
}

/// Notes what a handshake showed; `prefix` goes before the names.
pub(crate) fn tls(finding: &mut Finding, report: Option<&TlsReport>, prefix: &str) {
    let Some(report) = report else { return };
    let text = |text: &str| Told::Measured(Quantity::Text(text.to_owned()));
    let flag = |flag: bool| Told::Word(if flag { "true" } else { "false" });
    let now = SystemTime::now();
    let left = |certificate: &Certificate| {
        Told::Measured(Quantity::Time(certificate.expires_in(now).unwrap_or_default()))
    };
    let leaf = report.own();
    let values = [
        ("version", report.version.map(text)),
        ("cipher", report.cipher.as_deref().map(text)),
        ("alpn", report.alpn.as_deref().map(text)),
        ("trusted", leaf.map(|_| flag(report.distrust.is_none()))),
        ("expires_in", report.first_to_expire().map(left)),
        ("leaf_expires_in", leaf.map(left)),
        ("names", leaf.map(|leaf| text(&leaf.names.join(", ")))),
        ("issuer", leaf.map(|leaf| text(&leaf.issuer))),
        ("chain", leaf.map(|_| Told::Measured(Quantity::Count(report.chain.len() as f64)))),
        ("ocsp_stapled", leaf.map(|_| flag(report.ocsp_stapled))),
        ("fingerprint", leaf.map(|leaf| text(&leaf.fingerprint))),
    ];
    for (name, value) in values {
        let name = message!("{}{}", Trusted(prefix), Trusted(name));
        match value {
            Some(Told::Measured(value)) => finding.measured(name, value),
            Some(Told::Word(word)) => finding.told(name, word),
            None => {}
        }
    }
}

/// What a handshake told: what the peer said, or a word of ours about it.
enum Told {
    Measured(Quantity),
    Word(&'static str),
}

/// Of what a peer said as much as reports show.
pub(crate) fn beginning(heard: &[u8]) -> impl MessagePart {
    Bytes::beginning(heard, SHOWN)
}

/// Columns of what a peer said that reports show.
const SHOWN: usize = 80;
