//! Snapshots of invented sockets, for tests.

use netdiag_host::{Snapshot, Table};
use netdiag_sockdiag::{Attr, State, inet};

/// A record of an inet socket, as the kernel would send it.
#[derive(Clone)]
pub(super) struct Inet {
    pub(super) table: Table,
    pub(super) state: State,
    pub(super) local: &'static str,
    pub(super) remote: &'static str,
    pub(super) queues: (u32, u32),
    pub(super) uid: u32,
    pub(super) inode: u32,
    /// The timer that runs, how often it fired, and when it does next in milliseconds.
    pub(super) timer: (u8, u8, u32),
    /// The device it is bound to; 0 is none.
    pub(super) device: u32,
    pub(super) attrs: Vec<(u16, Vec<u8>)>,
}

impl Default for Inet {
    fn default() -> Self {
        Self {
            table: Table::Tcp,
            state: State::ESTABLISHED,
            local: "127.0.0.1:80",
            remote: "0.0.0.0:0",
            queues: (0, 0),
            uid: 0,
            inode: 7,
            timer: (0, 0, 0),
            device: 0,
            attrs: Vec::new(),
        }
    }
}

impl Inet {
    /// A listener; on an IPv6 address it says whether it keeps to that family.
    pub(super) fn listener(local: &'static str, v6only: bool) -> Self {
        let attrs =
            if local.starts_with('[') { vec![(inet::SKV6ONLY, vec![u8::from(v6only)])] } else { Vec::new() };
        Self { state: State::LISTEN, local, queues: (0, 128), attrs, ..Self::default() }
    }

    fn record(&self, cookie: u64) -> Vec<u8> {
        let (rqueue, wqueue) = self.queues;
        let (timer, retransmits, expires) = self.timer;
        let head = inet::Head {
            local: self.local.parse().unwrap(),
            remote: self.remote.parse().unwrap(),
            state: self.state,
            timer,
            retransmits,
            expires,
            interface: self.device,
            rqueue,
            wqueue,
            uid: self.uid,
            inode: self.inode,
            cookie,
        };
        let mut record = Vec::new();
        head.write_to(&mut record);
        for (kind, payload) in &self.attrs {
            Attr { kind: *kind, payload }.write_to(&mut record);
        }
        record
    }
}

/// A snapshot of these sockets, which nobody is known to hold.
pub(super) fn snapshot(sockets: &[Inet]) -> Snapshot {
    Snapshot::invented((1..).zip(sockets).map(|(cookie, socket)| (socket.table, socket.record(cookie))))
}
