//! One connection, from its acceptance to its end, which is told whatever the end is.

use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

use socket2::SockRef;
use tokio::io::AsyncWriteExt;
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

use super::events::{Connection, ConnectionEnd, Event, Peer, Tally};
#[cfg(feature = "http")]
use super::http;
use super::listener::Listening;
use super::server::Server;
use super::service::Service;
use super::wire::Wire;
use super::{chargen, discard, echo};
use crate::error::Error;
use crate::stream::{PlainStream, Stream};

/// What is told when a connection has ended; dropped early, it was cut off.
pub(super) struct Record {
    pub(super) server: Arc<Server>,
    pub(super) listening: Arc<Listening>,
    pub(super) peer: Peer,
    pub(super) tally: Arc<Tally>,
    begun: Instant,
    end: ConnectionEnd,
}

impl Record {
    pub(super) fn new(server: Arc<Server>, listening: Arc<Listening>, peer: Peer) -> Self {
        Self {
            server,
            listening,
            peer,
            tally: Arc::default(),
            begun: Instant::now(),
            end: ConnectionEnd::Cut,
        }
    }

    /// Serves until `served` is done, or nothing has happened for too long.
    pub(super) async fn keep(mut self, served: impl Future<Output = ConnectionEnd>) {
        let idle = idle(&self.tally, self.server.limits.idle);
        self.end = tokio::select! {
            end = served => end,
            () = idle => ConnectionEnd::TimedOut,
        };
    }
}

impl Drop for Record {
    fn drop(&mut self) {
        (self.server.tell)(Event::Connection(Connection {
            listener: &self.listening.endpoint,
            peer: self.peer,
            received: self.tally.received.load(Relaxed),
            sent: self.tally.sent.load(Relaxed),
            requests: self.tally.requests.load(Relaxed),
            took: self.begun.elapsed(),
            end: &self.end,
        }));
    }
}

/// Ends when nothing has moved for `limit`. Looking now and then costs less than a timer set back with every byte.
async fn idle(tally: &Tally, limit: Option<Duration>) {
    let Some(limit) = limit else {
        return std::future::pending().await;
    };
    let (mut before, mut since) = (tally.progress(), Instant::now());
    loop {
        sleep(limit / 2).await;
        let now = tally.progress();
        if now != before || tally.ours.load(Relaxed) {
            (before, since) = (now, Instant::now());
        } else if since.elapsed() >= limit {
            return;
        }
    }
}

/// Serves one connection of bytes.
pub(super) async fn serve(
    server: Arc<Server>,
    listening: Arc<Listening>,
    plain: PlainStream,
    peer: Peer,
    stop: watch::Receiver<bool>,
) {
    let record = Record::new(Arc::clone(&server), Arc::clone(&listening), peer);
    let tally = Arc::clone(&record.tally);
    // In a place of its own, or it would be part of every future around it.
    let served = Box::pin(converse(server, listening, plain, peer, tally, stop));
    record.keep(served).await;
}

async fn converse(
    server: Arc<Server>,
    listening: Arc<Listening>,
    plain: PlainStream,
    #[cfg_attr(not(feature = "http"), expect(unused_variables, reason = "only HTTP tells of requests"))]
    peer: Peer,
    tally: Arc<Tally>,
    mut stop: watch::Receiver<bool>,
) -> ConnectionEnd {
    if server.faults.never_read {
        return held(&mut stop, &tally).await;
    }
    let stream = match listening.tls {
        false => Stream::Plain(plain),
        // Only those who shake hands need room for it.
        true => match Box::pin(secured(&server, plain)).await {
            Ok(stream) => stream,
            Err(end) => return end,
        },
    };
    let mut wire = Wire::new(stream, tally, &server.faults, &server.service);
    let once = server.faults.half_close;
    let outcome = match &server.service {
        Service::Echo => echo::echo(&mut wire, once).await,
        Service::Discard if once => Ok(()),
        Service::Discard => discard::discard(&mut wire).await,
        Service::Chargen => chargen::chargen(&mut wire).await,
        #[cfg(feature = "http")]
        Service::Http(site) => {
            let outcome;
            let from = http::Origin { server: &server, listening: &listening, peer };
            (wire, outcome) = http::serve(site, wire, from, &mut stop).await;
            outcome
        }
    };
    finish(&server, wire, outcome, &mut stop).await
}

