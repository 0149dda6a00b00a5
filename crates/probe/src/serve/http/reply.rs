//! Answers that are a status and a line, and what every answer has in common.

use hyper::body::Body;
use hyper::header::{self, HeaderValue};
use hyper::{Response, StatusCode};

use super::content::Content;

/// An answer on its way.
pub(super) type Reply = Response<Content>;

/// An answer with a body of this type and length; for `HEAD` hyper leaves the body out.
pub(super) fn with(status: StatusCode, media_type: &str, content: Content) -> Reply {
    let length = content.size_hint().exact();
    let mut reply = Response::new(content);
    *reply.status_mut() = status;
    let headers = reply.headers_mut();
    if let Some(length) = length {
        // hyper says it by itself, but of nothing at all.
        headers.insert(header::CONTENT_LENGTH, length.into());
    }
    // All of them are plain ASCII; one that were not would be no type.
    if let Ok(media_type) = HeaderValue::from_str(media_type) {
        headers.insert(header::CONTENT_TYPE, media_type);
    }
    // What is served is what the name says it is, whatever a browser thinks it looks like.
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    reply
}

/// A status that has no body.
pub(super) fn bare(status: StatusCode) -> Reply {
    let mut reply = Response::new(Content::empty());
    *reply.status_mut() = status;
    reply
}

/// The status in words, and whatever there is to say besides.
pub(super) fn plain(status: StatusCode, words: &str) -> Reply {
    let reason = status.canonical_reason().unwrap_or_default();
    let text = format!("{} {reason}\n{words}", status.as_u16());
    with(status, "text/plain; charset=utf-8", Content::from(text))
}

/// There is no room for the answer: clients have not read those of others.
pub(super) fn crowded() -> Reply {
    let mut reply = plain(StatusCode::SERVICE_UNAVAILABLE, "too many answers wait to be read\n");
    reply.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
    reply
}

/// A method that does nothing here.
pub(super) fn not_allowed(allowed: &'static str) -> Reply {
    let mut reply = plain(StatusCode::METHOD_NOT_ALLOWED, "");
    reply.headers_mut().insert(header::ALLOW, HeaderValue::from_static(allowed));
    reply
}
