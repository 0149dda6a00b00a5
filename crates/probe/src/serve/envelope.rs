//! Datagrams with who they are from and whom they were sent to, so that an answer comes from the address that was asked.

use std::io::{self, IoSlice, IoSliceMut};
use std::os::fd::AsRawFd;

use nix::cmsg_space;
use nix::libc::{in_pktinfo, in6_pktinfo};
use nix::sys::socket::{
    AddressFamily, ControlMessage, ControlMessageOwned, MsgFlags, SockaddrLike, SockaddrStorage, recv, recvmsg,
    sendmsg,
};
use socket2::Socket;

/// Where an answer goes.
#[derive(Clone, Copy)]
pub(super) struct Return {
    pub(super) to: SockaddrStorage,
    /// The address of ours to answer from, where the socket has several.
    from: Option<Ours>,
}

#[derive(Clone, Copy)]
enum Ours {
    V4(in_pktinfo),
    V6(in6_pktinfo),
}

/// Takes one datagram in whole, its length and where to answer, which senders without a name do not say.
pub(super) fn receive(socket: &Socket, buffer: &mut Vec<u8>) -> io::Result<(usize, Option<Return>)> {
    let fd = socket.as_raw_fd();
    let family = socket.domain()?;
    if family == socket2::Domain::UNIX {
        let length = recv(fd, &mut [], MsgFlags::MSG_PEEK | MsgFlags::MSG_TRUNC)?;
        if length > buffer.len() {
            buffer.resize(length, 0);
        }
    }
    let mut parts = [IoSliceMut::new(buffer)];
    let mut control = cmsg_space!(in_pktinfo, in6_pktinfo);
    let message = recvmsg::<SockaddrStorage>(fd, &mut parts, Some(&mut control), MsgFlags::empty())?;
    let mut from = None;
    for control in message.cmsgs()? {
        match control {
            ControlMessageOwned::Ipv4PacketInfo(info) => {
                // The address that was asked is the one to answer from; the way is the kernel's to choose.
                from = Some(Ours::V4(in_pktinfo { ipi_ifindex: 0, ipi_spec_dst: info.ipi_addr, ..info }));
            }
            ControlMessageOwned::Ipv6PacketInfo(info) => from = Some(Ours::V6(info)),
            _ => {}
        }
    }
    let to = message.address.filter(|to| to.family().is_some_and(|family| family != AddressFamily::Unspec));
    Ok((message.bytes, to.map(|to| Return { to, from })))
}

impl Return {
    /// Sends without waiting.
    pub(super) fn send(&self, socket: &Socket, bytes: &[u8]) -> io::Result<()> {
        let from = match &self.from {
            None => None,
            Some(Ours::V4(info)) => Some(ControlMessage::Ipv4PacketInfo(info)),
            Some(Ours::V6(info)) => Some(ControlMessage::Ipv6PacketInfo(info)),
        };
        let parts = [IoSlice::new(bytes)];
        sendmsg(socket.as_raw_fd(), &parts, from.as_slice(), MsgFlags::empty(), Some(&self.to))?;
        Ok(())
    }
}
