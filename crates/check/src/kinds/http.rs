//! `kind = "http"`: an HTTP server answers, with the status, the headers and the body it ought to.
//!
//! Any status below 400 is as it ought to be unless a condition says which.

use std::collections::BTreeMap;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use netdiag_probe::http::{
    HeaderMap, HeaderName, HeaderValue, HttpAnswer, HttpCheck, HttpRequest, HttpUrl, Method, StatusRange,
};
use netdiag_probe::talk::escape;
use netdiag_probe::{Client, Connector, Endpoint, Found, Report, UnixKind};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json_path::JsonPath;
use tokio::time::Instant;

use super::command::command;
use super::probed;
use super::socket::connector;
use super::talk::Bytes;
use super::trust::Trust;
use super::{Config, Planned, Work};
use crate::bound::Bound;
use crate::expect::{self, Bounds, Expectations, Expected};
use crate::file::{Complaint, Placed};
use crate::finding::Finding;
use crate::quantity::{Dimension, Quantity};
use crate::settings::Settings;
use crate::world::World;

/// A request to an HTTP server.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Http {
    /// `http://…` or `https://…`.
    url: Placed<String>,
    /// The unix socket to go through instead of the URL's host; `@NAME` is an abstract name.
    unix: Option<Placed<String>>,
    /// The method; GET, or POST where there is a body, if absent.
    method: Option<Placed<String>>,
    /// Headers to send.
    #[serde(default)]
    headers: BTreeMap<Placed<String>, Placed<String>>,
    /// The body to send.
    body: Option<String>,
    /// How many redirects are followed; none if absent.
    #[serde(default)]
    max_redirects: u16,
    /// A longer body is a failure; 10MiB if absent.
    max_body: Option<Bytes>,
    /// How TLS is spoken.
    #[serde(default)]
    tls: Trust,
    /// What is expected of the answer.
    #[serde(default)]
    expect: HttpExpect,
}

/// Conditions on an answer, the last one where redirects are followed.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct HttpExpect {
    /// How it ended: `ok`, `refused`, `timeout`, `tls` and so on; `ok` unless stated.
    outcome: Option<Placed<Expected>>,
    /// The status: `200`, `200..299`; below 400 unless stated.
    status: Option<Placed<Expected>>,
    /// The body as text: `~PART`, `/REGEX/`, or all of it.
    body: Option<Placed<Expected>>,
    /// What RFC 9535 paths lead to in a JSON body.
    #[serde(default)]
    json: Expectations,
    /// Headers; several of one name are separated by commas.
    #[serde(default)]
    header: Expectations,
    /// The body's size.
    size: Option<Placed<Expected>>,
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
    /// How long all certificates are valid yet.
    tls_expires_in: Option<Placed<Expected>>,
}

/// A request, and what is expected of its answer.
#[derive(Debug)]
struct Exchange {
    request: HttpRequest,
    connector: Connector,
    trust: Trust,
    bounds: Bounds,
    body: Option<Bound>,
    json: Vec<(JsonPath, JsonBound)>,
    headers: Vec<(HeaderName, Bound)>,
}

/// A condition on what is in a document, whose type is not known before.
#[derive(Debug)]
struct JsonBound {
    number: Option<Bound>,
    text: Option<Bound>,
}

impl Config for Http {
    const WORD: &'static str = "http";

    fn plan(self, settings: &Settings) -> Planned {
        let request = self.request()?;
        self.tls.check()?;
        let expect = self.expect;
        let body = expect.body.as_ref().map(|body| expect::bound(body, Dimension::Text));
        Ok(Box::new(Exchange {
            request,
            connector: connector(settings),
            trust: self.tls,
            bounds: expect.bounds()?,
            body: body.transpose()?,
            json: Complaint::collect(expect.json.iter().map(json))?,
            headers: Complaint::collect(expect.header.iter().map(header))?,
        }))
    }
}

