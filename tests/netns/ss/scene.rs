//! A host with a socket of every kind, for tests that look and change nothing.
//!
//! It is made once and never changes: sockets that would leave their state are kept in it by the lab. Ports are well-known
//! where a name is to be shown, and below the ephemeral range, so that no socket gets one by chance.

use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::LazyLock;

use netdiag_lab::{Family, Held, Host, Lab, TcpState, TcpStates};
use socket2::{Domain, Protocol, SockAddr, Socket, Type};
use tempfile::TempDir;

/// The host, and what keeps its sockets.
pub(super) struct Scene {
    states: TcpStates,
    _held: Vec<Held>,
    _sockets: Vec<Socket>,
    _paths: TempDir,
}

impl Scene {
    /// The one all tests share.
    pub(super) fn shared() -> &'static Self {
        static SCENE: LazyLock<Scene> = LazyLock::new(Scene::new);
        &SCENE
    }

    /// The host the sockets are in.
    pub(super) fn host(&self) -> &Host {
        self.states.host()
    }

    /// A TCP socket in each state, of both IP versions.
    pub(super) fn states(&self) -> &[Held] {
        self.states.all()
    }

    /// Whether this is the address of a TCP socket that is bound and does nothing, as a listing writes it.
    pub(super) fn is_inactive(&self, address: &str) -> bool {
        let held = self.states().iter().filter(|held| held.state == TcpState::CLOSE);
        INACTIVE.contains(&address) || held.map(|held| held.local.to_string()).any(|local| local == address)
    }

    fn new() -> Self {
        let states = TcpStates::hold(&Lab::new().unwrap()).unwrap();
        let host = states.host();
        let mut held = Vec::new();
        for family in Family::ALL {
            held.push(host.tcp_unread(family, 1234).unwrap());
            held.push(host.tcp_pending(family, 2, 5).unwrap());
            held.push(states.peer().unacknowledged(family, 4321).unwrap());
        }
        let mut sockets = host.run(|| BOUND.iter().map(Bound::open).collect::<io::Result<Vec<_>>>()).unwrap();
        sockets.extend(host.run(connections).unwrap());
        let paths = tempfile::tempdir().unwrap();
        sockets.extend(host.run(|| other_families(paths.path())).unwrap());
        Self { states, _held: held, _sockets: sockets, _paths: paths }
    }
}

/// A socket that is bound, and perhaps listens.
struct Bound {
    kind: Type,
    address: &'static str,
    /// How many connections may wait; `None` when it does not listen.
    backlog: Option<i32>,
    device: Option<&'static [u8]>,
    /// Whether a v6 socket keeps out v4.
    v6only: bool,
}

const LISTENER: Bound =
    Bound { kind: Type::STREAM, address: "", backlog: Some(128), device: None, v6only: false };
const TCP: Bound = Bound { backlog: None, ..LISTENER };
const UDP: Bound = Bound { kind: Type::DGRAM, ..TCP };

#[rustfmt::skip]
const BOUND: [Bound; 21] = [
    Bound { address: "0.0.0.0:22",              backlog: Some(5), ..LISTENER },
    Bound { address: "[::]:22",                 v6only: true, ..LISTENER },
    Bound { address: "[::]:443",                ..LISTENER },
    Bound { address: "127.0.0.1:25",            ..LISTENER },
    Bound { address: "[::1]:25",                ..LISTENER },
    Bound { address: "127.0.0.1:6379",          ..LISTENER },
    Bound { address: "127.0.0.2:8081",          ..LISTENER },
    Bound { address: "127.0.0.1:8081",          ..LISTENER },
    Bound { address: "127.0.0.1:9080",          ..LISTENER },
    Bound { address: "[::ffff:127.0.0.1]:8443", ..LISTENER },
    Bound { address: "0.0.0.0:80",              device: Some(b"lo"), ..LISTENER },
    Bound { address: "[::]:8080",               device: Some(b"lo"), ..LISTENER },
    Bound { address: "127.0.0.1:7002",          ..TCP },
    Bound { address: "[::1]:7003",              ..TCP },
    Bound { address: "0.0.0.0:53",              ..UDP },
    Bound { address: "127.0.0.1:53",            device: Some(b"lo"), ..UDP },
    Bound { address: "127.0.0.1:5353",          ..UDP },
    Bound { address: "[::]:53",                 v6only: true, ..UDP },
    Bound { address: "[::]:123",                ..UDP },
    Bound { address: "[::1]:123",               ..UDP },
    Bound { address: "0.0.0.0:514",             device: Some(b"tcp0"), ..UDP },
];

/// The TCP sockets among them that do not listen.
const INACTIVE: [&str; 2] = ["127.0.0.1:7002", "[::1]:7003"];

impl Bound {
    fn open(&self) -> io::Result<Socket> {
        let address: SocketAddr = self.address.parse().expect("an address");
        let socket = Socket::new(Domain::for_address(address), self.kind, None)?;
        socket.set_reuse_address(true)?;
        if address.is_ipv6() {
            socket.set_only_v6(self.v6only)?;
        }
        socket.bind_device(self.device)?;
        socket.bind(&address.into())?;
        if let Some(backlog) = self.backlog {
            socket.listen(backlog)?;
        }
        Ok(socket)
    }
}

