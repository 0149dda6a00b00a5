//! The ports the kernel hands out to sockets that ask for none ("ephemeral" ports).
//!
//! Where a kernel does not say which, nothing is assumed: whoever needs an assumption makes it and says so.

use std::ops::RangeInclusive;

use crate::{CutShort, Host};

/// The ports the kernel hands out by itself.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct LocalPorts {
    /// Between these (`net.ipv4.ip_local_port_range`).
    pub range: RangeInclusive<u16>,
    /// But not these (`net.ipv4.ip_local_reserved_ports`): they are kept for whoever asks for them.
    pub reserved: Vec<RangeInclusive<u16>>,
}

impl LocalPorts {
    /// Whether a port is among them.
    pub fn contains(&self, port: u16) -> bool {
        self.range.contains(&port) && !self.reserved.iter().any(|range| range.contains(&port))
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.range.clone().filter(|port| self.contains(*port)).count()
    }
}

impl Host {
    /// The ports its network namespace hands out.
    ///
    /// # Errors
    /// That the kernel does not say.
    pub fn local_ports(&self) -> Result<LocalPorts, CutShort> {
        let reserved = self.sysctl_as("net/ipv4/ip_local_reserved_ports", reserved)?;
        Ok(LocalPorts { range: self.local_port_range()?, reserved })
    }

    /// Between which ports they are, those that are reserved included.
    ///
    /// # Errors
    /// That the kernel does not say.
    pub fn local_port_range(&self) -> Result<RangeInclusive<u16>, CutShort> {
        self.sysctl_as("net/ipv4/ip_local_port_range", range)
    }
}

/// `32768 60999`.
pub(crate) fn range(text: &str) -> Option<RangeInclusive<u16>> {
    let (first, last) = text.split_once(char::is_whitespace)?;
    Some(first.parse().ok()?..=last.trim().parse().ok()?)
}

/// `8080,9148-9150`; nothing for none.
pub(crate) fn reserved(text: &str) -> Option<Vec<RangeInclusive<u16>>> {
    let parts = text.split(',').filter(|part| !part.is_empty());
    let ranges = parts.map(|part| {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        Some(first.parse().ok()?..=last.parse().ok()?)
    });
    ranges.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_two_ports() {
        assert_eq!(range("32768\t60999"), Some(32_768..=60_999));
        for text in ["", "32768", "nonsense", "1 x", "1 65536"] {
            assert_eq!(range(text), None, "{text}");
        }
    }

    #[test]
    fn reserved_ports_are_kept_back() {
        assert_eq!(reserved(""), Some(Vec::new()));
        assert_eq!(reserved("8080,9148-9150"), Some(vec![8080..=8080, 9148..=9150]));
        assert_eq!(reserved("8080,x"), None);
        let ports = LocalPorts { range: 8000..=8009, reserved: vec![8003..=8004, 8009..=9000] };
        assert_eq!(ports.count(), 7);
        assert!(ports.contains(8005) && !ports.contains(8003) && !ports.contains(9001));
    }

    #[test]
    fn what_the_kernel_does_not_say_is_not_assumed() {
        let root = tempfile::tempdir().unwrap();
        let host = Host::here().with_proc_root(crate::ProcRoot::at(root.path()));
        assert!(host.local_port_range().unwrap_err().to_string().contains("ip_local_port_range"));
        std::fs::create_dir_all(root.path().join("sys/net/ipv4")).unwrap();
        std::fs::write(root.path().join("sys/net/ipv4/ip_local_port_range"), "junk\n").unwrap();
        assert!(host.local_port_range().unwrap_err().to_string().contains("\"junk\""));
        assert!(Host::here().local_ports().unwrap().count() > 0);
    }
}
