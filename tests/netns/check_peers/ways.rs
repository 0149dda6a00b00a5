//! Routes, path MTUs, interfaces and listeners that are wrong at first: what they are when right or wrong for good is
//! tested beside `check_local`.

use std::net::{TcpListener, UdpSocket};
use std::os::unix::net::UnixListener;

use netdiag_lab::{Hop, Host, Lab};

use super::scene::Scene;
use super::{door, expect, mender};
use crate::guard;

#[test]
fn a_name_that_moves_takes_the_way_with_it() {
    guard::namespace();
    for kind in ["route", "pmtu"] {
        let scene = Scene::new();
        scene.client.route("198.51.100.0/24", Hop::Unreachable).unwrap();
        // What the name stands for is asked at every attempt.
        door::datagrams(&scene.server, "10.0.2.1:53", |number, question| {
            door::dns(question, 0, Some(if number == 0 { [198, 51, 100, 1] } else { [10, 0, 2, 1] }))
        });
        let mtu = if kind == "pmtu" { "mtu = 1500\n" } else { "" };
        let lines = format!("target = 'moving.lab.test'\nfamily = '4'\n{mtu}{{again}}");
        scene.expect(kind, &[(&lines, "flaky", "No route to host")]);
    }
}

/// Asserts that `broken` is flaky if it is mended once `other`, which begins with it, has passed.
#[track_caller]
fn mended(host: &Host, broken: &str, other: &str, words: &str, mend: impl FnOnce() + Send) {
    let broken = format!("{broken}\nretry = {{ attempts = 500, pause = '20ms' }}");
    let mender = mender::check("1");
    let cases = [(broken.as_str(), "flaky", words), (other, "pass", ""), (&mender, "pass", "")];
    mender::mending(host, mend, || expect(host, &cases));
}

#[test]
fn a_listener_comes_and_another_goes() {
    guard::namespace();
    let host = Lab::new().unwrap().host("host").unwrap();
    let _there = host.run(|| TcpListener::bind("127.0.0.1:1000")).unwrap();
    let other = "kind = 'listen'\nport = 1000";
    let mut late = None;
    mended(&host, "kind = 'listen'\nport = 2000", other, "nobody", || {
        late = Some(TcpListener::bind("127.0.0.1:2000").unwrap());
    });
    mended(&host, "kind = 'not-listen'\nport = '1001-3000'", other, "2000", || drop(late));
    let (mut udp, mut unix) = (None, None);
    let (directory, bind) = (tempfile::tempdir().unwrap(), UdpSocket::bind::<&str>);
    let path = directory.path().join("late.sock");
    let other = "kind = 'not-listen'\nproto = 'udp'\nport = 1";
    mended(&host, "kind = 'listen'\nproto = 'udp'\nport = 53", other, "nobody", || {
        udp = Some(bind("127.0.0.1:53").unwrap());
    });
    let listens = format!("kind = 'listen'\npath = '{}'", path.display());
    mended(&host, &listens, "kind = 'not-listen'\npath = '/none'", "nobody", || {
        unix = Some(UnixListener::bind(&path).unwrap());
    });
}

#[test]
fn a_check_that_runs_alone_looks_for_itself() {
    guard::namespace();
    let host = Lab::new().unwrap().host("host").unwrap();
    let _there = host.run(|| TcpListener::bind("127.0.0.1:1000")).unwrap();
    let mut late = None;
    // The first looks at once, this one ends when things are mended, and the last could begin with them but for its wish.
    let mender = "kind = 'tcp'\ntarget = '127.0.0.1:9'\ntalk = [{ expect-end = true }]";
    let cases = [
        ("kind = 'listen'\nport = 1000", "pass", ""),
        (mender, "pass", ""),
        ("kind = 'listen'\nport = 2000\nexclusive = true", "pass", ""),
    ];
    mender::mending(
        &host,
        || late = Some(TcpListener::bind("127.0.0.1:2000").unwrap()),
        || expect(&host, &cases),
    );
    drop(late);
}

#[test]
fn an_interface_comes_up() {
    guard::namespace();
    let lab = Lab::new().unwrap();
    let (host, peer) = (lab.host("host").unwrap(), lab.host("peer").unwrap());
    lab.veth((&host, "eth0"), (&peer, "eth0")).unwrap();
    let up = "kind = 'iface'\ndev = 'eth0'\nexpect = { up = true, carrier = true }";
    let other = "kind = 'iface'\ndev = 'lo'\nexpect = { up = true }";
    expect(&host, &[(up, "pass", ""), (other, "pass", "")]);
    peer.down("eth0").unwrap();
    mended(&host, up, other, "carrier false, wanted true", || peer.up("eth0").unwrap());
    let address = "kind = 'iface'\ndev = 'eth0'\naddress = ['10.0.0.1/24']";
    mended(&host, address, other, "10.0.0.1/24", || host.address("eth0", "10.0.0.1/24").unwrap());
}
