//! What an HTTP server has to show: a directory, answers made for tests, or both.
//!
//! Where there is a directory, its files come first.

use std::io;
use std::path::Path;

use hyper::body::{Body, Incoming};
use hyper::{Method, Request, StatusCode, Version, header};

use super::directory::Directory;
use super::path::{Segments, segments};
use super::reply::{self, Reply};
use super::trial::Trial;
use crate::serve::events::Tally;

/// What is shown.
#[derive(Debug)]
pub struct Site {
    directory: Option<Directory>,
    trials: bool,
}

impl Site {
    /// Shows the files below `directory`, and with `trials`, or if there is no directory, answers made for tests: `/echo`,
    /// `/status/N`, `/delay/MS` and `/bytes/N`.
    ///
    /// # Errors
    /// There is no such directory, or it cannot be read.
    pub fn new(directory: Option<&Path>, trials: bool) -> io::Result<Self> {
        let directory = directory.map(Directory::open).transpose()?;
        Ok(Self { trials: trials || directory.is_none(), directory })
    }

    pub(super) async fn answer(&self, request: Request<Incoming>, most: u64, tally: &Tally) -> Reply {
        if request.body().size_hint().lower() > most {
            return reply::plain(StatusCode::PAYLOAD_TOO_LARGE, "");
        }
        if request.method() == Method::CONNECT {
            return reply::not_allowed("GET, HEAD");
        }
        let Some(segments) = segments(request.uri().path()).filter(|_| names_host(&request)) else {
            return reply::plain(StatusCode::BAD_REQUEST, "");
        };
        let found = self.directory.as_ref().map(|directory| directory.answer(&request, &segments));
        match (found, self.trial(&segments)) {
            (Some(reply), None) => reply,
            (Some(reply), _) if !is_missing(&reply) => reply,
            (_, Some(trial)) => trial.answer(request, most, tally).await,
            (None, None) => reply::plain(StatusCode::NOT_FOUND, ""),
        }
    }

    fn trial(&self, segments: &Segments) -> Option<Trial> {
        self.trials.then(|| Trial::of(segments, self.directory.is_none())).flatten()
    }
}

/// Whether a request says once whom it is for, as HTTP/1.1 wants it (RFC 9112 §3.2).
fn names_host(request: &Request<Incoming>) -> bool {
    let hosts = request.headers().get_all(header::HOST).iter().count();
    hosts == 1 || (hosts == 0 && request.version() < Version::HTTP_11)
}

/// Whether there is nothing of that name, whatever was to be done with it.
fn is_missing(reply: &Reply) -> bool {
    matches!(reply.status(), StatusCode::NOT_FOUND)
}
