//! The lab: makes hosts and what joins them.
//!
//! It owns nothing: each host, wire and scripted host lives as long as its own handle, so the handle
//! of a wire that is to carry packets must be kept.

use crate::{Error, Host, Plan, Reply, Scripted, Wire};

/// Proof that namespaces can be made here, and the place where everything starts. The end of a link is
/// a host and the name its interface shall have there.
#[derive(Debug)]
pub struct Lab {
    nursery: Host,
}

impl Lab {
    /// Checks that this process may build networks.
    ///
    /// # Errors
    /// [`Error::NotPermitted`], which says how to run the tests.
    pub fn new() -> Result<Self, Error> {
        Ok(Self { nursery: Host::nursery()? })
    }

    /// Makes a host: a network namespace with nothing in it but `lo`, up.
    ///
    /// # Errors
    /// [`Error::Os`] if the kernel is out of something.
    pub fn host(&self, name: &str) -> Result<Host, Error> {
        Host::new(&self.nursery, name)
    }

    /// The same, with its TCP and UDP sockets among all of this machine's: in tables of the usual size, for tests of long lists.
    ///
    /// # Errors
    /// [`Error::Os`] if the kernel is out of something.
    pub fn host_among_all(&self, name: &str) -> Result<Host, Error> {
        Host::among_all(name)
    }

    /// Makes a host that forwards both IP versions, see [`Host::forward`].
    ///
    /// # Errors
    /// [`Error::Os`] if the kernel is out of something.
    pub fn router(&self, name: &str) -> Result<Host, Error> {
        let router = self.host(name)?;
        router.forward()?;
        Ok(router)
    }

    /// Joins two hosts by a veth pair: an Ethernet link with ARP and neighbour discovery, no delay and
    /// no loss. Both ends are up when this returns; it lives as long as both hosts.
    ///
    /// # Errors
    /// [`Error::Netlink`] if a name is taken.
    pub fn veth(&self, a: (&Host, &str), b: (&Host, &str)) -> Result<(), Error> {
        a.0.veth(a.1, b.0, b.1)
    }

    /// Joins two hosts by a wire that does to packets what the plans say: `there` to those from `a` to
    /// `b`, `back` to the others. Both ends are TUN devices, up when this returns, which live as long as
    /// the wire.
    ///
    /// # Errors
    /// [`Error::NoTun`] where TUN devices are not available.
    pub fn wire(&self, a: (&Host, &str), b: (&Host, &str), there: Plan, back: Plan) -> Result<Wire, Error> {
        Wire::new(a, b, there, back)
    }

    /// Gives a host a TUN device whose far side is `script`: from a packet the host sent to the packets
    /// it gets back. The device is up when this returns and lives as long as the handle.
    ///
    /// # Errors
    /// [`Error::NoTun`] where TUN devices are not available.
    pub fn scripted<S>(&self, end: (&Host, &str), script: S) -> Result<Scripted, Error>
    where
        S: FnMut(&[u8]) -> Vec<Reply> + Send + 'static,
    {
        Scripted::new(end, script)
    }
}