impl Http {
    fn request(&self) -> Result<HttpRequest, Complaint> {
        let wrong = |placed: &Placed<String>, message: &dyn std::fmt::Display| {
            Complaint::new(&placed.span, format!("`{}`: {message}", placed.value))
        };
        let url = HttpUrl::parse(&self.url.value).map_err(|error| wrong(&self.url, &error))?;
        let url = match &self.unix {
            None => url,
            Some(path) => match Endpoint::unix(UnixKind::Stream, &path.value) {
                Ok(Endpoint::Unix(_, name)) => url.through(name),
                Ok(_) => return Err(wrong(path, &"no unix socket")),
                Err(error) => return Err(wrong(path, &error)),
            },
        };
        let usual = if self.body.is_some() { Method::POST } else { Method::GET };
        let method = self
            .method
            .as_ref()
            .map(|method| method.value.parse::<Method>().map_err(|error| wrong(method, &error)));
        let mut headers = HeaderMap::new();
        for (name, value) in &self.headers {
            let name = name.value.parse::<HeaderName>().map_err(|error| wrong(name, &error))?;
            // The value may be a secret.
            let no_value = |_| Complaint::new(&value.span, "no value of a header");
            headers.append(name, HeaderValue::from_str(&value.value).map_err(no_value)?);
        }
        Ok(HttpRequest {
            url,
            method: method.transpose()?.unwrap_or(usual),
            headers,
            body: self.body.clone().unwrap_or_default().into_bytes(),
            most_redirects: self.max_redirects.into(),
            longest_body: self.max_body.map_or(LONGEST_BODY, |Bytes(bytes)| bytes),
        })
    }
}

const LONGEST_BODY: u64 = 10 << 20;

impl HttpExpect {
    fn bounds(&self) -> Result<Bounds, Vec<Complaint>> {
        Bounds::stated([
            ("outcome", &self.outcome, Dimension::Text),
            ("status", &self.status, Dimension::Count),
            ("size", &self.size, Dimension::Bytes),
            ("redirects", &self.redirects, Dimension::Count),
            ("version", &self.version, Dimension::Text),
            ("resolve", &self.resolve, Dimension::Time),
            ("connect", &self.connect, Dimension::Time),
            ("tls", &self.tls, Dimension::Time),
            ("ttfb", &self.ttfb, Dimension::Time),
            ("transfer", &self.transfer, Dimension::Time),
            ("total", &self.total, Dimension::Time),
            ("tls_version", &self.tls_version, Dimension::Text),
            ("tls_expires_in", &self.tls_expires_in, Dimension::Time),
        ])
    }
}

fn json((path, expected): (&Placed<String>, &Placed<Expected>)) -> Result<(JsonPath, JsonBound), Complaint> {
    let parsed = JsonPath::parse(&path.value)
        .map_err(|error| Complaint::new(&path.span, format!("`{}`: {error}", path.value)))?;
    let number = expect::bound(expected, Dimension::Count);
    let text = expect::bound(expected, Dimension::Text);
    match (number, text) {
        (Err(_), Err(complaint)) => Err(complaint),
        (number, text) => Ok((parsed, JsonBound { number: number.ok(), text: text.ok() })),
    }
}

fn header((name, expected): (&Placed<String>, &Placed<Expected>)) -> Result<(HeaderName, Bound), Complaint> {
    let parsed = name
        .value
        .parse()
        .map_err(|_| Complaint::new(&name.span, format!("`{}`: no name of a header", name.value)))?;
    Ok((parsed, expect::bound(expected, Dimension::Text)?))
}

impl Exchange {
    async fn exchange(&self, deadline: Instant) -> Finding {
        let tls = match self.request.url.is_secure() || self.request.most_redirects > 0 {
            true => match self.trust.client().await {
                Ok(tls) => Some(tls),
                Err(finding) => return finding,
            },
            false => None,
        };
        let client = Client { connector: self.connector.clone(), tls };
        let check = HttpCheck {
            status: "100..999".parse::<StatusRange>().into_iter().collect(),
            ..HttpCheck::default()
        };
        let reports = client.http(&self.request, &check, deadline, &mut |_, _| {}).await;
        self.found(&reports)
    }

    fn found(&self, reports: &[Report]) -> Finding {
        let mut finding = Finding::default();
        let Some(last) = reports.last() else { return finding };
        probed::outcome(&mut finding, last, &self.bounds);
        if finding.unmeasured.is_some() {
            return finding;
        }
        if let Found::Http(answer) = &last.found {
            self.answered(&mut finding, answer, reports.len() - 1);
        }
        probed::phases(&mut finding, last, reports.iter().map(|report| report.phases.total()).sum());
        probed::tls(&mut finding, last.tls.as_ref(), "tls_");
        self.bounds.judge(&mut finding);
        self.headers.iter().for_each(|(name, bound)| finding.judge(&format!("header({name})"), bound));
        let whole = last.result.is_ok();
        self.judge_body(
            &mut finding,
            if let Found::Http(answer) = &last.found { Some(answer) } else { None }.filter(|_| whole),
        );
        finding
    }

