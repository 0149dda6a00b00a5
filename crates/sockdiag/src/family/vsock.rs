//! Sockets between virtual machines and their host: the request (`vsock_diag_req`) and the view of an answer
//! (`vsock_diag_msg`).
//!
//! Everything is in the header: the kernel sends no attributes and does not tell queues.

use netlink_packet_core::Emitable;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned, native_endian as ne};

use crate::error::Malformed;
use crate::query::Query;
use crate::socket_type::SocketType;
use crate::state::{State, States};

/// Stands for any context or any port.
#[doc(alias = "VMADDR_CID_ANY")]
#[doc(alias = "VMADDR_PORT_ANY")]
pub const ANY: u32 = u32::MAX;

/// Asks for all vsock sockets in one of `states`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[doc(alias = "vsock_diag_req")]
pub struct VsockRequest {
    /// Which ones.
    #[doc(alias = "vdiag_states")]
    pub states: States,
}

impl Emitable for VsockRequest {
    fn buffer_len(&self) -> usize {
        size_of::<Request>()
    }

    fn emit(&self, buffer: &mut [u8]) {
        let request = Request { family: AF_VSOCK, states: self.states.0.into(), ..Request::default() };
        buffer.copy_from_slice(request.as_bytes());
    }
}

impl Query for VsockRequest {
    type Socket<'a> = VsockSocket<'a>;

    fn view(record: &[u8]) -> Result<VsockSocket<'_>, Malformed> {
        let (header, _) = Header::ref_from_prefix(record).map_err(|_| Malformed("vsock_diag_msg"))?;
        match header.family {
            AF_VSOCK => Ok(VsockSocket { header }),
            _ => Err(Malformed("vdiag_family")),
        }
    }
}

/// One vsock socket, as the kernel described it.
#[derive(Clone, Copy, Debug)]
#[doc(alias = "vsock_diag_msg")]
pub struct VsockSocket<'a> {
    header: &'a Header,
}

impl VsockSocket<'_> {
    /// Stream, datagram or sequenced packet.
    #[doc(alias = "vdiag_type")]
    pub fn kind(&self) -> SocketType {
        SocketType(self.header.kind)
    }

    /// The state at the time of the dump.
    #[doc(alias = "vdiag_state")]
    pub fn state(&self) -> State {
        State(self.header.state)
    }

    /// Which halves are shut down on this side: bit 0 receiving, bit 1 sending.
    #[doc(alias = "vdiag_shutdown")]
    pub fn shutdown(&self) -> u8 {
        self.header.shutdown
    }

    /// This end's context, or [`ANY`].
    #[doc(alias = "vdiag_src_cid")]
    pub fn local_cid(&self) -> u32 {
        self.header.local_cid.get()
    }

    /// This end's port, or [`ANY`].
    #[doc(alias = "vdiag_src_port")]
    pub fn local_port(&self) -> u32 {
        self.header.local_port.get()
    }

    /// The other end's context, or [`ANY`].
    #[doc(alias = "vdiag_dst_cid")]
    pub fn remote_cid(&self) -> u32 {
        self.header.remote_cid.get()
    }

    /// The other end's port, or [`ANY`].
    #[doc(alias = "vdiag_dst_port")]
    pub fn remote_port(&self) -> u32 {
        self.header.remote_port.get()
    }

    /// The inode `/proc/PID/fd` links name.
    #[doc(alias = "vdiag_ino")]
    pub fn inode(&self) -> u32 {
        self.header.inode.get()
    }

    /// What tells it from every other socket since boot.
    #[doc(alias = "vdiag_cookie")]
    pub fn cookie(&self) -> u64 {
        super::cookie(self.header.cookie)
    }

    /// Appends the record this is a view of, as the kernel sent it.
    pub fn write_to(&self, record: &mut Vec<u8>) {
        record.extend_from_slice(self.header.as_bytes());
    }
}

/// `struct vsock_diag_req`, 24 bytes.
#[derive(Default, Immutable, IntoBytes)]
#[repr(C)]
struct Request {
    family: u8,
    protocol: u8,
    pad: ne::U16,
    states: ne::U32,
    inode: ne::U32,
    show: ne::U32,
    cookie: [ne::U32; 2],
}

/// `struct vsock_diag_msg`, 32 bytes.
#[derive(Debug, FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned)]
#[repr(C)]
struct Header {
    family: u8,
    kind: u8,
    state: u8,
    shutdown: u8,
    local_cid: ne::U32,
    local_port: ne::U32,
    remote_cid: ne::U32,
    remote_port: ne::U32,
    inode: ne::U32,
    cookie: [ne::U32; 2],
}

/// `AF_VSOCK`.
const AF_VSOCK: u8 = 40;
