//! What a server can be told to do wrong, so that a diagnosis can be seen to find it.
//!
//! Faults are done on the connection's bytes, whatever service they are for ([`super::wire`]), so that each is done in one place.

use std::num::NonZeroU64;
use std::time::Duration;

use super::service::Service;
use super::transport::Transport;

/// Faults to produce; the default is none.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Faults {
    /// Let this long pass before each answer.
    pub delay: Option<Duration>,
    /// Lose arriving datagrams with this probability.
    pub drop: Option<f64>,
    /// What the losses are drawn from; equal seeds lose the same datagrams.
    pub seed: u64,
    /// Break the connection off with a reset after this many bytes of answers; of data where there are no answers.
    pub rst_after: Option<u64>,
    /// Stop sending after the first answer, or at once where there are none, and read on (`FIN-WAIT-2`).
    pub half_close: bool,
    /// Listen, and leave connections in the queue.
    pub never_accept: bool,
    /// Accept, and leave what arrives in the socket: the window closes.
    pub never_read: bool,
    /// Do not close when the peer has closed (`CLOSE-WAIT`).
    pub never_close: bool,
    /// Send this many bytes a second; read as many where there are no answers.
    pub slow: Option<NonZeroU64>,
    /// End after this many bytes of the answer, in order; with datagrams and messages cut each to that.
    pub reply_short: Option<u64>,
}

/// Why faults cannot be produced.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("--{fault} {why}")]
pub struct FaultConflict {
    /// The fault's name, as it is typed.
    pub fault: &'static str,
    /// What it does not go with.
    pub why: &'static str,
}

impl Faults {
    /// Whether they go together, and with what is served and on what.
    ///
    /// # Errors
    /// The first that does not.
    pub fn check(&self, service: &Service, transports: &[Transport]) -> Result<(), FaultConflict> {
        let mut asked = self.asked();
        match asked.find_map(|fault| self.objection(fault, service, transports)) {
            Some(contradiction) => Err(contradiction),
            None => Ok(()),
        }
    }

    /// As much of a message as is to be sent.
    pub(super) fn shortened<'m>(&self, message: &'m [u8]) -> &'m [u8] {
        let longest = self.reply_short.and_then(|bytes| usize::try_from(bytes).ok());
        &message[..message.len().min(longest.unwrap_or(usize::MAX))]
    }

    fn asked(&self) -> impl Iterator<Item = &'static str> + use<> {
        let asked = [
            ("never-accept", self.never_accept),
            ("never-read", self.never_read),
            ("never-close", self.never_close),
            ("half-close", self.half_close),
            ("rst-after", self.rst_after.is_some()),
            ("reply-short", self.reply_short.is_some()),
            ("slow", self.slow.is_some()),
            ("delay", self.delay.is_some()),
            ("drop", self.drop.is_some()),
        ];
        asked.into_iter().filter(|(_, asked)| *asked).map(|(name, _)| name)
    }

    fn objection(
        &self,
        fault: &'static str,
        service: &Service,
        transports: &[Transport],
    ) -> Option<FaultConflict> {
        let by_service = objection_of_service(fault, service);
        let by_transport =
            || transports.iter().find_map(|transport| objection_of_transport(fault, *transport));
        let by_other = || self.asked().find_map(|other| objection_of_fault(fault, other));
        let why = by_service.or_else(by_transport).or_else(by_other)?;
        Some(FaultConflict { fault, why })
    }
}

fn objection_of_service(fault: &str, service: &Service) -> Option<&'static str> {
    match (fault, service) {
        ("delay" | "reply-short" | "drop", Service::Discard) => Some("needs answers, and discard gives none"),
        ("never-read", Service::Chargen) => Some("changes nothing for chargen, which does not wait for data"),
        ("never-close" | "half-close", Service::Chargen) => {
            Some("needs an answer that ends, and chargen never does")
        }
        _ => None,
    }
}

