//! What the names in a filter stand for on this machine.
//!
//! Looking a host up may take seconds and ask the network; everything else is read from files.

use std::io;
use std::net::{IpAddr, ToSocketAddrs};
use std::ops::RangeInclusive;
use std::path::Path;

use netdiag_sockdiag::filter::language::{Holder, LookupError, NameLookup};

use crate::{Host, cgroup_id, service_port, user_id};

/// This machine's names, for [`Filter::read`](netdiag_sockdiag::filter::language::Filter::read).
pub struct SystemNames<'a> {
    /// Whose interfaces and ports are meant.
    pub host: Host,
    /// Finds the inodes of the sockets somebody holds.
    pub held: &'a dyn Fn(&Holder) -> io::Result<Vec<u32>>,
    /// What to take for the ports the kernel hands out where it does not say; `None` makes asking for them a mistake then.
    pub assumed_ports: Option<RangeInclusive<u16>>,
}

impl NameLookup for SystemNames<'_> {
    fn hosts(&self, name: &str) -> Vec<IpAddr> {
        let found = self.host.run(|| (name, 0).to_socket_addrs()).ok().and_then(Result::ok);
        found.map(|addresses| addresses.map(|address| address.ip()).collect()).unwrap_or_default()
    }

    fn port(&self, service: &str, protocol: &str) -> Option<u16> {
        service_port(service, protocol)
    }

    fn interface(&self, name: &str) -> Option<u32> {
        self.host.interface_index(name)
    }

    fn user(&self, name: &str) -> Option<u32> {
        user_id(name)
    }

    fn cgroup(&self, path: &Path) -> Result<u64, LookupError> {
        cgroup_id(path).map_err(LookupError::failed)
    }

    fn ephemeral(&self) -> Result<RangeInclusive<u16>, LookupError> {
        let told = self.host.local_port_range();
        told.or_else(|why| self.assumed_ports.clone().ok_or_else(|| LookupError::failed(why)))
    }

    fn held(&self, by: &Holder) -> Result<Vec<u32>, LookupError> {
        (self.held)(by).map_err(LookupError::failed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ProcRoot;

    #[test]
    fn names_are_this_machines() {
        let names = |assumed_ports, proc_root| SystemNames {
            host: Host::here().with_proc_root(proc_root),
            held: &|_| Ok(Vec::new()),
            assumed_ports,
        };
        let here = names(None, ProcRoot::default());
        assert_eq!((here.user("root"), here.user("no such user")), (Some(0), None));
        assert_eq!(here.hosts("127.0.0.1"), [IpAddr::from([127, 0, 0, 1])]);
        assert!(here.interface("lo").is_some() && here.ephemeral().is_ok());
        assert!(here.cgroup(Path::new("/proc")).unwrap_err().to_string().contains("not in a cgroup2"));
        assert!(
            names(None, ProcRoot::at("/no/such")).ephemeral().unwrap_err().to_string().contains("/no/such")
        );
        assert_eq!(names(Some(1..=2), ProcRoot::at("/no/such")).ephemeral(), Ok(1..=2));
    }
}
