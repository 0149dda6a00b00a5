//! Interface indices as names.
//!
//! An interface that is gone, or lies in another namespace, is `ifN`: its sockets outlive its name.

use std::ffi::CString;

use nix::net::if_::if_indextoname;

/// The names asked for so far.
#[derive(Debug, Default)]
pub(crate) struct Interfaces(Vec<(u32, Box<[u8]>)>);

impl Interfaces {
    /// The name of interface `index`.
    pub(crate) fn name(&mut self, index: u32) -> &[u8] {
        let at = self.0.iter().position(|&(known, _)| known == index);
        let at = at.unwrap_or_else(|| {
            self.0.push((index, name(index)));
            self.0.len() - 1
        });
        &self.0[at].1
    }
}

fn name(index: u32) -> Box<[u8]> {
    // For an index the system does not know, nix answers an empty name.
    let known = if_indextoname(index).ok().filter(|name| !name.is_empty());
    let name = known.map_or_else(|| format!("if{index}").into_bytes(), CString::into_bytes);
    name.into()
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
    }
}
