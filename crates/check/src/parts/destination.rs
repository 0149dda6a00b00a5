//! Where a check goes: a host without a port, as written and as looked up.

use std::net::{IpAddr, SocketAddr};
use std::ops::Range;

use netdiag_probe::{Family, Host, HostPort, resolve};
use netdiag_text::{Message, message};

use crate::finding::Finding;
use crate::source::{Complaint, Placed};

/// A host to be looked up at every attempt, as what it stands for may change.
#[derive(Debug)]
pub(crate) struct Destination {
    inet: HostPort,
    family: Option<Family>,
}

impl Destination {
    /// Reads a host: an address or a name.
    pub(crate) fn read(text: &Placed<String>, family: Option<Family>) -> Result<Self, Complaint> {
        Ok(Self { inet: HostPort { host: host(text)?, port: 0 }, family })
    }

    /// Its address, the one the resolver prefers.
    ///
    /// # Errors
    /// What is to be said of it where there is none.
    pub(crate) async fn look_up(&self) -> Result<SocketAddr, Finding> {
        let reason = match resolve(&self.inet, self.family).await {
            Ok(addresses) => match addresses.first() {
                Some(address) => return Ok(*address),
                None => message!("{}: no address", self.inet.host),
            },
            Err(error) if error.is_ours() => return Err(Finding::unmeasured(error.message(), None)),
            Err(error) => error.message(),
        };
        let mut finding = Finding::default();
        finding.asserted("address", "one", reason, false);
        Err(finding)
    }

    /// As reports show it.
    pub(crate) fn words(&self) -> Message {
        Message::foreign(&self.inet.host)
    }

    /// As an argument of `ping` or `ip`.
    pub(crate) fn argument(&self) -> String {
        argument(&self.inet.host)
    }
}

/// Reads a host: an address or a name.
pub(crate) fn host(text: &Placed<String>) -> Result<Host, Complaint> {
    match Host::within(&text.value, 0..text.value.len()) {
        Ok(Host::Any) => Err(Complaint::new(&text.span, "a host is missing: an address or a name")),
        Ok(host) => Ok(host),
        Err(wrong) => Err(Complaint::new(&text.span, Message::foreign(&wrong))),
    }
}

/// Reads an address, which may have brackets around it.
pub(crate) fn address(text: &str, span: &Range<usize>) -> Result<IpAddr, Complaint> {
    let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
    bare.parse().map_err(|_| Complaint::new(span, message!("`{}` is no address", text)))
}

/// A host as an argument of `ping` or `ip`, which know no brackets.
pub(crate) fn argument(host: &Host) -> String {
    host.to_string().trim_matches(['[', ']']).to_owned()
}
