//! Datagrams with who they are from and whom they were sent to, so that an answer comes from the address that was asked.

use std::io::{self, IoSlice, IoSliceMut};
use std::net::SocketAddr;
use std::os::fd::{AsRawFd, RawFd};

use nix::cmsg_space;
use nix::libc::{in_pktinfo, in6_pktinfo, sa_family_t};
use nix::sys::socket::{
    ControlMessage, ControlMessageOwned, MsgFlags, SockaddrLike, SockaddrStorage, UnixAddr, recv, recvmsg,
    sendmsg,
};
use tokio::io::Interest;
use tokio::net::{UdpSocket, UnixDatagram};

/// A socket without connections.
#[derive(Debug)]
pub(super) enum DatagramSocket {
    Udp(UdpSocket),
    Unix(UnixDatagram),
}

/// Where an answer goes.
#[derive(Clone, Copy)]
pub(super) enum Return {
    /// To an address, from one of ours where the socket has several.
    Inet(SockaddrStorage, Option<Ours>),
    /// To another socket of this machine.
    Unix(UnixAddr),
}

/// An address of this machine.
#[derive(Clone, Copy)]
pub(super) enum Ours {
    V4(in_pktinfo),
    V6(in6_pktinfo),
}

impl DatagramSocket {
    /// Takes one datagram in whole: its length, and where to answer, which senders without a name do not say.
    pub(super) async fn receive(&self, buffer: &mut Vec<u8>) -> io::Result<(usize, Option<Return>)> {
        let fd = self.as_raw_fd();
        match self {
            Self::Udp(socket) => socket.async_io(Interest::READABLE, || receive_inet(fd, buffer)).await,
            Self::Unix(socket) => socket.async_io(Interest::READABLE, || receive_unix(fd, buffer)).await,
        }
    }
}

impl AsRawFd for DatagramSocket {
    fn as_raw_fd(&self) -> RawFd {
        match self {
            Self::Udp(socket) => socket.as_raw_fd(),
            Self::Unix(socket) => socket.as_raw_fd(),
        }
    }
}

/// What a unix socket sends may be larger than any buffer made beforehand.
fn receive_unix(fd: RawFd, buffer: &mut Vec<u8>) -> io::Result<(usize, Option<Return>)> {
    let length = recv(fd, &mut [], MsgFlags::MSG_PEEK | MsgFlags::MSG_TRUNC)?;
    if length > buffer.len() {
        buffer.resize(length, 0);
    }
    let mut parts = [IoSliceMut::new(buffer)];
    let message = recvmsg::<UnixAddr>(fd, &mut parts, None, MsgFlags::empty())?;
    // Without a name there is nothing but the family.
    let named = |from: &UnixAddr| from.len() as usize > size_of::<sa_family_t>();
    Ok((message.bytes, message.address.filter(named).map(Return::Unix)))
}

fn receive_inet(fd: RawFd, buffer: &mut [u8]) -> io::Result<(usize, Option<Return>)> {
    let mut parts = [IoSliceMut::new(buffer)];
    let mut control = cmsg_space!(in_pktinfo, in6_pktinfo);
    let message = recvmsg::<SockaddrStorage>(fd, &mut parts, Some(&mut control), MsgFlags::empty())?;
    let mut ours = None;
    for control in message.cmsgs()? {
        match control {
            ControlMessageOwned::Ipv4PacketInfo(info) => {
                // The address that was asked is the one to answer from; the way is the kernel's to choose.
                ours = Some(Ours::V4(in_pktinfo { ipi_ifindex: 0, ipi_spec_dst: info.ipi_addr, ..info }));
            }
            ControlMessageOwned::Ipv6PacketInfo(info) => ours = Some(Ours::V6(info)),
            _ => {}
        }
    }
    Ok((message.bytes, message.address.map(|to| Return::Inet(to, ours))))
}

impl Return {
    /// Sends without waiting.
    pub(super) fn send(&self, socket: &DatagramSocket, bytes: &[u8]) -> io::Result<()> {
        let (fd, parts, flags) = (socket.as_raw_fd(), [IoSlice::new(bytes)], MsgFlags::empty());
        match self {
            Self::Unix(to) => sendmsg(fd, &parts, &[], flags, Some(to))?,
            Self::Inet(to, ours) => {
                let from = ours.as_ref().map(|ours| match ours {
                    Ours::V4(info) => ControlMessage::Ipv4PacketInfo(info),
                    Ours::V6(info) => ControlMessage::Ipv6PacketInfo(info),
                });
                sendmsg(fd, &parts, from.as_slice(), flags, Some(to))?
            }
        };
        Ok(())
    }

    /// The address an answer goes to, of IPv4 as such; unix sockets have none.
    pub(super) fn address(&self) -> Option<SocketAddr> {
        let Self::Inet(to, _) = self else {
            return None;
        };
        let v4 = to.as_sockaddr_in().map(|to| SocketAddr::V4((*to).into()));
        let address = v4.or_else(|| to.as_sockaddr_in6().map(|to| SocketAddr::V6((*to).into())))?;
        Some(SocketAddr::new(address.ip().to_canonical(), address.port()))
    }
}
