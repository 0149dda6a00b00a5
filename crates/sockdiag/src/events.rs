//! Notifications of sockets being destroyed.
//!
//! The kernel tells of the end of a socket only, never of its beginning, and not of the end of `TIME-WAIT`: what arrives has
//! lost its inode and mostly its state, but not its addresses and counters.
//!
//! ```no_run
//! use netdiag_sockdiag::inet::{Family, TCP};
//! use netdiag_sockdiag::{Event, Events, Groups};
//!
//! # fn main() -> Result<(), netdiag_sockdiag::Error> {
//! let mut events = Events::subscribe(Groups::of(Family::V4, TCP) | Groups::of(Family::V6, TCP))?; // takes CAP_NET_ADMIN
//! while let Some(event) = events.next()? {
//!     match event {
//!         Event::Destroyed(socket) => println!("{} to {} is gone", socket.local(), socket.remote()),
//!         Event::Lost => println!("some were missed"),
//!         _ => {}
//!     }
//! }
//! # Ok(())
//! # }
//! ```

use std::ops::{BitOr, Range};
use std::os::fd::{AsFd, BorrowedFd};

use netlink_sys::protocols::NETLINK_SOCK_DIAG;
use netlink_sys::{Socket, SocketAddr};
use nix::errno::Errno;
use nix::libc::MSG_TRUNC;

use crate::error::Error;
use crate::family::inet::{Family, InetSocket, TCP, UDP};
use crate::frame::Frame;
use crate::{InetRequest, Query};

/// Kinds of sockets whose end can be listened for (`SKNLGRP_INET_*_DESTROY`).
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Groups(u32);

impl Groups {
    /// The group of a protocol in a family; none but for TCP and UDP.
    pub fn of(family: Family, protocol: u8) -> Self {
        let number = match (family, protocol) {
            (Family::V4, TCP) => 1,
            (Family::V4, UDP) => 2,
            (Family::V6, TCP) => 3,
            (Family::V6, UDP) => 4,
            _ => return Self::default(),
        };
        Self(1 << (number - 1))
    }

    /// Whether there is nothing to listen for.
    pub fn is_empty(self) -> bool {
        self == Self::default()
    }
}

impl BitOr for Groups {
    type Output = Self;
    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// What there is to hear.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Event<'a> {
    /// A socket is gone; [`InetSocket::protocol`] says of which kind it was.
    Destroyed(InetSocket<'a>),
    /// The reader was too slow and some events are lost (`ENOBUFS`); the kernel does not say how many.
    Lost,
}

/// A subscription in the network namespace it was made in.
#[derive(Debug)]
pub struct Events {
    socket: Socket,
    buffer: Box<[u8]>,
    /// What of the buffer has not been read yet.
    unread: Range<usize>,
}

impl Events {
    /// Subscribes; no privilege is needed.
    ///
    /// # Errors
    /// [`Error::Os`], typically for want of file descriptors.
    pub fn subscribe(groups: Groups) -> Result<Self, Error> {
        let mut socket = Socket::new(NETLINK_SOCK_DIAG).map_err(Error::os("socket(NETLINK_SOCK_DIAG)"))?;
        // What the system allows of it is better than the default; less is no failure.
        let _ = socket.set_rx_buf_sz(QUEUE);
        socket.set_non_blocking(true).map_err(Error::os("fcntl(O_NONBLOCK)"))?;
        socket.bind(&SocketAddr::new(0, groups.0)).map_err(Error::os("bind"))?;
        Ok(Self { socket, buffer: vec![0; BUFFER].into(), unread: 0..0 })
    }

    /// The next event, if one has come; to wait for it, wait for the descriptor to become readable.
    ///
    /// # Errors
    /// [`Error::Os`] when the socket fails; lost events are no error.
    #[expect(clippy::should_implement_trait, reason = "no iterator can lend from its own buffer")]
    pub fn next(&mut self) -> Result<Option<Event<'_>>, Error> {
        loop {
            if let Some(record) = record(&self.buffer, &mut self.unread) {
                let view = InetRequest::view(&self.buffer[record]);
                return Ok(Some(Event::Destroyed(view.expect("it has been looked at"))));
            }
            let mut room = &mut self.buffer[..];
            match self.socket.recv_from(&mut room, MSG_TRUNC) {
                // The kernel's port is 0: nobody else is believed.
                Ok((len, sender)) if sender.port_number() == 0 => self.unread = 0..len.min(self.buffer.len()),
                Ok(_) => {}
                Err(error) => match error.raw_os_error().map(Errno::from_raw) {
                    Some(Errno::EAGAIN) => return Ok(None),
                    Some(Errno::ENOBUFS) => return Ok(Some(Event::Lost)),
                    Some(Errno::EINTR) => {}
                    _ => return Err(Error::os("recv")(error)),
                },
            }
        }
    }
}

impl AsFd for Events {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

/// Where the next readable record is; what is none is passed over.
fn record(buffer: &[u8], unread: &mut Range<usize>) -> Option<Range<usize>> {
    let datagram = buffer.get(..unread.end)?;
    while let Some(Ok(frame)) = Frame::at(datagram, unread.start) {
        unread.start = frame.next;
        if InetRequest::view(&datagram[frame.payload.clone()]).is_ok() {
            return Some(frame.payload);
        }
    }
    *unread = 0..0;
    None
}

/// Far more than one notification takes.
const BUFFER: usize = 32 * 1024;
/// Bytes of events that may wait to be read.
const QUEUE: usize = 1 << 20;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::tests::message;

    #[test]
    fn groups_are_those_of_the_kernel() {
        let groups = Groups::of(Family::V4, TCP) | Groups::of(Family::V6, UDP);
        assert_eq!(groups, Groups(0b1001));
        assert_eq!(Groups::of(Family::V4, UDP) | Groups::of(Family::V6, TCP), Groups(0b0110));
        assert!(Groups::of(Family::V4, 132).is_empty());
    }

    #[test]
    fn a_datagram_is_its_readable_records() {
        let mut socket = [0; 72];
        socket[0] = 10;
        let datagram =
            [message(20, 0, 0, 0, &socket), message(20, 0, 0, 0, &[2; 10]), message(20, 0, 0, 0, &socket)]
                .concat();
        let mut unread = 0..datagram.len();
        assert_eq!(record(&datagram, &mut unread), Some(16..88));
        assert_eq!(record(&datagram, &mut unread), Some(132..204));
        assert_eq!(record(&datagram, &mut unread), None);
        let mut cut = 0..datagram.len() - 1;
        assert_eq!(record(&datagram, &mut cut), Some(16..88));
        assert_eq!(record(&datagram, &mut cut), None);
    }

    #[test]
    fn silence_is_no_error() {
        let mut events = Events::subscribe(Groups::default()).unwrap();
        assert!(events.next().unwrap().is_none());
    }
}
