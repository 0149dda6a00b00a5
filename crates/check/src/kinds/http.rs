//! `kind = "http"`: an HTTP server answers, with the status, the headers and the body it ought to.
//!
//! Any status below 400 is as it ought to be unless a condition says which.

mod expect;
mod integer;

use std::collections::BTreeMap;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use netdiag_probe::http::{
    ACCEPT, ACCEPT_ENCODING, ACCEPT_LANGUAGE, CACHE_CONTROL, CONTENT_TYPE, HeaderMap, HeaderName,
    HeaderValue, HttpAnswer, HttpCheck, HttpRequest, HttpUrl, Method, StatusRange, USER_AGENT,
};
use netdiag_probe::{Client, Connector, Endpoint, Found, Report, UnixKind};
use netdiag_text::{Bound, Dimension, Message, MessagePart, Quantity, message};
use ring::digest::{SHA256, digest};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json_path::JsonPath;
use tokio::time::Instant;

use self::expect::{HttpExpect, JsonBound, header, json, plain};
use crate::expect::{Bounds, bound};
use crate::finding::Finding;
use crate::parts::command::command;
use crate::parts::probed;
use crate::parts::socket::connector;
use crate::parts::talk::Bytes;
use crate::parts::trust::{Speech, Trust};
use crate::settings::Settings;
use crate::source::{Complaint, Placed};
use crate::work::{Config, Planned, Work};
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
    /// Headers to send. Where redirects lead to another scheme, host or port, only those go along that are never secret: `Accept`,
    /// `Accept-Encoding`, `Accept-Language`, `Cache-Control`, `Content-Type`, `User-Agent`.
    #[serde(default)]
    headers: BTreeMap<Placed<String>, Placed<String>>,
    /// The body to send, to the same scheme, host and port only.
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

/// A request, and what is expected of its answer.
#[derive(Debug)]
struct Exchange {
    request: HttpRequest,
    connector: Connector,
    speech: Speech,
    bounds: Bounds,
    body: Option<Bound>,
    json: Vec<(JsonPath, JsonBound)>,
    headers: Vec<(HeaderName, Bound)>,
}

impl Config for Http {
    const WORD: &'static str = "http";

