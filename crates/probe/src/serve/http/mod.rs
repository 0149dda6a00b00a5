//! HTTP/1 over one connection: hyper reads requests and frames answers, the rest of this directory decides what they are.
//!
//! A connection gets hyper's buffers only once the first byte of a request is there, and not to wait for the next.

mod conditions;
mod content;
mod directory;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) mod fuzzing;
mod heads;
mod lent;
mod listing;
mod media_type;
mod path;
mod ranges;
mod reply;
mod room;
mod site;
mod trial;

use std::convert::Infallible;
use std::future::poll_fn;
use std::io;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::task::Poll;
use std::time::Duration;

use hyper::Request;
use hyper::body::{Body, Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::AsyncReadExt;
use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout};

use self::lent::{Lent, Usage};
use self::reply::Reply;
pub use self::site::Site;
use super::events::{self, Event, Peer};
use super::limits::Limits;
use super::listener::Listening;
use super::server::Server;
use super::wire::Wire;

/// Whose requests they are.
pub(super) struct Origin<'a> {
    pub(super) server: &'a Server,
    pub(super) listening: &'a Listening,
    pub(super) peer: Peer,
}

/// Answers requests until the client wants no more, or the server is to stop; gives the connection back to be ended.
pub(super) async fn serve(
    site: &Arc<Site>,
    mut wire: Wire,
    from: Origin<'_>,
    stop: &mut watch::Receiver<bool>,
) -> (Wire, io::Result<()>) {
    let mut unread = Bytes::new();
    loop {
        if wire.is_spent() {
            return (wire, Ok(()));
        }
        if unread.is_empty() {
            let first = tokio::select! {
                first = first_byte(&mut wire, from.server.limits.head) => first,
                _ = stop.wait_for(|stop| *stop) => return (wire, Ok(())),
            };
            unread = match first {
                Ok(first) if first.is_empty() => return (wire, Ok(())),
                Ok(first) => first,
                Err(error) => return (wire, Err(error)),
            };
        }
        match Box::pin(converse(site, wire, unread, &from, stop)).await {
            (back, Ok(Course::Pause(rest))) => (wire, unread) = (back, rest),
            (back, Ok(Course::Over)) => return (back, Ok(())),
            (back, Err(error)) => return (back, Err(error)),
        }
    }
}

/// Waits for the first byte of a request, or for nothing, which is the end.
async fn first_byte(wire: &mut Wire, patience: Duration) -> io::Result<Bytes> {
    let mut byte = [0];
    let read = timeout(patience, wire.read(&mut byte)).await.map_err(|_| io::ErrorKind::TimedOut)??;
    Ok(Bytes::copy_from_slice(&byte[..read]))
}

/// How requests went on.
enum Course {
    /// The connection waits for the next one, of which this was read.
    Pause(Bytes),
    /// There are no more.
    Over,
}

async fn converse(
    site: &Arc<Site>,
    wire: Wire,
    unread: Bytes,
    from: &Origin<'_>,
    stop: &mut watch::Receiver<bool>,
) -> (Wire, io::Result<Course>) {
    let tally = Arc::clone(&wire.tally);
    let limits = &from.server.limits;
    let usage = Arc::new(Usage::default());
    let answer = service_fn(|request: Request<Incoming>| {
        let tally = &tally;
        let answering = usage.begin(!request.body().is_end_stream());
        async move {
            tally.requests.fetch_add(1, Relaxed);
            let asked = from.server.tell_requests.then(|| (request.method().clone(), request.uri().clone()));
            let reply = site.answer(request, limits.body, tally).await;
            if let Some((method, target)) = asked {
                let target = target.path_and_query().map_or("*", |target| target.as_str());
                from.tell(method.as_str(), target, &reply);
            }
            Ok::<_, Infallible>(answering.with(reply))
        }
    });
    let builder = builder(limits, !from.server.faults.half_close);
    let lent = Lent::new(wire, unread, Arc::clone(&usage), site.heads());
    let mut connection = builder.serve_connection(TokioIo::new(lent), answer);
    let mut stopping = false;
    let mut quiet = pin!(sleep(PAUSE));
    let mut answered = None;
    let outcome = loop {
        // Everything that happens to the connection happens while it is polled, so there is nothing to look for now and then.
        let paused = poll_fn(|cx| {
            if let Poll::Ready(outcome) = Pin::new(&mut connection).poll(cx) {
                return Poll::Ready(outcome.map(|()| false));
            }
            if !usage.is_between_requests() {
                answered = None;
                return Poll::Pending;
            }
            if answered.replace(usage.requests()) != Some(usage.requests()) {
                quiet.as_mut().reset(Instant::now() + PAUSE);
            }
            quiet.as_mut().poll(cx).map(|()| Ok(true))
        });
        tokio::select! {
            paused = paused => break paused,
            _ = stop.wait_for(|stop| *stop), if !stopping => {
                stopping = true;
                Pin::new(&mut connection).graceful_shutdown();
            }
        }
    };
    let parts = connection.into_parts();
    // Of a copy, or what is left would hold the whole buffer.
    let rest = || Bytes::copy_from_slice(&parts.read_buf);
    let course = outcome.map(|paused| if paused { Course::Pause(rest()) } else { Course::Over });
    (parts.io.into_inner().wire, course.map_err(failure))
}

fn builder(limits: &Limits, keep_alive: bool) -> http1::Builder {
    let mut builder = http1::Builder::new();
    builder
        .timer(TokioTimer::new())
        .header_read_timeout(limits.head)
        .max_header_size(MOST_HEAD)
        .max_buf_size(MOST_BUFFER)
        // A client that has said all it wants to say still reads.
        .half_close(true)
        .keep_alive(keep_alive);
    builder
}

impl Origin<'_> {
    fn tell(&self, method: &str, target: &str, reply: &Reply) {
        let status = reply.status().as_u16();
        let listener = &self.listening.endpoint;
        (self.server.tell)(Event::Request(events::Request {
            listener,
            peer: self.peer,
            method,
            target,
            status,
        }));
    }
}

/// hyper's error as what it says of the connection.
fn failure(error: hyper::Error) -> io::Error {
    if error.is_timeout() {
        return io::ErrorKind::TimedOut.into();
    }
    let mut source = std::error::Error::source(&error);
    while let Some(inner) = source {
        if let Some(inner) = inner.downcast_ref::<io::Error>() {
            return io::Error::new(inner.kind(), inner.to_string());
        }
        source = inner.source();
    }
    io::Error::other(error.to_string())
}

/// Bytes of a request's head.
const MOST_HEAD: usize = 32 << 10;

/// Bytes hyper keeps of a connection, each way.
const MOST_BUFFER: usize = 64 << 10;

/// How long nothing must have been asked for hyper's buffers to be given back; long enough to cost busy connections nothing.
const PAUSE: Duration = Duration::from_millis(20);
