//! What numbers are called, and where names lead: the tables every format looks things up in.
//!
//! What has no name here is shown as a number; a name is never a guess. Everything is looked up when first needed, because
//! most listings need little of it.

use std::ops::RangeInclusive;
use std::sync::Arc;

use netdiag_host::{
    AddressNames, BoundFiles, Cgroups, Host, InterfaceNames, NetlinkNames, Owners, Services, Table, Transport,
};

/// Names by number, per kind of number.
#[derive(Debug, Default)]
pub(crate) struct Names {
    /// What ports and protocols are called; `None` when numbers are wanted.
    pub(crate) services: Option<Services>,
    pub(crate) interfaces: InterfaceNames,
    pub(crate) cgroups: Cgroups,
    pub(crate) bound_files: BoundFiles,
    /// What addresses are called; `None` when nobody wants to know.
    pub(crate) hosts: Option<AddressNames>,
    /// Who holds sockets; `None` when nobody wants to know.
    pub(crate) owners: Option<Arc<Owners>>,
    pub(crate) netlink: Option<NetlinkNames>,
    /// Inode of the latest SCTP socket: those that follow with the same are its associations.
    pub(crate) association: u32,
}

impl Names {
    pub(crate) fn new(services: Option<Services>) -> Self {
        Self { services, ..Self::default() }
    }

    /// The same for another thread; `None` where addresses are looked up, which is done one after the other.
    pub(crate) fn apart(&self) -> Option<Self> {
        let (services, owners) = (self.services.clone(), self.owners.clone());
        self.hosts.is_none().then(|| Self { services, owners, ..Self::default() })
    }

    /// Whether numbers are wanted instead.
    pub(crate) fn numeric(&self) -> bool {
        self.services.is_none()
    }

    /// What netlink protocols and ports are called.
    pub(crate) fn netlink(&mut self) -> &NetlinkNames {
        self.netlink.get_or_insert_with(NetlinkNames::of_this_system)
    }

    /// Whether an SCTP socket of this inode is an association of the one before.
    pub(crate) fn is_association(&mut self, inode: u32) -> bool {
        inode != 0 && std::mem::replace(&mut self.association, inode) == inode
    }

    /// A listing begins anew.
    pub(crate) fn begin(&mut self) {
        self.association = 0;
    }
}

/// What this machine's ports are called. Those that the kernel hands out have no name.
pub(crate) fn services() -> Services {
    Services::of_this_system(Host::here().local_port_range().unwrap_or(ASSUMED_PORTS))
}

/// Whose ports are called like those of a table: MPTCP's, SCTP's and DCCP's are called like TCP's.
pub(crate) fn transport(table: Table) -> Transport {
    if table == Table::Udp { Transport::Udp } else { Transport::Tcp }
}

/// The ports that upstream takes the kernel to hand out where it does not say.
pub(crate) const ASSUMED_PORTS: RangeInclusive<u16> = 1024..=4999;