    fn plan(self, settings: &Settings) -> Planned {
        let request = self.request()?;
        let speech = self.tls.speech()?;
        let expect = self.expect;
        let body = expect.body.as_ref().map(|body| bound(body, Dimension::Text));
        Ok(Box::new(Exchange {
            request,
            connector: connector(settings),
            speech,
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
            Complaint::new(&placed.span, message!("`{}`: {}", placed.value, message))
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
            let mut value = HeaderValue::from_str(&value.value).map_err(no_value)?;
            value.set_sensitive(!HARMLESS.contains(&name));
            headers.append(name, value);
        }
        Ok(HttpRequest {
            url,
            method: method.transpose()?.unwrap_or(usual),
            headers,
            body: self.body.clone().unwrap_or_default().into_bytes(),
            sensitive_body: true,
            most_redirects: self.max_redirects.into(),
            same_origin: false,
            longest_body: self.max_body.map_or(LONGEST_BODY, |Bytes(bytes)| bytes),
        })
    }
}

/// Headers that say nothing another server may not know.
const HARMLESS: [HeaderName; 6] =
    [ACCEPT, ACCEPT_ENCODING, ACCEPT_LANGUAGE, CACHE_CONTROL, CONTENT_TYPE, USER_AGENT];

const LONGEST_BODY: u64 = 10 << 20;

impl Work for Exchange {
    fn target(&self) -> Message {
        Message::foreign(&self.request.url)
    }

    fn attempt<'a>(&'a self, _: &'a World, deadline: Instant) -> BoxFuture<'a, Finding> {
        self.exchange(deadline).boxed()
    }

    fn hint(&self, _: &Finding) -> Option<Message> {
        let HttpRequest { url, method, most_redirects, .. } = &self.request;
        let mut direct = url.clone();
        direct.via = None;
        let via = url.via.as_ref().map(|name| message!("--unix-socket={}", name));
        let method = (*method != Method::GET).then(|| message!("--method={}", method));
        let redirects = (*most_redirects > 0).then(|| message!("--max-redirects={}", most_redirects));
        let words = [via, method, redirects, Some(Message::foreign(&direct))];
        let words: Vec<&dyn MessagePart> =
            words.iter().flatten().map(|word| word as &dyn MessagePart).collect();
        Some(command("netdiag probe", self.connector.family, &words))
    }
}

impl Exchange {
    async fn exchange(&self, deadline: Instant) -> Finding {
        let tls = match self.request.url.is_secure() || self.request.most_redirects > 0 {
            true => match self.speech.client().await {
                Ok(tls) => Some(tls),
                Err(finding) => return finding,
            },
            false => None,
        };
        let client = Client { connector: self.connector.clone(), tls, patience: None };
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
            self.answered(&mut finding, answer, last.result.is_ok());
        }
        finding.measured("redirects", Quantity::Count((reports.len() - 1) as f64));
        hops(&mut finding, &reports[..reports.len() - 1]);
        probed::phases(&mut finding, last, reports.iter().map(|report| report.phases.total()).sum());
        probed::tls(&mut finding, last.tls.as_ref(), "tls_");
        self.bounds.judge(&mut finding);
        self.headers.iter().for_each(|(name, bound)| finding.judge(message!("header({})", name), bound));
        let whole = last.result.is_ok();
        self.judge_body(
            &mut finding,
            if let Found::Http(answer) = &last.found { Some(answer) } else { None }.filter(|_| whole),
        );
        finding
    }

    fn answered(&self, finding: &mut Finding, answer: &HttpAnswer, whole: bool) {
        let status = answer.status.as_u16();
        finding.measured("status", Quantity::Count(status.into()));
        if !self.bounds.mentions("status") {
            finding.asserted("status", "< 400", status.to_string(), status < 400);
        }
        finding.measured("version", Quantity::Text(answer.version.to_owned()));
        finding.measured("size", Quantity::Bytes(answer.body.len() as f64));
        if whole && self.bounds.mentions("sha256") {
            let digest = digest(&SHA256, &answer.body);
            let text = digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
            finding.measured("sha256", Quantity::Text(text));
        }
        for (name, _) in &self.headers {
            let values: Vec<_> = answer
                .headers
                .get_all(name)
                .iter()
                .map(|value| String::from_utf8_lossy(value.as_bytes()))
                .collect();
            if !values.is_empty() {
                finding.measured(message!("header({})", name), Quantity::Text(values.join(", ")));
            }
        }
    }

    /// Judges the body; `None` is one that did not come, or not whole.
    fn judge_body(&self, finding: &mut Finding, answer: Option<&HttpAnswer>) {
        let seen = |answer: &HttpAnswer| message!("\"{}\"", probed::beginning(&answer.body));
        if let Some(bound) = &self.body {
            let text = answer.map(|answer| String::from_utf8_lossy(&answer.body).into_owned());
            let holds = text.is_some_and(|text| bound.holds(&Quantity::Text(text)));
            finding.asserted("body", bound.to_string(), answer.map_or_else(|| "no body".into(), seen), holds);
        }
        let document =
            answer.filter(|_| !self.json.is_empty()).map(|answer| serde_json::from_slice(&answer.body));
        match document {
            Some(Err(error)) => {
                let seen = message!("{}: {}", answer.map(seen).unwrap_or_default(), error);
                finding.asserted("body", "JSON", seen, false);
            }
            Some(Ok(document)) => self.judge_json(finding, &document),
            None => self.judge_json(finding, &serde_json::Value::Null),
        }
    }

    fn judge_json(&self, finding: &mut Finding, document: &serde_json::Value) {
        for (path, bounds) in &self.json {
            let name = message!("json({})", path);
            let nodes = path.query(document).all();
            let exact = if let [node] = nodes[..] { bounds.holds_exactly(node) } else { None };
            let (value, bound) = match nodes[..] {
                [] => (None, bounds.text.as_ref().or(bounds.number.as_ref())),
                [node] => bounds.of(node),
                _ => {
                    let all = nodes.iter().map(|node| plain(node)).collect::<Vec<_>>().join(", ");
                    (Some(Quantity::Text(all)), bounds.text.as_ref())
                }
            };
            finding.measured(name.clone(), value);
            match (bound, exact, nodes.first()) {
                (Some(bound), Some(holds), Some(node)) => {
                    finding.asserted(name, bound.to_string(), node.to_string(), holds);
                }
                (Some(bound), ..) => finding.judge(name, bound),
                (None, ..) => {}
            }
        }
    }
}

/// Notes every answer on the way to the last one.
fn hops(finding: &mut Finding, reports: &[Report]) {
    for (number, report) in (1..).zip(reports) {
        if let Found::Http(answer) = &report.found {
            let (status, time) = (answer.status.as_u16(), Quantity::Time(report.phases.total()));
            finding.told(message!("hop({})", number), message!("{} {} in {}", status, answer.url, time));
        }
    }
}

#[cfg(test)]
mod tests;
