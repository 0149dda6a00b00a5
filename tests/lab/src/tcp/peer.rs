//! A scripted TCP peer, which keeps a connection from getting anywhere.
//!
//! It remembers nothing: how it treats a connection is in the port it was reached at, and where the
//! connection stands is in the segment it answers. That works because it never sends data.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use pnet::packet::Packet;
use pnet::packet::ip::IpNextHeaderProtocols;
use pnet::packet::tcp::TcpFlags::{ACK, FIN, RST, SYN};
use pnet::packet::tcp::TcpPacket;
use socket2::{Domain, Socket, Type};

use super::table::Family;
use crate::{Error, Host, Lab, Reply, Scripted, forge, packet};

/// How the peer treats connections to a port.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Manner {
    /// Answers nothing.
    Silent = 1,
    /// Completes the handshake and answers nothing after it.
    Deaf,
    /// Acknowledges everything and never closes.
    Open,
    /// Closes as soon as the other side has closed.
    Following,
    /// Closes when the other side does, and never acknowledges that.
    Crossing,
    /// Closes first, and answers nothing after it.
    Leaving,
}

/// A peer in the network behind a TUN device of a host, of both IP versions.
#[derive(Debug)]
pub struct TcpPeer {
    host: Host,
    script: Scripted,
}

impl TcpPeer {
    /// Gives `host` a device, addresses and a peer to connect to; and the patience to keep trying.
    ///
    /// # Errors
    /// [`Error::NoTun`] where TUN devices are not available.
    pub fn new(lab: &Lab, host: &Host, interface: &str) -> Result<Self, Error> {
        for sysctl in ["tcp_syn_retries", "tcp_synack_retries", "tcp_orphan_retries"] {
            host.sysctl(&format!("net.ipv4.{sysctl}"), 127)?;
        }
        let script = lab.scripted((host, interface), |segment| answer(segment).into_iter().collect())?;
        host.address(interface, &format!("{}/24", NEAR.0))?;
        host.address(interface, &format!("{}/64", NEAR.1))?;
        Ok(Self { host: host.clone(), script })
    }

    /// Where the host reaches the peer in this manner.
    pub fn address(&self, family: Family, manner: Manner) -> SocketAddr {
        SocketAddr::new(pick(family, FAR), manner as u16)
    }

    /// A connected socket of the host.
    ///
    /// # Errors
    /// [`Error::Os`] if connecting fails, as it does after ten seconds with a silent peer.
    pub fn connect(&self, family: Family, manner: Manner) -> Result<Socket, Error> {
        let (socket, peer) = (self.socket(family)?, self.address(family, manner));
        socket.connect_timeout(&peer.into(), crate::until::PATIENCE).map_err(Error::os("connecting"))?;
        Ok(socket)
    }

    /// A SYN from the silent peer to a listener of the host, whose answer nobody acknowledges. Returns where
    /// it came from.
    pub(super) fn knock(&self, listener: SocketAddr) -> Result<SocketAddr, Error> {
        let family = if listener.is_ipv4() { Family::V4 } else { Family::V6 };
        let from = self.address(family, Manner::Silent);
        let syn = forge::tcp(from, listener, ISN, 0, SYN, &[]).expect("both are of one IP version");
        self.script.send(&syn)?;
        Ok(from)
    }

    /// A socket of the host, bound to its address in the peer's network.
    pub(super) fn socket(&self, family: Family) -> Result<Socket, Error> {
        let address = SocketAddr::new(pick(family, NEAR), 0);
        let socket = self.host.run(|| {
            let socket = Socket::new(Domain::for_address(address), Type::STREAM, None)?;
            socket.bind(&address.into())?;
            Ok(socket)
        });
        socket.map_err(Error::os(format!("binding a TCP socket to {address}")))
    }

    pub(super) fn host(&self) -> &Host {
        &self.host
    }
}

/// What the peer answers to a segment, by the manner of the port it is for.
fn answer(packet: &[u8]) -> Option<Reply> {
    let transport = packet::transport(packet)?;
    if transport.protocol != IpNextHeaderProtocols::Tcp.0 {
        return None;
    }
    let segment = TcpPacket::new(packet::payload(packet)?)?;
    let manner = Manner::of(segment.get_destination())?;
    let (sender, peer) = packet::addresses(packet)?;
    let (sender, peer) =
        (SocketAddr::new(sender, segment.get_source()), SocketAddr::new(peer, segment.get_destination()));
    let (after, seq, ack, flags) = manner.answer(&segment)?;
    Some(Reply { after, packet: forge::tcp(peer, sender, seq, ack, flags, &[])? })
}

