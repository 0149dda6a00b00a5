//! The TCP sockets of a host as `/proc/net/tcp` and `tcp6` list them.
//!
//! A socket that is bound but neither listens nor connects is not listed.

use std::fs;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use crate::{Error, Host};

/// A TCP state as the kernel numbers it.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct TcpState(pub u8);

impl TcpState {
    /// Connected.
    pub const ESTABLISHED: Self = Self(1);
    /// A SYN is sent and not answered.
    pub const SYN_SENT: Self = Self(2);
    /// A SYN has come, its answer is not acknowledged.
    pub const SYN_RECV: Self = Self(3);
    /// This side has closed, its FIN is not acknowledged.
    pub const FIN_WAIT_1: Self = Self(4);
    /// This side has closed, the other side has not.
    pub const FIN_WAIT_2: Self = Self(5);
    /// Both sides have closed, this one first; late packets are waited for.
    pub const TIME_WAIT: Self = Self(6);
    /// No connection: bound at most.
    pub const CLOSE: Self = Self(7);
    /// The other side has closed, this one has not.
    pub const CLOSE_WAIT: Self = Self(8);
    /// The other side has closed, then this one; its FIN is not acknowledged.
    pub const LAST_ACK: Self = Self(9);
    /// Waits for connections.
    pub const LISTEN: Self = Self(10);
    /// Both sides have closed at once, neither FIN is acknowledged.
    pub const CLOSING: Self = Self(11);

    /// All eleven.
    pub const ALL: [Self; 11] = [
        Self::ESTABLISHED,
        Self::SYN_SENT,
        Self::SYN_RECV,
        Self::FIN_WAIT_1,
        Self::FIN_WAIT_2,
        Self::TIME_WAIT,
        Self::CLOSE,
        Self::CLOSE_WAIT,
        Self::LAST_ACK,
        Self::LISTEN,
        Self::CLOSING,
    ];
}

/// An IP version.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Family {
    /// IPv4.
    V4,
    /// IPv6.
    V6,
}

impl Family {
    /// Both.
    pub const ALL: [Self; 2] = [Self::V4, Self::V6];

    /// The loopback address.
    pub(crate) fn loopback(self) -> IpAddr {
        match self {
            Self::V4 => Ipv4Addr::LOCALHOST.into(),
            Self::V6 => Ipv6Addr::LOCALHOST.into(),
        }
    }
}

/// One TCP socket of a host.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct TcpRow {
    /// Its state.
    pub state: TcpState,
    /// This side.
    pub local: SocketAddr,
    /// The other side; zeros where there is none.
    pub peer: SocketAddr,
    /// Bytes not acknowledged yet; 0 for listeners.
    pub send_queue: u32,
    /// Bytes not read yet, or connections not accepted yet.
    pub receive_queue: u32,
    /// The timer that runs: 0 none, 1 retransmission, 2 keepalive or the like, 3 TIME-WAIT, 4 window probe.
    pub timer: u8,
    /// How often the retransmission timer has fired without an answer.
    pub retransmits: u32,
    /// How many probes of the window, or of a silent peer, have no answer.
    pub probes: u32,
}

impl Host {
    /// Every TCP socket of the host, both IP versions.
    ///
    /// # Errors
    /// [`Error::Os`] if `/proc` is not there.
    pub fn tcp(&self) -> Result<Vec<TcpRow>, Error> {
        let mut rows = Vec::new();
        for table in ["/proc/thread-self/net/tcp", "/proc/thread-self/net/tcp6"] {
            let text =
                self.run(|| fs::read_to_string(table)).map_err(Error::os(format!("reading {table}")))?;
            rows.extend(text.lines().filter_map(row));
        }
        Ok(rows)
    }
}

/// One line of the table; `None` for its heading.
fn row(line: &str) -> Option<TcpRow> {
    let mut words = line.split_ascii_whitespace().skip(1);
    let (local, peer) = (endpoint(words.next()?)?, endpoint(words.next()?)?);
    let state = TcpState(u8::from_str_radix(words.next()?, 16).ok()?);
    let (sending, received) = words.next()?.split_once(':')?;
    let send_queue = u32::from_str_radix(sending, 16).ok()?;
    let receive_queue = u32::from_str_radix(received, 16).ok()?;
    let (timer, _expires) = words.next()?.split_once(':')?;
    let timer = u8::from_str_radix(timer, 16).ok()?;
    let retransmits = u32::from_str_radix(words.next()?, 16).ok()?;
    let _uid = words.next()?;
    let probes = words.next()?.parse().ok()?;
    Some(TcpRow { state, local, peer, send_queue, receive_queue, timer, retransmits, probes })
}

/// `0100007F:0050`: the address word by word in the machine's byte order, the port as it is said.
fn endpoint(text: &str) -> Option<SocketAddr> {
    let (address, port) = text.split_once(':')?;
    let words = (0..address.len() / 8).map(|n| u32::from_str_radix(address.get(8 * n..8 * n + 8)?, 16).ok());
    let words: Vec<u32> = words.collect::<Option<_>>()?;
    let octets: Vec<u8> = words.into_iter().flat_map(u32::to_ne_bytes).collect();
    let ip = match octets.len() {
        4 => IpAddr::from(<[u8; 4]>::try_from(octets).ok()?),
        _ => IpAddr::from(<[u8; 16]>::try_from(octets).ok()?),
    };
    Some(SocketAddr::new(ip, u16::from_str_radix(port, 16).ok()?))
}

#[cfg(all(test, target_endian = "little"))]
mod tests {
    use super::*;

    #[test]
    fn rows_are_read_and_headings_are_not() {
        let heading = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid";
        assert_eq!(row(heading), None);
        let v4 =
            "   0: 0100007F:0050 0200007F:D431 01 0000000A:00000005 04:000001F4 0000000B     0        3 77";
        let expected = TcpRow {
            state: TcpState::ESTABLISHED,
            local: "127.0.0.1:80".parse().unwrap(),
            peer: "127.0.0.2:54321".parse().unwrap(),
            send_queue: 10,
            receive_queue: 5,
            timer: 4,
            retransmits: 11,
            probes: 3,
        };
        assert_eq!(row(v4), Some(expected));
        let v6 = endpoint("B80D0120000000000000000001000000:0050");
        assert_eq!(v6, Some("[2001:db8::1]:80".parse().unwrap()));
    }
}
