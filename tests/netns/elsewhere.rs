//! `--netns`: every tool works in another network namespace as it does in its own.

use std::net::TcpListener;
use std::process::{Command, Output};

use netdiag_host::{Host as Facts, Namespace, Needs, Table};
use netdiag_lab::Lab;
use netdiag_sockdiag::States;

use crate::guard;
use crate::server::Server;

/// An address that only the other namespace has.
const ADDRESS: &str = "10.99.0.1";

/// What finds the address, and a listener on its port 7000.
const LINES: [&str; 5] = [
    "ping -n -c 1 -w 5 10.99.0.1",
    "probe tcp://10.99.0.1:7000",
    "connect -z -w 5 10.99.0.1 7000",
    "wait --timeout 1s 10.99.0.1:7000 7000",
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
fn the_sockets_of_another_namespace_are_asked_for_there() {
    guard::namespace();
    let host = Lab::new().unwrap().host("far").unwrap();
    let _listener = host.run(|| TcpListener::bind("127.0.0.1:7000")).unwrap();
    let needs = Needs::of([Table::Tcp], States::LISTENING);
    let there = Namespace::open(host.path().as_os_str()).unwrap();
    let snapshot = Facts::of(there.clone()).snapshot(&needs);
    let places: Vec<String> = snapshot.listening().map(|socket| socket.place()).collect();
    assert_eq!(places, ["127.0.0.1:7000"]);
    assert_eq!(snapshot.namespace, there.id().ok());
    let here = Facts::here().snapshot(&needs);
    assert!(
        here.namespace != snapshot.namespace && here.listening().all(|socket| socket.place() != places[0])
    );
}