/// Shakes hands; without a certificate there is nothing to say, and plainly nothing is said.
#[cfg(feature = "tls")]
async fn secured(server: &Server, plain: PlainStream) -> Result<Stream, ConnectionEnd> {
    let Some(acceptor) = &server.tls else {
        return Err(ConnectionEnd::Failed(Error::Tls("no certificate for TLS".into())));
    };
    match timeout(
        server.limits.head,
        acceptor.accept_with(plain, |tls| tls.set_buffer_limit(Some(TLS_BUFFER))),
    )
    .await
    {
        Ok(Ok(stream)) => Ok(Stream::TlsServer(Box::new(stream))),
        Ok(Err(error)) => Err(ConnectionEnd::of(&error)),
        Err(_) => Err(ConnectionEnd::TimedOut),
    }
}

/// Nothing is ever said in plain where TLS was promised.
#[cfg(not(feature = "tls"))]
async fn secured(_: &Server, _: PlainStream) -> Result<Stream, ConnectionEnd> {
    Err(ConnectionEnd::Failed(Error::Tls("built without TLS".into())))
}

/// Ends a connection as its faults, its service and its peer would have it.
async fn finish(
    server: &Server,
    mut wire: Wire,
    outcome: io::Result<()>,
    stop: &mut watch::Receiver<bool>,
) -> ConnectionEnd {
    let faults = &server.faults;
    if wire.is_spent() {
        if faults.rst_after.is_some() {
            return reset(&wire);
        }
        linger(&mut wire, None).await;
        return ConnectionEnd::Fault;
    }
    if faults.never_close && wire.ended {
        let tally = Arc::clone(&wire.tally);
        return held(stop, &tally).await;
    }
    if faults.half_close {
        linger(&mut wire, None).await;
        return ConnectionEnd::Closed;
    }
    match outcome {
        Ok(()) if wire.ended && matches!(wire.stream, Stream::Plain(_)) => ConnectionEnd::Closed,
        Ok(()) => {
            linger(&mut wire, Some(PARTING)).await;
            ConnectionEnd::Closed
        }
        Err(error) => {
            // What is left to read would turn the end into a reset, and the answer, which says why, would be lost.
            if !wire.ended && server.service.is_http() {
                linger(&mut wire, Some(PARTING)).await;
            }
            ConnectionEnd::of(&error)
        }
    }
}

/// Sends the end, and reads until the peer's, so that it gets everything before.
async fn linger(wire: &mut Wire, limit: Option<Duration>) {
    // A connection that breaks now has ended all the same.
    let _ = wire.stream.shutdown().await;
    if wire.ended {
        return;
    }
    let reading = discard::discard(&mut wire.stream);
    let _ = match limit {
        None => reading.await,
        Some(limit) => timeout(limit, reading).await.unwrap_or(Ok(())),
    };
}

/// Sees to it that closing sends a reset.
fn reset(wire: &Wire) -> ConnectionEnd {
    if let PlainStream::Tcp(stream) = wire.stream.plain() {
        // The peer may have been first.
        let _ = SockRef::from(stream).set_linger(Some(Duration::ZERO));
    }
    ConnectionEnd::Fault
}

/// Holds a connection as it is, as a fault wants it, until the server is to stop.
pub(super) async fn held(stop: &mut watch::Receiver<bool>, tally: &Tally) -> ConnectionEnd {
    tally.ours.store(true, Relaxed);
    // Nobody left to say so is as good as having said so.
    let _ = stop.wait_for(|stop| *stop).await;
    ConnectionEnd::Fault
}

/// Bytes that TLS keeps of what a peer has not read: a record.
#[cfg(feature = "tls")]
const TLS_BUFFER: usize = 16 << 10;

/// How long a peer has to take the end in.
const PARTING: Duration = Duration::from_secs(2);
