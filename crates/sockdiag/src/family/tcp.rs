//! TCP sockets of both IP families in one walk (`inet_diag_req`, the request that was there before `sock_diag`).
//!
//! The answers mix the families as they come; each says itself which it is of. There is no such request for any other protocol
//! that kernels still have.

use netlink_packet_core::Emitable;
use zerocopy::{Immutable, IntoBytes, native_endian as ne};

use super::inet::InetSocket;
use crate::error::Malformed;
use crate::query::Query;
use crate::state::States;
use crate::{Extensions, InetRequest};

/// Asks for all TCP sockets that are in one of `states`, whichever their family.
#[derive(Clone, Debug)]
#[doc(alias = "inet_diag_req")]
pub struct TcpRequest {
    /// In one of these states.
    pub states: States,
    /// What becomes attributes of the answers.
    pub extensions: Extensions,
}

impl Query for TcpRequest {
    type Socket<'a> = InetSocket<'a>;

    fn kind(&self) -> u16 {
        TCPDIAG_GETSOCK
    }

    #[inline]
    fn view(record: &[u8]) -> Result<InetSocket<'_>, Malformed> {
        InetRequest::view(record)
    }
}

impl Emitable for TcpRequest {
    fn buffer_len(&self) -> usize {
        size_of::<Layout>()
    }

    fn emit(&self, buffer: &mut [u8]) {
        let layout = Layout {
            extensions: self.extensions.bits(),
            states: self.states.0.into(),
            // A dump is of no socket in particular, and of no family.
            ends: [0; 3],
            id: [0; 48],
            tables: 0.into(),
        };
        buffer[..size_of::<Layout>()].copy_from_slice(layout.as_bytes());
    }
}

/// `struct inet_diag_req`, 60 bytes.
#[derive(Immutable, IntoBytes)]
#[repr(C)]
struct Layout {
    /// Family and lengths of addresses, which say nothing.
    ends: [u8; 3],
    extensions: u8,
    id: [u8; 48],
    states: ne::U32,
    tables: ne::U32,
}

const TCPDIAG_GETSOCK: u16 = 18;

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;
    use crate::filter::{Comparison, Expr, Predicate, Scope, Side};
    use crate::{Client, Filtered, inet};

    #[test]
    fn both_families_come_in_one_walk_as_far_as_the_program_admits() {
        let listeners = ["127.0.0.1:0", "[::1]:0", "127.0.0.1:0"].map(|at| TcpListener::bind(at).unwrap());
        let ports = listeners.each_ref().map(|listener| listener.local_addr().unwrap().port());
        let mut client = Client::open().unwrap();
        let request = TcpRequest { states: States::LISTENING, extensions: Extensions::MEMINFO };
        let mut seen = |expr: Expr| {
            let bytecode = expr.plan(Scope::default()).bytecode;
            let mut dump =
                client.dump(&Filtered { request: request.clone(), bytecode, protocol: None }).unwrap();
            let mut seen = Vec::new();
            while let Some(socket) = dump.next().unwrap() {
                assert_eq!(socket.state(), crate::State::LISTEN);
                let place = ports.iter().position(|port| *port == socket.local_port());
                seen.extend(place.map(|place| (place, socket.family())));
            }
            seen.sort_by_key(|(place, _)| *place);
            seen
        };
        use inet::Family::{V4, V6};
        assert_eq!(seen(Expr::ALWAYS), [(0, V4), (1, V6), (2, V4)]);
        let port = |place: usize| Predicate::Port(Side::Local, Comparison::Equal, ports[place].into());
        assert_eq!(seen(Expr::Or(vec![port(0).into(), port(1).into()])), [(0, V4), (1, V6)]);
    }
}
