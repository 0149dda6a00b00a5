//! The socket families the kernel can be asked about, one file each.
//!
//! A file holds a family's request and the view of its answers; nothing outside it has to know the family exists.

pub mod inet;
pub mod netlink;
pub mod packet;
pub mod tcp;
pub mod tipc;
pub mod unix;
pub mod vsock;
pub mod xdp;

use zerocopy::{Immutable, IntoBytes, native_endian as ne};

/// The request of families that cannot be asked by state: `packet_diag_req`, `netlink_diag_req`, `xdp_diag_req`.
#[derive(Immutable, IntoBytes)]
#[repr(C)]
struct ByShow {
    family: u8,
    protocol: u8,
    pad: ne::U16,
    inode: ne::U32,
    show: ne::U32,
    cookie: [ne::U32; 2],
}

impl ByShow {
    fn new(family: u8, protocol: u8, show: u32) -> Self {
        let none = ne::U32::ZERO;
        Self { family, protocol, pad: ne::U16::ZERO, inode: none, show: show.into(), cookie: [none; 2] }
    }
}

/// A cookie as the kernel sends it, the low half first.
fn halves(cookie: u64) -> [ne::U32; 2] {
    [(cookie as u32).into(), ((cookie >> 32) as u32).into()]
}

/// A cookie as one number: the kernel sends the low half first.
fn cookie([low, high]: [ne::U32; 2]) -> u64 {
    u64::from(high.get()) << 32 | u64::from(low.get())
}
