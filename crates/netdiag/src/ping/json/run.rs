//! What a run is about, told before its first probe.
//!
//! It is what comes first.

use std::time::Duration;

use netdiag_echo::{self as echo, EchoSocket, Ident, Payload, SocketKind};
use netdiag_text::duration::micros;

use crate::json::record::record;
use crate::json::{Address, ErrorRecord, address, of_call};
use crate::ping::target::Target;

record! {
    /// What the run is about.
    Run {
        /// The destination's name: its canonical one, or the word as typed.
        target: String,
        /// The address it goes to: every probe.
        to: Address,
        /// The address family.
        #[schemars(extend("enum" = ["inet", "inet6"]))]
        family: &'static str,
        /// Data in a probe, without the eight bytes of the ICMP header.
        data_bytes: usize,
        /// The identifier the probes carry.
        ident: u16,
        /// The kind of socket.
        #[schemars(extend("enum" = ["raw", "datagram"]))]
        socket: &'static str,
        /// Whether replies are known by a secret that the probes carry. If not (`-s` below 16, `-p`), they cannot be told from
        /// forged ones that fit in number, sender and size.
        authenticated: bool,
        /// Time between the beginnings of probes; 0 is as fast as replies come.
        interval_us: f64,
    } maybe {
        /// The address probes come from; missing where the kernel decides that for each probe.
        source: Address,
        /// Socket options the system refused, and what the run is without for that; missing if it refused none.
        without: Vec<Without>,
    }
}

record! {
    /// A socket option the system refused.
    Without {
        /// Its name.
        option: &'static str,
        /// What is missing without it, in words.
        consequence: &'static str,
        /// Why it was refused.
        error: ErrorRecord,
    }
}

impl Run {
    pub(in crate::ping) fn new(
        target: &Target,
        payload: &Payload,
        interval: Duration,
        socket: &EchoSocket,
    ) -> Self {
        let without: Vec<Without> = socket.refused_options().iter().map(Without::from).collect();
        let without = Some(without).filter(|without| !without.is_empty());
        Self { without, ..Self::on(target, payload, interval, socket.ident(), socket.kind()) }
    }

    /// The same on a socket that got all it asked for.
    pub(super) fn on(
        target: &Target,
        payload: &Payload,
        interval: Duration,
        ident: Ident,
        kind: SocketKind,
    ) -> Self {
        let source = Some(target.source).filter(|source| !source.ip().is_unspecified());
        Self {
            target: target.name.clone(),
            to: address(target.address),
            family: if target.address.is_ipv4() { "inet" } else { "inet6" },
            data_bytes: payload.size,
            ident: ident.0,
            socket: match kind {
                SocketKind::Datagram => "datagram",
                SocketKind::Raw => "raw",
            },
            authenticated: payload.is_secret(),
            interval_us: micros(interval),
            source: source.map(address),
            without: None,
        }
    }
}

impl From<&echo::RefusedOption> for Without {
    fn from(without: &echo::RefusedOption) -> Self {
        let echo::RefusedOption { option, error, .. } = without;
        Self { option: option.name, consequence: option.consequence, error: of_call("setsockopt", error) }
    }
}

/// The identity of the format; a change that breaks readers changes the number.
pub(super) const SCHEMA: &str = "netdiag.ping/1";