/// Both ends of connections, and sockets that sent a datagram nobody has read.
fn connections() -> io::Result<Vec<Socket>> {
    let mut sockets = Vec::new();
    #[rustfmt::skip]
    let streams = [
        ("127.0.0.1:3000",          "127.0.0.1:21"),
        ("[::1]:3001",              "[::1]:21"),
        ("127.0.0.1:3002",          "[::]:23"),
        ("[::ffff:127.0.0.1]:3003", "127.0.0.1:24"),
    ];
    for (from, to) in streams {
        let listener = Bound { address: to, ..LISTENER }.open()?;
        let client = connected(&Bound { address: from, ..TCP }, to)?;
        sockets.extend([listener.accept()?.0, client]);
    }
    #[rustfmt::skip]
    let datagrams = [
        ("127.0.0.1:3010",          "127.0.0.1:5353"),
        ("[::1]:3011",              "[::1]:123"),
        ("[::ffff:127.0.0.1]:3012", "127.0.0.1:5353"),
    ];
    for (from, to) in datagrams {
        let socket = connected(&Bound { address: from, ..UDP }, to)?;
        socket.send(&[0; 100])?;
        sockets.push(socket);
    }
    Ok(sockets)
}

/// Connects from a bound socket to the one bound to `to`, over the address both can use.
fn connected(from: &Bound, to: &str) -> io::Result<Socket> {
    let (near, far): (SocketAddr, SocketAddr) =
        (from.address.parse().expect("an address"), to.parse().expect("an address"));
    let same_version = near.is_ipv4() == far.is_ipv4();
    let reached = SocketAddr::new(if same_version { far.ip() } else { near.ip() }, far.port());
    let socket = from.open()?;
    socket.connect(&reached.into())?;
    Ok(socket)
}

/// Sockets that are not TCP's or UDP's.
fn other_families(paths: &Path) -> io::Result<Vec<Socket>> {
    let unix = |kind, name: &str, backlog| {
        let socket = Socket::new(Domain::UNIX, kind, None)?;
        let path = if name.starts_with('\0') { Path::new(name).to_owned() } else { paths.join(name) };
        socket.bind(&SockAddr::unix(path)?)?;
        if let Some(backlog) = backlog {
            socket.listen(backlog)?;
        }
        io::Result::Ok(socket)
    };
    let mut sockets = vec![
        unix(Type::STREAM, "stream.sock", Some(3))?,
        unix(Type::STREAM, "\0netdiag-lab-stream", Some(4))?,
        unix(Type::STREAM, "\0netdiag-lab-idle", None)?,
        unix(Type::DGRAM, "datagram.sock", None)?,
        unix(Type::DGRAM, "\0netdiag-lab\0datagram", None)?,
        unix(Type::SEQPACKET, "packets.sock", Some(5))?,
    ];
    for kind in [Type::STREAM, Type::DGRAM, Type::SEQPACKET] {
        let (near, far) = Socket::pair(Domain::UNIX, kind, None)?;
        near.send(b"unread")?;
        sockets.extend([near, far]);
    }
    let pending = Socket::new(Domain::UNIX, Type::STREAM, None)?;
    pending.connect(&SockAddr::unix(paths.join("stream.sock"))?)?;
    sockets.push(pending);
    sockets.push(Socket::new(Domain::IPV4, Type::RAW, Some(Protocol::ICMPV4))?);
    sockets.push(Socket::new(Domain::IPV6, Type::RAW, Some(Protocol::ICMPV6))?);
    sockets.push(Socket::new(Domain::IPV4, Type::RAW, Some(Protocol::from(132)))?);
    for kind in [Type::RAW, Type::DGRAM] {
        // Nothing here sends what these protocols would take in.
        sockets.push(Socket::new(Domain::PACKET, kind, Some(Protocol::from(i32::from(0x88cc_u16.to_be()))))?);
        sockets.push(Socket::new(Domain::PACKET, kind, Some(Protocol::from(i32::from(0x8035_u16.to_be()))))?);
    }
    sockets.extend(multipath()?);
    Ok(sockets)
}

/// Both ends of an MPTCP connection, and the listener; nothing where the kernel has none.
fn multipath() -> io::Result<Vec<Socket>> {
    const MPTCP: i32 = 262;
    let open = || Socket::new(Domain::IPV4, Type::STREAM, Some(Protocol::from(MPTCP)));
    let Ok(listener) = open() else {
        return Ok(Vec::new());
    };
    let address = SockAddr::from("127.0.0.1:4433".parse::<SocketAddr>().expect("an address"));
    listener.bind(&address)?;
    listener.listen(7)?;
    let client = open()?;
    client.bind(&"127.0.0.1:3020".parse::<SocketAddr>().expect("an address").into())?;
    client.connect(&address)?;
    Ok(vec![listener.accept()?.0, client, listener])
}
