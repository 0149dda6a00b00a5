//! Any text as a URL of HTTP, and any bytes as where answers send us from there: what fuzz targets call, and nobody else.
//!
//! Whether two URLs are of one origin is decided here by what would be connected to.

use hyper::header::{ACCEPT, AUTHORIZATION, COOKIE, HOST, HeaderName, HeaderValue, LOCATION};
use hyper::{HeaderMap, Method, StatusCode};
use netdiag_text::terminal::acts;

use super::{HttpAnswer, HttpRequest, HttpUrl};
use crate::endpoint::Host;
use crate::talk::unescape;

/// Reads a line with a URL, and lines each of which is where the answer leads, escapes in it undone.
///
/// # Panics
/// If a request that leaves its origin takes along what was meant for that, or comes by it again; or one shows as another URL.
pub fn redirect(input: &[u8]) {
    let mut lines = input.split(|byte| *byte == b'\n');
    let Ok(first) = str::from_utf8(lines.next().unwrap_or_default()) else { return };
    let url = match HttpUrl::parse(first) {
        Ok(url) => url,
        Err(wrong) => {
            assert!(first.get(wrong.at.clone()).is_some(), "{wrong:?}");
            return;
        }
    };
    shows_as_itself(&url);
    let locations: Vec<Vec<u8>> = lines
        .map(|line| {
            str::from_utf8(line).ok().and_then(|text| unescape(text).ok()).unwrap_or_else(|| line.to_vec())
        })
        .collect();
    for (status, method) in WAYS {
        follow(request(url.clone(), method), status, &locations);
    }
}

/// Statuses that lead elsewhere, and methods that are kept or not.
const WAYS: [(StatusCode, Method); 4] = [
    (StatusCode::FOUND, Method::POST),
    (StatusCode::SEE_OTHER, Method::PUT),
    (StatusCode::TEMPORARY_REDIRECT, Method::POST),
    (StatusCode::PERMANENT_REDIRECT, Method::GET),
];

fn request(url: HttpUrl, method: Method) -> HttpRequest {
    let mut headers = HeaderMap::new();
    headers.insert(ACCEPT, HeaderValue::from_static("*/*"));
    for name in secret_headers() {
        let mut value = HeaderValue::from_static("s3cret");
        value.set_sensitive(name == KEY);
        headers.insert(name, value);
    }
    HttpRequest {
        url,
        method,
        headers,
        body: b"s3cret".to_vec(),
        sensitive_body: true,
        most_redirects: 1,
        same_origin: false,
        longest_body: 1,
    }
}

const KEY: HeaderName = HeaderName::from_static("x-key");

/// What is meant for one origin only: three that always are, and one that was said to be.
fn secret_headers() -> [HeaderName; 4] {
    [AUTHORIZATION, COOKIE, HOST, KEY]
}

fn follow(first: HttpRequest, status: StatusCode, locations: &[Vec<u8>]) {
    let mut request = first;
    let mut left = false;
    for location in locations {
        let Ok(value) = HeaderValue::from_bytes(location) else { return };
        let answer = HttpAnswer {
            url: String::new(),
            status,
            version: "HTTP/1.1",
            headers: HeaderMap::from_iter([(LOCATION, value)]),
            body: Vec::new(),
        };
        let Some(Ok(next)) = request.redirected(&answer) else { return };
        let same = place(&next.url) == place(&request.url);
        left |= !same;
        for name in secret_headers() {
            assert_eq!(next.headers.contains_key(&name), !left, "{name} {} {}", request.url, next.url);
        }
        assert!(next.headers.contains_key(ACCEPT));
        assert!(!left || next.body.is_empty(), "{} {}", request.url, next.url);
        assert_eq!(next.url.via, request.url.via.clone().filter(|_| same), "{} {}", request.url, next.url);
        let stays = HttpRequest { same_origin: true, ..request.clone() };
        assert_eq!(stays.redirected(&answer).is_some(), same, "{} {}", request.url, next.url);
        shows_as_itself(&next.url);
        if let Ok(built) = next.build() {
            let target = built.uri().to_string();
            assert!(
                target.starts_with('/') && target.bytes().all(|byte| byte.is_ascii_graphic()),
                "{target:?}"
            );
        }
        request = next;
    }
}

/// Who is asked, and how.
fn place(url: &HttpUrl) -> (bool, Host, Option<u16>) {
    // The scope stays where the address does.
    let host = match url.host() {
        Host::Ip(address, _) => Host::Ip(address, None),
        other => other,
    };
    (url.is_secure(), host, url.url.port_or_known_default())
}

fn shows_as_itself(url: &HttpUrl) {
    let shown = url.to_string();
    if url.via.is_some() || !url.url.username().is_empty() || url.url.password().is_some() {
        return;
    }
    assert_eq!(HttpUrl::parse(&shown).as_ref(), Ok(url), "{shown}");
    assert!(url.scope.is_some() || !shown.contains(acts), "{shown:?}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seeds_are_lived_through() {
        let seeds = std::fs::read_dir("../../tests/data/redirects").unwrap();
        let seeds: Vec<_> = seeds.map(|seed| std::fs::read(seed.unwrap().path()).unwrap()).collect();
        assert!(!seeds.is_empty());
        seeds.iter().for_each(|seed| redirect(seed));
    }

    #[test]
    #[should_panic(expected = "x-key")]
    fn a_secret_that_went_along_would_be_seen() {
        let mut leaking = request(HttpUrl::parse("http://h/").unwrap(), Method::GET);
        leaking.headers.insert(KEY, HeaderValue::from_static("s3cret"));
        follow(leaking, StatusCode::FOUND, &[b"http://other/".to_vec()]);
    }
}
