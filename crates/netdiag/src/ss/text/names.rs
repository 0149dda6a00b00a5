//! What the numbers of a row are called.
//!
//! Everything is looked up when first needed, because most listings need little of it.

use super::super::interfaces::Interfaces;
use super::super::netlink_names::NetlinkNames;
use super::super::services::Services;

/// Names by number, per kind of number.
pub(super) struct Names {
    /// Ports and protocols; `None` when numbers are wanted.
    pub(super) services: Option<Services>,
    pub(super) interfaces: Interfaces,
    netlink: Option<NetlinkNames>,
    /// Inode of the latest SCTP socket: those that follow with the same are its associations.
    association: u32,
}

impl Names {
    pub(super) fn new(services: Option<Services>) -> Self {
        Self { services, interfaces: Interfaces::default(), netlink: None, association: 0 }
    }

    /// Whether numbers are wanted instead.
    pub(super) fn numeric(&self) -> bool {
        self.services.is_none()
    }

    /// What netlink protocols and ports are called.
    pub(super) fn netlink(&mut self) -> &NetlinkNames {
        self.netlink.get_or_insert_with(NetlinkNames::of_this_system)
    }

    /// Whether an SCTP socket of this inode is an association of the one before.
    pub(super) fn is_association(&mut self, inode: u32) -> bool {
        inode != 0 && std::mem::replace(&mut self.association, inode) == inode
    }

    /// A listing begins anew.
    pub(super) fn begin(&mut self) {
        self.association = 0;
    }
}
