//! Which file tells of which sockets, and whether the environment wants files at all.
//!
//! A variable `PROC_NET_*` counts by being there, even empty.

use std::ffi::OsString;
use std::path::PathBuf;

use super::super::family_table::FamilyTable;
use super::super::table::{Family, Table};
use crate::proc_root::ProcRoot;

/// The files that tell of sockets, as the environment of this process has them.
#[derive(Clone, Debug)]
pub struct ProcSocketFiles {
    root: ProcRoot,
    /// Variables that name single files, and their values.
    named: Vec<(&'static str, OsString)>,
}

impl ProcSocketFiles {
    /// As this process's environment has them, below `root` where it does not name them one by one.
    pub fn of_environment(root: ProcRoot) -> Self {
        Self::new(root, |name| std::env::var_os(name))
    }

    fn new(root: ProcRoot, variable: impl Fn(&str) -> Option<OsString>) -> Self {
        let entries = ENTRIES.iter().map(|entry| entry.variable).chain(UNTOLD.iter().map(|(_, name)| *name));
        Self { root, named: entries.filter_map(|name| Some((name, variable(name)?))).collect() }
    }

    /// Whether a table is to be read from files although netlink could tell of it. Some are in no file: they are empty then.
    pub fn insist(&self, table: Table) -> bool {
        let first = ENTRIES.iter().find(|entry| entry.tables.contains(&table)).map(|entry| entry.variable);
        let untold = UNTOLD.iter().find(|(untold, _)| *untold == table).map(|(_, name)| *name);
        let Some(variable) = first.or(untold) else {
            return false;
        };
        self.root.is_named() || self.value(variable).is_some()
    }

    /// The file that tells of a table in a family, if there is one.
    pub(crate) fn path(&self, FamilyTable { table, family }: FamilyTable) -> Option<PathBuf> {
        let entry = ENTRIES.iter().find(|entry| entry.family == family && entry.tables.contains(&table))?;
        if let Some(named) = self.value(entry.variable) {
            return Some(named.into());
        }
        Some(self.root.net(entry.file))
    }

    /// What the kernel tells of the protocols it has.
    pub(crate) fn protocols(&self) -> PathBuf {
        self.root.net("protocols")
    }

    fn value(&self, variable: &str) -> Option<&OsString> {
        self.named.iter().find(|(name, _)| *name == variable).map(|(_, value)| value)
    }
}

struct Entry {
    tables: &'static [Table],
    family: Family,
    variable: &'static str,
    file: &'static str,
}

/// The first entry of a table is the one whose variable turns netlink off.
#[rustfmt::skip]
const ENTRIES: [Entry; 9] = {
    use Table::{Netlink, PacketDgram, PacketRaw, Raw, Tcp, Udp, UnixDgram, UnixSeqpacket, UnixStream};
    [
        Entry { tables: &[Tcp],     family: Family::Inet,    variable: "PROC_NET_TCP",     file: "tcp" },
        Entry { tables: &[Tcp],     family: Family::Inet6,   variable: "PROC_NET_TCP6",    file: "tcp6" },
        Entry { tables: &[Udp],     family: Family::Inet,    variable: "PROC_NET_UDP",     file: "udp" },
        Entry { tables: &[Udp],     family: Family::Inet6,   variable: "PROC_NET_UDP6",    file: "udp6" },
        Entry { tables: &[Raw],     family: Family::Inet,    variable: "PROC_NET_RAW",     file: "raw" },
        Entry { tables: &[Raw],     family: Family::Inet6,   variable: "PROC_NET_RAW6",    file: "raw6" },
        Entry { tables: &[UnixStream, UnixDgram, UnixSeqpacket], family: Family::Unix, variable: "PROC_NET_UNIX", file: "unix" },
        Entry { tables: &[PacketRaw, PacketDgram], family: Family::Link, variable: "PROC_NET_PACKET", file: "packet" },
        Entry { tables: &[Netlink], family: Family::Netlink, variable: "PROC_NET_NETLINK", file: "netlink" },
    ]
};

/// Tables no file tells of, and the variables that turn netlink off for them all the same.
const UNTOLD: [(Table, &str); 3] =
    [(Table::Mptcp, "PROC_NET_MPTCP"), (Table::Dccp, "PROC_NET_DCCP"), (Table::Sctp, "PROC_NET_SCTP")];

#[cfg(test)]
mod tests {
    use super::*;

    fn files(environment: &[(&str, &str)]) -> ProcSocketFiles {
        let value = |name: &str| environment.iter().find(|(known, _)| *known == name).map(|(_, value)| value);
        let root = value("PROC_ROOT").map_or_else(ProcRoot::default, ProcRoot::at);
        ProcSocketFiles::new(root, |name| value(name).map(Into::into))
    }

    #[test]
    fn the_environment_says_which_file_and_whether() {
        use Family::{Inet, Inet6, Link, Netlink, Unix, Vsock};
        #[rustfmt::skip]
        let cases: [(&[_], _, _, _, _); 13] = [
            (&[],                                Table::Tcp,         Inet,    false, Some("/proc/thread-self/net/tcp")),
            (&[],                                Table::Mptcp,       Inet,    false, None),
            (&[("PROC_ROOT", "/host/proc")],     Table::Tcp,         Inet6,   true,  Some("/host/proc/net/tcp6")),
            (&[("PROC_ROOT", "/p")],             Table::UnixDgram,   Unix,    true,  Some("/p/net/unix")),
            (&[("PROC_ROOT", "/p")],             Table::PacketRaw,   Link,    true,  Some("/p/net/packet")),
            (&[("PROC_ROOT", "/p")],             Table::Netlink,     Netlink, true,  Some("/p/net/netlink")),
            (&[("PROC_ROOT", "/p")],             Table::Sctp,        Inet,    true,  None),
            (&[("PROC_ROOT", "/p")],             Table::VsockStream, Vsock,   false, None),
            (&[("PROC_NET_TCP", "t")],           Table::Tcp,         Inet,    true,  Some("t")),
            (&[("PROC_NET_TCP", "t")],           Table::Tcp,         Inet6,   true,  Some("/proc/thread-self/net/tcp6")),
            (&[("PROC_NET_TCP6", "t6")],         Table::Tcp,         Inet6,   false, Some("t6")),
            (&[("PROC_NET_TCP", "t")],           Table::Udp,         Inet,    false, Some("/proc/thread-self/net/udp")),
            (&[("PROC_NET_MPTCP", "m")],         Table::Mptcp,       Inet6,   true,  None),
        ];
        for (environment, table, family, insists, path) in cases {
            let files = files(environment);
            assert_eq!(files.insist(table), insists, "{environment:?} {table:?}");
            assert_eq!(
                files.path(FamilyTable { table, family }),
                path.map(Into::into),
                "{environment:?} {table:?}"
            );
        }
    }
}
