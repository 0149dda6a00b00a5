//! Connections of messages (unix seqpacket): services answer each message with one.
//!
//! An empty message reads like the end of the connection; the kernel's word that the peer has hung up tells them apart.

use std::io;
use std::net::Shutdown;
use std::os::fd::AsRawFd;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use nix::sys::socket::{MsgFlags, recv, send};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use tokio::io::Interest;
use tokio::net::UnixDatagram;
use tokio::sync::watch;
use tokio::time::sleep;

use super::connection::{Record, held};
use super::events::{End, Peer, Tally};
use super::listener::Listening;
use super::{Server, Service, chargen};

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
            Err(error) => End::of(&error),
            Ok(()) if faults.never_close => held(&mut stop, &tally).await,
            Ok(()) => End::Closed,
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
    while let Some(message) = socket.async_io(Interest::READABLE, || receive(socket)).await? {
        tally.received.fetch_add(message.len() as u64, Relaxed);
        let answer = match server.service {
            Service::Echo => message.as_slice(),
            Service::Chargen => chargen::text(CHARGEN_LINE),
            Service::Discard | Service::Http(_) => continue,
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
    Ok(())
}

/// One whole message, or `None` at the end.
fn receive(socket: &UnixDatagram) -> io::Result<Option<Vec<u8>>> {
    let fd = socket.as_raw_fd();
    let length = recv(fd, &mut [], MsgFlags::MSG_PEEK | MsgFlags::MSG_TRUNC)?;
    let mut message = vec![0; length];
    let length = recv(fd, &mut message, MsgFlags::empty())?;
    message.truncate(length);
    Ok(if length == 0 && has_hung_up(socket) { None } else { Some(message) })
}

fn has_hung_up(socket: &UnixDatagram) -> bool {
    let mut asked = [PollFd::new(socket, PollFlags::RDHUP)];
    // A socket that cannot be asked is as good as gone.
    poll(&mut asked, Some(&Timespec::default())).is_err() || !asked[0].revents().is_empty()
}

/// A message of chargen: one line.
const CHARGEN_LINE: usize = 74;
