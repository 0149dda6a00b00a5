//! What the cells of a row say: queues, addresses, devices, names.

use std::net::{SocketAddr, SocketAddrV6, TcpListener};
use std::time::Duration;

use netdiag_lab::{Family, Lab, TcpPeer, until};
use nix::ifaddrs::getifaddrs;
use socket2::{Domain, Socket, Type};

use super::program::lists;
use super::scene::Scene;
use crate::guard;

/// The row of the socket with this local address, which stands last but one.
#[track_caller]
fn row(rows: &[Vec<String>], local: &str) -> String {
    let found: Vec<_> = rows.iter().filter(|row| row[row.len() - 2] == local).collect();
    assert_eq!(found.len(), 1, "{local} in {rows:?}");
    found[0].join(" ")
}

#[test]
fn addresses_and_ports_are_written_as_people_know_them() {
    guard::namespace();
    let rows = lists(Scene::shared().host(), "-tuanHQ");
    #[rustfmt::skip]
    let cases = [
        "tcp LISTEN 0.0.0.0:22 0.0.0.0:*",
        "tcp LISTEN [::]:22 [::]:*",
        "tcp LISTEN *:443 *:*",
        "tcp LISTEN 127.0.0.1:6379 0.0.0.0:*",
        "tcp LISTEN [::1]:25 [::]:*",
        "tcp LISTEN 0.0.0.0%lo:80 0.0.0.0:*",
        "tcp LISTEN *%lo:8080 *:*",
        "tcp LISTEN [::ffff:127.0.0.1]:8443 *:*",
        "tcp ESTAB 127.0.0.1:3000 127.0.0.1:21",
        "tcp ESTAB [::1]:3001 [::1]:21",
        // The v6 end of a connection from v4, and the v4 end of one from v6.
        "tcp ESTAB [::ffff:127.0.0.1]:23 [::ffff:127.0.0.1]:3002",
        "tcp ESTAB 127.0.0.1:3002 127.0.0.1:23",
        "tcp ESTAB [::ffff:127.0.0.1]:3003 [::ffff:127.0.0.1]:24",
        "tcp UNCONN 127.0.0.1:7002 0.0.0.0:*",
        "udp UNCONN 0.0.0.0:53 0.0.0.0:*",
        "udp UNCONN 127.0.0.1%lo:53 0.0.0.0:*",
        "udp UNCONN 0.0.0.0%tcp0:514 0.0.0.0:*",
        "udp UNCONN [::]:53 [::]:*",
        "udp UNCONN *:123 *:*",
        "udp ESTAB 127.0.0.1:3010 127.0.0.1:5353",
        "udp ESTAB [::1]:3011 [::1]:123",
        "udp ESTAB [::ffff:127.0.0.1]:3012 [::ffff:127.0.0.1]:5353",
    ];
    for expected in cases {
        let count = rows.iter().filter(|row| row.join(" ") == expected).count();
        assert_eq!(count, 1, "{expected} in {rows:?}");
    }
}

#[test]
fn ports_have_names_unless_numbers_are_asked_for() {
    guard::namespace();
    let host = Scene::shared().host();
    #[rustfmt::skip]
    let cases = [
        ("-tlH",  "0.0.0.0:ssh",           "LISTEN 0 5 0.0.0.0:ssh 0.0.0.0:*"),
        ("-tlH",  "*:https",               "LISTEN 0 128 *:https *:*"),
        ("-tlH",  "0.0.0.0%lo:http",       "LISTEN 0 128 0.0.0.0%lo:http 0.0.0.0:*"),
        // No service has this port.
        ("-tlH",  "127.0.0.1:9080",        "LISTEN 0 128 127.0.0.1:9080 0.0.0.0:*"),
        ("-tlnH", "0.0.0.0:22",            "LISTEN 0 5 0.0.0.0:22 0.0.0.0:*"),
        ("-tH",   "127.0.0.1:3000",        "ESTAB 0 0 127.0.0.1:3000 127.0.0.1:ftp"),
        // Names are those of the protocol: 514 is `shell` over TCP.
        ("-uaH",  "0.0.0.0%tcp0:syslog",   "UNCONN 0 0 0.0.0.0%tcp0:syslog 0.0.0.0:*"),
        ("-uaH",  "[::]:domain",           "UNCONN 0 0 [::]:domain [::]:*"),
    ];
    for (line, local, expected) in cases {
        assert_eq!(row(&lists(host, line), local), expected, "ss {line}");
    }
}

#[test]
fn an_ephemeral_port_has_no_name_even_if_a_service_has_it() {
    guard::namespace();
    let host = Lab::new().unwrap().host("ephemeral").unwrap();
    let _http = host.run(|| TcpListener::bind("127.0.0.1:8080")).unwrap();
    assert_eq!(row(&lists(&host, "-tlH"), "127.0.0.1:http-alt"), "LISTEN 0 128 127.0.0.1:http-alt 0.0.0.0:*");
    host.sysctl("net.ipv4.ip_local_port_range", "8000 9000").unwrap();
    assert_eq!(row(&lists(&host, "-tlH"), "127.0.0.1:8080"), "LISTEN 0 128 127.0.0.1:8080 0.0.0.0:*");
}

