//! The objects of `netdiag.serve/1`. The doc comments are the reference's words.

use netdiag_probe::serve::{self, ConnectionEnd};
use netdiag_probe::{Endpoint, Host, HostPort, UnixName};
use netdiag_text::duration::whole_micros;

use super::args::Kind;
use crate::json::record::record;
use crate::json::{Address, ErrorRecord, of_call, of_peer, peer};

/// The identity of the format; a change that breaks readers changes the number.
pub(super) const SCHEMA: &str = "netdiag.serve/1";

record! {
    /// What the server is.
    Run {
        /// What it serves.
        #[schemars(extend("enum" = ["echo", "discard", "chargen", "http"]))]
        serves: &'static str,
    }
}

/// Where it listens.
#[derive(Debug, schemars::JsonSchema, serde::Serialize)]
pub(super) struct Listener {
    /// The URL, as it can be typed.
    url: String,
    #[serde(flatten)]
    at: Address,
}

record! {
    /// A listener, once all of them listen.
    Listening {
        /// The listener it is about, with the port the kernel may have chosen.
        listener: Listener,
    }
}

record! {
    /// A connection has ended.
    Connection {
        /// The listener it is about.
        listener: Listener,
        /// Bytes received, without those of TLS itself.
        received_bytes: u64,
        /// Bytes sent, likewise.
        sent_bytes: u64,
        /// From the acceptance to the end.
        duration_us: u64,
        /// How it ended: `reset` is by the peer, `timeout` idle or too long over a head or a handshake, `fault` as was asked for, `cut`
        /// at the end of the drain.
        #[schemars(extend("enum" = ["closed", "reset", "timeout", "fault", "cut", "failed"]))]
        end: &'static str,
    } maybe {
        /// The other end; missing where the kernel did not say.
        peer: Address,
        /// HTTP requests; missing for other services.
        requests: u64,
        /// Why it failed.
        error: ErrorRecord,
    }
}

record! {
    /// An HTTP request was answered; with `-v`.
    Request {
        /// The listener it is about.
        listener: Listener,
        /// Its method.
        method: String,
        /// Its path and query.
        request_target: String,
        /// The status of the answer.
        status: u16,
    } maybe {
        /// The other end; missing where the kernel did not say.
        peer: Address,
    }
}

record! {
    /// A socket for datagrams was closed.
    Datagrams {
        /// The listener it is about.
        listener: Listener,
        /// Datagrams that came.
        arrived: u64,
        /// Bytes received.
        received_bytes: u64,
        /// Datagrams that were answered.
        answered: u64,
        /// Bytes sent.
        sent_bytes: u64,
        /// Datagrams dropped on purpose.
        dropped: u64,
        /// Datagrams that were to be answered, but there was nobody, or no room, to answer to.
        unanswered: u64,
    }
}

record! {
    /// Connections are not accepted for now, for want of descriptors or memory.
    AcceptPaused {
        /// The listener it is about.
        listener: Listener,
        /// Why they are not.
        error: ErrorRecord,
    }
}

record! {
    /// Connections are accepted again, and have been for half a second.
    AcceptResumed {
        /// The listener it is about.
        listener: Listener,
        /// For how long they were not.
        paused_us: u64,
    }
}

record! {
    /// There are as many connections as there may be (`full`), or the server was told to stop and this listener is closed (`draining`).
    Open {
        /// The listener it is about.
        listener: Listener,
        /// Connections that are open.
        connections: u64,
    }
}

record! {
    /// Something to know of before anything is served: a certificate that is out of date, a system without IPv6.
    Warning {
        /// The same in words.
        message: String,
    }
}

record! {
    /// Lines were left out before this one, because they could not be written fast enough.
    Overrun {
        /// How many things are missing for it, where that is known.
        missing: u64,
    }
}

impl Run {
    pub(super) fn new(kind: Kind) -> Self {
        Self { serves: kind.word() }
    }
}

impl Listener {
    pub(super) fn new(endpoint: &Endpoint) -> Self {
        Self { url: endpoint.to_string(), at: at(endpoint) }
    }
}

fn at(endpoint: &Endpoint) -> Address {
    match endpoint {
        Endpoint::Tcp(inet) | Endpoint::Tls(inet) | Endpoint::Udp(inet) => of_port(inet),
        Endpoint::Unix(_, UnixName::Path(path)) => {
            Address { path: Some(path.to_string_lossy().into_owned()), ..Address::default() }
        }
        Endpoint::Unix(_, UnixName::Abstract(name)) => {
            Address { r#abstract: Some(String::from_utf8_lossy(name).into_owned()), ..Address::default() }
        }
    }
}

fn of_port(inet: &HostPort) -> Address {
    let at = match &inet.host {
        // One socket for both families has the IPv6 address.
        Host::Any => Address::of_host([0; 16].into()),
        Host::Ip(address, scope) => Address { scope: scope.clone(), ..Address::of_host(*address) },
        // What listens is bound to addresses.
        Host::Name(_) => Address::default(),
    };
    Address { port: Some(inet.port), ..at }
}

impl Connection {
    pub(super) fn new(ended: &serve::Connection<'_>) -> Self {
        Self {
            listener: Listener::new(ended.listener),
            peer: peer(ended.peer),
            received_bytes: ended.received,
            sent_bytes: ended.sent,
            requests: Some(ended.requests).filter(|requests| *requests > 0),
            duration_us: whole_micros(ended.took),
            end: ended.end.word(),
            error: match ended.end {
                ConnectionEnd::Failed(error) => Some(of_peer(error)),
                _ => None,
            },
        }
    }
}

impl Request {
    pub(super) fn new(request: &serve::Request<'_>) -> Self {
        Self {
            listener: Listener::new(request.listener),
            peer: peer(request.peer),
            method: request.method.to_owned(),
            request_target: request.target.to_owned(),
            status: request.status,
        }
    }
}

impl Datagrams {
    pub(super) fn new(datagrams: &serve::Datagrams<'_>) -> Self {
        Self {
            listener: Listener::new(datagrams.listener),
            arrived: datagrams.arrived,
            received_bytes: datagrams.received,
            answered: datagrams.answered,
            sent_bytes: datagrams.sent,
            dropped: datagrams.dropped,
            unanswered: datagrams.unanswered,
        }
    }
}

impl AcceptPaused {
    pub(super) fn new(listener: &Endpoint, error: &std::io::Error) -> Self {
        Self { listener: Listener::new(listener), error: of_call("accept", error) }
    }
}

impl AcceptResumed {
    pub(super) fn new(listener: &Endpoint, after: std::time::Duration) -> Self {
        Self { listener: Listener::new(listener), paused_us: whole_micros(after) }
    }
}

impl Open {
    pub(super) fn new(listener: &Endpoint, connections: usize) -> Self {
        Self { listener: Listener::new(listener), connections: connections as u64 }
    }
}
