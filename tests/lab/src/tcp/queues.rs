//! Sockets with something in their queues.
//!
//! What a connection has sent and nobody acknowledged is in its send queue; what arrived and nobody read
//! is in its receive queue. A listener's receive queue counts connections nobody accepted.

use std::io::Write;
use std::net::SocketAddr;

use socket2::{Domain, Socket, Type};

use super::held::{self, Held};
use super::peer::{Manner, TcpPeer};
use super::table::{Family, TcpState};
use crate::until::PATIENCE;
use crate::{Error, Host};

impl Host {
    /// A connection over loopback with that many bytes to read in its receive queue; the default buffers
    /// take 64 KiB.
    ///
    /// # Errors
    /// [`Error::Os`] if the bytes do not fit, [`Error::TimedOut`] if they do not arrive.
    pub fn tcp_unread(&self, family: Family, bytes: u32) -> Result<Held, Error> {
        let (sender, receiver) = self.connection(family)?;
        write(&sender, bytes)?;
        let ends = held::ends(&receiver)?;
        let held = Held::new(self, TcpState::ESTABLISHED, ends, vec![receiver, sender])?;
        held.wait(self, |row| row.receive_queue == bytes)?;
        Ok(held)
    }

    /// A listener on loopback with a backlog of `backlog` and `pending` connections nobody accepts; it
    /// takes one more than its backlog.
    ///
    /// # Errors
    /// [`Error::Os`] or [`Error::TimedOut`] if there are more than it takes.
    pub fn tcp_pending(&self, family: Family, pending: u32, backlog: i32) -> Result<Held, Error> {
        let listener = self.listen(family, backlog)?;
        let ends = held::ends(&listener)?;
        let clients = (0..pending).map(|_| self.dial(&listener)).collect::<Result<Vec<_>, _>>()?;
        let sockets = std::iter::once(listener).chain(clients).collect();
        let held = Held::new(self, TcpState::LISTEN, ends, sockets)?;
        held.wait(self, |row| row.receive_queue == pending)?;
        Ok(held)
    }

    /// A connection over loopback whose other end reads nothing and has no room left: this end has more to send, and
    /// probes the closed window.
    ///
    /// # Errors
    /// [`Error::TimedOut`] if the window does not close.
    pub fn tcp_stalled(&self, family: Family) -> Result<Held, Error> {
        let (sender, receiver) = self.connection(family)?;
        sender.set_nonblocking(true).map_err(Error::os("fcntl(O_NONBLOCK)"))?;
        let held = Held::new(self, TcpState::ESTABLISHED, held::ends(&sender)?, vec![sender, receiver])?;
        // More is taken as long as the other end takes some; whatever stops it, the timer tells why.
        held.wait(self, |row| {
            while held.socket().is_some_and(|mut sender| sender.write(&[0x55; 1 << 16]).is_ok()) {}
            row.timer == WINDOW_PROBE
        })?;
        Ok(held)
    }

    /// Both ends of a connection over loopback.
    fn connection(&self, family: Family) -> Result<(Socket, Socket), Error> {
        let listener = self.listen(family, 1)?;
        let sender = self.dial(&listener)?;
        let (receiver, _) = listener.accept().map_err(Error::os("accept"))?;
        Ok((sender, receiver))
    }

    fn listen(&self, family: Family, backlog: i32) -> Result<Socket, Error> {
        let address = SocketAddr::new(family.loopback(), 0);
        let socket = self.run(|| {
            let socket = Socket::new(Domain::for_address(address), Type::STREAM, None)?;
            socket.bind(&address.into())?;
            socket.listen(backlog)?;
            Ok(socket)
        });
        socket.map_err(Error::os(format!("listening on {address}")))
    }

    fn dial(&self, listener: &Socket) -> Result<Socket, Error> {
        let address = listener.local_addr().map_err(Error::os("getsockname"))?;
        let socket =
            self.run(|| Socket::new(address.domain(), Type::STREAM, None)).map_err(Error::os("socket"))?;
        socket.connect_timeout(&address, PATIENCE).map_err(Error::os("connecting"))?;
        Ok(socket)
    }
}

impl TcpPeer {
    /// A connection with that many bytes in its send queue, which the peer never acknowledges.
    ///
    /// # Errors
    /// [`Error::Os`] if the bytes do not fit: the default send buffer takes 16 KiB at least.
    pub fn unacknowledged(&self, family: Family, bytes: u32) -> Result<Held, Error> {
        let socket = self.connect(family, Manner::Deaf)?;
        write(&socket, bytes)?;
        let held = Held::new(self.host(), TcpState::ESTABLISHED, held::ends(&socket)?, vec![socket])?;
        held.wait(self.host(), |row| row.send_queue == bytes)?;
        Ok(held)
    }
}

/// The kernel's number for that timer.
const WINDOW_PROBE: u8 = 4;

fn write(mut socket: &Socket, bytes: u32) -> Result<(), Error> {
    socket.set_write_timeout(Some(PATIENCE)).map_err(Error::os("SO_SNDTIMEO"))?;
    socket.write_all(&vec![0x55; bytes as usize]).map_err(Error::os(format!("writing {bytes} bytes")))
}
