//! The attributes of an inet socket, found in one pass and then read by meaning.
//!
//! What `INET_DIAG_INFO` holds depends on the protocol asked for, which no record tells: the caller chooses the reading.

use crate::attr::{Attr, Attrs};
use crate::congestion::{BbrInfo, DctcpInfo, VegasInfo};
use crate::fields::{bits, fields};
use crate::md5_keys::Md5Keys;
use crate::mem_info::MemInfo;
use crate::mptcp_info::MptcpInfo;
use crate::sctp_info::SctpInfo;
use crate::socket_address::SocketAddresses;
use crate::tcp_info::TcpInfo;
use crate::ulp::Ulp;

/// The attributes of one inet socket by number.
#[derive(Clone, Copy, Debug)]
pub struct InetAttrs<'a>([Option<&'a [u8]>; KINDS]);

impl<'a> InetAttrs<'a> {
    /// Reads them all; numbers beyond those this library knows are passed over.
    #[inline]
    pub fn new(attrs: Attrs<'a>) -> Self {
        let mut payloads = [None; KINDS];
        for attr in attrs {
            if let Some(payload) = payloads.get_mut(usize::from(attr.kind)) {
                *payload = Some(attr.payload);
            }
        }
        Self(payloads)
    }

    #[inline]
    fn attr(&self, kind: u16) -> Option<Attr<'a>> {
        let payload = (*self.0.get(usize::from(kind))?)?;
        Some(Attr { kind, payload })
    }

    #[inline]
    fn read<T>(&self, kind: u16, view: impl FnOnce(&'a [u8]) -> T) -> Option<T> {
        self.attr(kind).map(|attr| view(attr.payload))
    }

    /// Memory use in four words, which kernels without [`mem_info`](Self::mem_info) send.
    #[doc(alias = "INET_DIAG_MEMINFO")]
    pub fn old_mem_info(&self) -> Option<OldMemInfo<'a>> {
        self.read(1, OldMemInfo)
    }

    /// What TCP knows of the connection; `None` for minisockets and sockets not asked for it.
    #[doc(alias = "INET_DIAG_INFO")]
    #[inline]
    pub fn tcp_info(&self) -> Option<TcpInfo<'a>> {
        self.read(2, TcpInfo::new)
    }

    /// The same attribute of a socket dumped as MPTCP.
    pub fn mptcp_info(&self) -> Option<MptcpInfo<'a>> {
        self.read(2, MptcpInfo::new)
    }

    /// The same attribute of a socket dumped as SCTP.
    pub fn sctp_info(&self) -> Option<SctpInfo<'a>> {
        self.read(2, SctpInfo::new)
    }

    /// What Vegas and its like tell.
    #[doc(alias = "INET_DIAG_VEGASINFO")]
    pub fn vegas(&self) -> Option<VegasInfo<'a>> {
        self.read(3, VegasInfo::new)
    }

    /// The congestion control by name.
    #[doc(alias = "INET_DIAG_CONG")]
    pub fn congestion(&self) -> Option<&'a [u8]> {
        self.attr(4).map(Attr::text)
    }

    /// Type of service.
    #[doc(alias = "INET_DIAG_TOS")]
    pub fn tos(&self) -> Option<u8> {
        self.attr(5)?.u8()
    }

    /// Traffic class; v6 sockets only.
    #[doc(alias = "INET_DIAG_TCLASS")]
    pub fn tclass(&self) -> Option<u8> {
        self.attr(6)?.u8()
    }

    /// Memory use.
    #[doc(alias = "INET_DIAG_SKMEMINFO")]
    #[inline]
    pub fn mem_info(&self) -> Option<MemInfo<'a>> {
        self.read(7, MemInfo::new)
    }

    /// Which halves are shut down: bit 0 receiving, bit 1 sending; `None` for minisockets.
    #[doc(alias = "INET_DIAG_SHUTDOWN")]
    pub fn shutdown(&self) -> Option<u8> {
        self.attr(8)?.u8()
    }

    /// What DCTCP tells.
    #[doc(alias = "INET_DIAG_DCTCPINFO")]
    pub fn dctcp(&self) -> Option<DctcpInfo<'a>> {
        self.read(9, DctcpInfo::new)
    }

    /// The IP protocol of a raw socket.
    #[doc(alias = "INET_DIAG_PROTOCOL")]
    pub fn protocol(&self) -> Option<u8> {
        self.attr(10)?.u8()
    }

    /// Whether a v6 socket keeps out v4 peers; sent only for v6 sockets that listen or are closed.
    #[doc(alias = "INET_DIAG_SKV6ONLY")]
    pub fn v6only(&self) -> Option<bool> {
        Some(self.attr(11)?.u8()? != 0)
    }

    /// Our addresses of an SCTP association.
    #[doc(alias = "INET_DIAG_LOCALS")]
    pub fn locals(&self) -> Option<SocketAddresses<'a>> {
        self.read(12, SocketAddresses::new)
    }

    /// The peer's addresses of an SCTP association.
    #[doc(alias = "INET_DIAG_PEERS")]
    pub fn peers(&self) -> Option<SocketAddresses<'a>> {
        self.read(13, SocketAddresses::new)
    }

    /// Firewall mark; sent only to who may administer the network.
    #[doc(alias = "INET_DIAG_MARK")]
    pub fn mark(&self) -> Option<u32> {
        self.attr(15)?.u32()
    }

    /// What BBR tells.
    #[doc(alias = "INET_DIAG_BBRINFO")]
    pub fn bbr(&self) -> Option<BbrInfo<'a>> {
        self.read(16, BbrInfo::new)
    }

    /// Class of the `net_cls` control group, else the socket's priority.
    #[doc(alias = "INET_DIAG_CLASS_ID")]
    pub fn class_id(&self) -> Option<u32> {
        self.attr(17)?.u32()
    }

    /// Keys segments are signed with; sent only to who may administer the network.
    #[doc(alias = "INET_DIAG_MD5SIG")]
    pub fn md5_keys(&self) -> Option<Md5Keys<'a>> {
        self.read(18, Md5Keys::new)
    }

    /// What runs on top of TCP.
    #[doc(alias = "INET_DIAG_ULP_INFO")]
    pub fn ulp(&self) -> Option<Ulp<'a>> {
        self.attr(19).map(|attr| Ulp::new(attr.nested()))
    }

    /// The control group (v2) it was made in, by inode; the root has 1.
    #[doc(alias = "INET_DIAG_CGROUP_ID")]
    pub fn cgroup(&self) -> Option<u64> {
        self.attr(21)?.u64()
    }

    /// Which socket options are set.
    #[doc(alias = "INET_DIAG_SOCKOPT")]
    pub fn options(&self) -> Option<InetOptions> {
        let &[a, b] = self.attr(22)?.payload.first_chunk()?;
        let flags = [(a, 0..8), (b, 8..11)]
            .into_iter()
            .flat_map(|(byte, range)| range.map(move |bit| u16::from(bits(byte, bit % 8, 1)) << bit));
        Some(InetOptions(flags.sum()))
    }
}

