//! What the other ends of unix sockets are called: one dump of all of them, names by inode.
//!
//! It is made just before the sockets are listed: an end that came in between has no name here. A connection has the name on
//! the side that listened, because what is accepted inherits it.

use std::collections::HashMap;

use netdiag_sockdiag::{States, UnixRequest, UnixSocket, unix};

/// The names of unix sockets by inode; sockets without a name, or without an inode, are not among them.
#[derive(Debug, Default)]
pub(super) struct Peers(HashMap<u32, Box<[u8]>>);

impl Peers {
    /// What to ask the kernel: every socket, whatever is listed, because a peer can be in any state.
    pub(super) fn request() -> UnixRequest {
        unix::request(States::ALL, unix::SHOW_NAME)
    }

    /// Takes note of a socket's name.
    pub(super) fn add(&mut self, socket: &UnixSocket<'_>) {
        if let Some(name) = socket.name().filter(|name| !name.is_empty() && socket.inode() != 0) {
            self.0.insert(socket.inode(), name.into());
        }
    }

    /// The name of a socket's other end, as that end was bound.
    pub(super) fn name(&self, socket: &UnixSocket<'_>) -> Option<&[u8]> {
        if self.0.is_empty() {
            return None;
        }
        self.0.get(&socket.peer()?).map(|name| &**name)
    }
}

#[cfg(test)]
mod tests {
    use netdiag_sockdiag::{Attr, Query, SocketType, State};

    use super::*;

    /// A record of a stream socket with a name and a peer, either of which may be missing.
    fn record(inode: u32, name: Option<&[u8]>, peer: Option<u32>) -> Vec<u8> {
        let mut record = Vec::new();
        unix::Head { kind: SocketType::STREAM, state: State::ESTABLISHED, inode, cookie: 0 }
            .write_to(&mut record);
        name.into_iter().for_each(|payload| Attr { kind: unix::NAME, payload }.write_to(&mut record));
        let peer = peer.map(u32::to_ne_bytes);
        peer.iter().for_each(|payload| Attr { kind: 2, payload }.write_to(&mut record));
        record
    }

    #[test]
    fn an_end_is_called_what_the_other_is_bound_to() {
        let known: [(u32, Option<&[u8]>); 5] = [
            (1, Some(b"/run/a\0")),
            (2, Some(b"\0b\0c")),
            (3, None),
            (4, Some(b"")),
            (0, Some(b"/run/embryo\0")),
        ];
        let mut peers = Peers::default();
        for (inode, name) in known {
            peers.add(&UnixRequest::view(&record(inode, name, None)).unwrap());
        }
        #[rustfmt::skip]
        let cases: [(Option<u32>, Option<&[u8]>); 7] = [
            (Some(1), Some(b"/run/a")),
            (Some(2), Some(b"\0b\0c")),
            (Some(3), None),
            (Some(4), None),
            (Some(5), None),
            (Some(0), None),
            (None,    None),
        ];
        for (peer, name) in cases {
            let record = record(9, None, peer);
            assert_eq!(peers.name(&UnixRequest::view(&record).unwrap()), name, "{peer:?}");
        }
    }
}
