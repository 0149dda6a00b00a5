//! Snapshots of invented sockets, for tests.

use netdiag_host::{Snapshot, Table};
use netdiag_sockdiag::{Attr, State, inet};

/// A record of an inet socket, as the kernel would send it.
#[derive(Clone)]
pub(crate) struct Inet {
    pub(crate) table: Table,
    pub(crate) state: State,
    pub(crate) local: &'static str,
    pub(crate) remote: &'static str,
    pub(crate) queues: (u32, u32),
    pub(crate) uid: u32,
    pub(crate) inode: u32,
    /// The timer that runs, how often it fired, and when it does next in milliseconds.
    pub(crate) timer: (u8, u8, u32),
    /// The device it is bound to; 0 is none.
    pub(crate) device: u32,
    pub(crate) attrs: Vec<(u16, Vec<u8>)>,
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
    pub(crate) fn listener(local: &'static str, v6only: bool) -> Self {
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
pub(crate) fn snapshot(sockets: &[Inet]) -> Snapshot {
    Snapshot::invented((1..).zip(sockets).map(|(cookie, socket)| (socket.table, socket.record(cookie))))
}
