//! Real sockets in each of the eleven TCP states.
//!
//! Each is waited for in the kernel's own table, except CLOSE, which that does not list.

use std::net::{Shutdown, SocketAddr};

use socket2::Socket;

use super::held::{self, Held};
use super::peer::{Manner, TcpPeer};
use super::table::{Family, TcpState};
use crate::{Error, Host, Lab};

/// A host with one socket in each TCP state, for both IP versions, as long as this lives.
#[derive(Debug)]
pub struct TcpStates {
    peer: TcpPeer,
    held: Vec<Held>,
}

impl TcpStates {
    /// Makes the host and brings its sockets into their states. SYN-RECV needs a listener of its own, so
    /// there is one more in LISTEN for each IP version.
    ///
    /// # Errors
    /// [`Error::TimedOut`] naming the state that was not reached.
    pub fn hold(lab: &Lab) -> Result<Self, Error> {
        let peer = TcpPeer::new(lab, &lab.host("states")?, "tcp0")?;
        let cases = Family::ALL.into_iter().flat_map(|family| TcpState::ALL.map(|state| (state, family)));
        let held = cases.map(|(state, family)| peer.hold(state, family)).collect::<Result<_, _>>()?;
        Ok(Self { peer, held })
    }

    /// The host the sockets belong to.
    pub fn host(&self) -> &Host {
        self.peer.host()
    }

    /// The peer of the connections, to hold more.
    pub fn peer(&self) -> &TcpPeer {
        &self.peer
    }

    /// The sockets: IPv4 first, in the order of [`TcpState::ALL`].
    pub fn all(&self) -> &[Held] {
        &self.held
    }

    /// The socket in a state.
    pub fn of(&self, state: TcpState, family: Family) -> &Held {
        let wanted = |held: &&Held| held.state == state && held.local.is_ipv4() == (family == Family::V4);
        self.held.iter().find(wanted).expect("there is one for each state and IP version")
    }
}

impl TcpPeer {
    /// Brings a socket of the host into a state and keeps it there. TIME-WAIT is renewed by the peer; the
    /// others last a quarter of an hour at least.
    ///
    /// # Errors
    /// [`Error::TimedOut`] if it does not get there.
    pub fn hold(&self, state: TcpState, family: Family) -> Result<Held, Error> {
        match state {
            TcpState::LISTEN => self.listening(family),
            TcpState::SYN_SENT => self.connecting(family),
            TcpState::SYN_RECV => self.half_open(family),
            TcpState::ESTABLISHED => self.connected(state, family, Manner::Open),
            TcpState::CLOSE_WAIT => self.connected(state, family, Manner::Leaving),
            TcpState::LAST_ACK => {
                let left = self.connected(TcpState::CLOSE_WAIT, family, Manner::Leaving)?;
                self.closing(state, left)
            }
            TcpState::FIN_WAIT_1 => self.closed_first(state, family, Manner::Deaf),
            TcpState::FIN_WAIT_2 => self.closed_first(state, family, Manner::Open),
            TcpState::CLOSING => self.closed_first(state, family, Manner::Crossing),
            TcpState::TIME_WAIT => self.closed_first(state, family, Manner::Following),
            _ => {
                let socket = self.socket(family)?;
                Ok(Held::bound(held::ends(&socket)?.0, socket))
            }
        }
    }

    fn listening(&self, family: Family) -> Result<Held, Error> {
        let socket = self.socket(family)?;
        socket.listen(16).map_err(Error::os("listen"))?;
        Held::new(self.host(), TcpState::LISTEN, held::ends(&socket)?, vec![socket])
    }

    fn connecting(&self, family: Family) -> Result<Held, Error> {
        let (socket, peer) = (self.socket(family)?, self.address(family, Manner::Silent));
        socket.set_nonblocking(true).map_err(Error::os("fcntl(O_NONBLOCK)"))?;
        // That it is in progress is all it can say; the wait below tells whether it is.
        socket.connect(&peer.into()).ok();
        Held::new(self.host(), TcpState::SYN_SENT, (held::ends(&socket)?.0, peer), vec![socket])
    }

    fn half_open(&self, family: Family) -> Result<Held, Error> {
        let listener = self.listening(family)?;
        let ends: (SocketAddr, SocketAddr) = (listener.local, self.knock(listener.local)?);
        Held::new(self.host(), TcpState::SYN_RECV, ends, listener.into_sockets())
    }

    fn connected(&self, state: TcpState, family: Family, manner: Manner) -> Result<Held, Error> {
        let socket = self.connect(family, manner)?;
        Held::new(self.host(), state, held::ends(&socket)?, vec![socket])
    }

    fn closed_first(&self, state: TcpState, family: Family, manner: Manner) -> Result<Held, Error> {
        let connected = self.connected(TcpState::ESTABLISHED, family, manner)?;
        self.closing(state, connected)
    }

    fn closing(&self, state: TcpState, connected: Held) -> Result<Held, Error> {
        let ends = (connected.local, connected.peer);
        let sockets = connected.into_sockets();
        sockets
            .iter()
            .try_for_each(|socket: &Socket| socket.shutdown(Shutdown::Write))
            .map_err(Error::os("shutdown"))?;
        Held::new(self.host(), state, ends, sockets)
    }
}
