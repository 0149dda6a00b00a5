//! The kernel's table of tracked connections (`nf_conntrack`).
//!
//! Where the kernel does not track connections there is no table, and nothing to tell.

use crate::{CutShort, Host};

/// How full the table is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Conntrack {
    /// Connections in it.
    pub count: u64,
    /// The most there may be, in all network namespaces together; 0 for no limit.
    pub max: u64,
}

impl Conntrack {
    /// Which part of it is used, from 0 to 1; no limit is none that could be reached.
    pub fn used(&self) -> f64 {
        if self.max > 0 { self.count as f64 / self.max as f64 } else { 0.0 }
    }
}

impl Host {
    /// The table of its network namespace.
    ///
    /// # Errors
    /// That there is none, or that it cannot be read.
    pub fn conntrack(&self) -> Result<Conntrack, CutShort> {
        let of = |name: &str| self.sysctl_as(&format!("net/netfilter/{name}"), |text| text.parse().ok());
        Ok(Conntrack { count: of("nf_conntrack_count")?, max: of("nf_conntrack_max")? })
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::ProcRoot;

    #[test]
    fn a_table_has_two_numbers() {
        let root = tempfile::tempdir().unwrap();
        let host = Host::here().with_proc_root(ProcRoot::at(root.path()));
        assert!(host.conntrack().unwrap_err().to_string().contains("nf_conntrack_count: "));
        let directory = root.path().join("sys/net/netfilter");
        fs::create_dir_all(&directory).unwrap();
        fs::write(directory.join("nf_conntrack_max"), "1000\n").unwrap();
        for (count, found) in [("700\n", Some(700)), ("", None), ("many", None)] {
            fs::write(directory.join("nf_conntrack_count"), count).unwrap();
            assert_eq!(host.conntrack().ok().map(|table| table.count), found, "{count}");
        }
        assert_eq!(Conntrack { count: 700, max: 1000 }.used(), 0.7);
        assert_eq!(Conntrack { count: 700, max: 0 }.used(), 0.0);
    }
}
