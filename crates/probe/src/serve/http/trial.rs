//! Answers made for tests: a status, a delay, an amount of bytes, or what was sent.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use hyper::body::Incoming;
use hyper::header;
use hyper::{Request, StatusCode};
use tokio::time::{Instant, sleep_until};

use super::content::Content;
use super::path::Segments;
use super::reply::{self, Reply};
use super::room::Room;
use crate::serve::events::Tally;

/// What is asked for.
#[derive(Debug, Eq, PartialEq)]
pub(super) enum Trial {
    /// What there is.
    Index,
    /// The request's body and its type.
    Echo,
    Status(StatusCode),
    Delay(Duration),
    Bytes(u64),
    /// A number that is none, or too large.
    Invalid(&'static str),
}

impl Trial {
    /// What a path asks for; `/` is the index where there is nothing else to show.
    pub(super) fn of(segments: &Segments, with_index: bool) -> Option<Self> {
        let names: Vec<&str> =
            segments.names.iter().map(|name| std::str::from_utf8(name).unwrap_or_default()).collect();
        Some(match names.as_slice() {
            [] if with_index => Self::Index,
            ["echo"] => Self::Echo,
            ["status", status] => match status.parse().map(StatusCode::from_u16) {
                Ok(Ok(status)) if !status.is_informational() => Self::Status(status),
                _ => Self::Invalid("/status/N takes 200 to 999"),
            },
            ["delay", milliseconds] => match milliseconds.parse().map(Duration::from_millis) {
                Ok(delay) if delay <= LONGEST_DELAY => Self::Delay(delay),
                _ => Self::Invalid("/delay/MS takes 0 to 3600000 milliseconds"),
            },
            ["bytes", length] => match length.parse() {
                Ok(length) => Self::Bytes(length),
                Err(_) => Self::Invalid("/bytes/N takes a number of bytes"),
            },
            _ => return None,
        })
    }

    pub(super) async fn answer(
        self,
        request: Request<Incoming>,
        most: u64,
        tally: &Tally,
        room: &Arc<Room>,
    ) -> Reply {
        match self {
            Self::Index => reply::with(StatusCode::OK, TEXT, Content::from(INDEX.to_owned())),
            Self::Echo => {
                let media_type = request.headers().get(header::CONTENT_TYPE).cloned();
                let Some(share) = room.take(ECHOED) else { return reply::crowded() };
                let content = Content::Echo(request.into_body(), most, share.into());
                let mut answer = reply::with(StatusCode::OK, BYTES, content);
                if let Some(media_type) = media_type {
                    answer.headers_mut().insert(header::CONTENT_TYPE, media_type);
                }
                answer
            }
            Self::Status(status @ (StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED)) => reply::bare(status),
            Self::Status(status) => reply::plain(status, ""),
            Self::Delay(delay) => {
                put_off(delay, tally).await;
                reply::with(StatusCode::OK, TEXT, Content::from(format!("{} ms\n", delay.as_millis())))
            }
            Self::Bytes(length) => reply::with(StatusCode::OK, BYTES, Content::Pattern(length)),
            Self::Invalid(words) => reply::plain(StatusCode::BAD_REQUEST, &format!("{words}\n")),
        }
    }
}

/// Waits, and so long as it does has the connection looked at now and then: one that was reset ends with whatever is done on it.
async fn put_off(delay: Duration, tally: &Tally) {
    let until = Instant::now() + delay;
    tally.delayed.store(true, Relaxed);
    while Instant::now() < until {
        sleep_until(until.min(Instant::now() + LOOK)).await;
    }
    tally.delayed.store(false, Relaxed);
}

/// How long a reset may go unnoticed.
const LOOK: Duration = Duration::from_secs(1);

/// Bytes of an echo on their way: what hyper may have read and what it may have still to write.
const ECHOED: u64 = 128 << 10;

const TEXT: &str = "text/plain; charset=utf-8";
const BYTES: &str = "application/octet-stream";

/// How long a client may have an answer delayed at most.
const LONGEST_DELAY: Duration = Duration::from_secs(3600);

const INDEX: &str = "\
/echo        what was sent comes back
/status/N    an answer with this status
/delay/MS    an answer after this many milliseconds
/bytes/N     an answer of this many bytes
";

#[cfg(test)]
mod tests {
    use super::super::path::segments;
    use super::*;

    #[test]
    fn a_path_says_what_is_wanted() {
        #[rustfmt::skip]
        let cases = [
            ("/",              Some(Trial::Index)),
            ("/echo",          Some(Trial::Echo)),
            ("/echo/",         Some(Trial::Echo)),
            ("/status/404",    Some(Trial::Status(StatusCode::NOT_FOUND))),
            ("/status/599",    StatusCode::from_u16(599).ok().map(Trial::Status)),
            ("/status/100",    Some(Trial::Invalid("/status/N takes 200 to 999"))),
            ("/status/1000",   Some(Trial::Invalid("/status/N takes 200 to 999"))),
            ("/status/x",      Some(Trial::Invalid("/status/N takes 200 to 999"))),
            ("/delay/250",     Some(Trial::Delay(Duration::from_millis(250)))),
            ("/delay/3600000", Some(Trial::Delay(Duration::from_secs(3600)))),
            ("/delay/3600001", Some(Trial::Invalid("/delay/MS takes 0 to 3600000 milliseconds"))),
            ("/bytes/0",       Some(Trial::Bytes(0))),
            ("/bytes/-1",      Some(Trial::Invalid("/bytes/N takes a number of bytes"))),
            ("/status",        None),
            ("/echo/a",        None),
            ("/other",         None),
        ];
        for (path, expected) in cases {
            assert_eq!(Trial::of(&segments(path).unwrap(), true), expected, "{path}");
        }
        assert_eq!(Trial::of(&segments("/").unwrap(), false), None);
    }
}
