//! Requests that depend on whether a file has changed (RFC 9110 §13).

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use hyper::HeaderMap;
use hyper::header::{self, HeaderName};

/// What tells one version of a file from another.
#[derive(Clone, Debug)]
pub(super) struct Version {
    /// With its quotes.
    pub(super) etag: String,
    /// To the second: HTTP knows no parts of it.
    pub(super) modified: SystemTime,
}

/// What the conditions come to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Verdict {
    /// Do as asked.
    Proceed,
    /// The client has it already.
    NotModified,
    /// It is not what the client takes it for.
    Failed,
}

impl Version {
    /// That of a file of `length` bytes, modified this long after 1970, or before.
    pub(super) fn new(length: u64, seconds: i64, nanoseconds: u64) -> Self {
        let modified =
            u64::try_from(seconds).map_or(UNIX_EPOCH, |seconds| UNIX_EPOCH + Duration::from_secs(seconds));
        Self { etag: format!("\"{seconds:x}.{nanoseconds:x}-{length:x}\""), modified }
    }

    /// When it was modified as clients may be told: never later than now (RFC 9110 §8.8.2.1).
    pub(super) fn last_modified(&self, now: SystemTime) -> SystemTime {
        self.modified.min(now)
    }

    /// Judges a request for this version, in the order of §13.2.2.
    pub(super) fn judge(&self, headers: &HeaderMap) -> Verdict {
        let unchanged = |name| date(headers, name).map(|date| self.modified <= date);
        let holds = match text(headers, header::IF_MATCH) {
            Some(tags) => names(&tags, &self.etag, false),
            None => unchanged(header::IF_UNMODIFIED_SINCE).unwrap_or(true),
        };
        if !holds {
            return Verdict::Failed;
        }
        let known = match text(headers, header::IF_NONE_MATCH) {
            Some(tags) => names(&tags, &self.etag, true),
            None => unchanged(header::IF_MODIFIED_SINCE).unwrap_or(false),
        };
        if known { Verdict::NotModified } else { Verdict::Proceed }
    }

    /// Whether a range asked for is one of this version (`If-Range`).
    pub(super) fn is_ranged(&self, headers: &HeaderMap) -> bool {
        match text(headers, header::IF_RANGE) {
            None => true,
            Some(word) => match httpdate::parse_http_date(&word) {
                Ok(date) => date == self.modified,
                Err(_) => word == self.etag,
            },
        }
    }
}

/// Whether a list of tags has this one; a weak tag counts only where a weak comparison is enough.
fn names(tags: &str, etag: &str, weak: bool) -> bool {
    tags.split(',').map(str::trim).any(|tag| {
        tag == "*" || tag == etag || (weak && tag.strip_prefix("W/").is_some_and(|tag| tag == etag))
    })
}

/// A date that cannot be read is as good as none.
fn date(headers: &HeaderMap, name: HeaderName) -> Option<SystemTime> {
    httpdate::parse_http_date(headers.get(name)?.to_str().ok()?).ok()
}

/// A header's lines as one list.
fn text(headers: &HeaderMap, name: HeaderName) -> Option<String> {
    let mut lines = headers.get_all(name).iter().map(|value| value.to_str().unwrap_or_default());
    let first = lines.next()?.to_owned();
    Some(lines.fold(first, |list, line| list + "," + line))
}

#[cfg(test)]
mod tests {
    use hyper::header::HeaderValue;

    use super::*;

    #[test]
    fn conditions_are_judged_in_order() {
        let version = Version::new(3, 784_111_777, 0);
        let etag = version.etag.as_str();
        let (same, before, after) = (
            "Sun, 06 Nov 1994 08:49:37 GMT",
            "Sun, 06 Nov 1994 08:49:36 GMT",
            "Sun, 06 Nov 1994 08:49:38 GMT",
        );
        let weak = format!("W/{etag}");
        let list = format!("\"x\", {etag}");
        #[rustfmt::skip]
        let cases: [(&[(HeaderName, &str)], Verdict); 14] = [
            (&[],                                                                      Verdict::Proceed),
            (&[(header::IF_NONE_MATCH, etag)],                                         Verdict::NotModified),
            (&[(header::IF_NONE_MATCH, &weak)],                                        Verdict::NotModified),
            (&[(header::IF_NONE_MATCH, &list)],                                        Verdict::NotModified),
            (&[(header::IF_NONE_MATCH, "\"x\""), (header::IF_NONE_MATCH, etag)],        Verdict::NotModified),
            (&[(header::IF_NONE_MATCH, "*")],                                          Verdict::NotModified),
            (&[(header::IF_NONE_MATCH, "\"x\""), (header::IF_MODIFIED_SINCE, after)],  Verdict::Proceed),
            (&[(header::IF_MODIFIED_SINCE, same)],                                     Verdict::NotModified),
            (&[(header::IF_MODIFIED_SINCE, before)],                                   Verdict::Proceed),
            (&[(header::IF_MODIFIED_SINCE, "yesterday")],                              Verdict::Proceed),
            (&[(header::IF_MATCH, &weak)],                                             Verdict::Failed),
            (&[(header::IF_MATCH, etag), (header::IF_UNMODIFIED_SINCE, before)],       Verdict::Proceed),
            (&[(header::IF_UNMODIFIED_SINCE, before)],                                 Verdict::Failed),
            (&[(header::IF_UNMODIFIED_SINCE, same)],                                   Verdict::Proceed),
        ];
        for (sent, expected) in cases {
            let mut headers = HeaderMap::new();
            for (name, value) in sent {
                headers.append(name, HeaderValue::from_str(value).unwrap());
            }
            assert_eq!(version.judge(&headers), expected, "{sent:?}");
        }
    }

    #[test]
    fn nothing_was_modified_in_the_future() {
        let now = UNIX_EPOCH + Duration::from_secs(784_111_777);
        for (modified, told) in
            [(784_111_776, 784_111_776), (784_111_777, 784_111_777), (2_000_000_000, 784_111_777)]
        {
            let version = Version::new(3, modified, 0);
            assert_eq!(version.last_modified(now), UNIX_EPOCH + Duration::from_secs(told), "{modified}");
        }
        // What a client was told then is no reason to think that it has the file.
        let headers = HeaderMap::from_iter([(
            header::IF_MODIFIED_SINCE,
            HeaderValue::from_str(&httpdate::fmt_http_date(now)).unwrap(),
        )]);
        assert_eq!(Version::new(3, 2_000_000_000, 0).judge(&headers), Verdict::Proceed);
    }

    #[test]
    fn a_range_is_of_a_version() {
        let version = Version::new(3, 784_111_777, 0);
        #[rustfmt::skip]
        let cases = [
            (version.etag.clone(),                        true),
            (format!("W/{}", version.etag),               false),
            ("Sun, 06 Nov 1994 08:49:37 GMT".to_owned(),  true),
            ("Sun, 06 Nov 1994 08:49:38 GMT".to_owned(),  false),
            ("\"x\"".to_owned(),                          false),
        ];
        for (value, expected) in cases {
            let headers = HeaderMap::from_iter([(header::IF_RANGE, HeaderValue::from_str(&value).unwrap())]);
            assert_eq!(version.is_ranged(&headers), expected, "{value}");
        }
    }
}
