//! The plainest possible ping: a raw socket, one packet at a time.
//!
//! Raw ICMPv4 sockets deliver the IP header, raw ICMPv6 ones do not; an [`Answer`] has none.

use std::io::{ErrorKind, Read};
use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use netdiag_lab::{Host, forge, packet};
use socket2::{Domain, Protocol, Socket, Type};

/// A raw ICMP socket connected to one address.
pub(crate) struct Pinger {
    socket: Socket,
    target: IpAddr,
}

/// An ICMP message as it arrived.
pub(crate) struct Answer(Vec<u8>);

impl Answer {
    pub(crate) fn kind(&self) -> u8 {
        self.0[0]
    }

    pub(crate) fn code(&self) -> u8 {
        self.0[1]
    }

    pub(crate) fn seq(&self) -> u16 {
        u16::from_be_bytes([self.0[6], self.0[7]])
    }

    /// The MTU in a packet-too-big or fragmentation-needed.
    pub(crate) fn mtu(&self) -> u16 {
        self.seq()
    }

    pub(crate) fn data(&self) -> &[u8] {
        &self.0[8..]
    }
}

impl Pinger {
    /// Only packets from `target` come in if `connected`, else errors of routers as well.
    pub(crate) fn new(host: &Host, target: &str, connected: bool) -> Self {
        let target: IpAddr = target.parse().unwrap();
        let (domain, protocol) = match target {
            IpAddr::V4(_) => (Domain::IPV4, Protocol::ICMPV4),
            IpAddr::V6(_) => (Domain::IPV6, Protocol::ICMPV6),
        };
        let socket = host.run(|| Socket::new(domain, Type::RAW, Some(protocol))).unwrap();
        if connected {
            socket.connect(&SocketAddr::new(target, 0).into()).unwrap();
        }
        socket.set_recv_buffer_size(8 << 20).unwrap();
        Self { socket, target }
    }

    /// Limits how many hops requests go.
    pub(crate) fn hops(&self, hops: u32) {
        match self.target {
            IpAddr::V4(_) => self.socket.set_ttl_v4(hops).unwrap(),
            IpAddr::V6(_) => self.socket.set_unicast_hops_v6(hops).unwrap(),
        }
    }

    pub(crate) fn send(&self, seq: u16, data: &[u8]) {
        let whole = forge::echo_request(self.target, self.target, 1, seq, data).unwrap();
        let message = packet::payload(&whole).unwrap();
        self.socket.send_to(message, &SocketAddr::new(self.target, 0).into()).unwrap();
    }

    /// The next echo reply or error.
    pub(crate) fn receive(&self, patience: Duration) -> Option<Answer> {
        let until = Instant::now() + patience;
        let replies_and_errors: &[u8] =
            if self.target.is_ipv4() { &[0, 3, 11, 12] } else { &[1, 2, 3, 4, 129] };
        let mut buffer = [0; 65536];
        loop {
            let left = until.checked_duration_since(Instant::now()).filter(|left| !left.is_zero())?;
            self.socket.set_read_timeout(Some(left)).unwrap();
            let length = match (&self.socket).read(&mut buffer) {
                Ok(length) => length,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return None,
                Err(error) => panic!("{error}"),
            };
            let answer = match self.target {
                IpAddr::V4(_) => packet::payload(&buffer[..length]).unwrap(),
                IpAddr::V6(_) => &buffer[..length],
            };
            let answer = Answer(answer.to_vec());
            if replies_and_errors.contains(&answer.kind()) {
                return Some(answer);
            }
        }
    }

    /// Sends one request and waits for its reply.
    pub(crate) fn round_trip(&self, seq: u16) -> Option<Duration> {
        let sent = Instant::now();
        self.send(seq, &[0; 56]);
        let answer = self.receive(Duration::from_secs(120))?;
        assert_eq!(answer.seq(), seq);
        Some(sent.elapsed())
    }
}
