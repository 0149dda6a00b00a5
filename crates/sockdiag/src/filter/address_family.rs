//! The address families that sockets are of.
//!
//! Not every family the kernel numbers has a name in the filter language.

/// An address family as the kernel numbers it (`AF_*`).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct AddressFamily(pub u8);

impl AddressFamily {
    /// `AF_UNIX`.
    pub const UNIX: Self = Self(1);
    /// `AF_INET`.
    pub const INET: Self = Self(2);
    /// `AF_INET6`.
    pub const INET6: Self = Self(10);
    /// `AF_NETLINK`.
    pub const NETLINK: Self = Self(16);
    /// `AF_PACKET`.
    pub const LINK: Self = Self(17);
    /// `AF_TIPC`.
    pub const TIPC: Self = Self(30);
    /// `AF_VSOCK`.
    pub const VSOCK: Self = Self(40);
    /// `AF_XDP`.
    pub const XDP: Self = Self(44);

    /// What filters and `ss -f` call it; `None` where they know none.
    pub fn name(self) -> Option<&'static str> {
        NAMES.iter().find(|&&(_, family)| family == self).map(|&(name, _)| name)
    }

    /// The family filters and `ss -f` call so.
    pub fn of_name(name: &str) -> Option<Self> {
        NAMES.iter().find(|&&(known, _)| known == name).map(|&(_, family)| family)
    }
}

const NAMES: [(&str, AddressFamily); 8] = [
    ("inet", AddressFamily::INET),
    ("inet6", AddressFamily::INET6),
    ("unix", AddressFamily::UNIX),
    ("link", AddressFamily::LINK),
    ("netlink", AddressFamily::NETLINK),
    ("vsock", AddressFamily::VSOCK),
    ("tipc", AddressFamily::TIPC),
    ("xdp", AddressFamily::XDP),
];