    fn answered(&self, finding: &mut Finding, answer: &HttpAnswer, redirects: usize) {
        let status = answer.status.as_u16();
        finding.measured("status", Quantity::Count(status.into()));
        if !self.bounds.mentions("status") {
            finding.asserted("status", "< 400", status.to_string(), status < 400);
        }
        finding.measured("version", Quantity::Text(answer.version.to_owned()));
        finding.measured("size", Quantity::Bytes(answer.body.len() as f64));
        finding.measured("redirects", Quantity::Count(redirects as f64));
        for (name, _) in &self.headers {
            let values: Vec<_> = answer
                .headers
                .get_all(name)
                .iter()
                .map(|value| String::from_utf8_lossy(value.as_bytes()))
                .collect();
            if !values.is_empty() {
                finding.measured(format!("header({name})"), Quantity::Text(values.join(", ")));
            }
        }
    }

    /// Judges the body; `None` is one that did not come, or not whole.
    fn judge_body(&self, finding: &mut Finding, answer: Option<&HttpAnswer>) {
        let seen = |answer: &HttpAnswer| format!("\"{}\"", escape(&answer.body, probed::SHOWN));
        if let Some(bound) = &self.body {
            let text = answer.map(|answer| String::from_utf8_lossy(&answer.body).into_owned());
            let holds = text.is_some_and(|text| bound.holds(&Quantity::Text(text)));
            finding.asserted(
                "body",
                bound.to_string(),
                answer.map_or_else(|| "no body".to_owned(), seen),
                holds,
            );
        }
        let document =
            answer.filter(|_| !self.json.is_empty()).map(|answer| serde_json::from_slice(&answer.body));
        match document {
            Some(Err(error)) => {
                let seen = format!("{}: {error}", answer.map(seen).unwrap_or_default());
                finding.asserted("body", "JSON", seen, false);
            }
            Some(Ok(document)) => self.judge_json(finding, &document),
            None => self.judge_json(finding, &serde_json::Value::Null),
        }
    }

    fn judge_json(&self, finding: &mut Finding, document: &serde_json::Value) {
        for (path, bounds) in &self.json {
            let name = format!("json({path})");
            let nodes = path.query(document).all();
            let (value, bound) = match nodes[..] {
                [] => (None, bounds.text.as_ref().or(bounds.number.as_ref())),
                [node] => bounds.of(node),
                _ => {
                    let all = nodes.iter().map(|node| plain(node)).collect::<Vec<_>>().join(", ");
                    (Some(Quantity::Text(all)), bounds.text.as_ref())
                }
            };
            finding.measured(name.as_str(), value);
            bound.into_iter().for_each(|bound| finding.judge(&name, bound));
        }
    }
}

impl JsonBound {
    /// A number is compared as one where the condition can be.
    fn of(&self, node: &serde_json::Value) -> (Option<Quantity>, Option<&Bound>) {
        match (node.as_f64(), &self.number) {
            (Some(number), Some(bound)) => (Some(Quantity::Count(number)), Some(bound)),
            _ => (Some(Quantity::Text(plain(node))), self.text.as_ref().or(self.number.as_ref())),
        }
    }
}

/// A text as it is, anything else as JSON.
fn plain(node: &serde_json::Value) -> String {
    node.as_str().map_or_else(|| node.to_string(), str::to_owned)
}

impl Work for Exchange {
    fn target(&self) -> String {
        self.request.url.to_string()
    }

    fn attempt<'a>(&'a self, _: &'a World, deadline: Instant) -> BoxFuture<'a, Finding> {
        self.exchange(deadline).boxed()
    }

    fn hint(&self, _: &Finding) -> Option<String> {
        let HttpRequest { url, method, most_redirects, .. } = &self.request;
        let mut direct = url.clone();
        direct.via = None;
        let direct = direct.to_string();
        let via = url.via.as_ref().map(|name| format!("--unix-socket={name}"));
        let method = (*method != Method::GET).then(|| format!("--method={method}"));
        let redirects = (*most_redirects > 0).then(|| format!("--max-redirects={most_redirects}"));
        let words = [via, method, redirects, Some(direct)].into_iter().flatten().collect::<Vec<_>>();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        Some(command("netdiag probe", self.connector.family, &words))
    }
}

#[cfg(test)]
mod tests;
