//! A directory of files, and nothing outside it.
//!
//! The kernel keeps the way to a file inside (`openat2` with `RESOLVE_BENEATH`): a link that leaves the directory cannot be
//! opened, whenever it was put there. Links that stay inside are followed.

use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

use hyper::body::Incoming;
use hyper::header::{self, HeaderName, HeaderValue};
use hyper::{HeaderMap, Method, Request, StatusCode};
use rustix::fs::{Mode, OFlags, ResolveFlags, openat2};
use rustix::io::Errno;

use super::conditions::{Verdict, Version};
use super::content::{Content, Part};
use super::path::Segments;
use super::ranges::Ranges;
use super::reply::{self, Reply};
use super::room::Room;
use super::{listing, media_type};

/// The directory, open: it stays the same one wherever it is moved to.
#[derive(Debug)]
pub(super) struct Directory(OwnedFd);

impl Directory {
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let directory = Self(rustix::fs::open(path, flags, Mode::empty())?);
        match directory.beneath(b".") {
            Ok(_) => Ok(directory),
            Err(Errno::NOSYS) => Err(io::Error::new(
                io::ErrorKind::Unsupported,
                "this kernel cannot keep clients inside a directory: it has no openat2 (Linux 5.6)",
            )),
            Err(errno) => Err(errno.into()),
        }
    }

    /// Answers a request for what is at this path.
    pub(super) fn answer(&self, request: &Request<Incoming>, segments: &Segments, room: &Arc<Room>) -> Reply {
        let reads = matches!(*request.method(), Method::GET | Method::HEAD);
        match self.reply(request, segments, room) {
            Ok(reply) if reads || reply.status() == StatusCode::NOT_FOUND => reply,
            Ok(_) => reply::not_allowed("GET, HEAD"),
            Err(error) => refusal(&error),
        }
    }

    fn reply(&self, request: &Request<Incoming>, segments: &Segments, room: &Arc<Room>) -> io::Result<Reply> {
        let path = segments.file();
        let file = File::from(self.beneath(&path)?);
        let metadata = file.metadata()?;
        if !metadata.is_dir() {
            return match segments.ends_in_slash || !metadata.is_file() {
                true => Ok(reply::plain(StatusCode::NOT_FOUND, "")),
                false => of_file(file, &metadata, &path, request, room),
            };
        }
        if !segments.ends_in_slash {
            return Ok(moved(segments, request.uri().query()));
        }
        match self.beneath(&[path.as_slice(), b"/index.html"].concat()).map(File::from) {
            Ok(index) if index.metadata()?.is_file() => {
                let metadata = index.metadata()?;
                of_file(index, &metadata, b"index.html", request, room)
            }
            Err(errno) if errno != Errno::NOENT => Err(errno.into()),
            _ => listing::reply(&file, segments, room),
        }
    }

    /// Opens what is at `path`, if the way there stays inside.
    fn beneath(&self, path: &[u8]) -> Result<OwnedFd, Errno> {
        // A pipe nobody writes to must not hold us up.
        let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY;
        let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_MAGICLINKS;
        for _ in 0..RETRIES {
            match openat2(&self.0, path, flags, Mode::empty(), resolve) {
                // Something was renamed while the kernel looked.
                Err(Errno::AGAIN) => {}
                opened => return opened,
            }
        }
        Err(Errno::AGAIN)
    }
}

