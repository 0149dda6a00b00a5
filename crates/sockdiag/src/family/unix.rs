//! Unix domain sockets: what to ask for, and the view of an answer (`unix_diag_msg`).
//!
//! A socket names its peer by inode only. Paths are as they were given to `bind`: they can be relative, gone, or of
//! another mount namespace.

use netlink_packet_sock_diag::constants::AF_UNIX;
use netlink_packet_sock_diag::unix::{ShowFlags, StateFlags, UnixRequest};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned, native_endian as ne};

use crate::attr::{Attr, Attrs};
use crate::error::Malformed;
use crate::mem_info::MemInfo;
use crate::query::Query;
use crate::socket_type::SocketType;
use crate::state::{State, States};

/// The socket's name.
pub const SHOW_NAME: u32 = 0x01;
/// The file it is bound to.
pub const SHOW_VFS: u32 = 0x02;
/// The peer's inode.
pub const SHOW_PEER: u32 = 0x04;
/// The connections a listener has not accepted yet.
pub const SHOW_ICONS: u32 = 0x08;
/// The queues.
pub const SHOW_RQLEN: u32 = 0x10;
/// Memory use.
pub const SHOW_MEMINFO: u32 = 0x20;
/// The owner (since Linux 5.2).
pub const SHOW_UID: u32 = 0x40;

/// Asks for all sockets in one of `states`; `show` is a sum of `SHOW_*`.
pub fn request(states: States, show: u32) -> UnixRequest {
    UnixRequest {
        // Upstream names two states of three, and not all that can be shown.
        state_flags: StateFlags::from_bits_retain(states.0),
        inode: 0,
        show_flags: ShowFlags::from_bits_retain(show),
        cookie: [0; 8],
    }
}

impl Query for UnixRequest {
    type Socket<'a> = UnixSocket<'a>;

    #[inline]
    fn view(record: &[u8]) -> Result<UnixSocket<'_>, Malformed> {
        let (header, attrs) = Header::ref_from_prefix(record).map_err(|_| Malformed("unix_diag_msg"))?;
        match header.family {
            AF_UNIX => Ok(UnixSocket { header, attrs: Attrs::new(attrs) }),
            _ => Err(Malformed("udiag_family")),
        }
    }
}

/// One Unix domain socket, as the kernel described it.
#[derive(Clone, Copy, Debug)]
#[doc(alias = "unix_diag_msg")]
pub struct UnixSocket<'a> {
    header: &'a Header,
    /// What was asked for beside the header (`UNIX_DIAG_*`).
    pub attrs: Attrs<'a>,
}

/// The file a socket is bound to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[doc(alias = "unix_diag_vfs")]
pub struct Vfs {
    /// Inode of the socket file: not the socket's own.
    #[doc(alias = "udiag_vfs_ino")]
    pub inode: u32,
    /// The file system's device, in the kernel's own coding: see [`major`](Self::major).
    #[doc(alias = "udiag_vfs_dev")]
    pub device: u32,
}

impl Vfs {
    /// The device's major number. The kernel's inner coding is not that of `stat(2)`, so `libc::major` gives nonsense.
    pub fn major(self) -> u32 {
        self.device >> 20
    }

    /// The device's minor number.
    pub fn minor(self) -> u32 {
        self.device & 0xf_ffff
    }
}

impl<'a> UnixSocket<'a> {
    /// Stream, datagram or sequenced packet.
    #[doc(alias = "udiag_type")]
    pub fn kind(&self) -> SocketType {
        SocketType(self.header.kind)
    }

    /// `ESTABLISHED`, `LISTEN` or, for all others, `CLOSE`.
    #[doc(alias = "udiag_state")]
    pub fn state(&self) -> State {
        State(self.header.state)
    }

    /// The inode `/proc/PID/fd` links name; 0 while a connection has not been accepted.
    #[doc(alias = "udiag_ino")]
    pub fn inode(&self) -> u32 {
        self.header.inode.get()
    }

    /// What tells it from every other socket since boot.
    #[doc(alias = "udiag_cookie")]
    pub fn cookie(&self) -> u64 {
        super::cookie(self.header.cookie)
    }