fn objection_of_transport(fault: &str, transport: Transport) -> Option<&'static str> {
    match (fault, transport) {
        ("drop", Transport::Stream | Transport::Tcp | Transport::Messages) => {
            Some("is for datagrams: what a connection loses, the kernel sends again")
        }
        ("rst-after", Transport::Stream | Transport::Messages | Transport::Datagrams) => {
            Some("is for TCP: nothing else has resets")
        }
        ("never-accept" | "never-close" | "half-close", Transport::Datagrams) => {
            Some("needs connections, and datagrams have none")
        }
        ("slow", Transport::Datagrams | Transport::Messages) => {
            Some("needs a stream of bytes: datagrams and messages leave whole")
        }
        _ => None,
    }
}

/// What speaks against `fault` where there is `other`, too.
fn objection_of_fault(fault: &str, other: &str) -> Option<&'static str> {
    match (fault, other) {
        _ if fault == other => None,
        ("never-accept", _) => Some("leaves no connection for another fault"),
        ("never-read", _) => Some("leaves nothing for another fault to answer"),
        ("never-close", "half-close") => {
            Some("and --half-close contradict each other: that one closes a half")
        }
        ("never-close", "rst-after" | "reply-short") => Some("contradicts a fault that ends the connection"),
        ("half-close", "rst-after" | "reply-short") => {
            Some("and another fault that ends the answer contradict each other")
        }
        ("rst-after", "reply-short") => {
            Some("and --reply-short contradict each other: one resets, the other closes in order")
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nonsense_is_told_from_sense() {
        let none = Faults::default;
        let streams = [Transport::Tcp, Transport::Stream];
        let (tcp, udp) = ([Transport::Tcp], [Transport::Datagrams]);
        #[rustfmt::skip]
        let cases = [
            (none(),                                                          Service::Echo,    &streams[..], None),
            (Faults { rst_after: Some(0), ..none() },                         Service::Echo,    &tcp,         None),
            (Faults { rst_after: Some(0), ..none() },                         Service::Echo,    &streams,     Some("--rst-after is for TCP")),
            (Faults { drop: Some(0.5), ..none() },                            Service::Echo,    &udp,         None),
            (Faults { drop: Some(0.5), ..none() },                            Service::Echo,    &tcp,         Some("--drop is for datagrams")),
            (Faults { drop: Some(0.5), ..none() },                            Service::Discard, &udp,         Some("--drop needs answers")),
            (Faults { delay: Some(Duration::ZERO), ..none() },                Service::Discard, &tcp,         Some("--delay needs answers")),
            (Faults { slow: NonZeroU64::new(1), ..none() },                   Service::Discard, &tcp,         None),
            (Faults { slow: NonZeroU64::new(1), ..none() },                   Service::Echo,    &udp,         Some("--slow needs a stream")),
            (Faults { half_close: true, ..none() },                           Service::Chargen, &tcp,         Some("--half-close needs an answer")),
            (Faults { never_accept: true, never_read: true, ..none() },       Service::Echo,    &tcp,         Some("--never-accept leaves")),
            (Faults { never_read: true, slow: NonZeroU64::new(1), ..none() }, Service::Echo,    &tcp,         Some("--never-read leaves")),
            (Faults { never_close: true, half_close: true, ..none() },        Service::Echo,    &tcp,         Some("--never-close and --half-close")),
            (Faults { never_accept: true, ..none() },                         Service::Echo,    &udp,         Some("--never-accept needs connections")),
        ];
        for (faults, service, transports, expected) in cases {
            let said =
                faults.check(&service, transports).err().map(|contradiction| contradiction.to_string());
            let fits = match (&said, expected) {
                (Some(said), Some(expected)) => said.starts_with(expected),
                (said, expected) => said.is_none() && expected.is_none(),
            };
            assert!(fits, "{faults:?}: {said:?}, not {expected:?}");
        }
    }
}
