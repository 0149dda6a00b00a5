//! The kinds of checks. Each is one file: what may be written of it, what is decided from that, and what an attempt does.

mod command;
mod conntrack;
mod counters;
mod destination;
mod dns;
mod echo;
mod exec;
mod holder;
mod http;
mod icmp;
mod iface;
#[cfg(test)]
mod invented;
mod listen;
mod listening;
mod not_listen;
mod pmtu;
mod probed;
mod route;
mod socket;
mod sockets;
mod sysctl;
mod talk;
mod tcp;
mod tls;
#[cfg(test)]
mod trial;
mod trust;
mod udp;
mod unix;
mod unknown;

use std::fmt::Debug;
use std::time::Duration;

use futures_util::future::BoxFuture;
use netdiag_text::Message;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::DeserializeOwned;
use tokio::time::Instant;

use crate::file::{Complaint, Node, read};
use crate::finding::Finding;
use crate::needs::Needs;
use crate::settings::Settings;
use crate::world::World;

/// What an attempt at a check does. It holds only what was decided from the file, and no state of a run.
pub(crate) trait Work: Debug + Send + Sync {
    /// What is checked, as a person would say it.
    fn target(&self) -> Message;

    /// Looks, until `deadline` at the latest, and tells what was found.
    fn attempt<'a>(&'a self, world: &'a World, deadline: Instant) -> BoxFuture<'a, Finding>;

    /// The command to look further with after a finding that is not as expected.
    fn hint(&self, finding: &Finding) -> Option<Message>;

    /// What it wants to know of this host's sockets.
    fn needs(&self) -> Needs {
        Needs::default()
    }

    /// How long an attempt takes at least, which is added to the time it may take.
    fn lasts(&self) -> Duration {
        Duration::ZERO
    }

    /// Whether other checks beside it would falsify it, unless the file says otherwise.
    fn is_sensitive(&self) -> bool {
        false
    }
}

/// What may be written of a kind, besides what may be written of every check.
pub(crate) trait Config: DeserializeOwned + JsonSchema {
    /// The kind's word.
    const WORD: &'static str;

    /// Decides.
    fn plan(self, settings: &Settings) -> Planned;
}

/// What a file's words about a check come to.
type Planned = Result<Box<dyn Work>, Vec<Complaint>>;

/// A kind, as files name it.
pub(crate) struct Kind {
    pub(crate) word: &'static str,
    /// Reads what is written of it.
    pub(crate) plan: fn(&Node, &Settings) -> Planned,
    /// What may be written of it.
    pub(crate) schema: fn(&mut SchemaGenerator) -> Schema,
}

impl Kind {
    const fn of<C: Config>() -> Self {
        Self { word: C::WORD, plan: plan::<C>, schema: C::json_schema }
    }

    /// All kinds, in the order of their words.
    #[rustfmt::skip]
    pub(crate) const ALL: &'static [Self] = &[
        Self::of::<conntrack::Conntrack>(),
        Self::of::<counters::Counters>(),
        Self::of::<dns::Dns>(),
        Self::of::<exec::Exec>(),
        Self::of::<http::Http>(),
        Self::of::<icmp::Icmp>(),
        Self::of::<iface::Iface>(),
        Self::of::<listen::Listen>(),
        Self::of::<not_listen::NotListen>(),
        Self::of::<pmtu::Pmtu>(),
        Self::of::<route::Route>(),
        Self::of::<sockets::Sockets>(),
        Self::of::<sysctl::Sysctl>(),
        Self::of::<tcp::Tcp>(),
        Self::of::<tls::Tls>(),
        Self::of::<udp::Udp>(),
        Self::of::<unix::Unix>(),
    ];
}

fn plan<C: Config>(node: &Node, settings: &Settings) -> Planned {
    read::<C>(node)?.plan(settings)
}

/// What is written of a kind, from lines of TOML.
#[cfg(test)]
fn written<C: Config>(lines: &str) -> Result<C, Complaint> {
    read::<C>(&crate::file::toml(lines).expect("it is TOML"))
}

/// Settings of a check that says nothing about them.
#[cfg(test)]
const PLAIN: Settings = Settings { family: None, timeout: Duration::from_secs(5) };
