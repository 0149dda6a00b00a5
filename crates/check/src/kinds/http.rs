//! `kind = "http"`: an HTTP server answers, with the status, the headers and the body it ought to.
//!
//! Any status below 400 is as it ought to be unless a condition says which.

mod document;
mod expect;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) mod fuzzing;
mod judge;
mod reach;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use netdiag_probe::http::{
    ACCEPT, ACCEPT_ENCODING, ACCEPT_LANGUAGE, CACHE_CONTROL, CONTENT_TYPE, HeaderMap, HeaderName,
    HeaderValue, HttpCheck, HttpRequest, HttpUrl, Method, StatusRange, USER_AGENT,
};
use netdiag_probe::{Client, Connector, Endpoint, UnixKind};
use netdiag_text::{Message, MessagePart, message};
use schemars::JsonSchema;
use serde::Deserialize;
use tokio::task::spawn_blocking;
use tokio::time::{Instant, timeout_at};

use self::expect::HttpExpect;
use self::judge::ExpectedAnswer;
use crate::finding::Finding;
use crate::parts::command::{command, timeout};
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
    /// A longer body is a failure; 10MiB if absent, 1GiB at most.
    max_body: Option<Placed<Bytes>>,
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
    /// How long an attempt may take.
    timeout: Duration,
    /// Shared with the thread that looks into bodies.
    expected: Arc<ExpectedAnswer>,
}

impl Config for Http {
    const WORD: &'static str = "http";

    fn plan(self, settings: &Settings<'_>) -> Planned {
        let request = self.request(settings)?;
        let speech = self.tls.speech(settings)?;
        let expected = Arc::new(ExpectedAnswer::read(&self.expect)?);
        let (connector, timeout) = (connector(settings), settings.timeout);
        Ok(Box::new(Exchange { request, connector, speech, timeout, expected }))
    }
}

impl Http {
    fn request(&self, settings: &Settings<'_>) -> Result<HttpRequest, Complaint> {
        let wrong = |placed: &Placed<String>, message: &dyn std::fmt::Display| {
            Complaint::new(&placed.span, message!("`{}`: {}", placed.value, message))
        };
        let url = HttpUrl::parse(&self.url.value).map_err(|error| wrong(&self.url, &error))?;
        let url = match &self.unix {
            None => url,
            Some(path) => match settings.unix(UnixKind::Stream, &path.value) {
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
        let longest_body = self.max_body.as_ref().map_or(LONGEST_BODY, |most| most.value.0);
        if let Some(most) = self.max_body.as_ref().filter(|_| longest_body > LARGEST_BODY) {
            return Err(Complaint::new(&most.span, "bodies are held whole: 1GiB at most"));
        }
        Ok(HttpRequest {
            url,
            method: method.transpose()?.unwrap_or(usual),
            headers,
            body: self.body.clone().unwrap_or_default().into_bytes(),
            sensitive_body: true,
            most_redirects: self.max_redirects.into(),
            same_origin: false,
            longest_body,
        })
    }
}

/// Headers that say nothing another server may not know.
const HARMLESS: [HeaderName; 6] =
    [ACCEPT, ACCEPT_ENCODING, ACCEPT_LANGUAGE, CACHE_CONTROL, CONTENT_TYPE, USER_AGENT];

/// Columns of a body that a hint has.
const LONGEST_SHOWN: usize = 1000;
/// Bytes of a body, unless the file says otherwise.
const LONGEST_BODY: u64 = 10 << 20;
/// What a file may say at most: bodies are held whole.
const LARGEST_BODY: u64 = 1 << 30;

impl Work for Exchange {
    fn target(&self) -> Message {
        Message::foreign(&self.request.url)
    }

    fn attempt<'a>(&'a self, _: &'a World, deadline: Instant) -> BoxFuture<'a, Finding> {
        self.exchange(deadline).boxed()
    }

    fn hint(&self, _: &Finding) -> Option<Message> {
        let HttpRequest { url, method, most_redirects, longest_body, headers, body, .. } = &self.request;
        let mut direct = url.clone();
        direct.via = None;
        let via = url.via.as_ref().map(|name| message!("--unix-socket={}", name));
        let method = (*method != Method::GET).then(|| message!("--method={}", method));
        let redirects = (*most_redirects > 0).then(|| message!("--max-redirects={}", most_redirects));
        let longest = (*longest_body != LONGEST_BODY).then(|| message!("--max-body={}", longest_body));
        let headers = headers.iter().map(|(name, value)| {
            message!("--header={}: {}", name.as_str(), netdiag_text::Bytes(value.as_bytes()))
        });
        let body = netdiag_text::Bytes::beginning(body, LONGEST_SHOWN);
        let body = (!self.request.body.is_empty()).then(|| message!("--data={}", body));
        let words = [timeout(self.timeout), via, method, redirects, longest].into_iter().flatten();
        let words = words.chain(headers).chain(body).chain(self.speech.words().iter().cloned());
        let words: Vec<Message> = words.chain([Message::foreign(&direct)]).collect();
        let words: Vec<&dyn MessagePart> = words.iter().map(|word| word as &dyn MessagePart).collect();
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
        let whole = reports.last().is_some_and(|last| last.result.is_ok());
        if !whole || !self.expected.looks_into_bodies() {
            return self.expected.found(&reports);
        }
        // The body is somebody else's, and what it takes to look into it may be, too: time that is up leaves it behind.
        let expected = Arc::clone(&self.expected);
        match timeout_at(deadline, spawn_blocking(move || expected.found(&reports))).await {
            Ok(found) => found.expect("judging does not panic, nor is it aborted"),
            Err(_) => {
                let mut finding = Finding::default();
                finding.told("outcome", "ok");
                finding.asserted("body", "looked through in time", "it was not: time was up", false);
                finding
            }
        }
    }
}

#[cfg(test)]
mod tests;
