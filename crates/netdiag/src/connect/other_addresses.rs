//! The addresses of a host besides the one that a UDP socket was connected to: [`OtherAddresses`].
//!
//! Connecting such a socket shows nothing of the peer; that nobody is there shows only once something was sent.

use std::net::SocketAddr;
use std::vec::IntoIter;

use netdiag_probe::{Endpoint, Error, HostPort, MessageSocket};

use super::args::Args;
use super::opening::{connector, deadline};
use crate::failure::warn;
use crate::invocation::Invocation;

/// Looked up when the first of them is needed.
pub(super) struct OtherAddresses<'a> {
    args: &'a Args,
    call: &'a Invocation,
    /// The host; `None` where there is no other address.
    inet: Option<&'a HostPort>,
    waiting: Option<IntoIter<SocketAddr>>,
}

impl<'a> OtherAddresses<'a> {
    /// Of a peer that was connected to; one that came has no other.
    pub(super) fn new(args: &'a Args, endpoint: &'a Endpoint, call: &'a Invocation) -> Self {
        let inet = match endpoint {
            Endpoint::Udp(inet) if !args.listen => Some(inet),
            _ => None,
        };
        Self { args, call, inet, waiting: None }
    }

    /// A socket connected to the address behind that of `packets`, of which `error` says that nobody is there.
    pub(super) async fn next(&mut self, packets: &MessageSocket, error: &Error) -> Option<MessageSocket> {
        let (_, failed) = packets.addresses()?;
        let (connector, deadline) = (connector(self.args), deadline(self.args));
        if self.waiting.is_none() {
            let all = connector.addresses(self.inet?, deadline).await.ok()?;
            let at = all.iter().position(|address| *address == failed)?;
            self.waiting = Some(all.get(at + 1..)?.to_vec().into_iter());
        }
        for to in self.waiting.as_mut()? {
            if let Ok(next) = connector.udp(&to.into(), deadline).await.result {
                warn(self.call, format_args!("{failed}: {error}"));
                return Some(next);
            }
        }
        None
    }
}
