//! Interface numbers as names, and names as numbers.
//!
//! An interface that is gone, or lies in another namespace, has no name: its sockets outlive it.

use std::ffi::CString;

use nix::net::if_::{if_indextoname, if_nametoindex};

use crate::Host;

impl Host {
    /// What the interface of this number is called; `None` if there is none.
    pub fn interface_name(&self, index: u32) -> Option<Box<[u8]>> {
        // For an index the system does not know, nix answers an empty name.
        let name = self.run(|| if_indextoname(index)).ok()?.ok().filter(|name| !name.is_empty())?;
        Some(CString::into_bytes(name).into())
    }

    /// The number of the interface of this name, or of this alternative name; `None` if there is none.
    pub fn interface_index(&self, name: &str) -> Option<u32> {
        self.run(|| if_nametoindex(name)).ok()?.ok()
    }
}

/// Names by number, each asked for once.
#[derive(Debug)]
pub struct InterfaceNames {
    host: Host,
    known: Vec<Entry>,
}

#[derive(Debug)]
struct Entry {
    index: u32,
    /// Its name, else `ifN`.
    label: Box<[u8]>,
    named: bool,
}

impl Default for InterfaceNames {
    /// Those of the network namespace of whichever thread asks.
    fn default() -> Self {
        Self::of(Host::here())
    }
}

impl InterfaceNames {
    /// Those of a host's network namespace.
    pub fn of(host: Host) -> Self {
        Self { host, known: Vec::new() }
    }

    /// What to call interface `index`: `ifN` if it has no name.
    pub fn name(&mut self, index: u32) -> &[u8] {
        &self.entry(index).label
    }

    /// The name of interface `index`, if it has one.
    pub fn known(&mut self, index: u32) -> Option<&[u8]> {
        let entry = self.entry(index);
        entry.named.then_some(&entry.label)
    }

    fn entry(&mut self, index: u32) -> &Entry {
        let at = self.known.iter().position(|entry| entry.index == index);
        let at = at.unwrap_or_else(|| {
            let name = self.host.interface_name(index);
            let named = name.is_some();
            let label = name.unwrap_or_else(|| format!("if{index}").into_bytes().into());
            self.known.push(Entry { index, label, named });
            self.known.len() - 1
        });
        &self.known[at]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_no_name_has_a_number() {
        let mut interfaces = InterfaceNames::default();
        assert_eq!(interfaces.name(u32::MAX), b"if4294967295");
        let loopback = Host::here().interface_index("lo").unwrap();
        assert_eq!(interfaces.name(loopback), b"lo");
        assert_eq!(interfaces.name(u32::MAX), b"if4294967295");
        assert_eq!(interfaces.known(loopback), Some(&b"lo"[..]));
        assert_eq!(interfaces.known(u32::MAX), None);
        assert_eq!(Host::here().interface_index("no such"), None);
    }
}
