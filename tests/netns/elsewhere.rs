//! `--netns`: every tool works in another network namespace as it does in its own.

use std::net::TcpListener;
use std::process::{Command, Output};

use netdiag_host::{Host, LinkAddress, Namespace, Needs, NeighbourState, Table};
use netdiag_lab::{Hop, Lab};
use netdiag_sockdiag::States;

use crate::guard;
use crate::server::Server;

/// An address that only the other namespace has.
const ADDRESS: &str = "10.99.0.1";

/// What finds the address, and a listener on its port 7000.
const LINES: [&str; 5] = [
    "ping -n -c 1 -w 20 10.99.0.1",
    "probe tcp://10.99.0.1:7000",
    "connect -z -w 20 10.99.0.1 7000",
    "wait --deadline 5s 10.99.0.1:7000 7000",
    "check tcp://10.99.0.1:7000 listen:7000 not-listen:7001",
];

fn netdiag(line: &str, options: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_netdiag"));
    command.args(line.split(' ')).args(options).output().unwrap()
}

#[test]
fn every_tool_goes_there() {
    guard::namespace();
    let host = Lab::new().unwrap().host("far").unwrap();
    host.address("lo", &format!("{ADDRESS}/32")).unwrap();
    let _listener = host.run(|| TcpListener::bind("0.0.0.0:7000")).unwrap();
    let path = host.path();
    let there = ["--netns", path.to_str().unwrap()];
    for line in LINES {
        assert!(!netdiag(line, &[]).status.success(), "{line}");
        let output = netdiag(line, &there);
        assert!(output.status.success(), "{line}: {output:?}");
    }
    let server = Server::spawn("echo", &["10.99.0.1:7001"], &there, Command::spawn);
    let _connected = host.run(|| std::net::TcpStream::connect((ADDRESS, 7001))).unwrap();
    drop(server);
}

#[test]
fn no_tool_works_where_it_should_not() {
    guard::namespace();
    for line in LINES.into_iter().chain(["serve echo 127.0.0.1:0"]) {
        let output = netdiag(line, &["--netns", "/dev/null"]);
        let words = String::from_utf8(output.stderr).unwrap();
        let expected = "netdiag: setting the network namespace \"/dev/null\" failed: Invalid argument\n";
        assert_eq!((output.status.code(), words.as_str()), (Some(2), expected), "{line}");
    }
}

#[test]
fn one_process_looks_into_many() {
    guard::namespace();
    let lab = Lab::new().unwrap();
    let (near, far) = (lab.host("near").unwrap(), lab.host("far").unwrap());
    lab.veth((&near, "left"), (&far, "right")).unwrap();
    for (host, interface, address) in [(&near, "left", 1), (&far, "right", 2)] {
        host.address(interface, &format!("10.0.0.{address}/24")).unwrap();
        host.neighbour(interface, "10.0.0.9", [2, 0, 0, 0, 0, address]).unwrap();
    }
    near.route("0.0.0.0/0", Hop::Via("10.0.0.9")).unwrap();
    let [near, far] = [near, far].map(|host| Host::of(Namespace::open(host.path().as_os_str()).unwrap()));
    for (host, interface, last) in [(&near, "left", 1), (&far, "right", 2)] {
        let index = host.interface_index(interface).unwrap();
        assert!(
            host.links().known.iter().any(|link| link.index == index && link.kind.as_deref() == Some("veth"))
        );
        let own = LinkAddress::new(index, [10, 0, 0, last].into(), 24);
        assert_eq!(host.addresses().has(|known| known.contains(&own)), Some(true), "{interface}");
        let neighbours = host.neighbours();
        let set =
            neighbours.known.iter().find(|neighbour| neighbour.state == NeighbourState::PERMANENT).unwrap();
        assert_eq!((set.link, set.link_address[5]), (index, last), "{neighbours:?}");
    }
    let away = "192.0.2.1:0".parse().unwrap();
    assert_eq!(near.route_to(away, None).unwrap().gateway, Some([10, 0, 0, 9].into()));
    assert!(far.route_to(away, None).is_err());
    assert_eq!(near.routes(|route| route.is_default()).known[0].gateway, Some([10, 0, 0, 9].into()));
    assert!(Host::here().interface_index("left").is_none());
}

#[test]
fn the_sockets_of_another_namespace_are_asked_for_there() {
    guard::namespace();
    let host = Lab::new().unwrap().host("far").unwrap();
    let _listener = host.run(|| TcpListener::bind("127.0.0.1:7000")).unwrap();
    let needs = Needs::of([Table::Tcp], States::LISTENING);
    let there = Namespace::open(host.path().as_os_str()).unwrap();
    let snapshot = Host::of(there.clone()).snapshot(&needs);
    let places: Vec<String> = snapshot.listening().map(|socket| socket.place()).collect();
    assert_eq!(places, ["127.0.0.1:7000"]);
    assert_eq!(snapshot.namespace, there.id().ok());
    let here = Host::here().snapshot(&needs);
    assert!(
        here.namespace != snapshot.namespace && here.listening().all(|socket| socket.place() != places[0])
    );
}