impl Manner {
    fn of(port: u16) -> Option<Self> {
        let all = [Self::Silent, Self::Deaf, Self::Open, Self::Following, Self::Crossing, Self::Leaving];
        all.into_iter().find(|manner| *manner as u16 == port)
    }

    /// When to answer, and the answer's sequence number, acknowledgement and flags.
    fn answer(self, segment: &TcpPacket<'_>) -> Option<(Duration, u32, u32, u8)> {
        let (flags, seq) = (segment.get_flags(), segment.get_sequence());
        let (length, at_once) = (u32::try_from(segment.payload().len()).ok()?, Duration::ZERO);
        if self == Self::Silent || flags & RST != 0 {
            return None;
        }
        if flags & SYN != 0 {
            return Some((at_once, ISN, seq.wrapping_add(1), SYN | ACK));
        }
        let (next, fin) = (seq.wrapping_add(length), flags & FIN != 0);
        let greeted = segment.get_acknowledgement() == ISN + 1;
        match self {
            Self::Leaving if greeted && !fin => Some((at_once, ISN + 1, next, FIN | ACK)),
            Self::Crossing if fin => Some((at_once, ISN + 1, seq, FIN | ACK)),
            Self::Following if fin => Some((at_once, ISN + 1, next.wrapping_add(1), FIN | ACK)),
            // TIME-WAIT lasts a minute after the last FIN: another comes before that.
            Self::Following if !greeted => Some((REMINDER, ISN + 1, next, FIN | ACK)),
            Self::Open if fin || length > 0 => Some((at_once, ISN + 1, next.wrapping_add(fin.into()), ACK)),
            _ => None,
        }
    }
}

fn pick(family: Family, (v4, v6): (Ipv4Addr, Ipv6Addr)) -> IpAddr {
    match family {
        Family::V4 => v4.into(),
        Family::V6 => v6.into(),
    }
}

/// The addresses of the host and of the peer, from the ranges set aside for documentation.
const NEAR: (Ipv4Addr, Ipv6Addr) =
    (Ipv4Addr::new(198, 51, 100, 1), Ipv6Addr::new(0x2001, 0xdb8, 0x51, 0, 0, 0, 0, 1));
const FAR: (Ipv4Addr, Ipv6Addr) =
    (Ipv4Addr::new(198, 51, 100, 2), Ipv6Addr::new(0x2001, 0xdb8, 0x51, 0, 0, 0, 0, 2));

/// Where the peer starts counting.
const ISN: u32 = 1000;

const REMINDER: Duration = Duration::from_secs(20);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_manner_answers_in_its_way() {
        let host: SocketAddr = "198.51.100.1:4000".parse().unwrap();
        #[rustfmt::skip]
        let cases = [
            // manner,           flags,     ack,     expected: ack, flags
            (Manner::Silent,     SYN,       0,       None),
            (Manner::Deaf,       SYN,       0,       Some((71, SYN | ACK))),
            (Manner::Deaf,       FIN | ACK, ISN + 1, None),
            (Manner::Open,       ACK,       ISN + 1, None),
            (Manner::Open,       FIN | ACK, ISN + 1, Some((71, ACK))),
            (Manner::Following,  FIN | ACK, ISN + 1, Some((71, FIN | ACK))),
            (Manner::Following,  ACK,       ISN + 2, Some((70, FIN | ACK))),
            (Manner::Crossing,   FIN | ACK, ISN + 1, Some((70, FIN | ACK))),
            (Manner::Leaving,    ACK,       ISN + 1, Some((70, FIN | ACK))),
            (Manner::Leaving,    ACK,       ISN + 2, None),
            (Manner::Leaving,    FIN | ACK, ISN + 2, None),
            (Manner::Open,       RST,       0,       None),
        ];
        for (manner, flags, ack, expected) in cases {
            let peer = SocketAddr::new(FAR.0.into(), manner as u16);
            let reply = answer(&forge::tcp(host, peer, 70, ack, flags, &[]).unwrap());
            let said = reply.map(|reply| {
                let segment = TcpPacket::new(packet::payload(&reply.packet).unwrap()).unwrap();
                (segment.get_acknowledgement(), segment.get_flags())
            });
            assert_eq!(said, expected, "{manner:?} to flags {flags} acknowledging {ack}");
        }
    }
}
