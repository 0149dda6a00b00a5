//! What an HTTP server has to show: a directory, answers made for tests, or both.
//!
//! Where there is a directory, its files come first.

use std::io;
use std::net::Ipv6Addr;
use std::path::Path;
use std::sync::Arc;

use hyper::body::{Body, Incoming};
use hyper::{Method, Request, StatusCode, Version, header};

use super::directory::Directory;
use super::heads::{self, Unanswered};
use super::path::{Segments, segments};
use super::reply::{self, Reply};
use super::room::Room;
use super::trial::Trial;
use crate::serve::events::Tally;

/// What is shown.
#[derive(Debug)]
pub struct Site {
    directory: Option<Directory>,
    trials: bool,
    /// For what is on its way to clients.
    room: Arc<Room>,
    /// For what is on its way from them.
    heads: Arc<Room>,
}

impl Site {
    /// Shows the files below `directory`, and with `trials`, or if there is no directory, answers made for tests: `/echo`,
    /// `/status/N`, `/delay/MS` and `/bytes/N`.
    ///
    /// # Errors
    /// There is no such directory, or it cannot be read.
    pub fn new(directory: Option<&Path>, trials: bool) -> io::Result<Self> {
        let directory = directory.map(Directory::open).transpose()?;
        let (room, heads) = (Room::new(MOST), Room::new(heads::MOST));
        Ok(Self { trials: trials || directory.is_none(), directory, room, heads })
    }

    /// What one more connection may have of heads that are not whole.
    pub(super) fn heads(&self) -> Unanswered {
        Unanswered::new(&self.heads)
    }

    pub(super) async fn answer(&self, request: Request<Incoming>, most: u64, tally: &Tally) -> Reply {
        if let Some(status) = unknown_coding(&request) {
            return reply::plain(status, "");
        }
        if request.body().size_hint().lower() > most {
            return reply::plain(StatusCode::PAYLOAD_TOO_LARGE, "");
        }
        if request.method() == Method::CONNECT {
            return reply::not_allowed("GET, HEAD");
        }
        let Some(segments) = segments(request.uri().path()).filter(|_| names_host(&request)) else {
            return reply::plain(StatusCode::BAD_REQUEST, "");
        };
        let found =
            self.directory.as_ref().map(|directory| directory.answer(&request, &segments, &self.room));
        match (found, self.trial(&segments)) {
            (Some(reply), None) => reply,
            (Some(reply), _) if !is_missing(&reply) => reply,
            (_, Some(trial)) => trial.answer(request, most, tally, &self.room).await,
            (None, None) => reply::plain(StatusCode::NOT_FOUND, ""),
        }
    }

    fn trial(&self, segments: &Segments) -> Option<Trial> {
        self.trials.then(|| Trial::of(segments, self.directory.is_none())).flatten()
    }
}

/// Bytes of answers that clients have not read, of all connections together; see [`Room`].
const MOST: u64 = 64 << 20;

/// What to say to a body that is coded in more ways than the one that frames it (RFC 9112 §6.1).
pub(super) fn unknown_coding<B>(request: &Request<B>) -> Option<StatusCode> {
    let mut codings = request.headers().get_all(header::TRANSFER_ENCODING).iter();
    match (codings.next()?, codings.next()) {
        // HTTP/1.0 has none: somebody in between has not understood it.
        _ if request.version() < Version::HTTP_11 => Some(StatusCode::BAD_REQUEST),
        (coding, None) if coding.as_bytes().trim_ascii().eq_ignore_ascii_case(b"chunked") => None,
        _ => Some(StatusCode::NOT_IMPLEMENTED),
    }
}

/// Whether a request says once whom it is for, as HTTP/1.1 wants it (RFC 9112 §3.2).
pub(super) fn names_host<B>(request: &Request<B>) -> bool {
    let mut hosts = request.headers().get_all(header::HOST).iter();
    match (hosts.next(), hosts.next()) {
        (Some(host), None) => is_host(host.as_bytes()),
        (None, _) => request.version() < Version::HTTP_11,
        (Some(_), Some(_)) => false,
    }
}

/// `HOST` or `HOST:PORT` (RFC 9110 §7.2, RFC 3986 §3.2.2); nothing is the host of a target that has none.
pub(super) fn is_host(value: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(value) else { return false };
    let (is_good, port) = match text.strip_prefix('[').map(|literal| literal.split_once(']')) {
        Some(Some((literal, port))) => (is_literal(literal), port),
        Some(None) => return false,
        None => {
            let (name, port) = text.split_at(text.find(':').unwrap_or(text.len()));
            (is_name(name), port)
        }
    };
    let port = if port.is_empty() { Some(port) } else { port.strip_prefix(':') };
    is_good && port.is_some_and(|port| port.bytes().all(|byte| byte.is_ascii_digit()) && port.len() <= 5)
}

