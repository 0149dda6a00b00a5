//! Where a check goes: a host without a port, as written and as looked up.

use std::net::SocketAddr;

use netdiag_probe::{Family, Host, Inet, resolve};

use crate::file::{Complaint, Placed};
use crate::finding::Finding;

/// A host to be looked up at every attempt, as what it stands for may change.
#[derive(Debug)]
pub(super) struct Destination {
    inet: Inet,
    family: Option<Family>,
}

impl Destination {
    /// Reads a host: an address or a name.
    pub(super) fn read(text: &Placed<String>, family: Option<Family>) -> Result<Self, Complaint> {
        let host = Host::within(&text.value, 0..text.value.len());
        let host = host.map_err(|wrong| Complaint::new(&text.span, wrong.to_string()))?;
        if host == Host::Any {
            return Err(Complaint::new(&text.span, "a host is missing: an address or a name"));
        }
        Ok(Self { inet: Inet { host, port: 0 }, family })
    }

    /// Its address, the one the resolver prefers.
    ///
    /// # Errors
    /// What is to be said of it where there is none.
    pub(super) async fn look_up(&self) -> Result<SocketAddr, Finding> {
        let reason = match resolve(&self.inet, self.family).await {
            Ok(addresses) => match addresses.first() {
                Some(address) => return Ok(*address),
                None => format!("{}: no address", self.inet.host),
            },
            Err(error) if error.is_ours() => return Err(Finding::unmeasured(error.to_string(), None)),
            Err(error) => error.to_string(),
        };
        let mut finding = Finding::default();
        finding.asserted("address", "one", reason, false);
        Err(finding)
    }

    /// As written.
    pub(super) fn words(&self) -> String {
        self.inet.host.to_string()
    }
}
