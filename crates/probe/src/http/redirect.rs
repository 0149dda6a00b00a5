//! Where an answer sends the client next, and as what (RFC 9110 §15.4).

use hyper::header::{
    AUTHORIZATION, CONTENT_TYPE, COOKIE, HOST, HeaderName, HeaderValue, LOCATION, PROXY_AUTHORIZATION,
};
use hyper::{Method, StatusCode};
use netdiag_text::{Message, message};

use super::{HttpAnswer, HttpRequest, HttpUrl};
use crate::error::Error;

impl HttpRequest {
    /// The request that `answer` asks for; `None` if it asks for none.
    pub(super) fn redirected(&self, answer: &HttpAnswer) -> Option<Result<Self, Error>> {
        let method = match answer.status {
            StatusCode::SEE_OTHER if self.method != Method::HEAD => Method::GET,
            // What every browser does, and the specification allows for that reason.
            StatusCode::MOVED_PERMANENTLY | StatusCode::FOUND if self.method == Method::POST => Method::GET,
            StatusCode::MOVED_PERMANENTLY
            | StatusCode::FOUND
            | StatusCode::SEE_OTHER
            | StatusCode::TEMPORARY_REDIRECT
            | StatusCode::PERMANENT_REDIRECT => self.method.clone(),
            _ => return None,
        };
        let location = answer.headers.get(LOCATION)?;
        let next = self.at(location.as_bytes(), method);
        match &next {
            Ok(next) if self.same_origin && next.url.url.origin() != self.url.url.origin() => None,
            _ => Some(next),
        }
    }

    fn at(&self, location: &[u8], method: Method) -> Result<Self, Error> {
        let wrong = |why: Message| Error::Protocol(message!("redirected to nowhere: {}", why));
        let text = std::str::from_utf8(location).map_err(|error| wrong(Message::foreign(&error)))?;
        let url = self.url.url.join(text).map_err(|error| wrong(Message::foreign(&error)))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(wrong(message!("{} is not followed", url.scheme())));
        }
        let same = url.origin() == self.url.url.origin();
        let mut headers = self.headers.clone();
        if !same {
            // Meant for the one they were given for.
            headers.remove(AUTHORIZATION);
            headers.remove(COOKIE);
            headers.remove(PROXY_AUTHORIZATION);
            headers.remove(HOST);
            let sensitive =
                |(name, value): (&HeaderName, &HeaderValue)| value.is_sensitive().then(|| name.clone());
            let names: Vec<HeaderName> = headers.iter().filter_map(sensitive).collect();
            names.iter().for_each(|name| drop(headers.remove(name)));
        }
        let goes_along = method == self.method && (same || !self.sensitive_body);
        let body = if goes_along { self.body.clone() } else { Vec::new() };
        if body.is_empty() {
            headers.remove(CONTENT_TYPE);
        }
        let via = self.url.via.clone().filter(|_| same);
        // The same address is on the same link.
        let scope = self.url.scope.clone().filter(|_| url.host() == self.url.url.host());
        Ok(Self { url: HttpUrl { url, scope, via }, method, headers, body, ..self.clone() })
    }
}

#[cfg(test)]
mod tests {
    use hyper::HeaderMap;
    use hyper::header::ACCEPT;

    use super::*;

    fn request(method: Method) -> HttpRequest {
        HttpRequest {
            url: HttpUrl::parse("http://h/a/b?c").unwrap(),
            method,
            headers: HeaderMap::from_iter(
                [(AUTHORIZATION, "secret"), (HOST, "virtual.test"), (ACCEPT, "*/*")]
                    .map(|(name, value)| (name, value.parse().unwrap())),
            ),
            body: b"x".to_vec(),
            sensitive_body: true,
            most_redirects: 1,
            same_origin: false,
            longest_body: 1,
        }
    }

    fn answer(status: u16, location: &str) -> HttpAnswer {
        HttpAnswer {
            url: String::new(),
            status: StatusCode::from_u16(status).unwrap(),
            version: "HTTP/1.1",
            headers: HeaderMap::from_iter([(LOCATION, location.parse().unwrap())]),
            body: Vec::new(),
        }
    }

    fn next(method: Method, status: u16, location: &str) -> Option<Result<HttpRequest, Error>> {
        request(method).redirected(&answer(status, location))
    }

    #[test]
    fn what_is_sensitive_stays_with_its_origin() {
        let cases = [("/x", true), ("http://h:81/", false), ("https://h/", false), ("http://other/", false)];
        for (status, (location, same)) in cases.into_iter().flat_map(|case| [(307, case), (308, case)]) {
            let mut key: HeaderValue = "k".parse().unwrap();
            key.set_sensitive(true);
            let name = HeaderName::from_static("x-key");
            let mut first = request(Method::POST);
            first.headers.append(&name, key);
            let next = first.redirected(&answer(status, location)).unwrap().unwrap();
            assert_eq!(next.headers.contains_key(&name), same, "{location}");
            assert_eq!((next.method, next.body.is_empty()), (Method::POST, !same), "{location}");
            let open = HttpRequest { sensitive_body: false, ..first };
            assert!(!open.redirected(&answer(status, location)).unwrap().unwrap().body.is_empty());
        }
    }

    #[test]
    fn a_redirect_is_another_request() {
        #[rustfmt::skip]
        let cases = [
            (Method::GET,  301, "/x",          "GET http://h/x",          true),
            (Method::POST, 302, "c",           "GET http://h/a/c",        true),
            (Method::POST, 307, "?d",          "POST http://h/a/b?d",     true),
            (Method::HEAD, 303, "/x",          "HEAD http://h/x",         true),
            (Method::PUT,  303, "/x",          "GET http://h/x",          true),
            (Method::GET,  308, "https://h/x", "GET https://h/x",         false),
            (Method::GET,  302, "//other/",    "GET http://other/",       false),
        ];
        for (method, status, location, shown, same) in cases {
            let request = next(method, status, location).unwrap().unwrap();
            assert_eq!(format!("{} {}", request.method, request.url), shown, "{status} {location}");
            for name in [AUTHORIZATION, HOST] {
                assert_eq!(request.headers.contains_key(&name), same, "{name} {location}");
            }
            assert!(request.headers.contains_key(ACCEPT));
        }
        assert!(next(Method::GET, 304, "/x").is_none());
        assert!(next(Method::GET, 302, "file:///etc/passwd").unwrap().is_err());
        assert!(next(Method::GET, 302, "http://:99999/").unwrap().is_err());
    }
}
