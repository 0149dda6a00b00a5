//! Closing other programs' sockets (`SOCK_DESTROY`), and what came of it.
//!
//! A socket is meant by its cookie as well as its addresses, so one that has taken another's place is never hit. Who
//! destroys while a dump is running needs a second client: a request ends the dump before it.

use std::io;

use netlink_packet_core::{Emitable, NLM_F_ACK};
use nix::errno::Errno;

use crate::client::Client;
use crate::error::Error;
use crate::family::inet::InetSocket;

/// What came of an attempt to destroy a socket.
#[derive(Debug)]
pub enum DestroyOutcome {
    /// It is closed; its owner's next call on it fails with `ECONNABORTED`.
    Destroyed,
    /// It had gone away by itself, or another socket has its place now.
    Gone,
    /// This kernel cannot destroy such sockets: `CONFIG_INET_DIAG_DESTROY`, or support for the protocol, is missing.
    Unsupported,
    /// The kernel would not; [`io::ErrorKind::PermissionDenied`] asks for `CAP_NET_ADMIN`.
    Refused(io::Error),
}

impl Client {
    /// Closes `socket`, which a dump of `protocol` (an `IPPROTO_*` number, 255 for raw sockets) has shown.
    ///
    /// MPTCP connections cannot be meant: their protocol's number takes more than these eight bits.
    ///
    /// # Errors
    /// Only when the kernel could not be asked; what it thought of the request is a [`DestroyOutcome`].
    pub fn destroy(&mut self, socket: &InetSocket<'_>, protocol: u8) -> Result<DestroyOutcome, Error> {
        self.ask(SOCK_DESTROY, NLM_F_ACK, &Bytes(&socket.identity(protocol)))?;
        loop {
            match self.step() {
                // There are no records, only the acknowledgement.
                Ok(Some(_)) => {}
                Ok(None) => return Ok(DestroyOutcome::Destroyed),
                Err(Error::Refused { source, .. }) => return Ok(DestroyOutcome::refused(source)),
                Err(error) => return Err(error),
            }
        }
    }
}

impl DestroyOutcome {
    fn refused(error: io::Error) -> Self {
        match error.raw_os_error().map(Errno::from_raw) {
            // ESTALE: the addresses are in use again, by a socket with another cookie.
            Some(Errno::ENOENT | Errno::ESTALE) => Self::Gone,
            Some(Errno::EOPNOTSUPP) => Self::Unsupported,
            _ => Self::Refused(error),
        }
    }
}

/// A request that is bytes already.
struct Bytes<'a>(&'a [u8]);

impl Emitable for Bytes<'_> {
    fn buffer_len(&self) -> usize {
        self.0.len()
    }

    fn emit(&self, buffer: &mut [u8]) {
        buffer.copy_from_slice(self.0);
    }
}

/// `SOCK_DESTROY`.
const SOCK_DESTROY: u16 = 21;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{InetRequest, Query};

    #[test]
    fn an_errno_is_an_outcome() {
        #[rustfmt::skip]
        let cases = [
            (Errno::ENOENT,     "Gone"),
            (Errno::ESTALE,     "Gone"),
            (Errno::EOPNOTSUPP, "Unsupported"),
            (Errno::EPERM,      "Refused"),
            (Errno::EINVAL,     "Refused"),
        ];
        for (errno, expected) in cases {
            let outcome = format!("{:?}", DestroyOutcome::refused(errno.into()));
            assert!(outcome.starts_with(expected), "{errno}: {outcome}");
        }
    }

    #[test]
    fn a_request_names_the_socket_down_to_its_cookie() {
        let mut record: Vec<u8> = (0..72).collect();
        record[0] = 2;
        // INET_DIAG_PROTOCOL: ICMP.
        record.extend([5u16.to_ne_bytes(), 10u16.to_ne_bytes()].concat());
        record.extend([1, 0, 0, 0]);
        let socket = InetRequest::view(&record).unwrap();
        for (protocol, head) in [(6, [2, 6, 0, 0]), (255, [2, 255, 0, 1])] {
            let request = socket.identity(protocol);
            assert_eq!(request[..4], head);
            assert_eq!(request[4..8], [0; 4], "states");
            assert_eq!(request[8..], record[4..52]);
        }
    }

    #[test]
    fn a_socket_that_is_not_there_is_gone_or_not_ours_to_close() {
        let mut record = [0; 72];
        record[0] = 2;
        let socket = InetRequest::view(&record).unwrap();
        let outcome = Client::open().unwrap().destroy(&socket, 6).unwrap();
        assert!(!matches!(outcome, DestroyOutcome::Destroyed), "{outcome:?}");
    }
}
