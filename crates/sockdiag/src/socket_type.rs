//! Socket types by the kernel's numbers, which are those of `socket(2)`.

/// The type of a socket; each family knows a few of them.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[doc(alias = "sk_type")]
pub struct SocketType(pub u8);

#[expect(missing_docs, reason = "the names are those of socket(2)")]
impl SocketType {
    pub const STREAM: Self = Self(1);
    pub const DGRAM: Self = Self(2);
    pub const RAW: Self = Self(3);
    pub const RDM: Self = Self(4);
    pub const SEQPACKET: Self = Self(5);
}
