//! Connections of messages (unix seqpacket): services answer each message with one, an empty one with an empty one.

use std::io;
use std::net::Shutdown;
use std::os::fd::AsRawFd;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use nix::sys::socket::{MsgFlags, send};
use tokio::io::Interest;
use tokio::net::UnixDatagram;
use tokio::sync::watch;
use tokio::time::sleep;

use super::chargen;
use super::connection::{Record, held};
use super::events::{ConnectionEnd, Peer, Tally};
use super::listener::Listening;
use super::server::Server;
use super::service::Service;
use crate::message;

/// Serves one connection.
pub(super) async fn serve(
    server: Arc<Server>,
    listening: Arc<Listening>,
    socket: UnixDatagram,
    peer: Peer,
    mut stop: watch::Receiver<bool>,
) {
    let record = Record::new(Arc::clone(&server), listening, peer);
    let tally = Arc::clone(&record.tally);
    let served = async {
        if server.faults.never_read {
            return held(&mut stop, &tally).await;
        }
        let outcome = converse(&server, &socket, &tally).await;
        let faults = &server.faults;
        match outcome {
            Err(error) => ConnectionEnd::of(&error),
            Ok(()) if faults.never_close => held(&mut stop, &tally).await,
            Ok(()) => ConnectionEnd::Closed,
        }
    };
    record.keep(served).await;
}

async fn converse(server: &Server, socket: &UnixDatagram, tally: &Tally) -> io::Result<()> {
    let faults = &server.faults;
    let half_close = || socket.shutdown(Shutdown::Write);
    if faults.half_close && matches!(server.service, Service::Discard) {
        half_close()?;
    }
    let mut half_closed = false;
    message::stamp(socket)?;
    loop {
        // Not kept: an idle connection has no use for it.
        let mut message = Vec::new();
        if !socket.async_io(Interest::READABLE, || message::receive(socket, &mut message)).await? {
            return Ok(());
        }
        tally.received.fetch_add(message.len() as u64, Relaxed);
        let answer = match server.service {
            Service::Echo => message.as_slice(),
            Service::Chargen => chargen::text(CHARGEN_LINE),
            _ => continue,
        };
        if half_closed {
            continue;
        }
        if let Some(delay) = faults.delay {
            tally.ours.store(true, Relaxed);
            sleep(delay).await;
            tally.ours.store(false, Relaxed);
        }
        let answer = faults.shortened(answer);
        let sent = socket
            .async_io(Interest::WRITABLE, || Ok(send(socket.as_raw_fd(), answer, MsgFlags::MSG_NOSIGNAL)?));
        tally.sent.fetch_add(sent.await? as u64, Relaxed);
        if faults.half_close {
            half_close()?;
            half_closed = true;
        }
    }
}

/// A message of chargen: one line.
const CHARGEN_LINE: usize = 74;
