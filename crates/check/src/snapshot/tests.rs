//! Snapshots of constructed records.

use std::net::IpAddr;

use netdiag_sockdiag::State;

use super::*;

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
            attrs: Vec::new(),
        }
    }
}

impl Inet {
    /// A listener; on an IPv6 address it says whether it keeps to that family.
    pub(crate) fn listener(local: &'static str, v6only: bool) -> Self {
        let attrs = if local.starts_with('[') { vec![(11, vec![u8::from(v6only)])] } else { Vec::new() };
        Self { state: State::LISTEN, local, queues: (0, 128), attrs, ..Self::default() }
    }

    fn record(&self, cookie: u32) -> Vec<u8> {
        let (local, remote): (std::net::SocketAddr, std::net::SocketAddr) =
            (self.local.parse().unwrap(), self.remote.parse().unwrap());
        let family = if local.is_ipv4() { 2 } else { 10 };
        let octets = |address: std::net::IpAddr| {
            let mut octets = match address {
                IpAddr::V4(address) => address.octets().to_vec(),
                IpAddr::V6(address) => address.octets().to_vec(),
            };
            octets.resize(16, 0);
            octets
        };
        let mut record = vec![family, self.state.0, self.timer.0, self.timer.1];
        record.extend(local.port().to_be_bytes());
        record.extend(remote.port().to_be_bytes());
        record.extend(octets(local.ip()));
        record.extend(octets(remote.ip()));
        for word in [0, cookie, 0, self.timer.2, self.queues.0, self.queues.1, self.uid, self.inode] {
            record.extend(word.to_ne_bytes());
        }
        for (kind, payload) in &self.attrs {
            record.extend(u16::try_from(payload.len() + 4).unwrap().to_ne_bytes());
            record.extend(kind.to_ne_bytes());
            record.extend(payload);
            record.resize(record.len().next_multiple_of(4), 0);
        }
        record
    }
}

/// A snapshot of these sockets, which nobody holds.
pub(crate) fn snapshot(sockets: &[Inet]) -> Snapshot {
    let nowhere = Owners::new(netdiag_host::ProcRoot::at("/nowhere"), netdiag_host::OwnerScope::default());
    let mut snapshot = Snapshot::new(nowhere);
    for (cookie, socket) in (1..).zip(sockets) {
        assert!(snapshot.add(socket.table, |record| record.extend(socket.record(cookie))));
    }
    snapshot
}

#[test]
fn records_are_read_where_they_lie() {
    let sockets = [
        Inet::listener("0.0.0.0:80", false),
        Inet { local: "10.0.0.1:80", remote: "10.0.0.2:5000", queues: (3, 4), uid: 9, ..Inet::default() },
        Inet::listener("[::]:443", true),
        Inet { table: Table::Udp, state: State::CLOSE, local: "127.0.0.1:53", ..Inet::default() },
        Inet { table: Table::Udp, state: State::CLOSE, local: "0.0.0.0:0", ..Inet::default() },
    ];
    let snapshot = snapshot(&sockets);
    let read: Vec<_> = snapshot.sockets().map(|socket| (socket.cookie(), socket.place())).collect();
    let places = ["0.0.0.0:80", "10.0.0.1:80", "[::]:443", "127.0.0.1:53", "0.0.0.0:0"];
    assert_eq!(read, (1..).zip(places.map(str::to_owned)).collect::<Vec<_>>());
    let listening: Vec<_> = snapshot.listening().map(|socket| socket.cookie()).collect();
    assert_eq!(listening, [1, 3, 4]);
    let second = snapshot.socket(1).unwrap();
    assert_eq!((second.rqueue(), second.wqueue(), second.uid()), (Some(3), Some(4), Some(9)));
}

#[test]
fn a_wildcard_of_ipv6_takes_ipv4_unless_told_not_to() {
    #[rustfmt::skip]
    let cases = [
        // bound to,              v6only, 0.0.0.0, 127.0.0.1, ::,    ::1
        ("0.0.0.0:1",             false,  true,    true,      false, false),
        ("127.0.0.1:1",           false,  false,   true,      false, false),
        ("[::]:1",                false,  true,    true,      true,  true),
        ("[::]:1",                true,   false,   false,     true,  true),
        ("[::1]:1",               false,  false,   false,     false, true),
        ("[::ffff:127.0.0.1]:1",  false,  false,   true,      false, false),
    ];
    for (local, v6only, any4, one4, any6, one6) in cases {
        let snapshot = snapshot(&[Inet::listener(local, v6only)]);
        let socket = snapshot.socket(0).unwrap();
        let takes =
            ["0.0.0.0", "127.0.0.1", "::", "::1"].map(|address| socket.takes(address.parse().unwrap()));
        assert_eq!(takes, [any4, one4, any6, one6], "{local} v6only {v6only}");
    }
}

#[test]
fn a_live_snapshot_holds_what_was_asked_for() {
    use std::os::linux::net::SocketAddrExt;

    use netdiag_sockdiag::States;

    let tcp = std::net::TcpListener::bind("[::1]:0").unwrap();
    let udp = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    let name = format!("netdiag-check-{}", std::process::id());
    let address = std::os::unix::net::SocketAddr::from_abstract_name(&name).unwrap();
    let _unix = std::os::unix::net::UnixListener::bind_addr(&address).unwrap();
    let needs = Needs::of(&[Table::Tcp, Table::Udp, Table::Unix], States::LISTENING);
    let snapshot = take(&Needs { owners: true, ..needs });
    assert!(snapshot.incomplete(&Table::ALL).is_none());
    let pid = format!("(pid {})", std::process::id());
    let places =
        [tcp.local_addr().unwrap().to_string(), udp.local_addr().unwrap().to_string(), format!("@{name}")];
    for place in places {
        let socket = snapshot.listening().find(|socket| socket.place() == place);
        assert!(snapshot.holders(socket.unwrap().inode()).ends_with(&pid), "{place}");
    }
    assert!(
        take(&Needs::of(&[Table::Udp], States::LISTENING)).sockets().all(|socket| socket.table == Table::Udp)
    );
}
