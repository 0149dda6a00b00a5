//! TIPC sockets: the request (`tipc_sock_diag_req`) and the view of an answer.
//!
//! An answer has no header: it is one attribute with all others nested in it, so anything in it can be missing.

use netlink_packet_core::Emitable;
use netlink_packet_sock_diag::constants::AF_TIPC;
use zerocopy::{Immutable, IntoBytes, native_endian as ne};

use crate::attr::{Attr, Attrs};
use crate::error::Malformed;
use crate::query::Query;
use crate::socket_type::SocketType;
use crate::state::{State, States};

/// Asks for all TIPC sockets in one of `states`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[doc(alias = "tipc_sock_diag_req")]
pub struct TipcRequest {
    /// Which ones.
    #[doc(alias = "tidiag_states")]
    pub states: States,
}

impl Emitable for TipcRequest {
    fn buffer_len(&self) -> usize {
        size_of::<Request>()
    }

    fn emit(&self, buffer: &mut [u8]) {
        let request = Request { family: AF_TIPC, states: self.states.0.into(), ..Request::default() };
        buffer.copy_from_slice(request.as_bytes());
    }
}

impl Query for TipcRequest {
    type Socket<'a> = TipcSocket<'a>;

    fn view(record: &[u8]) -> Result<TipcSocket<'_>, Malformed> {
        let socket = Attrs::new(record).find(SOCK).ok_or(Malformed("TIPC_NLA_SOCK"))?;
        Ok(TipcSocket { attrs: socket.nested() })
    }
}

/// One TIPC socket, as the kernel described it.
#[derive(Clone, Copy, Debug)]
#[doc(alias = "TIPC_NLA_SOCK")]
pub struct TipcSocket<'a> {
    /// All there is (`TIPC_NLA_SOCK_*`).
    pub attrs: Attrs<'a>,
}

impl<'a> TipcSocket<'a> {
    /// Stream, datagram, reliable datagram or sequenced packet.
    #[doc(alias = "TIPC_NLA_SOCK_TYPE")]
    pub fn kind(&self) -> Option<SocketType> {
        self.u32(TYPE).map(|kind| SocketType(u8::try_from(kind).unwrap_or(0)))
    }

    /// The state at the time of the dump.
    #[doc(alias = "TIPC_NLA_SOCK_TIPC_STATE")]
    pub fn state(&self) -> Option<State> {
        self.u32(STATE).map(|state| State(u8::try_from(state).unwrap_or(u8::MAX)))
    }

    /// The node it is on.
    #[doc(alias = "TIPC_NLA_SOCK_ADDR")]
    pub fn node(&self) -> Option<u32> {
        self.u32(ADDR)
    }

    /// What identifies it on its node.
    #[doc(alias = "TIPC_NLA_SOCK_REF")]
    pub fn reference(&self) -> Option<u32> {
        self.u32(REF)
    }

    /// The inode `/proc/PID/fd` links name.
    #[doc(alias = "TIPC_NLA_SOCK_INO")]
    pub fn inode(&self) -> Option<u32> {
        self.u32(INO)
    }

    /// Who owns it.
    #[doc(alias = "TIPC_NLA_SOCK_UID")]
    pub fn uid(&self) -> Option<u32> {
        self.u32(UID)
    }

    /// What tells it from every other socket since boot.
    #[doc(alias = "TIPC_NLA_SOCK_COOKIE")]
    pub fn cookie(&self) -> Option<u64> {
        self.attrs.find(COOKIE).and_then(Attr::u64)
    }

    /// Whether it is bound to names of its own.
    #[doc(alias = "TIPC_NLA_SOCK_HAS_PUBL")]
    pub fn has_publications(&self) -> bool {
        self.attrs.find(HAS_PUBL).is_some()
    }

