//! What a run is about, told before its first probe.
//!
//! In a document it stands under `run`; as a line it has the key `event` in front.

use std::time::Duration;

use netdiag_echo::{self as echo, EchoSocket, Ident, SocketKind};
use netdiag_text::duration::micros;
use netdiag_text::strerror;

use crate::json::record::record;
use crate::ping::target::{self, Target};

record! {
    /// What the run is about: the first line, or a document's `run`.
    Run {
        /// The schema; a change that breaks readers changes the number, new keys do not.
        #[schemars(extend("const" = SCHEMA))]
        schema: &'static str,
        /// The version of netdiag that wrote this.
        netdiag: &'static str,
        /// The destination's name: its canonical one, or the word as typed.
        target: String,
        /// The address probes go to, with the interface of a link-local one.
        address: String,
        /// The IP version.
        #[schemars(extend("enum" = ["inet", "inet6"]))]
        family: &'static str,
        /// Data in a probe, without the eight bytes of the ICMP header.
        size_bytes: usize,
        /// The identifier the probes carry.
        ident: u16,
        /// The kind of socket.
        #[schemars(extend("enum" = ["raw", "datagram"]))]
        socket: &'static str,
        /// Time between probes; 0 is as fast as replies come.
        interval_us: f64,
    } maybe {
        /// The address probes come from; missing where the kernel decides that for each probe.
        source: String,
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
        lost: &'static str,
        /// Why it was refused, in words.
        message: String,
    } maybe {
        /// The system's error number.
        errno: i32,
    }
}

impl Run {
    pub(in crate::ping) fn new(
        target: &Target,
        size: usize,
        interval: Duration,
        socket: &EchoSocket,
    ) -> Self {
        let without: Vec<Without> = socket.refused_options().iter().map(Without::from).collect();
        let without = Some(without).filter(|without| !without.is_empty());
        Self { without, ..Self::on(target, size, interval, socket.ident(), socket.kind()) }
    }

    /// The same on a socket that got all it asked for.
    pub(super) fn on(
        target: &Target,
        size: usize,
        interval: Duration,
        ident: Ident,
        kind: SocketKind,
    ) -> Self {
        let source = Some(target.source).filter(|source| !source.ip().is_unspecified());
        Self {
            schema: SCHEMA,
            netdiag: env!("CARGO_PKG_VERSION"),
            target: target.name.clone(),
            address: target::number(target.address),
            family: if target.address.is_ipv4() { "inet" } else { "inet6" },
            size_bytes: size,
            ident: ident.0,
            socket: match kind {
                SocketKind::Datagram => "datagram",
                SocketKind::Raw => "raw",
            },
            interval_us: micros(interval),
            source: source.map(target::number),
            without: None,
        }
    }
}

impl From<&echo::RefusedOption> for Without {
    fn from(without: &echo::RefusedOption) -> Self {
        let echo::RefusedOption { option, error, .. } = without;
        let (message, errno) = (strerror(error), error.raw_os_error());
        Self { option: option.name, lost: option.consequence, message, errno }
    }
}

/// The identity of the format; a change that breaks readers changes the number.
pub(super) const SCHEMA: &str = "netdiag.ping/1";
