//! MPTCP sockets: asked for and answered like TCP's.
//!
//! The protocol number has nine bits and its field eight, so the whole number follows in an attribute. A kernel that does
//! not know the attribute sees a question for TCP.

use netlink_packet_core::{DefaultNla, Emitable};
use netlink_packet_sock_diag::inet::InetRequest;

use super::inet::{self, Family, InetSocket};
use crate::Extensions;
use crate::error::Malformed;
use crate::query::Query;
use crate::state::States;

/// `IPPROTO_MPTCP`.
pub const MPTCP: u16 = 262;

/// Asks for all MPTCP sockets in one of `states`; `extensions` become attributes of the answers.
pub fn request(family: Family, states: States, extensions: Extensions) -> MptcpRequest {
    MptcpRequest {
        request: inet::request(family, MPTCP as u8, states, extensions),
        protocol: DefaultNla::new(PROTOCOL, u32::from(MPTCP).to_ne_bytes().to_vec()),
    }
}

/// A request for MPTCP sockets.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct MptcpRequest {
    request: InetRequest,
    protocol: DefaultNla,
}

impl Emitable for MptcpRequest {
    fn buffer_len(&self) -> usize {
        self.request.buffer_len() + self.protocol.buffer_len()
    }

    fn emit(&self, buffer: &mut [u8]) {
        let (request, protocol) = buffer.split_at_mut(self.request.buffer_len());
        self.request.emit(request);
        self.protocol.emit(protocol);
    }
}

impl Query for MptcpRequest {
    type Socket<'a> = InetSocket<'a>;

    fn view(record: &[u8]) -> Result<InetSocket<'_>, Malformed> {
        InetRequest::view(record)
    }
}

/// `INET_DIAG_REQ_PROTOCOL`.
const PROTOCOL: u16 = 3;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_whole_number_follows_the_request() {
        let request = request(Family::V6, States(2), Extensions::empty());
        let mut bytes = vec![0; request.buffer_len()];
        request.emit(&mut bytes);
        let attribute = [8u16.to_ne_bytes(), 3u16.to_ne_bytes()].concat();
        assert_eq!(bytes[..2], [10, 6]);
        assert_eq!(bytes[56..], [&attribute[..], &262u32.to_ne_bytes()].concat());
    }
}
