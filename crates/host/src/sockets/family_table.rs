//! What one question asks for: the sockets of a table that are of one family.
//!
//! Why a kernel cannot tell of them has two reasons, which must not be mixed up: it lacks the module that tells, or it has no such
//! sockets, and then an empty list is all there is.

use std::fmt;
use std::fs;

use rustix::system::uname;

use super::table::{Family, Table};

/// The sockets of one table that are of one family; where the types of a family are tables of their own, those of all its types.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct FamilyTable {
    /// The table, or the first of those wanted.
    pub table: Table,
    /// One of its families.
    pub family: Family,
}

impl fmt::Display for FamilyTable {
    /// `tcp sockets of family inet6`, `unix sockets`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.family.is_inet() {
            true => write!(f, "{} sockets of family {}", self.table.netid(), self.family.name()),
            false => write!(f, "{} sockets", self.family.name()),
        }
    }
}

impl FamilyTable {
    /// The kernel module that tells of such sockets, as far as this kernel can have it.
    pub fn module(self) -> Option<&'static str> {
        let release = uname().release().to_string_lossy().into_owned();
        let name = self.module_of(version(&release)?)?;
        match fs::read_to_string(format!("/lib/modules/{release}/modules.dep")) {
            Ok(modules) => has_module(&modules, name).then_some(name),
            // As in a container, whose host has them.
            Err(_) => Some(name),
        }
    }

    /// The name of the module in kernels of a version.
    fn module_of(self, version: (u32, u32)) -> Option<&'static str> {
        Some(match (self.family, self.table) {
            (Family::Inet | Family::Inet6, Table::Raw) => "raw_diag",
            (Family::Inet | Family::Inet6, Table::Udp) => "udp_diag",
            (Family::Inet | Family::Inet6, Table::Dccp) if version < (6, 16) => "dccp_diag",
            (Family::Inet | Family::Inet6, Table::Dccp) => return None,
            (Family::Inet | Family::Inet6, Table::Sctp) => "sctp_diag",
            (Family::Inet | Family::Inet6, Table::Mptcp) if version > (5, 10) => "mptcp_diag",
            (Family::Inet | Family::Inet6, Table::Mptcp) => return None,
            (Family::Inet | Family::Inet6, _) => "tcp_diag",
            (Family::Link, _) => "af_packet_diag",
            (Family::Unix, _) => "unix_diag",
            (Family::Netlink, _) => "netlink_diag",
            (Family::Vsock, _) => "vsock_diag",
            (Family::Tipc, _) if version < (6, 9) => "diag",
            (Family::Tipc, _) => "tipc_diag",
            (Family::Xdp, _) => "xsk_diag",
        })
    }

    /// Whether the kernel has such sockets, by what it tells of its protocols (`/proc/net/protocols`).
    pub(crate) fn is_registered(self, protocols: &str) -> bool {
        let names: &[&str] = match (self.family, self.table) {
            (Family::Inet, Table::Raw) => &["RAW", "PING"],
            (Family::Inet6, Table::Raw) => &["RAWv6", "PINGv6"],
            (Family::Inet, Table::Udp) => &["UDP"],
            (Family::Inet6, Table::Udp) => &["UDPv6"],
            (Family::Inet, Table::Dccp) => &["DCCP"],
            (Family::Inet6, Table::Dccp) => &["DCCPv6"],
            (Family::Inet, Table::Sctp) => &["SCTP"],
            (Family::Inet6, Table::Sctp) => &["SCTPv6"],
            (Family::Inet, Table::Mptcp) => &["MPTCP"],
            (Family::Inet6, Table::Mptcp) => &["MPTCPv6"],
            (Family::Inet, _) => &["TCP"],
            (Family::Inet6, _) => &["TCPv6"],
            (Family::Link, _) => &["PACKET"],
            (Family::Unix, _) => &["UNIX"],
            (Family::Netlink, _) => &["NETLINK"],
            (Family::Vsock, _) => &["AF_VSOCK"],
            (Family::Tipc, _) => &["TIPC"],
            (Family::Xdp, _) => &["XDP"],
        };
        let mut known = protocols.lines().filter_map(|line| line.split_ascii_whitespace().next());
        known.any(|name| names.contains(&name))
    }
}

/// The first two numbers of a kernel's release.
pub(super) fn version(release: &str) -> Option<(u32, u32)> {
    let mut numbers = release.split(|c: char| !c.is_ascii_digit()).map(str::parse);
    Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
}

/// Whether a module is in a `modules.dep`: `kernel/net/ipv4/tcp_diag.ko.xz: kernel/…`.
fn has_module(modules: &str, name: &str) -> bool {
    let files = modules.lines().filter_map(|line| line.split_once(':'));
    files
        .filter_map(|(file, _)| file.rsplit('/').next()?.split_once(".ko"))
        .any(|(stem, _)| stem.replace('-', "_") == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_module_is_one_that_the_kernel_can_have() {
        let family_table = |table: Table| FamilyTable { table, family: table.families()[0] };
        #[rustfmt::skip]
        let cases = [
            (Table::Tcp,       (5, 10), Some("tcp_diag")),
            (Table::PacketRaw, (6, 1),  Some("af_packet_diag")),
            (Table::Tipc,      (6, 8),  Some("diag")),
            (Table::Tipc,      (6, 9),  Some("tipc_diag")),
            (Table::Mptcp,     (5, 10), None),
            (Table::Mptcp,     (6, 1),  Some("mptcp_diag")),
            (Table::Dccp,      (6, 12), Some("dccp_diag")),
            (Table::Dccp,      (6, 18), None),
        ];
        for (table, version, module) in cases {
            assert_eq!(family_table(table).module_of(version), module, "{table:?} {version:?}");
        }
        assert_eq!(version("6.18.44-fc"), Some((6, 18)));
        assert_eq!((version("7.3"), version("x"), version("")), (Some((7, 3)), None, None));
    }

    #[test]
    fn a_module_is_found_by_the_name_of_its_file() {
        let modules =
            "kernel/net/sctp/sctp_diag.ko.xz: kernel/net/sctp/sctp.ko.xz\nkernel/net/x/vsock-diag.ko:\n";
        for (name, there) in [("sctp_diag", true), ("vsock_diag", true), ("sctp", false), ("diag", false)] {
            assert_eq!(has_module(modules, name), there, "{name}");
        }
    }

    #[test]
    fn a_kernel_tells_its_protocols() {
        let protocols = "protocol  size sockets\nSCTP  1 2\nTCPv6  1 2\nUDP-Lite 1 2\n";
        #[rustfmt::skip]
        let cases = [
            (Table::Sctp, Family::Inet,  true),
            (Table::Sctp, Family::Inet6, false),
            (Table::Tcp,  Family::Inet6, true),
            (Table::Udp,  Family::Inet,  false),
            (Table::Tipc, Family::Tipc,  false),
        ];
        for (table, family, registered) in cases {
            assert_eq!(
                FamilyTable { table, family }.is_registered(protocols),
                registered,
                "{table:?} {family:?}"
            );
        }
    }
}
