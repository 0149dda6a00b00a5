//! HTTP/1 over one connection: hyper reads requests and frames answers, the rest of this directory decides what they are.
//!
//! A connection gets hyper's buffers only once its first byte is there.

mod conditions;
mod content;
mod directory;
mod listing;
mod media_type;
mod path;
mod ranges;
mod reply;
mod site;
mod trial;

use std::convert::Infallible;
use std::io;
use std::os::fd::{AsRawFd, RawFd};
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use nix::sys::socket::{MsgFlags, recv};
use tokio::io::Interest;
use tokio::sync::watch;
use tokio::time::timeout;

use self::reply::Reply;
pub use self::site::Site;
use super::events::{self, Event, Peer};
use super::listener::Listening;
use super::wire::Wire;
use super::{Limits, Server};
use crate::stream::{Plain, Stream};

/// Whose requests they are.
pub(super) struct Origin<'a> {
    pub(super) server: &'a Server,
    pub(super) listening: &'a Listening,
    pub(super) peer: Peer,
}

/// Answers requests until the client wants no more, or the server is to stop; gives the connection back to be ended.
pub(super) async fn serve(
    site: &Arc<Site>,
    wire: Wire,
    from: Origin<'_>,
    stop: &mut watch::Receiver<bool>,
) -> (Wire, io::Result<()>) {
    if wire.is_spent() {
        return (wire, Ok(()));
    }
    let first = tokio::select! {
        first = timeout(from.server.limits.head, readable(&wire.stream)) => first,
        _ = stop.wait_for(|stop| *stop) => return (wire, Ok(())),
    };
    match first {
        Ok(Ok(())) => Box::pin(converse(site, wire, from, stop)).await,
        Ok(Err(error)) => (wire, Err(error)),
        Err(_) => (wire, Err(io::ErrorKind::TimedOut.into())),
    }
}

async fn converse(
    site: &Arc<Site>,
    wire: Wire,
    from: Origin<'_>,
    stop: &mut watch::Receiver<bool>,
) -> (Wire, io::Result<()>) {
    let tally = Arc::clone(&wire.tally);
    let limits = &from.server.limits;
    let answer = service_fn(|request: Request<Incoming>| {
        let (from, tally) = (&from, &tally);
        async move {
            tally.requests.fetch_add(1, Relaxed);
            let asked = from.server.tell_requests.then(|| (request.method().clone(), request.uri().clone()));
            let reply = site.answer(request, limits.body, tally).await;
            if let Some((method, target)) = asked {
                let target = target.path_and_query().map_or("*", |target| target.as_str());
                from.tell(method.as_str(), target, &reply);
            }
            Ok::<Reply, Infallible>(reply)
        }
    });
    let builder = builder(limits, !from.server.faults.half_close);
    let mut connection = builder.serve_connection(TokioIo::new(wire), answer);
    let mut stopping = false;
    let outcome = loop {
        tokio::select! {
            outcome = &mut connection => break outcome,
            _ = stop.wait_for(|stop| *stop), if !stopping => {
                stopping = true;
                std::pin::Pin::new(&mut connection).graceful_shutdown();
            }
        }
    };
    (connection.into_parts().io.into_inner(), outcome.map_err(failure))
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

/// Waits for the first byte, and leaves it there: that a socket is readable is only a guess until it has been tried. TLS has
/// buffers of its own anyway, and may have read it already.
async fn readable(stream: &Stream) -> io::Result<()> {
    let peek = |fd: RawFd| {
        recv(fd, &mut [0], MsgFlags::MSG_PEEK)?;
        Ok(())
    };
    match stream {
        Stream::Plain(Plain::Tcp(stream)) => {
            stream.async_io(Interest::READABLE, || peek(stream.as_raw_fd())).await
        }
        Stream::Plain(Plain::Unix(stream)) => {
            stream.async_io(Interest::READABLE, || peek(stream.as_raw_fd())).await
        }
        Stream::Tls(_) | Stream::TlsServer(_) => Ok(()),
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
