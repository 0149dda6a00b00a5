//! A dump as bytes, for the examples: the request goes out, datagrams come back unread.
//!
//! Nothing of the library's own reading is used, so what it costs and what it does can be held against this.

use std::io;

use netdiag_sockdiag::Query;
use netlink_packet_core::{Emitable, NLM_F_DUMP, NLM_F_REQUEST, NetlinkHeader};
use netlink_sys::{Socket, protocols::NETLINK_SOCK_DIAG};

/// Sends the request and shows every datagram of the answer to `each`.
pub(crate) fn dump(request: &impl Query, mut each: impl FnMut(&[u8]) -> io::Result<()>) -> io::Result<()> {
    let socket = Socket::new(NETLINK_SOCK_DIAG)?;
    let mut header = NetlinkHeader::default();
    header.length = (header.buffer_len() + request.buffer_len()) as u32;
    header.message_type = request.kind();
    header.flags = NLM_F_REQUEST | NLM_F_DUMP;
    header.sequence_number = 1;
    let mut message = vec![0; header.length as usize];
    let (head, body) = message.split_at_mut(header.buffer_len());
    header.emit(head);
    request.emit(body);
    socket.send(&message, 0)?;
    let mut buffer = vec![0; 32 * 1024];
    loop {
        let len = socket.recv(&mut &mut buffer[..], 0)?;
        each(&buffer[..len])?;
        if ends(&buffer[..len]) {
            return Ok(());
        }
    }
}

/// Whether the datagram ends with an `NLMSG_DONE` or begins with an `NLMSG_ERROR`.
fn ends(datagram: &[u8]) -> bool {
    let kind = |message: &[u8]| message.get(4..6).map(|kind| u16::from_ne_bytes([kind[0], kind[1]]));
    let tail = datagram.len().saturating_sub(20);
    let done = datagram[tail..].first_chunk().map(|len| u32::from_ne_bytes(*len)) == Some(20)
        && kind(&datagram[tail..]) == Some(3);
    done || kind(datagram) == Some(2)
}
