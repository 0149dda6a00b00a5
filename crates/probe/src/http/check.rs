//! What an answer has to be: its status, its headers, its body.

use std::ops::RangeInclusive;
use std::str::FromStr;

use hyper::header::HeaderName;
use netdiag_text::{Bytes, Cropped, message};

use super::HttpAnswer;
use crate::endpoint::ParseError;
use crate::error::Error;
use crate::talk::{Pattern, QUOTED};

/// What is expected. The default is any status below 400.
#[derive(Clone, Debug, Default)]
pub struct HttpCheck {
    /// The status is in one of these; below 400 if there are none.
    pub status: Vec<StatusRange>,
    /// A header there has to be, and what its value has to match; one of several of that name will do.
    pub headers: Vec<(HeaderName, Option<Pattern>)>,
    /// What the body has to match.
    pub body: Vec<Pattern>,
}

/// Statuses: `200`, `200..299`, `2xx`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct StatusRange(RangeInclusive<u16>);

impl FromStr for StatusRange {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let status = |digits: &str, start: usize| {
            let number = digits.parse().ok().filter(|number| (100..=999).contains(number));
            let wrong =
                || ParseError::new(text, start..start + digits.len(), "no status: 200, 200..299, 2xx");
            number.ok_or_else(wrong)
        };
        if let Some(class) = text.strip_suffix("xx").or_else(|| text.strip_suffix("XX")) {
            let first = status(&format!("{class}00"), 0)
                .map_err(|wrong| ParseError::new(text, 0..text.len(), wrong.message))?;
            return Ok(Self(first..=first + 99));
        }
        let Some((first, last)) = text.split_once("..") else {
            let only = status(text, 0)?;
            return Ok(Self(only..=only));
        };
        let (first, last) = (status(first, 0)?, status(last, first.len() + 2)?);
        match first <= last {
            true => Ok(Self(first..=last)),
            false => Err(ParseError::new(text, 0..text.len(), "the range ends before it begins")),
        }
    }
}

impl HttpCheck {
    /// Whether `answer` is as expected.
    ///
    /// # Errors
    /// [`Error::Unexpected`] with the first thing that is not.
    pub fn judge(&self, answer: &HttpAnswer) -> Result<(), Error> {
        let status = answer.status.as_u16();
        let ok = match &self.status[..] {
            [] => status < 400,
            ranges => ranges.iter().any(|StatusRange(range)| range.contains(&status)),
        };
        if !ok {
            return Err(Error::Unexpected(message!("status {}", status)));
        }
        for (name, pattern) in &self.headers {
            let values: Vec<_> = answer.headers.get_all(name).iter().collect();
            let matched =
                |pattern: &Pattern| values.iter().any(|value| pattern.end_in(value.as_bytes()).is_some());
            match (values.first(), pattern) {
                (None, _) => return Err(Error::Unexpected(message!("no header {}", name))),
                (Some(value), Some(pattern)) if !matched(pattern) => {
                    let (value, pattern) =
                        (Bytes::beginning(value.as_bytes(), QUOTED), Cropped(pattern, QUOTED));
                    let words = message!("{}: {} does not match \"{}\"", name, value, pattern);
                    return Err(Error::Unexpected(words));
                }
                _ => {}
            }
        }
        match self.body.iter().find(|pattern| pattern.end_in(&answer.body).is_none()) {
            Some(pattern) => {
                let pattern = Cropped(pattern, QUOTED);
                Err(Error::Unexpected(message!("no match for \"{}\" in the body", pattern)))
            }
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use hyper::{HeaderMap, StatusCode};

    use super::*;

    fn answer(status: u16) -> HttpAnswer {
        let headers = [("x-a", "one"), ("x-a", "two")]
            .map(|(name, value)| (HeaderName::from_static(name), value.parse().unwrap()));
        let mut map = HeaderMap::new();
        headers.into_iter().for_each(|(name, value)| {
            map.append(name, value);
        });
        HttpAnswer {
            url: String::new(),
            status: StatusCode::from_u16(status).unwrap(),
            version: "HTTP/1.1",
            headers: map,
            body: b"hello\xff".to_vec(),
        }
    }

    #[test]
    fn statuses() {
        #[rustfmt::skip]
        let cases = [
            (&[][..],              399, true),
            (&[],                  400, false),
            (&["200..299"],        204, true),
            (&["200..299"],        301, false),
            (&["200", "404"],      404, true),
            (&["5xx"],             503, true),
            (&["5xx"],             499, false),
        ];
        for (ranges, status, ok) in cases {
            let status_ranges = ranges.iter().map(|range| range.parse().unwrap()).collect();
            let check = HttpCheck { status: status_ranges, ..HttpCheck::default() };
            assert_eq!(check.judge(&answer(status)).is_ok(), ok, "{ranges:?} {status}");
        }
        for (text, at) in [("", 0..0), ("20", 0..2), ("200..", 5..5), ("299..200", 0..8), ("axx", 0..3)] {
            assert_eq!(text.parse::<StatusRange>().expect_err(text).at, at, "{text}");
        }
    }

    #[test]
    fn headers_and_bodies() {
        let header = |name: &'static str, pattern: Option<&str>| HttpCheck {
            headers: vec![(HeaderName::from_static(name), pattern.map(|text| Pattern::regex(text).unwrap()))],
            ..HttpCheck::default()
        };
        let body =
            |text: &str| HttpCheck { body: vec![Pattern::text(text).unwrap()], ..HttpCheck::default() };
        #[rustfmt::skip]
        let cases = [
            (header("x-a", None),          None),
            (header("x-a", Some("^two$")), None),
            (header("x-a", Some("three")), Some("x-a: one does not match \"three\"")),
            (header("x-b", None),          Some("no header x-b")),
            (body("o\\xff"),               None),
            (body("O"),                    Some("no match for \"O\" in the body")),
        ];
        for (check, wrong) in cases {
            let judged = check.judge(&answer(200)).map_err(|error| error.to_string());
            assert_eq!(judged.err().as_deref(), wrong);
        }
    }
}
