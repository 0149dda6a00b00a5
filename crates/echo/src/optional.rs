//! The socket options a run can do without: which they are, and what is missing where the system refuses one.
//!
//! Emulators, containers and kernels of long ago know fewer of them; a ping without a TTL in its replies is still a ping. An
//! option that was asked for because of what it does to packets is not among them: without it something else is measured.

use std::io;

use netdiag_sys::set_option;
use nix::libc::{self, c_int};
use socket2::Socket;

/// An option of a socket, and what it is for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct SocketOption {
    /// Its name in the man pages.
    pub name: &'static str,
    /// `level` of setsockopt(2).
    pub level: i32,
    /// `optname` of setsockopt(2).
    pub number: i32,
    /// What the run is without, in words that follow a colon.
    pub consequence: &'static str,
}

/// An option the system refused.
#[derive(Debug)]
#[non_exhaustive]
pub struct RefusedOption {
    /// Which.
    pub option: SocketOption,
    /// What the system answered.
    pub error: io::Error,
}

/// Asks a socket for options and remembers which it refused.
#[derive(Debug)]
pub(crate) struct Wishes<'a> {
    socket: &'a Socket,
    without: Vec<RefusedOption>,
}

impl<'a> Wishes<'a> {
    pub(crate) const fn of(socket: &'a Socket) -> Self {
        Self { socket, without: Vec::new() }
    }

    /// Whether the socket now has the option.
    pub(crate) fn ask(&mut self, option: SocketOption, value: c_int) -> bool {
        let asked = set_option(self.socket, option.level, option.number, &mut value.to_ne_bytes());
        self.note(option, asked)
    }

    /// The same of an option whose value is not a number.
    pub(crate) fn note(&mut self, option: SocketOption, asked: io::Result<()>) -> bool {
        match asked {
            Ok(()) => true,
            Err(error) => {
                self.without.push(RefusedOption { option, error });
                false
            }
        }
    }

    pub(crate) fn refused(self) -> Vec<RefusedOption> {
        self.without
    }
}

const fn option(name: &'static str, level: c_int, number: c_int, consequence: &'static str) -> SocketOption {
    SocketOption { name, level, number, consequence }
}

const SOCKET: c_int = libc::SOL_SOCKET;
const IP: c_int = libc::IPPROTO_IP;
const IPV6: c_int = libc::IPPROTO_IPV6;
const ERRORS: &str = "ICMP errors are not seen";
const EXTENSIONS: &str = "what routers add to ICMP errors may not be seen";
// linux/in.h and linux/in6.h, since Linux 5.9.
const NUMBER_V4: c_int = 26;
const NUMBER_V6: c_int = 31;

pub(crate) const TIMESTAMPING: SocketOption =
    option("SO_TIMESTAMPING", SOCKET, libc::SO_TIMESTAMPING, "round trips begin by this process's clock");
pub(crate) const TIMESTAMPNS: SocketOption =
    option("SO_TIMESTAMPNS", SOCKET, libc::SO_TIMESTAMPNS, "arrivals are timed in microseconds at best");
pub(crate) const TIMESTAMP: SocketOption =
    option("SO_TIMESTAMP", SOCKET, libc::SO_TIMESTAMP, "round trips end by this process's clock");
pub(crate) const RECVERR: SocketOption = option("IP_RECVERR", IP, libc::IP_RECVERR, ERRORS);
pub(crate) const IPV6_RECVERR: SocketOption = option("IPV6_RECVERR", IPV6, libc::IPV6_RECVERR, ERRORS);
pub(crate) const RECVERR_RFC4884: SocketOption = option("IP_RECVERR_RFC4884", IP, NUMBER_V4, EXTENSIONS);
pub(crate) const IPV6_RECVERR_RFC4884: SocketOption =
    option("IPV6_RECVERR_RFC4884", IPV6, NUMBER_V6, EXTENSIONS);
pub(crate) const RECVTTL: SocketOption =
    option("IP_RECVTTL", IP, libc::IP_RECVTTL, "the TTL of what arrives may be unknown");
pub(crate) const RECVHOPLIMIT: SocketOption =
    option("IPV6_RECVHOPLIMIT", IPV6, libc::IPV6_RECVHOPLIMIT, "the hop limit of what arrives is unknown");
pub(crate) const RETOPTS: SocketOption =
    option("IP_RETOPTS", IP, libc::IP_RETOPTS, "options of replies are not seen");
pub(crate) const ATTACH_FILTER: SocketOption = option(
    "SO_ATTACH_FILTER",
    SOCKET,
    libc::SO_ATTACH_FILTER,
    "replies to other programs are read and passed over",
);
pub(crate) const RCVBUF: SocketOption =
    option("SO_RCVBUF", SOCKET, libc::SO_RCVBUF, "replies that come all at once may be dropped here");
pub(crate) const SNDBUF: SocketOption =
    option("SO_SNDBUF", SOCKET, libc::SO_SNDBUF, "the send buffer is the system's");
pub(crate) const DEBUG: SocketOption =
    option("SO_DEBUG", SOCKET, libc::SO_DEBUG, "the kernel does not debug the socket");

/// All of them.
pub const OPTIONAL_SOCKET_OPTIONS: [SocketOption; 14] = [
    TIMESTAMPING,
    TIMESTAMPNS,
    TIMESTAMP,
    RECVERR,
    IPV6_RECVERR,
    RECVERR_RFC4884,
    IPV6_RECVERR_RFC4884,
    RECVTTL,
    RECVHOPLIMIT,
    RETOPTS,
    ATTACH_FILTER,
    RCVBUF,
    SNDBUF,
    DEBUG,
];

#[cfg(test)]
mod tests {
    use socket2::{Domain, Type};

    use super::*;

    #[test]
    fn what_is_refused_is_remembered_with_the_reason() {
        let socket = Socket::new(Domain::IPV4, Type::DGRAM, None).unwrap();
        let mut wishes = Wishes::of(&socket);
        assert!(wishes.ask(RECVTTL, 1));
        assert!(!wishes.ask(option("SO_NOSUCH", SOCKET, 9999, "nothing"), 1));
        let without = wishes.refused();
        assert!(
            matches!(&without[..], [RefusedOption { option: SocketOption { name: "SO_NOSUCH", .. }, error }]
            if error.raw_os_error() == Some(libc::ENOPROTOOPT))
        );
    }
}