/// Memory use as kernels before 3.6 tell it.
#[derive(Clone, Copy, Debug)]
#[doc(alias = "inet_diag_meminfo")]
pub struct OldMemInfo<'a>(&'a [u8]);

impl OldMemInfo<'_> {
    fields! {
        /// Bytes held by what has arrived.
        rmem: u32 = 0, "idiag_rmem";
        /// Bytes queued for sending.
        wmem: u32 = 4, "idiag_wmem";
        /// Bytes set aside and not yet used; less than nothing while the account runs late.
        fmem: i32 = 8, "idiag_fmem";
        /// Bytes held by what is being sent.
        tmem: u32 = 12, "idiag_tmem";
    }
}

/// Socket options by bit, in the kernel's order on every machine.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[doc(alias = "inet_diag_sockopt")]
pub struct InetOptions(pub u16);

#[expect(missing_docs, reason = "the names are the kernel's own")]
impl InetOptions {
    pub const RECVERR: Self = Self(1);
    pub const IS_ICSK: Self = Self(1 << 1);
    pub const FREEBIND: Self = Self(1 << 2);
    pub const HDRINCL: Self = Self(1 << 3);
    pub const MC_LOOP: Self = Self(1 << 4);
    pub const TRANSPARENT: Self = Self(1 << 5);
    pub const MC_ALL: Self = Self(1 << 6);
    pub const NODEFRAG: Self = Self(1 << 7);
    pub const BIND_ADDRESS_NO_PORT: Self = Self(1 << 8);
    pub const RECVERR_RFC4884: Self = Self(1 << 9);
    pub const DEFER_CONNECT: Self = Self(1 << 10);
}

impl InetOptions {
    /// Whether all of `other` are set.
    pub fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

/// One more than the highest number known (`INET_DIAG_SOCKOPT`).
const KINDS: usize = 23;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attr::tests::attr;
    use crate::tcp_info::TcpOptions;

    fn record() -> Vec<u8> {
        [
            attr(2, &[1, 0, 0, 0, 0, 7]),
            attr(4, b"cubic\0"),
            attr(5, &[0x10]),
            attr(6, &[0x20]),
            attr(7, &9u32.to_ne_bytes()),
            attr(8, &[3]),
            attr(11, &[1]),
            attr(15, &0x2au32.to_ne_bytes()),
            attr(17, &5u32.to_ne_bytes()),
            attr(21, &(1u64 << 33).to_ne_bytes()),
            attr(22, &[0b0101_0010, 0b100]),
            attr(1000, &[1]),
        ]
        .concat()
    }

    #[test]
    #[cfg(target_endian = "little")]
    fn attributes_are_read_by_meaning() {
        let bytes = record();
        let attrs = InetAttrs::new(Attrs::new(&bytes));
        assert_eq!(attrs.tcp_info().and_then(|info| info.options()), Some(TcpOptions(7)));
        assert_eq!(attrs.congestion(), Some(&b"cubic"[..]));
        assert_eq!((attrs.tos(), attrs.tclass(), attrs.class_id()), (Some(0x10), Some(0x20), Some(5)));
        assert_eq!(attrs.mem_info().and_then(|info| info.rmem_alloc()), Some(9));
        assert_eq!((attrs.shutdown(), attrs.v6only()), (Some(3), Some(true)));
        assert_eq!((attrs.mark(), attrs.cgroup()), (Some(0x2a), Some(1 << 33)));
        let set =
            [InetOptions::IS_ICSK, InetOptions::MC_LOOP, InetOptions::MC_ALL, InetOptions::DEFER_CONNECT];
        assert_eq!(attrs.options(), Some(InetOptions(set.iter().map(|option| option.0).sum())));
        assert!(attrs.options().is_some_and(|options| !options.contains(InetOptions::FREEBIND)));
        assert!(attrs.vegas().is_none() && attrs.md5_keys().is_none() && attrs.ulp().is_none());
    }

    #[test]
    fn every_prefix_is_read_as_far_as_it_goes() {
        let bytes = record();
        let mut known = 0;
        for len in 0..=bytes.len() {
            let attrs = InetAttrs::new(Attrs::new(&bytes[..len]));
            let count = attrs.0.iter().flatten().count();
            assert!(count >= known, "{len}");
            known = count;
        }
        assert_eq!(known, 11);
    }
}
