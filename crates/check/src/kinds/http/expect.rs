//! What is expected of an HTTP answer, as a file has it, and the conditions that makes.
//!
//! What stands in a JSON body has no type before it is seen, so a condition on it may be two.

use netdiag_probe::http::HeaderName;
use netdiag_text::{Bound, Dimension, Quantity, message};
use schemars::JsonSchema;
use serde::Deserialize;

use super::document::Path;
use crate::expect::{Bounds, Expectations, Expected, bound, bound_on_any_number};
use crate::source::{Complaint, Placed};

/// Conditions on an answer, the last one where redirects are followed.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct HttpExpect {
    /// How it ended: `ok`, `refused`, `timeout`, `tls` and so on; `ok` unless stated.
    outcome: Option<Placed<Expected>>,
    /// The status: `200`, `200..299`, `2xx`; below 400 unless stated.
    status: Option<Placed<Expected>>,
    /// The body as text: `~PART`, `/REGEX/`, or all of it.
    pub(super) body: Option<Placed<Expected>>,
    /// What RFC 9535 paths lead to in a JSON body.
    #[serde(default)]
    pub(super) json: Expectations,
    /// Headers; several of one name are separated by commas.
    #[serde(default)]
    pub(super) header: Expectations,
    /// The body's size.
    size: Option<Placed<Expected>>,
    /// The SHA-256 digest of the body, in hexadecimal digits, small ones.
    sha256: Option<Placed<Expected>>,
    /// How many redirects were followed.
    redirects: Option<Placed<Expected>>,
    /// `HTTP/1.0` or `HTTP/1.1`.
    version: Option<Placed<Expected>>,
    /// Looking up the name.
    resolve: Option<Placed<Expected>>,
    /// Connecting.
    connect: Option<Placed<Expected>>,
    /// The TLS handshake.
    tls: Option<Placed<Expected>>,
    /// From the request to the first byte of the answer.
    ttfb: Option<Placed<Expected>>,
    /// From there to its end.
    transfer: Option<Placed<Expected>>,
    /// All of it, redirects included.
    total: Option<Placed<Expected>>,
    /// `TLSv1.2` or `TLSv1.3`.
    tls_version: Option<Placed<Expected>>,
    /// The cipher suite, by its IANA name.
    tls_cipher: Option<Placed<Expected>>,
    /// The protocol agreed on (ALPN).
    tls_alpn: Option<Placed<Expected>>,
    /// `true`, unless `tls.insecure` lets other peers pass.
    tls_trusted: Option<Placed<Expected>>,
    /// How long the certificates that make the server trusted are valid yet, whatever it sends besides; its own, if nobody trusts it.
    tls_expires_in: Option<Placed<Expected>>,
    /// How long the server's own certificate is valid yet.
    tls_leaf_expires_in: Option<Placed<Expected>>,
    /// The names the server's own certificate is good for, separated by commas.
    tls_names: Option<Placed<Expected>>,
    /// Who signed it.
    tls_issuer: Option<Placed<Expected>>,
    /// How many certificates were sent.
    tls_chain: Option<Placed<Expected>>,
    /// Whether an OCSP response came with them.
    tls_ocsp_stapled: Option<Placed<Expected>>,
    /// The server's own certificate, as `openssl x509 -fingerprint -sha256` writes it.
    tls_fingerprint: Option<Placed<Expected>>,
}

/// A condition on what is in a document, whose type is not known before.
#[derive(Debug)]
pub(super) struct JsonBound {
    pub(super) number: Option<Bound>,
    pub(super) text: Option<Bound>,
}

