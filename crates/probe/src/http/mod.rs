//! HTTP/1.1 as a client, one exchange at a time: every redirect is an answer of its own.
//!
//! Sizes are bounded: headers by [`LONGEST_HEAD`], the body by what the caller allows.
//!
//! ```
//! use std::time::Duration;
//! use netdiag_probe::http::{HeaderMap, HttpCheck, HttpRequest, HttpUrl, Method};
//! use netdiag_probe::{Client, Found};
//! use tokio::time::Instant;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
//! # let url = format!("http://{}/", listener.local_addr()?);
//! # let peer = std::thread::spawn(move || {
//! #     use std::io::{BufRead, BufReader, Write};
//! #     let (peer, _) = listener.accept()?;
//! #     let head = BufReader::new(&peer).lines().take_while(|line| line.as_ref().is_ok_and(|line| !line.is_empty()));
//! #     assert!(head.count() > 1);
//! #     (&peer).write_all(b"HTTP/1.1 204 No Content\r\n\r\n")
//! # });
//! let request = HttpRequest {
//!     url: HttpUrl::parse(&url)?, // "http://example.com/"
//!     method: Method::GET,
//!     headers: HeaderMap::new(),
//!     body: Vec::new(),
//!     sensitive_body: false,
//!     most_redirects: 10,
//!     same_origin: false,
//!     longest_body: 1 << 20,
//! };
//! let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
//! let reports = runtime.block_on(async {
//!     let deadline = Instant::now() + Duration::from_secs(5);
//!     Client::default().http(&request, &HttpCheck::default(), deadline, &mut |_, _| {}).await
//! });
//! for report in &reports { // one for each redirect, and the last
//!     let Found::Http(answer) = &report.found else { panic!("{:?}", report.failure()) };
//!     println!("{}: {}, first byte after {:?}", answer.url, answer.status, report.phases.first_byte);
//! #   assert_eq!(answer.status, 204);
//! }
//! # peer.join().expect("the peer has no reason to panic")?;
//! # Ok(())
//! # }
//! ```

mod check;
mod exchange;
mod first_byte;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) mod fuzzing;
mod redirect;

use hyper::Request;
use hyper::header::HOST;
pub use hyper::header::{
    ACCEPT, ACCEPT_ENCODING, ACCEPT_LANGUAGE, CACHE_CONTROL, CONTENT_TYPE, HeaderMap, HeaderName,
    HeaderValue, USER_AGENT,
};
pub use hyper::{Method, StatusCode};
use url::Url;

pub use self::check::{HttpCheck, StatusRange};
use crate::endpoint::{Endpoint, Host, HostPort, ParseError, UnixKind, UnixName};

/// What to ask for, and how.
#[derive(Clone, Debug)]
pub struct HttpRequest {
    /// Where.
    pub url: HttpUrl,
    /// `GET`, `HEAD`, `POST` and their like.
    pub method: Method,
    /// Beside those every request has. A value that [is sensitive](HeaderValue::is_sensitive) is not sent to another origin.
    pub headers: HeaderMap,
    /// The body; nothing is said of an empty one.
    pub body: Vec<u8>,
    /// The body is not sent to another origin.
    pub sensitive_body: bool,
    /// How many redirects to follow; with none of them a redirect is an answer like any other.
    pub most_redirects: usize,
    /// Follow redirects within one scheme, host and port only; one that leads elsewhere is an answer like any other.
    pub same_origin: bool,
    /// A longer body is a failure.
    pub longest_body: u64,
}

/// A URL of `http` or `https`, and the socket it is behind.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct HttpUrl {
    /// Without the scope of a link-local address, which no URL but ours can have.
    url: Url,
    /// That scope: the interface the address is on.
    scope: Option<String>,
    /// The unix socket to go through instead of the host.
    pub via: Option<UnixName>,
}

/// What came back.
#[derive(Clone, Debug)]
pub struct HttpAnswer {
    /// What was asked for.
    pub url: String,
    /// The status.
    pub status: StatusCode,
    /// `HTTP/1.0` or `HTTP/1.1`.
    pub version: &'static str,
    /// The headers.
    pub headers: HeaderMap,
    /// Bytes of the body that came, of a longer one those that were allowed.
    pub body: Vec<u8>,
}