#[test]
fn queues_count_bytes_and_for_listeners_connections() {
    guard::namespace();
    let lab = Lab::new().unwrap();
    let host = &lab.host("queues").unwrap();
    let peer = TcpPeer::new(&lab, host, "tcp0").unwrap();
    for family in Family::ALL {
        let unread = host.tcp_unread(family, 12_345).unwrap();
        let unacknowledged = peer.unacknowledged(family, 7_000).unwrap();
        let pending = host.tcp_pending(family, 3, 5).unwrap();
        let rows = lists(host, "-tanH");
        for (held, expected) in [
            (&unread, ["ESTAB", "12345", "0"]),
            (&unacknowledged, ["ESTAB", "0", "7000"]),
            (&pending, ["LISTEN", "3", "5"]),
        ] {
            let local = held.local.to_string();
            let state = expected[0];
            let of_it = |row: &&Vec<String>| row[3] == local && row[0] == state;
            let found: Vec<_> = rows.iter().filter(of_it).collect();
            // The accepted ends of the pending connections have the listener's address, but not its state.
            let [row] = found[..] else { panic!("{local} {state} in {rows:#?}") };
            assert_eq!(row[..3], expected, "{local}");
        }
    }
}

#[test]
fn a_datagram_nobody_read_takes_room_in_the_queue() {
    guard::namespace();
    let host = Lab::new().unwrap().host("datagrams").unwrap();
    let sockets = host.run(|| {
        let receiver = std::net::UdpSocket::bind("127.0.0.1:4000")?;
        let sender = std::net::UdpSocket::bind("127.0.0.1:0")?;
        sender.send_to(&[0; 100], "127.0.0.1:4000")?;
        receiver.peek(&mut [0])?;
        Ok::<_, std::io::Error>((receiver, sender))
    });
    let _sockets = sockets.unwrap();
    let row = row(&lists(&host, "-uanH"), "127.0.0.1:4000");
    // The kernel counts the memory, which is more than the payload.
    let queued: u32 = row.split(' ').nth(1).unwrap().parse().unwrap();
    assert!(queued > 100, "{row}");
}

#[test]
fn a_device_that_is_gone_is_a_number() {
    guard::namespace();
    let lab = Lab::new().unwrap();
    let (host, other) = (lab.host("near").unwrap(), lab.host("far").unwrap());
    // What is gone with the far host is the near one's device.
    lab.veth((&host, "veth0"), (&other, "veth1")).unwrap();
    let socket = host.run(|| {
        let socket = Socket::new(Domain::IPV4, Type::DGRAM, None)?;
        socket.bind_device(Some(b"veth0"))?;
        socket.bind(&"0.0.0.0:4000".parse::<SocketAddr>().expect("an address").into())?;
        Ok::<_, std::io::Error>(socket)
    });
    let _socket = socket.unwrap();
    let index = host.run(|| nix::net::if_::if_nametoindex("veth0")).unwrap();
    row(&lists(&host, "-uanH"), "0.0.0.0%veth0:4000");
    drop(other);
    let gone = format!("0.0.0.0%if{index}:4000");
    until(&gone, PATIENCE, || (lists(&host, "-uanH")[0][3] == gone).then_some(())).unwrap();
}

#[test]
fn a_link_local_address_names_its_link() {
    guard::namespace();
    let lab = Lab::new().unwrap();
    let (host, other) = (lab.host("near").unwrap(), lab.host("far").unwrap());
    lab.veth((&host, "veth0"), (&other, "veth1")).unwrap();
    // The kernel gives the link an address of its own, as soon as both ends are up.
    let listener = until("a link-local address to listen at", PATIENCE, || {
        host.run(|| TcpListener::bind(link_local("veth0")?).ok())
    });
    let listener = listener.unwrap();
    let SocketAddr::V6(address) = listener.local_addr().unwrap() else { panic!("{listener:?}") };
    let local = format!("[{}]%veth0:{}", address.ip(), address.port());
    assert_eq!(row(&lists(&host, "-tlnH"), &local), format!("LISTEN 0 128 {local} [::]:*"));
}

fn link_local(interface: &str) -> Option<SocketAddrV6> {
    let mut addresses = getifaddrs().ok()?.filter(|it| it.interface_name == interface);
    addresses.find_map(|it| {
        let address = *it.address?.as_sockaddr_in6()?;
        Some(SocketAddrV6::new(address.ip(), 0, 0, address.scope_id()))
    })
}

/// Far more than it takes the kernel to clear away a namespace.
const PATIENCE: Duration = Duration::from_secs(120);