impl HttpExpect {
    pub(super) fn bounds(&self) -> Result<Bounds, Vec<Complaint>> {
        let status = self.status.as_ref().map(classes);
        Bounds::stated([
            ("outcome", &self.outcome, Dimension::Text),
            ("status", &status, Dimension::Count),
            ("size", &self.size, Dimension::Bytes),
            ("sha256", &self.sha256, Dimension::Text),
            ("redirects", &self.redirects, Dimension::Count),
            ("version", &self.version, Dimension::Text),
            ("resolve", &self.resolve, Dimension::Time),
            ("connect", &self.connect, Dimension::Time),
            ("tls", &self.tls, Dimension::Time),
            ("ttfb", &self.ttfb, Dimension::Time),
            ("transfer", &self.transfer, Dimension::Time),
            ("total", &self.total, Dimension::Time),
            ("tls_version", &self.tls_version, Dimension::Text),
            ("tls_cipher", &self.tls_cipher, Dimension::Text),
            ("tls_alpn", &self.tls_alpn, Dimension::Text),
            ("tls_trusted", &self.tls_trusted, Dimension::Text),
            ("tls_expires_in", &self.tls_expires_in, Dimension::Time),
            ("tls_leaf_expires_in", &self.tls_leaf_expires_in, Dimension::Time),
            ("tls_names", &self.tls_names, Dimension::Text),
            ("tls_issuer", &self.tls_issuer, Dimension::Text),
            ("tls_chain", &self.tls_chain, Dimension::Count),
            ("tls_ocsp_stapled", &self.tls_ocsp_stapled, Dimension::Text),
            ("tls_fingerprint", &self.tls_fingerprint, Dimension::Text),
        ])
    }
}

/// A condition on a status, with the range that `2xx` is for it.
fn classes(status: &Placed<Expected>) -> Placed<Expected> {
    let Expected::Condition(text) = &status.value else { return status.clone() };
    let range = |part: &str| {
        let class = part.trim().to_ascii_lowercase();
        match class.as_bytes() {
            [first @ b'1'..=b'9', b'x', b'x'] => format!("{0}00..{0}99", char::from(*first)),
            _ => part.to_owned(),
        }
    };
    let value = Expected::Condition(text.split(',').map(range).collect::<Vec<_>>().join(","));
    Placed { value, ..status.clone() }
}

pub(super) fn json(
    (path, expected): (&Placed<String>, &Placed<Expected>),
) -> Result<(Path, JsonBound), Complaint> {
    let parsed = Path::read(path)?;
    let number = bound_on_any_number(expected);
    let text = bound(expected, Dimension::Text);
    match (number, text) {
        (Err(_), Err(complaint)) => Err(complaint),
        (number, text) => Ok((parsed, JsonBound { number: number.ok(), text: text.ok() })),
    }
}

pub(super) fn header(
    (name, expected): (&Placed<String>, &Placed<Expected>),
) -> Result<(HeaderName, Bound), Complaint> {
    let parsed = name
        .value
        .parse()
        .map_err(|_| Complaint::new(&name.span, message!("`{}`: no name of a header", name.value)))?;
    Ok((parsed, bound(expected, Dimension::Text)?))
}

impl JsonBound {
    /// Whether an integer is as it ought to be, where both it and the condition are beyond what a float can tell apart.
    pub(super) fn holds_exactly(&self, node: &serde_json::Value) -> Option<bool> {
        let value = node.as_i64().map(i128::from).or_else(|| node.as_u64().map(i128::from))?;
        self.number.as_ref()?.holds_integer(value)
    }

    /// A number, which is compared as one where the condition can be.
    pub(super) fn number_of(&self, node: &serde_json::Value) -> Option<Quantity> {
        node.as_f64().filter(|_| self.number.is_some()).map(Quantity::Count)
    }

    /// The condition on the text that nodes are; of several, none that is only one on numbers.
    pub(super) fn text_bound(&self, nodes: &[&serde_json::Value]) -> Option<&Bound> {
        self.text.as_ref().or_else(|| self.number.as_ref().filter(|_| nodes.len() == 1))
    }

    /// As it was written.
    pub(super) fn words(&self) -> String {
        let bound = self.text.as_ref().or(self.number.as_ref());
        bound.map(ToString::to_string).unwrap_or_default()
    }
}
