//! What fields are read of: a socket, with its attributes found once for all of them.

use std::sync::LazyLock;

use netdiag_sockdiag::{Attrs, EcnInfo, InetAttrs, InetSocket, MemInfo, TcpInfo};
use rustix::system::uname;

use crate::sockets::{ProcLine, Socket, Table, TcpProcLine};

/// A socket and what the kernel told of it besides.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// The socket.
    pub socket: Socket<'a>,
    /// The attributes of an IP socket; none of others.
    pub attrs: InetAttrs<'a>,
    /// What TCP knows of the connection, if it is one of TCP's and that was asked for.
    pub connection: Option<Connection<'a>>,
}

/// What TCP knows of a connection, as netlink tells it or a line of a file.
#[derive(Clone, Copy, Debug)]
pub struct Connection<'a> {
    /// As netlink tells it; nothing in it where a file was read.
    pub info: TcpInfo<'a>,
    /// The line of a file it was read from.
    pub line: Option<TcpProcLine>,
    /// What congestion notification does, of kernels whose records tell it as is known here.
    pub ecn: Option<EcnInfo>,
}

impl<'a> Facts<'a> {
    /// Finds what there is to read.
    #[inline]
    pub fn new(socket: Socket<'a>) -> Self {
        let Socket::Inet(table, inet) = socket else {
            return Self { socket, attrs: InetAttrs::new(Attrs::new(&[])), connection: None };
        };
        let attrs = InetAttrs::new(inet.attrs);
        let connection = if table == Table::Tcp { Connection::new(&inet, &attrs) } else { None };
        Self { socket, attrs, connection }
    }

    /// The attributes of an IP socket.
    #[inline]
    pub(super) fn attrs(&self) -> Option<&InetAttrs<'a>> {
        self.socket.inet().map(|_| &self.attrs)
    }

    /// The attributes of a socket of a table: some mean something else to each protocol.
    #[inline]
    pub(super) fn of(&self, table: Table) -> Option<&InetAttrs<'a>> {
        matches!(self.socket, Socket::Inet(its, _) if its == table).then_some(&self.attrs)
    }

    pub(super) fn memory(&self) -> Option<MemInfo<'a>> {
        match &self.socket {
            Socket::Inet(..) => self.attrs.mem_info(),
            Socket::Unix(socket, _) => socket.mem_info(),
            Socket::Packet(socket) => socket.mem_info(),
            Socket::Netlink(socket) => socket.mem_info(),
            Socket::Xdp(socket) => socket.mem_info(),
            Socket::Vsock(_) | Socket::Tipc(_) => None,
        }
    }
}

impl<'a> Connection<'a> {
    fn new(socket: &InetSocket<'a>, attrs: &InetAttrs<'a>) -> Option<Self> {
        match ProcLine::of(socket.attrs) {
            Some(line) => {
                line.tcp().map(|line| Self { info: TcpInfo::new(&[]), line: Some(line), ecn: None })
            }
            None => attrs.tcp_info().map(|info| Self::told(info, *TELLS_ECN)),
        }
    }

    pub(super) fn told(info: TcpInfo<'a>, ecn: bool) -> Self {
        Self { info, line: None, ecn: if ecn { info.ecn() } else { None } }
    }
}

/// Whether this kernel is one that fills [`EcnInfo`]: Linux 6.18 and 6.19 have other numbers in its place.
static TELLS_ECN: LazyLock<bool> = LazyLock::new(|| is_from_7(&uname().release().to_string_lossy()));

fn is_from_7(release: &str) -> bool {
    release.split('.').next().and_then(|major| major.parse::<u32>().ok()).is_some_and(|major| major >= 7)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kernels_from_7_on_tell_of_congestion_notification() {
        let told =
            ["5.10.0-9-amd64", "6.18.44", "6.19.0", "7.0.0-rc1", "7.3.1", "10.0", "odd", ""].map(is_from_7);
        assert_eq!(told, [false, false, false, true, true, true, false, false]);
    }
}