    /// The other end; `None` when there is none.
    #[doc(alias = "TIPC_NLA_SOCK_CON")]
    pub fn connection(&self) -> Option<Connection<'a>> {
        self.attrs.find(CON).map(|attr| Connection { attrs: attr.nested() })
    }

    /// Queues and congestion.
    #[doc(alias = "TIPC_NLA_SOCK_STAT")]
    pub fn stats(&self) -> Option<Stats<'a>> {
        self.attrs.find(STAT).map(|attr| Stats { attrs: attr.nested() })
    }

    fn u32(&self, kind: u16) -> Option<u32> {
        self.attrs.find(kind).and_then(Attr::u32)
    }

    /// Appends the record this is a view of.
    pub fn write_to(&self, record: &mut Vec<u8>) {
        Attr { kind: SOCK, payload: self.attrs.bytes() }.write_to(record);
    }
}

/// Whom a socket is connected to.
#[derive(Clone, Copy, Debug)]
pub struct Connection<'a> {
    /// All there is (`TIPC_NLA_CON_*`).
    pub attrs: Attrs<'a>,
}

impl Connection<'_> {
    /// The peer's node.
    #[doc(alias = "TIPC_NLA_CON_NODE")]
    pub fn node(&self) -> Option<u32> {
        self.attrs.find(2).and_then(Attr::u32)
    }

    /// What identifies the peer on its node.
    #[doc(alias = "TIPC_NLA_CON_SOCK")]
    pub fn reference(&self) -> Option<u32> {
        self.attrs.find(3).and_then(Attr::u32)
    }

    /// Type and instance of the name it was connected by, if by name.
    #[doc(alias = "TIPC_NLA_CON_TYPE")]
    #[doc(alias = "TIPC_NLA_CON_INST")]
    pub fn via(&self) -> Option<(u32, u32)> {
        self.attrs.find(1)?;
        Some((self.attrs.find(4)?.u32()?, self.attrs.find(5)?.u32()?))
    }
}

/// Queues and congestion of a socket.
#[derive(Clone, Copy, Debug)]
pub struct Stats<'a> {
    /// All there is (`TIPC_NLA_SOCK_STAT_*`).
    pub attrs: Attrs<'a>,
}

impl Stats<'_> {
    /// Messages not yet read.
    #[doc(alias = "TIPC_NLA_SOCK_STAT_RCVQ")]
    pub fn rqueue(&self) -> Option<u32> {
        self.attrs.find(0).and_then(Attr::u32)
    }

    /// Messages not yet sent.
    #[doc(alias = "TIPC_NLA_SOCK_STAT_SENDQ")]
    pub fn wqueue(&self) -> Option<u32> {
        self.attrs.find(1).and_then(Attr::u32)
    }

    /// What it waits for: `link`, `conn` for the other end, or `none`.
    #[doc(alias = "TIPC_NLA_SOCK_STAT_LINK_CONG")]
    #[doc(alias = "TIPC_NLA_SOCK_STAT_CONN_CONG")]
    pub fn congestion(&self) -> &'static str {
        match (self.attrs.find(2), self.attrs.find(3)) {
            (Some(_), _) => "link",
            (None, Some(_)) => "conn",
            (None, None) => "none",
        }
    }

    /// Messages it has thrown away.
    #[doc(alias = "TIPC_NLA_SOCK_STAT_DROP")]
    pub fn drops(&self) -> Option<u32> {
        self.attrs.find(4).and_then(Attr::u32)
    }
}

/// `struct tipc_sock_diag_req`, 8 bytes.
#[derive(Default, Immutable, IntoBytes)]
#[repr(C)]
struct Request {
    family: u8,
    protocol: u8,
    pad: ne::U16,
    states: ne::U32,
}

const SOCK: u16 = 2;

const ADDR: u16 = 1;
const REF: u16 = 2;
const CON: u16 = 3;
const HAS_PUBL: u16 = 4;
const STAT: u16 = 5;
const TYPE: u16 = 6;
const INO: u16 = 7;
const UID: u16 = 8;
const STATE: u16 = 9;
const COOKIE: u16 = 10;
