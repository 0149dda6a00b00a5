//! Interface indices as names.
//!
//! An interface that is gone, or lies in another namespace, is `ifN`: its sockets outlive its name.

use std::ffi::CString;

use nix::net::if_::if_indextoname;

/// The names asked for so far.
#[derive(Debug, Default)]
pub(crate) struct Interfaces(Vec<Entry>);

#[derive(Debug)]
struct Entry {
    index: u32,
    /// Its name, else `ifN`.
    label: Box<[u8]>,
    named: bool,
}

impl Interfaces {
    /// What to call interface `index`.
    pub(crate) fn name(&mut self, index: u32) -> &[u8] {
        &self.entry(index).label
    }

    /// The name of interface `index`, if it has one.
    pub(crate) fn known(&mut self, index: u32) -> Option<&[u8]> {
        let entry = self.entry(index);
        entry.named.then_some(&entry.label)
    }

    fn entry(&mut self, index: u32) -> &Entry {
        let at = self.0.iter().position(|entry| entry.index == index);
        let at = at.unwrap_or_else(|| {
            self.0.push(Entry::new(index));
            self.0.len() - 1
        });
        &self.0[at]
    }
}

impl Entry {
    fn new(index: u32) -> Self {
        // For an index the system does not know, nix answers an empty name.
        let name = if_indextoname(index).ok().filter(|name| !name.is_empty());
        let named = name.is_some();
        let label = name.map_or_else(|| format!("if{index}").into_bytes(), CString::into_bytes).into();
        Self { index, label, named }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_no_name_has_a_number() {
        let mut interfaces = Interfaces::default();
        assert_eq!(interfaces.name(u32::MAX), b"if4294967295");
        let loopback = nix::net::if_::if_nametoindex("lo").unwrap();
        assert_eq!(interfaces.name(loopback), b"lo");
        assert_eq!(interfaces.name(u32::MAX), b"if4294967295");
        assert_eq!(interfaces.known(loopback), Some(&b"lo"[..]));
        assert_eq!(interfaces.known(u32::MAX), None);
    }
}