impl HttpUrl {
    /// Reads `http://…` and `https://…`, and `http+unix://PATH/…` and `https+unix://PATH/…` with the slashes of PATH written `%2F`.
    ///
    /// # Errors
    /// [`ParseError`] where that is none.
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        let wrong = |at, message: String| ParseError::new(text, at, message);
        let (scheme, rest) = text.split_once("://").unwrap_or((text, ""));
        let start = text.len() - rest.len();
        let host = start..start + rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let lower = scheme.to_ascii_lowercase();
        let (scheme, via) = match lower.strip_suffix("+unix") {
            None => (lower.as_str(), None),
            Some(scheme) => (scheme, Some(unix_name(text, host.clone())?)),
        };
        if !matches!(scheme, "http" | "https") {
            return Err(wrong(0..scheme.len(), "no HTTP: write http://… or https://…".to_owned()));
        }
        let (authority, scope) = match &via {
            None => unscoped(&text[host.clone()]),
            Some(_) => ("localhost".to_owned(), None),
        };
        let plain = format!("{scheme}://{authority}{}", &text[host.end..]);
        let url = Url::parse(&plain).map_err(|error| wrong(host.clone(), error.to_string()))?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(wrong(host, "credentials do not belong in a URL: send a header".to_owned()));
        }
        Ok(Self { url, scope, via })
    }

    /// Where to connect.
    pub(crate) fn endpoint(&self) -> Endpoint {
        if let Some(name) = &self.via {
            return Endpoint::Unix(UnixKind::Stream, name.clone());
        }
        let inet = HostPort { host: self.host(), port: self.url.port_or_known_default().unwrap_or(80) };
        if self.is_secure() { Endpoint::Tls(inet) } else { Endpoint::Tcp(inet) }
    }

    /// Through this unix socket instead of the host.
    pub fn through(self, name: UnixName) -> Self {
        Self { via: Some(name), ..self }
    }

    /// Whether it is `https`.
    pub fn is_secure(&self) -> bool {
        self.url.scheme() == "https"
    }

    pub(crate) fn host(&self) -> Host {
        match self.url.host() {
            Some(url::Host::Ipv4(address)) => Host::Ip(address.into(), None),
            Some(url::Host::Ipv6(address)) => Host::Ip(address.into(), self.scope.clone()),
            Some(url::Host::Domain(name)) => Host::Name(name.to_owned()),
            None => Host::Any,
        }
    }

    fn authority(&self) -> String {
        let host = self.url.host_str().unwrap_or_default();
        self.url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
    }
}

impl std::fmt::Display for HttpUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.via {
            None => match (&self.scope, self.url.as_str().split_once(']')) {
                (Some(scope), Some((before, behind))) => {
                    // Of a scope that begins with 25, these digits would be taken for the end of a `%25`.
                    let percent = if scope.len() > 2 && scope.starts_with("25") { "%25" } else { "%" };
                    write!(f, "{before}{percent}{scope}]{behind}")
                }
                _ => self.url.fmt(f),
            },
            Some(name) => write!(f, "{} through unix:{name}", self.url),
        }
    }
}

/// The authority of a URL without the scope of its address (RFC 6874, which writes the `%` as `%25`), and the scope.
fn unscoped(authority: &str) -> (String, Option<String>) {
    let bounds = authority.find('%').zip(authority.find(']'));
    let Some((percent, end)) = bounds.filter(|(percent, end)| authority.starts_with('[') && percent < end)
    else {
        return (authority.to_owned(), None);
    };
    let scope = &authority[percent + 1..end];
    let scope = scope.strip_prefix("25").filter(|scope| !scope.is_empty()).unwrap_or(scope);
    match scope.is_empty() {
        true => (authority.to_owned(), None),
        false => (format!("{}{}", &authority[..percent], &authority[end..]), Some(scope.to_owned())),
    }
}

