//! Floods loopback with the same packet, one send and one receive each: what a probe costs before anything is done with it.
//!
//! Usage: `bare_flood COUNT`. The kernel stamps arrivals, but nobody reads the stamp, a clock or the reply. Prints how many
//! replies came; with COUNT that must be all of them.

use std::io::{self, Write};
use std::mem::MaybeUninit;
use std::net::{Ipv4Addr, SocketAddr};

use nix::libc::MSG_DONTWAIT;
use nix::sys::socket::{setsockopt, sockopt};
use socket2::{Domain, MaybeUninitSlice, MsgHdrMut, Protocol, SockAddr, SockFilter, Socket, Type};

fn main() -> io::Result<()> {
    let count = std::env::args().nth(1).and_then(|word| word.parse::<u32>().ok());
    let count =
        count.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "usage: bare_flood COUNT"))?;
    let socket = socket()?;
    let to = SockAddr::from(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)));
    let mut replies = 0;
    for _ in 0..count {
        socket.send_to_with_flags(&REQUEST, &to, MSG_DONTWAIT)?;
        replies += u32::from(receive(&socket)?);
    }
    writeln!(io::stdout(), "{replies}")
}

/// A raw socket that takes echo replies only; loopback would hand it its own requests too.
fn socket() -> io::Result<Socket> {
    let socket = Socket::new(Domain::IPV4, Type::RAW, Some(Protocol::ICMPV4))?;
    // linux/bpf_common.h: X = length of the IP header; A = the byte behind it; accept if that is 0, an echo reply.
    let program =
        [(0xb1, 0, 0, 0), (0x50, 0, 0, 0), (0x15, 0, 1, 0), (0x06, 0, 0, u32::MAX), (0x06, 0, 0, 0)];
    let program =
        program.map(|(code, then, otherwise, operand)| SockFilter::new(code, then, otherwise, operand));
    socket.attach_filter(&program)?;
    setsockopt(&socket, sockopt::ReceiveTimestampns, &true)?;
    Ok(socket)
}

/// Whether a reply was there.
fn receive(socket: &Socket) -> io::Result<bool> {
    let (mut packet, mut control) = ([MaybeUninit::uninit(); 128], [MaybeUninit::uninit(); 64]);
    let mut buffers = [MaybeUninitSlice::new(&mut packet)];
    let mut message = MsgHdrMut::new().with_buffers(&mut buffers).with_control(&mut control);
    match socket.recvmsg(&mut message, MSG_DONTWAIT) {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(false),
        Err(error) => Err(error),
    }
}

/// An echo request with 56 bytes of zeros, which is as long as ping's; only type 8 contributes to the checksum.
const REQUEST: [u8; 64] = {
    let mut packet = [0; 64];
    [packet[0], packet[2], packet[3]] = [8, 0xf7, 0xff];
    packet
};
