//! Takes connections in, as many as there may be, and lets them end when the server is to stop.
//!
//! Where descriptors run out, `accept` fails at once and again and again: it is asked again only after a pause.

use std::io;
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::time::Instant;

use nix::errno::Errno;
use tokio::net::{UnixDatagram, UnixListener, UnixStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::{Duration, sleep, timeout};

use super::events::{Event, Peer};
use super::listener::{Bound, Listening};
use super::server::Server;
use super::{connection, messages};
use crate::stream::PlainStream;

/// A connection just accepted.
enum Accepted {
    Bytes(PlainStream, Peer),
    /// A socket of sequenced packets, which as far as its calls go is one of datagrams.
    Messages(UnixDatagram, Peer),
}

/// Serves the connections of one listener until the server is to stop, and as long afterwards as they may take.
pub(super) async fn serve(
    server: Arc<Server>,
    listening: Listening,
    socket: Bound,
    slots: Arc<Semaphore>,
    mut stop: watch::Receiver<bool>,
) {
    let listening = Arc::new(listening);
    let mut connections = JoinSet::new();
    let mut door = Door { server: &server, listening: &listening, full: false, paused: None };
    let stopped = stop.clone();
    loop {
        let (accepted, slot) = tokio::select! {
            biased;
            _ = stop.wait_for(|stop| *stop) => break,
            entered = door.enter(&socket, &slots) => entered,
            Some(_) = connections.join_next() => continue,
        };
        let (server, listening, stopped) = (Arc::clone(&server), Arc::clone(&listening), stopped.clone());
        match accepted {
            Accepted::Bytes(plain, peer) => connections.spawn(async move {
                connection::serve(server, listening, plain, peer, stopped).await;
                drop(slot);
            }),
            Accepted::Messages(socket, peer) => connections.spawn(async move {
                messages::serve(server, listening, socket, peer, stopped).await;
                drop(slot);
            }),
        };
    }
    drop(socket);
    while connections.try_join_next().is_some() {}
    let left = connections.len();
    (server.tell)(Event::Draining { listener: &listening.endpoint, connections: left });
    let ending = async { while connections.join_next().await.is_some() {} };
    if timeout(server.limits.drain, ending).await.is_err() {
        connections.shutdown().await;
    }
}

/// Where connections come in; remembers what it has told, so that it tells it once.
struct Door<'a> {
    server: &'a Server,
    listening: &'a Listening,
    full: bool,
    /// Since when connections wait, and when `accept` last failed.
    paused: Option<(Instant, Instant)>,
}

impl Door<'_> {
    /// Waits for a connection and a slot for it. Whatever it waits for, it can be asked again afterwards.
    async fn enter(&mut self, socket: &Bound, slots: &Arc<Semaphore>) -> (Accepted, OwnedSemaphorePermit) {
        if self.server.faults.never_accept {
            return std::future::pending().await;
        }
        let slot = match Arc::clone(slots).try_acquire_owned() {
            Ok(slot) => slot,
            Err(_) => {
                if !std::mem::replace(&mut self.full, true) {
                    let connections = self.server.limits.connections;
                    (self.server.tell)(Event::Full { listener: &self.listening.endpoint, connections });
                }
                Arc::clone(slots).acquire_owned().await.expect("nobody closes the semaphore")
            }
        };
        loop {
            match accept(socket).await {
                Ok(accepted) => {
                    self.resume(slots);
                    return (accepted, slot);
                }
                Err(error) if is_of_the_client(&error) => {}
                Err(error) => self.pause(&error).await,
            }
        }
    }

    async fn pause(&mut self, error: &io::Error) {
        let now = Instant::now();
        match &mut self.paused {
            Some((_, last)) => *last = now,
            None => {
                self.paused = Some((now, now));
                (self.server.tell)(Event::AcceptPaused { listener: &self.listening.endpoint, error });
            }
        }
        sleep(PAUSE).await;
    }

    fn resume(&mut self, slots: &Semaphore) {
        if slots.available_permits() > 0 {
            self.full = false;
        }
        // One that ends makes room for one, which says little.
        if let Some((since, last)) = self.paused.filter(|(_, last)| last.elapsed() >= RECOVERED) {
            self.paused = None;
            let listener = &self.listening.endpoint;
            (self.server.tell)(Event::AcceptResumed { listener, after: last - since });
        }
    }
}

/// Whether it says something of one client or its network only, and nothing of the next (`accept(2)`).
fn is_of_the_client(error: &io::Error) -> bool {
    let errno = error.raw_os_error().map(Errno::from_raw);
    matches!(
        errno,
        Some(
            Errno::ECONNABORTED
                | Errno::EPROTO
                | Errno::EPERM
                | Errno::ENETDOWN
                | Errno::ENETUNREACH
                | Errno::EHOSTDOWN
                | Errno::EHOSTUNREACH
                | Errno::ENONET
                | Errno::ENOPROTOOPT
                | Errno::EOPNOTSUPP
        )
    )
}

async fn accept(socket: &Bound) -> io::Result<Accepted> {
    match socket {
        Bound::Tcp(listener) => {
            let (stream, peer) = listener.accept().await?;
            Ok(Accepted::Bytes(PlainStream::Tcp(stream), peer.into()))
        }
        Bound::Unix(listener) => {
            let (stream, peer) = accept_unix(listener).await?;
            Ok(Accepted::Bytes(PlainStream::Unix(stream), peer))
        }
        Bound::Seqpacket(listener) => {
            let (stream, peer) = accept_unix(listener).await?;
            let socket = OwnedFd::from(stream.into_std()?);
            Ok(Accepted::Messages(UnixDatagram::from_std(socket.into())?, peer))
        }
        Bound::Datagrams(_) => std::future::pending().await,
    }
}

async fn accept_unix(listener: &UnixListener) -> io::Result<(UnixStream, Peer)> {
    let (stream, _) = listener.accept().await?;
    let peer = match stream.peer_cred() {
        Ok(peer) => Peer::Unix { pid: peer.pid().filter(|pid| *pid > 0), uid: peer.uid() },
        Err(_) => Peer::Unknown,
    };
    Ok((stream, peer))
}

/// How long to leave `accept` alone once descriptors have run out.
const PAUSE: Duration = Duration::from_millis(100);

/// How long `accept` must not have failed to be called well again.
const RECOVERED: Duration = Duration::from_millis(500);
