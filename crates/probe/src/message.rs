//! Whole messages out of sockets that keep them apart: datagrams and sequenced packets.
//!
//! An empty message reads like the end of a sequence. The kernel stamps messages with their time, and the end with nothing.

use std::io::{self, IoSliceMut};
use std::os::fd::{AsFd, AsRawFd};

use nix::sys::socket::{MsgFlags, recv, recvmsg, setsockopt, sockopt};
use nix::sys::time::TimeVal;
use socket2::{SockAddr, SockRef};

/// Has messages stamped, without which [`receive`] takes an empty one for the end.
pub(crate) fn stamp(socket: &impl AsFd) -> io::Result<()> {
    Ok(setsockopt(socket, sockopt::ReceiveTimestamp, &true)?)
}

/// Receives one message into `message`, however long; `false` at the end.
pub(crate) fn receive(socket: &impl AsRawFd, message: &mut Vec<u8>) -> io::Result<bool> {
    let fd = socket.as_raw_fd();
    // Its length is asked for first.
    let length = recv(fd, &mut [], MsgFlags::MSG_PEEK | MsgFlags::MSG_TRUNC)?;
    message.resize(length, 0);
    let mut control = nix::cmsg_space!(TimeVal);
    let mut pieces = [IoSliceMut::new(message)];
    let received = recvmsg::<()>(fd, &mut pieces, Some(&mut control), MsgFlags::empty())?;
    let is_stamped = received.cmsgs()?.next().is_some();
    let length = received.bytes;
    message.truncate(length);
    Ok(length > 0 || is_stamped)
}

/// Throws away whatever comes before the first message of `sender`.
pub(crate) fn skip_others(socket: &(impl AsRawFd + AsFd), sender: &SockAddr) -> io::Result<()> {
    while SockRef::from(socket).peek_sender()? != *sender {
        recv(socket.as_raw_fd(), &mut [], MsgFlags::empty())?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::os::fd::AsRawFd;

    use nix::sys::socket::{AddressFamily, SockFlag, SockType, send, socketpair};

    use super::*;

    #[test]
    fn an_empty_message_is_no_end() {
        let flags = SockFlag::SOCK_NONBLOCK;
        let (near, far) = socketpair(AddressFamily::Unix, SockType::SeqPacket, None, flags).unwrap();
        stamp(&far).unwrap();
        let mut message = Vec::new();
        assert_eq!(receive(&far, &mut message).unwrap_err().kind(), io::ErrorKind::WouldBlock);
        let long = vec![7; 100_000];
        for sent in [&b""[..], b"x", &long, b""] {
            send(near.as_raw_fd(), sent, MsgFlags::empty()).unwrap();
        }
        // What was sent before the end comes before it.
        drop(near);
        for sent in [&b""[..], b"x", &long, b""] {
            assert!(receive(&far, &mut message).unwrap());
            assert!(message == sent, "{} bytes", message.len());
        }
        assert!(!receive(&far, &mut message).unwrap());
    }
}