fn of_file(
    file: File,
    metadata: &std::fs::Metadata,
    path: &[u8],
    request: &Request<Incoming>,
    room: &Arc<Room>,
) -> io::Result<Reply> {
    let length = metadata.len();
    let nanoseconds = u64::try_from(metadata.mtime_nsec()).unwrap_or_default();
    let version = Version::new(length, metadata.mtime(), nanoseconds);
    let media_type = media_type::of(path.rsplit(|byte| *byte == b'/').next().unwrap_or_default());
    let media_type = media_type.as_ref();
    let headers = request.headers();
    let mut answer = match version.judge(headers) {
        Verdict::Failed => return Ok(reply::plain(StatusCode::PRECONDITION_FAILED, "")),
        Verdict::NotModified => reply::bare(StatusCode::NOT_MODIFIED),
        Verdict::Proceed => match ranges(request, &version, length) {
            Ranges::Whole => reply::with(
                StatusCode::OK,
                media_type,
                Content::of_file(file, vec![Part::File(0..length)], room)?,
            ),
            Ranges::Unsatisfiable => {
                let mut answer = reply::plain(StatusCode::RANGE_NOT_SATISFIABLE, "");
                insert(answer.headers_mut(), header::CONTENT_RANGE, &format!("bytes */{length}"));
                answer
            }
            Ranges::Parts(parts) => partial(file, parts, length, media_type, &version, room)?,
        },
    };
    let headers = answer.headers_mut();
    headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    insert(headers, header::ETAG, &version.etag);
    insert(
        headers,
        header::LAST_MODIFIED,
        &httpdate::fmt_http_date(version.last_modified(SystemTime::now())),
    );
    Ok(answer)
}

fn ranges(request: &Request<Incoming>, version: &Version, length: u64) -> Ranges {
    let value = request.headers().get(header::RANGE).and_then(|value| value.to_str().ok());
    match value.filter(|_| request.method() == Method::GET && version.is_ranged(request.headers())) {
        Some(value) => Ranges::new(value, length),
        None => Ranges::Whole,
    }
}

/// One part as it is, several as parts of a message (RFC 9110 §14.6).
fn partial(
    file: File,
    parts: Vec<std::ops::Range<u64>>,
    length: u64,
    media_type: &str,
    version: &Version,
    room: &Arc<Room>,
) -> io::Result<Reply> {
    let place = |part: &std::ops::Range<u64>| format!("bytes {}-{}/{length}", part.start, part.end - 1);
    if let [part] = parts.as_slice() {
        let place = place(part);
        let content = Content::of_file(file, vec![Part::File(part.clone())], room)?;
        let mut answer = reply::with(StatusCode::PARTIAL_CONTENT, media_type, content);
        insert(answer.headers_mut(), header::CONTENT_RANGE, &place);
        return Ok(answer);
    }
    let boundary = format!("netdiag-{}", version.etag.trim_matches('"'));
    let mut pieces = Vec::new();
    for part in parts {
        let head = format!(
            "\r\n--{boundary}\r\nContent-Type: {media_type}\r\nContent-Range: {}\r\n\r\n",
            place(&part)
        );
        pieces.push(Part::Bytes(head.into()));
        pieces.push(Part::File(part));
    }
    pieces.push(Part::Bytes(format!("\r\n--{boundary}--\r\n").into()));
    let mut answer =
        reply::with(StatusCode::PARTIAL_CONTENT, media_type, Content::of_file(file, pieces, room)?);
    let media_type = format!("multipart/byteranges; boundary={boundary}");
    insert(answer.headers_mut(), header::CONTENT_TYPE, &media_type);
    Ok(answer)
}

/// A directory without its slash: links in it would lead elsewhere.
fn moved(segments: &Segments, query: Option<&str>) -> Reply {
    let mut place = segments.as_directory();
    if let Some(query) = query {
        place.push('?');
        place.push_str(query);
    }
    let mut answer = reply::plain(StatusCode::MOVED_PERMANENTLY, "");
    insert(answer.headers_mut(), header::LOCATION, &place);
    answer
}

/// What failed to open is said in HTTP's terms; a way that leads out is forbidden rather than missing.
fn refusal(error: &io::Error) -> Reply {
    let status = match Errno::from_io_error(error) {
        Some(Errno::NOENT | Errno::NOTDIR | Errno::NAMETOOLONG) => StatusCode::NOT_FOUND,
        // A socket or a device without a driver cannot be opened (`ENXIO`).
        Some(Errno::XDEV | Errno::LOOP | Errno::ACCESS | Errno::PERM | Errno::NXIO) => StatusCode::FORBIDDEN,
        Some(Errno::MFILE | Errno::NFILE | Errno::NOMEM | Errno::AGAIN) => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    };
    reply::plain(status, "")
}

fn insert(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    // What we write is made of numbers, dates and encoded names; a query comes from a request line, which has no control
    // characters either.
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

/// How often to look again while names change.
const RETRIES: usize = 8;
