//! The options of HTTP probes: what to ask for, and what the answer has to be.

use clap::builder::NonEmptyStringValueParser;
use netdiag_probe::http::{
    HeaderMap, HeaderName, HeaderValue, HttpCheck, HttpRequest, HttpUrl, Method, StatusRange,
};
use netdiag_probe::talk::Pattern;
use netdiag_probe::{Endpoint, ParseError, UnixKind};

use netdiag_text::size;

use crate::place::of_option;
use crate::whole_number::within;

/// HTTP as typed.
#[derive(clap::Args, Clone, Debug)]
#[command(next_help_heading = "HTTP")]
pub(super) struct HttpArgs {
    /// The method: HEAD, POST, and so on; GET unless there is a body
    #[arg(short = 'X', long, value_name = "METHOD")]
    method: Option<Method>,

    /// Also send this header
    #[arg(short = 'H', long = "header", value_name = "NAME: VALUE")]
    headers: Vec<String>,

    /// Send this body
    #[arg(short, long, value_name = "TEXT")]
    data: Option<String>,

    /// Go through this unix socket instead of the URL's host; @NAME is an abstract name
    #[arg(long, value_name = "PATH", value_parser = NonEmptyStringValueParser::new())]
    unix_socket: Option<String>,

    /// Follow up to N redirects
    #[arg(long, default_value_t = 0, value_name = "N", value_parser = within(0..=usize::MAX), allow_hyphen_values = true)]
    max_redirects: usize,

    /// Fail if the body is longer than this
    #[arg(long, default_value = "10M", value_name = "SIZE", value_parser = size::positive, allow_hyphen_values = true)]
    max_body: u64,

    /// Expect this status: 200, 200..299, 4xx; by default any below 400
    #[arg(long, value_name = "STATUS,…", value_delimiter = ',')]
    expect_status: Vec<String>,

    /// Expect this header, and a match in its value if given
    #[arg(long, value_name = "NAME[: REGEX]")]
    expect_header: Vec<String>,

    /// Expect a match in the body
    #[arg(long, value_name = "REGEX")]
    expect_body: Vec<String>,

    /// Expect exactly this text in the body
    #[arg(long, value_name = "TEXT")]
    expect_body_text: Vec<String>,
}

impl HttpArgs {
    /// Whether none of them is given that only HTTP can do.
    pub(super) fn is_empty(&self) -> bool {
        self.method.is_none()
            && self.headers.is_empty()
            && self.data.is_none()
            && self.unix_socket.is_none()
            && self.max_redirects == 0
            && self.expect_status.is_empty()
            && self.expect_header.is_empty()
            && self.expect_body.is_empty()
            && self.expect_body_text.is_empty()
    }

    /// Whether a redirect could lead to TLS.
    pub(super) fn follows(&self) -> bool {
        self.max_redirects > 0
    }

    /// The request for `url`.
    pub(super) fn request(&self, url: &HttpUrl) -> Result<HttpRequest, ParseError> {
        let mut headers = HeaderMap::new();
        for text in &self.headers {
            let (name, value, start) = split(text).map_err(of_option("header"))?;
            let value = value.unwrap_or_default();
            let wrong = |_| ParseError::new(text, start..text.len(), "--header: no header value");
            headers.append(name, HeaderValue::from_str(value).map_err(wrong)?);
        }
        let socket = self.unix_socket.as_deref().map(|name| Endpoint::unix(UnixKind::Stream, name));
        let url = match socket.transpose()? {
            Some(Endpoint::Unix(_, name)) => url.clone().through(name),
            _ => url.clone(),
        };
        let body = self.data.clone().unwrap_or_default().into_bytes();
        let usual = if self.data.is_some() { Method::POST } else { Method::GET };
        Ok(HttpRequest {
            url,
            method: self.method.clone().unwrap_or(usual),
            headers,
            body,
            sensitive_body: false,
            most_redirects: self.max_redirects,
            same_origin: false,
            longest_body: self.max_body,
        })
    }

    /// What the answer has to be.
    pub(super) fn check(&self) -> Result<HttpCheck, ParseError> {
        let status: Result<Vec<StatusRange>, _> =
            self.expect_status.iter().map(|text| text.parse().map_err(of_option("expect-status"))).collect();
        let mut headers = Vec::new();
        for text in &self.expect_header {
            let (name, value, start) = split(text).map_err(of_option("expect-header"))?;
            let pattern = value.map(Pattern::regex).transpose().map_err(|wrong| {
                ParseError::new(text, start + wrong.at.start..start + wrong.at.end, wrong.message)
            });
            let pattern = pattern.map_err(of_option("expect-header"))?;
            headers.push((name, pattern));
        }
        let regexes =
            self.expect_body.iter().map(|text| Pattern::regex(text).map_err(of_option("expect-body")));
        let texts = self
            .expect_body_text
            .iter()
            .map(|text| Pattern::text(text).map_err(of_option("expect-body-text")));
        Ok(HttpCheck { status: status?, headers, body: regexes.chain(texts).collect::<Result<_, _>>()? })
    }
}

/// `NAME: VALUE`, the value perhaps missing, and where it begins.
fn split(text: &str) -> Result<(HeaderName, Option<&str>, usize), ParseError> {
    let (name, value) = match text.split_once(':') {
        Some((name, value)) => (name, Some(value.trim())),
        None => (text, None),
    };
    let wrong = |_| ParseError::new(text, 0..name.len(), "no header name");
    let name: HeaderName = name.parse().map_err(wrong)?;
    let start = value.map_or(text.len(), |value| value.as_ptr().addr() - text.as_ptr().addr());
    Ok((name, value, start))
}