    /// What it is bound to: a path, or after a NUL an abstract name of any bytes; `None` when unbound.
    #[doc(alias = "UNIX_DIAG_NAME")]
    pub fn name(&self) -> Option<&'a [u8]> {
        let name = self.attrs.find(NAME)?.payload;
        match name {
            [0, ..] => Some(name),
            // The kernel counts the NUL that ends a path, if there is one.
            path => path.split(|&byte| byte == 0).next(),
        }
    }

    /// The file it is bound to.
    #[doc(alias = "UNIX_DIAG_VFS")]
    pub fn vfs(&self) -> Option<Vfs> {
        let payload = self.attrs.find(VFS)?.payload;
        let ([inode, device], _) = <[ne::U32; 2]>::read_from_prefix(payload).ok()?;
        Some(Vfs { inode: inode.get(), device: device.get() })
    }

    /// The inode of the other end.
    #[doc(alias = "UNIX_DIAG_PEER")]
    pub fn peer(&self) -> Option<u32> {
        self.attrs.find(PEER).and_then(Attr::u32)
    }

    /// A listener's connections that are not accepted yet: the inodes of those who connect, 0 if already gone.
    #[doc(alias = "UNIX_DIAG_ICONS")]
    pub fn pending(&self) -> Option<impl Iterator<Item = u32> + 'a> {
        let (inodes, _) = self.attrs.find(ICONS)?.payload.as_chunks();
        Some(inodes.iter().map(|inode| u32::from_ne_bytes(*inode)))
    }

    /// Bytes not yet read; for a listener, connections not yet accepted.
    #[doc(alias = "udiag_rqueue")]
    pub fn rqueue(&self) -> Option<u32> {
        self.attrs.find(RQLEN)?.u32()
    }

    /// Memory taken by what the other end has not read; for a listener, how many connections may wait.
    #[doc(alias = "udiag_wqueue")]
    pub fn wqueue(&self) -> Option<u32> {
        let payload = self.attrs.find(RQLEN)?.payload;
        let ([_, wqueue], _) = <[ne::U32; 2]>::read_from_prefix(payload).ok()?;
        Some(wqueue.get())
    }

    /// Memory use.
    #[doc(alias = "UNIX_DIAG_MEMINFO")]
    pub fn mem_info(&self) -> Option<MemInfo<'a>> {
        self.attrs.find(MEMINFO).map(|attr| MemInfo::new(attr.payload))
    }

    /// Which halves are shut down: bit 0 receiving, bit 1 sending.
    #[doc(alias = "UNIX_DIAG_SHUTDOWN")]
    pub fn shutdown(&self) -> Option<u8> {
        self.attrs.find(SHUTDOWN).and_then(Attr::u8)
    }

    /// Who owns it.
    #[doc(alias = "UNIX_DIAG_UID")]
    pub fn uid(&self) -> Option<u32> {
        self.attrs.find(UID).and_then(Attr::u32)
    }

    /// Appends the record this is a view of, as the kernel sent it.
    pub fn write_to(&self, record: &mut Vec<u8>) {
        record.extend_from_slice(self.header.as_bytes());
        record.extend_from_slice(self.attrs.bytes());
    }
}

/// What a record begins with, for those who write one as the kernel would.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Head {
    /// See [`UnixSocket::kind`].
    pub kind: SocketType,
    /// See [`UnixSocket::state`].
    pub state: State,
    /// See [`UnixSocket::inode`].
    pub inode: u32,
    /// See [`UnixSocket::cookie`].
    pub cookie: u64,
}

impl Head {
    /// Appends it to a record.
    pub fn write_to(self, record: &mut Vec<u8>) {
        let Self { kind, state, inode, cookie } = self;
        let cookie = super::halves(cookie);
        let header =
            Header { family: AF_UNIX, kind: kind.0, state: state.0, pad: 0, inode: inode.into(), cookie };
        record.extend_from_slice(header.as_bytes());
    }
}

/// `struct unix_diag_msg`, 16 bytes.
#[derive(Debug, FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned)]
#[repr(C)]
struct Header {
    family: u8,
    kind: u8,
    state: u8,
    pad: u8,
    inode: ne::U32,
    cookie: [ne::U32; 2],
}

/// `UNIX_DIAG_NAME`.
pub const NAME: u16 = 0;
const VFS: u16 = 1;
const PEER: u16 = 2;
const ICONS: u16 = 3;
const RQLEN: u16 = 4;
const MEMINFO: u16 = 5;
const SHUTDOWN: u16 = 6;
const UID: u16 = 7;
