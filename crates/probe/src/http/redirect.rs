//! Where an answer sends the client next, and as what (RFC 9110 §15.4).

use hyper::header::{AUTHORIZATION, CONTENT_TYPE, COOKIE, LOCATION};
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
        Some(self.at(location.as_bytes(), method))
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
        }
        let body = if method == self.method { self.body.clone() } else { Vec::new() };
        if body.is_empty() {
            headers.remove(CONTENT_TYPE);
        }
        let via = self.url.via.clone().filter(|_| same);
        Ok(Self { url: HttpUrl { url, via }, method, headers, body, ..self.clone() })
    }
}

#[cfg(test)]
mod tests {
    use hyper::HeaderMap;

    use super::*;

    fn next(method: Method, status: u16, location: &str) -> Option<Result<HttpRequest, Error>> {
        let request = HttpRequest {
            url: HttpUrl::parse("http://h/a/b?c").unwrap(),
            method,
            headers: HeaderMap::from_iter([(AUTHORIZATION, "secret".parse().unwrap())]),
            body: b"x".to_vec(),
            most_redirects: 1,
            longest_body: 1,
        };
        let answer = HttpAnswer {
            url: String::new(),
            status: StatusCode::from_u16(status).unwrap(),
            version: "HTTP/1.1",
            headers: HeaderMap::from_iter([(LOCATION, location.parse().unwrap())]),
            body: Vec::new(),
        };
        request.redirected(&answer)
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
            assert_eq!(request.headers.contains_key(AUTHORIZATION), same, "{location}");
        }
        assert!(next(Method::GET, 304, "/x").is_none());
        assert!(next(Method::GET, 302, "file:///etc/passwd").unwrap().is_err());
        assert!(next(Method::GET, 302, "http://:99999/").unwrap().is_err());
    }
}
