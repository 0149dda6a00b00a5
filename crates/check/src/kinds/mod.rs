//! The table of the kinds of checks. Each is one file: what may be written of it, what is decided from that, and what an attempt does.
//!
//! Only what reads whole files looks at the table; no kind does.

mod conntrack;
mod counters;
mod dns;
mod exec;
mod http;
mod icmp;
mod iface;
mod listen;
mod not_listen;
mod pmtu;
mod route;
mod sockets;
mod sysctl;
mod tcp;
mod tls;
mod udp;
mod unix;

use schemars::{Schema, SchemaGenerator};

use crate::settings::Settings;
use crate::source::{Node, read};
use crate::work::{Config, Planned};

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
