//! A socket kept in a state.
//!
//! `peer` is as the kernel lists it; where there is no other side, it is all zeros.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

use socket2::Socket;

use super::table::TcpState;
use crate::until::PATIENCE;
use crate::{Error, Host, TcpRow, until};

/// A socket of a host, in its state until this is dropped.
#[derive(Debug)]
pub struct Held {
    /// The state it is in.
    pub state: TcpState,
    /// This side.
    pub local: SocketAddr,
    /// The other side; zeros where there is none.
    pub peer: SocketAddr,
    sockets: Vec<Socket>,
}

impl Held {
    /// Waits until the kernel lists such a socket.
    pub(crate) fn new(
        host: &Host,
        state: TcpState,
        (local, peer): (SocketAddr, SocketAddr),
        sockets: Vec<Socket>,
    ) -> Result<Self, Error> {
        let held = Self { state, local, peer, sockets };
        held.wait(host, |_| true)?;
        Ok(held)
    }

    /// A bound socket: the kernel lists none in this state.
    pub(crate) fn bound(local: SocketAddr, socket: Socket) -> Self {
        Self { state: TcpState::CLOSE, local, peer: nobody(local), sockets: vec![socket] }
    }

    /// The sockets, the first of them in the state.
    pub(crate) fn into_sockets(self) -> Vec<Socket> {
        self.sockets
    }

    /// Waits until the row of this socket satisfies `condition`.
    pub(crate) fn wait(&self, host: &Host, condition: impl Fn(&TcpRow) -> bool) -> Result<(), Error> {
        let what = format!("{}: {:?} {} {}", host.name(), self.state, self.local, self.peer);
        until(what, PATIENCE, || match self.row(host) {
            Ok(row) => row.filter(&condition).map(|_| Ok(())),
            Err(error) => Some(Err(error)),
        })?
    }

    /// The socket in the state; `None` once it is abandoned.
    pub fn socket(&self) -> Option<&Socket> {
        self.sockets.first()
    }

    /// The socket as the kernel's table has it; `None` where it does not, as for one in CLOSE.
    ///
    /// # Errors
    /// [`Error::Os`] if `/proc` is not there.
    pub fn row(&self, host: &Host) -> Result<Option<TcpRow>, Error> {
        Ok(host.tcp()?.into_iter().find(|row| self.is(row)))
    }

    /// Closes the sockets and leaves what is left of them to the kernel. Of FIN-WAIT-1, FIN-WAIT-2,
    /// CLOSING and LAST-ACK that makes orphans in the same state, with no owner and no inode; the kernel
    /// ends an orphan in FIN-WAIT-2 after `tcp_fin_timeout`, a minute by default. A connection in
    /// another state begins to close.
    pub fn abandon(&mut self) {
        self.sockets.clear();
    }

    fn is(&self, row: &TcpRow) -> bool {
        (row.state, row.local, row.peer) == (self.state, self.local, self.peer)
    }
}

/// The other side of a socket that has none.
pub(crate) fn nobody(local: SocketAddr) -> SocketAddr {
    match local {
        SocketAddr::V4(_) => (Ipv4Addr::UNSPECIFIED, 0).into(),
        SocketAddr::V6(_) => (Ipv6Addr::UNSPECIFIED, 0).into(),
    }
}

/// Both ends of a socket, as the kernel lists them.
pub(crate) fn ends(socket: &Socket) -> Result<(SocketAddr, SocketAddr), Error> {
    let local = socket.local_addr().map_err(Error::os("getsockname"))?;
    let local = local.as_socket().expect("it is an IP socket");
    let peer = socket.peer_addr().ok().and_then(|peer| peer.as_socket());
    Ok((local, peer.unwrap_or_else(|| nobody(local))))
}
