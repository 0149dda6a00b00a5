//! What a probe found out: the same shape whatever was probed.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use netdiag_text::{Message, Trusted, message};

use crate::connect::Attempt;
#[cfg(feature = "dns")]
use crate::dns::DnsAnswer;
use crate::echo::EchoOutcome;
use crate::error::{Error, PhaseError};
#[cfg(feature = "http")]
use crate::http::HttpAnswer;
use crate::peer::Peer;
use crate::phases::Phases;
use crate::talk::ScriptOutcome;
use crate::tls::TlsReport;

/// One probe, however far it came.
#[derive(Debug)]
pub struct Report {
    /// How long each phase took.
    pub phases: Phases,
    /// Every attempt to connect that was begun, as in [`ConnectOutcome`](crate::ConnectOutcome).
    pub attempts: Vec<Attempt>,
    /// Our address and the peer's; absent for unix sockets, and without a connection.
    pub addresses: Option<(SocketAddr, SocketAddr)>,
    /// What of the time to the first byte was spent in this host, of an ICMP echo.
    pub local_delay: LocalDelay,
    /// Who listens, where that is a unix socket.
    pub peer: Option<Peer>,
    /// What the handshake showed, where there was one.
    pub tls: Option<TlsReport>,
    /// What was found behind the connection.
    pub found: Found,
    /// Whether all was as expected.
    pub result: Result<(), PhaseError>,
}

/// What of a packet's way was spent in this host; `None` where the kernel did not tell.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct LocalDelay {
    /// In the queue of the device it left by.
    pub queue: Option<Duration>,
    /// Before that, until the neighbour it went to had told its address.
    pub neighbour: Option<Duration>,
}

/// What was found behind a connection.
#[derive(Debug, Default)]
#[non_exhaustive]
pub enum Found {
    /// Nothing was asked.
    #[default]
    Nothing,
    /// How far a script came.
    Script(Box<ScriptOutcome>),
    /// What came back.
    Echo(EchoOutcome),
    /// An HTTP answer.
    #[cfg(feature = "http")]
    Http(HttpAnswer),
    /// A DNS answer.
    #[cfg(feature = "dns")]
    Dns(DnsAnswer),
    /// The addresses of a name.
    Addresses(Vec<IpAddr>),
}

impl Report {
    /// A report with nothing in it yet.
    pub(crate) fn new() -> Self {
        Self {
            phases: Phases::default(),
            attempts: Vec::new(),
            addresses: None,
            local_delay: LocalDelay::default(),
            peer: None,
            tls: None,
            found: Found::Nothing,
            result: Ok(()),
        }
    }

    /// Takes the connection out of how connecting went, and the rest in.
    pub(crate) fn opened<S>(&mut self, opening: crate::connect::ConnectOutcome<S>) -> Option<S> {
        self.phases = opening.phases;
        self.attempts = opening.attempts;
        self.settled(opening.result)
    }

    /// Takes what came out of a step, or ends with its failure.
    pub(crate) fn settled<T>(&mut self, result: Result<T, PhaseError>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(failed) => {
                self.result = Err(failed);
                None
            }
        }
    }

    /// One word for how it ended: `ok`, or what [`Error::kind`] says.
    pub fn outcome(&self) -> &'static str {
        self.result.as_ref().map_or_else(|failed| failed.error.kind(), |()| "ok")
    }

    /// Why it failed, in words: where several addresses were tried, what became of each. `None` if it did not.
    pub fn failure(&self) -> Option<Message> {
        let failed = self.result.as_ref().err()?;
        if self.attempts.len() < 2 || self.attempts.iter().any(|attempt| attempt.error.is_none()) {
            return self.last_failure();
        }
        let each =
            |attempt: &Attempt| Some(message!("{}: {}", attempt.place(), attempt.error.as_ref()?.message()));
        let words = Message::join(self.attempts.iter().filter_map(each), "; ");
        Some(message!("{}: {}", Trusted(&failed.phase.to_string()), words))
    }

    /// The failure that it ended with, in words; of a conversation with the step that could not be done. `None` if it did not fail.
    pub fn last_failure(&self) -> Option<Message> {
        let failed = self.result.as_ref().err()?;
        let step = match &self.found {
            Found::Script(talked) => talked.failed.as_ref(),
            _ => None,
        };
        Some(match step {
            Some(step) => {
                message!("{}: {}: {}", Trusted(&failed.phase.to_string()), step, failed.error.message())
            }
            None => failed.message(),
        })
    }

    /// Whether nothing was learnt of the peer.
    pub fn is_inconclusive(&self) -> bool {
        self.result.as_ref().is_err_and(|failed| Error::is_ours(&failed.error))
    }
}
