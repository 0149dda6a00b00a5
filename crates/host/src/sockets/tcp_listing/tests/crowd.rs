//! Listeners to be listed, whatever else there is.

use std::net::TcpListener;
use std::sync::atomic::{AtomicU16, Ordering};

use netdiag_sockdiag::filter::{Comparison, Expr, Half, Halves, Predicate, Scope, Side};
use netdiag_sockdiag::{States, inet};

use super::super::super::division::Division;
use super::super::super::family_table::FamilyTable;
use super::super::super::inet_question::InetQuestion;
use super::super::super::list_request::{ListRequest, SocketDetails};
use super::super::super::table::{Family, Table};
use super::super::super::tables::Tables;

/// Listeners of both families, their ports, and a filter that lets them alone through.
pub(super) struct Crowd {
    listeners: Vec<TcpListener>,
    pub(super) filter: Expr,
}

impl Crowd {
    pub(super) fn new(count: usize) -> Self {
        let host = |nth: usize| if nth.is_multiple_of(3) { "::1" } else { "127.0.0.1" };
        let listeners: Vec<_> = (0..count).map(|nth| listener(host(nth))).collect();
        let own = |listener: &TcpListener| {
            let port = listener.local_addr().unwrap().port();
            Predicate::Port(Side::Local, Comparison::Equal, port.into()).into()
        };
        let filter = Expr::Or(listeners.iter().map(own).collect());
        Self { listeners, filter }
    }

    /// Ports of one family, in ascending order.
    pub(super) fn ports(&self, v4: bool) -> Vec<u16> {
        let addresses = self.listeners.iter().map(|listener| listener.local_addr().unwrap());
        let mut ports: Vec<_> =
            addresses.filter(|address| address.is_ipv4() == v4).map(|address| address.port()).collect();
        ports.sort_unstable();
        ports
    }

    pub(super) fn requests(&self) -> [ListRequest<'_>; 2] {
        [Family::Inet, Family::Inet6].map(|family| ListRequest {
            family_table: FamilyTable { table: Table::Tcp, family },
            tables: Tables::of(&[Table::Tcp]),
            states: States::ALL,
            details: SocketDetails::default(),
            filter: &self.filter,
            scope: Scope::default(),
        })
    }

    /// In halves, whatever the kernel, and with what is bound asked apart.
    pub(super) fn divided(&self, family: Option<inet::Family>, halves: Halves) -> Division {
        let question = self.requests()[0].inet_question(family);
        let connections = InetQuestion { states: States::ALL & !States::BOUND_INACTIVE, ..question.clone() };
        let half = |half| {
            let filter = halves.of(half, &self.filter);
            connections.clone().planned(filter.plan(Scope::default()))
        };
        let bound = InetQuestion { states: States::BOUND_INACTIVE, ..question };
        Division {
            first: half(Half::First),
            second: Some(half(Half::Second)),
            bound: Some(bound.planned(self.filter.plan(Scope::default()))),
            undivided: None,
        }
    }
}

/// A listener at a port that the kernel gives to nobody by itself, so that what other tests do is not among the crowd.
fn listener(host: &str) -> TcpListener {
    static NEXT: AtomicU16 = AtomicU16::new(FIRST);
    loop {
        let port = NEXT.fetch_add(1, Ordering::Relaxed);
        assert!(port >= FIRST, "no port is left");
        if let Ok(listener) = TcpListener::bind((host, port)) {
            return listener;
        }
    }
}

/// Above the usual `net.ipv4.ip_local_port_range`.
const FIRST: u16 = 61_000;
