//! Names of netlink protocols, and of who holds a netlink port.
//!
//! A port id is only likely to be a process's number: any number can be chosen. So a name is shown with its number.

use std::fs;

use netdiag_sockdiag::filter::language::NETLINK_PROTOCOLS;

use crate::ProcRoot;

/// What netlink numbers are called on this machine.
#[derive(Debug)]
pub struct NetlinkNames {
    protocols: Vec<(u8, Box<str>)>,
    /// Where processes are found.
    processes: ProcRoot,
}

impl NetlinkNames {
    /// Reads the system's table of protocols; without one there are the kernel's own.
    pub fn of_this_system() -> Self {
        let files = ["/etc/iproute2/nl_protos", "/usr/share/iproute2/nl_protos"];
        let table = files.iter().find_map(|file| fs::read_to_string(file).ok()).unwrap_or_default();
        Self { protocols: protocols(&table), processes: ProcRoot::of_environment().clone() }
    }

    /// What a protocol is called.
    pub fn protocol(&self, number: u8) -> Option<&str> {
        let known = self.protocols.iter().find(|(known, _)| *known == number);
        known
            .map(|(_, name)| &**name)
            .or_else(|| NETLINK_PROTOCOLS.iter().find(|(known, _)| *known == number).map(|(_, name)| *name))
    }

    /// The command name of the process with this number, if there is one.
    pub fn process(&self, id: i32) -> Option<Vec<u8>> {
        let mut name = fs::read(self.processes.file(format!("{id}/comm"))).ok()?;
        name.truncate(name.trim_ascii_end().len());
        Some(name)
    }
}

/// Lines like `16 genl # comment`, or `0x10 genl`.
pub(crate) fn protocols(table: &str) -> Vec<(u8, Box<str>)> {
    let entry = |line: &str| {
        let mut words = line.split('#').next()?.split_whitespace();
        let number = words.next()?;
        let number = match number.strip_prefix("0x") {
            Some(hex) => u8::from_str_radix(hex, 16).ok()?,
            None => number.parse().ok()?,
        };
        Some((number, words.next()?.into()))
    };
    table.lines().filter_map(entry).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_systems_names_come_before_the_built_in_ones() {
        let table = "# names\n0 route\n0x11 mine # what\nbad line\n300 big\n5\n";
        let names = NetlinkNames { protocols: protocols(table), processes: ProcRoot::default() };
        #[rustfmt::skip]
        let cases = [(0, Some("route")), (17, Some("mine")), (16, Some("genl")), (5, Some("nflog")), (200, None)];
        for (number, name) in cases {
            assert_eq!(names.protocol(number), name, "{number}");
        }
    }

    #[test]
    fn a_process_is_called_by_its_command_name() {
        let names = NetlinkNames { protocols: Vec::new(), processes: ProcRoot::default() };
        let own = i32::try_from(std::process::id()).unwrap();
        let expected = fs::read_to_string("/proc/self/comm").unwrap();
        assert_eq!(names.process(own).unwrap(), expected.trim_end().as_bytes());
        assert_eq!(names.process(-4), None);
    }
}
