//! What the names in a filter stand for on this machine.
//!
//! Looking a host up may take seconds and ask the network; everything else is read from files.

use std::io;
use std::net::IpAddr;
use std::ops::RangeInclusive;
use std::os::unix::net::UnixDatagram;
use std::path::Path;

use dns_lookup::{AddrInfoHints, LookupErrorKind, SockType, getaddrinfo};
use netdiag_sockdiag::filter::language::{Holder, LookupError, NameLookup};
use netdiag_text::strerror;

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
    fn hosts(&self, name: &str) -> Result<Vec<IpAddr>, LookupError> {
        self.host.run(|| addresses(name)).map_err(LookupError::failed)?.map_err(LookupError::failed)
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

/// Why a host's name could not be looked up.
#[derive(Debug, thiserror::Error)]
#[error("getaddrinfo: {}", strerror(.0))]
struct NotLookedUp(#[source] io::Error);

/// All addresses of a host; none if it is known that there is none of that name.
fn addresses(name: &str) -> Result<Vec<IpAddr>, NotLookedUp> {
    let hints = AddrInfoHints { socktype: SockType::Stream.into(), ..AddrInfoHints::default() };
    let error = match getaddrinfo(Some(name), None, Some(hints)) {
        Ok(found) => return Ok(found.filter_map(Result::ok).map(|info| info.sockaddr.ip()).collect()),
        Err(error) => error,
    };
    // glibc, out of files, says that there is no such name.
    if let Err(lack) = UnixDatagram::unbound() {
        return Err(NotLookedUp(lack));
    }
    match error.kind() {
        LookupErrorKind::NoName | LookupErrorKind::NoData => Ok(Vec::new()),
        _ if error.error_num() == EAI_ADDRFAMILY => Ok(Vec::new()),
        LookupErrorKind::System => Err(NotLookedUp(error.into())),
        _ => Err(NotLookedUp(io::Error::other(reason(error)))),
    }
}

/// What the resolver says; the crate puts words of its own before it.
fn reason(error: dns_lookup::LookupError) -> String {
    let text = io::Error::from(error).to_string();
    text.rsplit_once(": ").map_or(text.as_str(), |(_, why)| why).to_owned()
}

/// The name has addresses, but of no family that was asked for (`netdb.h`; the crate does not know it).
const EAI_ADDRFAMILY: i32 = -9;

#[cfg(test)]
mod tests {
    use std::process::Command;

    use nix::sys::resource::{Resource, setrlimit};

    use super::*;
    use crate::ProcRoot;

    /// Set for the process that has no descriptor left.
    const WITHOUT_FILES: &str = "NETDIAG_TEST_WITHOUT_FILES";

    #[test]
    fn a_name_that_cannot_be_asked_for_is_not_unknown() {
        if std::env::var_os(WITHOUT_FILES).is_none() {
            let name = "system_names::tests::a_name_that_cannot_be_asked_for_is_not_unknown";
            let mut again = Command::new(std::env::current_exe().unwrap());
            let ended = again.args(["--exact", name]).env(WITHOUT_FILES, "1").output().unwrap();
            return assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stdout));
        }
        setrlimit(Resource::RLIMIT_NOFILE, 0, 0).unwrap();
        let names = SystemNames { host: Host::here(), held: &|_| Ok(Vec::new()), assumed_ports: None };
        let error = names.hosts("nobody.invalid").unwrap_err();
        assert_eq!(error.to_string(), "getaddrinfo: Too many open files");
    }

    #[test]
    fn names_are_this_machines() {
        let names = |assumed_ports, proc_root| SystemNames {
            host: Host::here().with_proc_root(proc_root),
            held: &|_| Ok(Vec::new()),
            assumed_ports,
        };
        let here = names(None, ProcRoot::default());
        assert_eq!((here.user("root"), here.user("no such user")), (Some(0), None));
        assert_eq!(here.hosts("127.0.0.1").unwrap(), [IpAddr::from([127, 0, 0, 1])]);
        assert!(here.interface("lo").is_some() && here.ephemeral().is_ok());
        assert!(here.cgroup(Path::new("/proc")).unwrap_err().to_string().contains("not in a cgroup2"));
        assert!(
            names(None, ProcRoot::at("/no/such")).ephemeral().unwrap_err().to_string().contains("/no/such")
        );
        assert_eq!(names(Some(1..=2), ProcRoot::at("/no/such")).ephemeral(), Ok(1..=2));
    }
}