/// `IPv6address` or `IPvFuture`, without the brackets.
fn is_literal(text: &str) -> bool {
    let is_future = || {
        let (version, address) = text.strip_prefix(['v', 'V'])?.split_once('.')?;
        let is_version = !version.is_empty() && version.bytes().all(|byte| byte.is_ascii_hexdigit());
        let is_address = !address.is_empty() && address.bytes().all(|byte| is_plain(byte) || byte == b':');
        Some(is_version && is_address)
    };
    text.parse::<Ipv6Addr>().is_ok() || is_future().unwrap_or(false)
}

/// `reg-name`, whose other characters are encoded.
fn is_name(text: &str) -> bool {
    let mut parts = text.split('%');
    let first = parts.next().unwrap_or_default();
    first.bytes().all(is_plain)
        && parts.all(|part| {
            let (digits, rest) = part.as_bytes().split_at(part.len().min(2));
            digits.len() == 2
                && digits.iter().all(u8::is_ascii_hexdigit)
                && rest.iter().copied().all(is_plain)
        })
}

/// `unreserved` or `sub-delims`.
fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=".contains(&byte)
}

/// Whether there is nothing of that name, whatever was to be done with it.
fn is_missing(reply: &Reply) -> bool {
    matches!(reply.status(), StatusCode::NOT_FOUND)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_framed_and_nothing_else() {
        #[rustfmt::skip]
        let cases: [(Version, &[&str], Option<u16>); 8] = [
            (Version::HTTP_11, &[],                        None),
            (Version::HTTP_11, &["chunked"],               None),
            (Version::HTTP_11, &["Chunked "],              None),
            (Version::HTTP_11, &["gzip, chunked"],         Some(501)),
            (Version::HTTP_11, &["gzip", "chunked"],       Some(501)),
            (Version::HTTP_11, &["identity"],              Some(501)),
            (Version::HTTP_11, &["chunked", "chunked"],    Some(501)),
            (Version::HTTP_10, &["chunked"],               Some(400)),
        ];
        for (version, codings, expected) in cases {
            let mut request = Request::builder().version(version);
            for coding in codings {
                request = request.header(header::TRANSFER_ENCODING, *coding);
            }
            let status = unknown_coding(&request.body(()).unwrap()).map(|status| status.as_u16());
            assert_eq!(status, expected, "{version:?} {codings:?}");
        }
    }

    #[test]
    fn a_host_is_one_host() {
        #[rustfmt::skip]
        let cases: [(Version, &[&str], bool); 25] = [
            (Version::HTTP_11, &["h"],             true),
            (Version::HTTP_11, &["h:80"],          true),
            (Version::HTTP_11, &["h:"],            true),
            (Version::HTTP_11, &["[::1]:8080"],    true),
            (Version::HTTP_11, &["a_b.test"],      true),
            (Version::HTTP_11, &["a%20b"],         true),
            (Version::HTTP_11, &["a%C3%a4:80"],    true),
            (Version::HTTP_11, &["!$&'()*+,;=~"],  true),
            (Version::HTTP_11, &["[v1.fe80::a+en1]"], true),
            (Version::HTTP_11, &["a%2"],           false),
            (Version::HTTP_11, &["a%zz"],          false),
            (Version::HTTP_11, &["a%"],            false),
            (Version::HTTP_11, &["[::g]"],         false),
            (Version::HTTP_11, &["[::1]80"],       false),
            (Version::HTTP_11, &[""],              true),
            (Version::HTTP_10, &[],                true),
            (Version::HTTP_11, &[],                false),
            (Version::HTTP_11, &["h", "h"],        false),
            (Version::HTTP_11, &["a b/c"],         false),
            (Version::HTTP_11, &["a/b"],           false),
            (Version::HTTP_11, &["u@h"],           false),
            (Version::HTTP_11, &["h:http"],        false),
            (Version::HTTP_11, &["[::1"],          false),
            (Version::HTTP_10, &["a b"],           false),
            (Version::HTTP_11, &["h#f"],           false),
        ];
        for (version, hosts, expected) in cases {
            let mut request = Request::builder().version(version);
            for host in hosts {
                request = request.header(header::HOST, *host);
            }
            assert_eq!(names_host(&request.body(()).unwrap()), expected, "{version:?} {hosts:?}");
        }
    }
}