fn unix_name(text: &str, place: std::ops::Range<usize>) -> Result<UnixName, ParseError> {
    let wrong = |message: String| ParseError::new(text, place.clone(), message);
    let decoded = percent_encoding::percent_decode_str(&text[place.clone()]).decode_utf8();
    let name = decoded.map_err(|_| wrong("no UTF-8 in it".to_owned()))?;
    match Endpoint::unix(UnixKind::Stream, &name) {
        Ok(Endpoint::Unix(_, name)) => Ok(name),
        Ok(_) => Err(wrong("no unix socket".to_owned())),
        Err(error) => Err(wrong(format!("{error}; slashes of the path are written %2F"))),
    }
}

impl HttpRequest {
    fn build(&self) -> Result<Request<http_body_util::Full<bytes::Bytes>>, String> {
        let mut path = self.url.url.path().to_owned();
        if let Some(query) = self.url.url.query() {
            path = format!("{path}?{query}");
        }
        let body = http_body_util::Full::new(bytes::Bytes::copy_from_slice(&self.body));
        let mut request = Request::builder().method(self.method.clone()).uri(path).body(body);
        if let Ok(request) = &mut request {
            let host = HeaderValue::from_str(&self.url.authority()).map_err(|error| error.to_string())?;
            let agent = HeaderValue::from_static(concat!("netdiag/", env!("CARGO_PKG_VERSION")));
            let headers = request.headers_mut();
            headers.insert(HOST, host);
            headers.insert(hyper::header::USER_AGENT, agent);
            headers.insert(hyper::header::ACCEPT, HeaderValue::from_static("*/*"));
            for name in self.headers.keys() {
                headers.remove(name);
            }
            headers.extend(self.headers.clone());
        }
        request.map_err(|error| error.to_string())
    }
}

/// Bytes of a status line and headers together.
pub const LONGEST_HEAD: usize = 64 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_a_socket_and_a_path() {
        #[rustfmt::skip]
        let cases = [
            ("http://h/a?b=c",               "tcp://h:80",        "h"),
            ("http://h:8080",                "tcp://h:8080",      "h:8080"),
            ("https://h/",                   "tls://h:443",       "h"),
            ("https://[::1]:8443/",          "tls://[::1]:8443",  "[::1]:8443"),
            ("http://127.0.0.1/",            "tcp://127.0.0.1:80", "127.0.0.1"),
            ("http+unix://%2Frun%2Fs/v1",    "unix:/run/s",       "localhost"),
            ("http+unix://@abstract/",       "unix:@abstract",    "localhost"),
            ("HTTP://H/A",                   "tcp://h:80",        "h"),
            ("Https+Unix://%2Fs/",           "unix:/s",           "localhost"),
            ("http://[fe80::1%eth0]/",       "tcp://[fe80::1%eth0]:80", "[fe80::1]"),
            ("https://[fe80::1%25eth0]:1/x", "tls://[fe80::1%eth0]:1",  "[fe80::1]:1"),
        ];
        for (text, endpoint, authority) in cases {
            let url = HttpUrl::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
            assert_eq!(
                (url.endpoint().to_string().as_str(), url.authority().as_str()),
                (endpoint, authority),
                "{text}"
            );
        }
        let scoped = HttpUrl::parse("http://[FE80::1%25eth0]/a?b").unwrap();
        assert_eq!(scoped.to_string(), "http://[fe80::1%eth0]/a?b");
        for text in ["http://[fe80::1%25]/", "http://[fe80::1%2525x]/"] {
            assert_eq!(HttpUrl::parse(text).unwrap().to_string(), text);
        }
        #[rustfmt::skip]
        let wrong = [
            ("http://[fe80::1%]/", 7..17),
            ("http://",           7..7),
            ("http://h:99999/",   7..14),
            ("http://a b/",       7..10),
            ("http://u:p@h/",     7..12),
            ("http+unix:///x",    12..12),
            ("ftp://h/",          0..3),
            ("h",                 0..1),
        ];
        for (text, at) in wrong {
            assert_eq!(HttpUrl::parse(text).expect_err(text).at, at, "{text}");
        }
    }
}
