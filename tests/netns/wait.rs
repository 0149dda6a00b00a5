//! `netdiag wait` for another host: what it takes, how its absence shows, and what counts as down.

use std::net::TcpListener;
use std::process::Command;

use netdiag_lab::{Hop, Host, Lab, Path, Plan, Way};

use crate::guard;

/// Runs `netdiag wait` with the words of `line`; what it says and its status.
fn wait(host: &Host, line: &str) -> (String, i32) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_netdiag"));
    let output = host.output(command.arg("wait").args(line.split(' '))).unwrap();
    (String::from_utf8(output.stderr).unwrap(), output.status.code().unwrap())
}

#[test]
fn another_host_is_asked_in_every_way() {
    guard::namespace();
    let path = Path::new(&Lab::new().unwrap(), Plan::default(), Plan::default()).unwrap();
    path.client.route("10.9.0.0/16", Hop::Via("10.0.1.254")).unwrap();
    let _listener = path.server.run(|| TcpListener::bind("10.0.2.1:7000")).unwrap();
    // Where time runs out there is one look: a later one could be cut off by that, and say so instead.
    #[rustfmt::skip]
    let cases = [
        ("10.0.2.1:7000 icmp://10.0.2.1 icmp://[fd00:2::1]",    0,   "icmp://[fd00:2::1] is up after "),
        ("--stable 3 --interval 10ms 10.0.2.1:7000",            0,   "10.0.2.1:7000 is up after "),
        ("10.0.2.1:7001 --interval 1h --deadline 3s",            124, "never     connect: connection refused"),
        ("--down 10.0.2.1:7001 udp://10.0.2.1:7001 10.9.0.1:1", 0,   "10.9.0.1:1 is down after "),
        ("--down 10.0.2.1:7000 --interval 1h --deadline 3s",     124, "never       it is up"),
    ];
    for (line, status, words) in cases {
        let (said, ended) = wait(&path.client, line);
        assert!(ended == status && said.contains(words), "{line}: {ended} {said}");
    }
}

#[test]
fn silence_is_neither_up_nor_down() {
    guard::namespace();
    let path = Path::new(&Lab::new().unwrap(), Plan::default(), Plan::default()).unwrap();
    let _listener = path.server.run(|| TcpListener::bind("10.0.2.1:7000")).unwrap();
    path.wire.replan(Way::There, Plan::cut());
    for down in ["", "--down "] {
        let (said, ended) =
            wait(&path.client, &format!("{down}--deadline 0.3s 10.0.2.1:7000 icmp://10.0.2.1"));
        assert_eq!(ended, 124, "{said}");
        let rows: Vec<&str> = said.lines().skip(3).collect();
        assert!(
            rows[0].contains("  never ")
                && rows[0].contains("connect: timed out after ")
                && rows[0].ends_with(" ms"),
            "{said}"
        );
        // Its time may be up a moment later than the whole.
        let silent = (rows[1].contains("first byte: timed out after ") && rows[1].ends_with(" ms"))
            || rows[1].contains("no look has ended");
        assert!(rows[1].contains("  never ") && silent, "{said}");
        assert_eq!(said.lines().count(), 5, "{said}");
    }
}

/// A listener of this host at all its addresses, which takes only what comes in by `device`.
fn bound_to_device(host: &Host, device: &str) -> socket2::Socket {
    host.run(|| {
        let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
        socket.bind_device(Some(device.as_bytes())).unwrap();
        socket.bind(&"0.0.0.0:7000".parse::<std::net::SocketAddr>().unwrap().into()).unwrap();
        socket.listen(16).unwrap();
        socket
    })
}

#[test]
fn a_listener_of_another_device_is_not_at_loopback() {
    guard::namespace();
    let lab = Lab::new().unwrap();
    let (host, peer) = (lab.host("host").unwrap(), lab.host("peer").unwrap());
    lab.veth((&host, "v0"), (&peer, "v1")).unwrap();
    host.address("v0", "10.0.0.1/24").unwrap();
    peer.address("v1", "10.0.0.2/24").unwrap();
    let _listener = bound_to_device(&host, "v0");
    #[rustfmt::skip]
    let cases = [
        (&host, "127.0.0.1:7000 --deadline 0.5s",        124, "  never "),
        (&host, "--down 127.0.0.1:7000",                0,   "127.0.0.1:7000 is down after "),
        // By which device one's own address is reached, no list says: it is tried.
        (&host, "10.0.0.1:7000",                        0,   "10.0.0.1:7000 is up after "),
        (&peer, "10.0.0.1:7000",                        0,   "10.0.0.1:7000 is up after "),
    ];
    for (at, line, status, words) in cases {
        let (said, ended) = wait(at, line);
        assert!(ended == status && said.contains(words), "{line}: {ended} {said}");
    }
    let _loopback = bound_to_device(&host, "lo");
    assert_eq!(wait(&host, "127.0.0.1:7000").1, 0);
}

#[test]
fn the_number_of_a_file_elsewhere_does_not_make_a_stale_path_live() {
    guard::namespace();
    let host = Lab::new().unwrap().host("host").unwrap();
    let directory = tempfile::tempdir().unwrap();
    let paths = ["live", "stale"].map(|name| {
        let place = directory.path().join(name);
        std::fs::create_dir(&place).unwrap();
        // New file systems give their first files the same numbers.
        let none: Option<&str> = None;
        nix::mount::mount(Some("tmpfs"), &place, Some("tmpfs"), nix::mount::MsFlags::empty(), none).unwrap();
        place.join("s")
    });
    let bind = |path| host.run(|| std::os::unix::net::UnixListener::bind(path)).unwrap();
    let _live = bind(&paths[0]);
    drop(bind(&paths[1]));
    let number = |path| std::os::unix::fs::MetadataExt::ino(&std::fs::metadata(path).unwrap());
    assert_eq!(number(&paths[0]), number(&paths[1]), "or this shows nothing");
    let [live, stale] = paths.each_ref().map(|path| format!("unix:{}", path.display()));
    assert_eq!(wait(&host, &live).1, 0);
    let (said, ended) = wait(&host, &format!("{stale} --deadline 0.5s"));
    assert!(ended == 124 && said.contains("connection refused"), "{said}");
    assert_eq!(wait(&host, &format!("--down {stale}")).1, 0);
    for name in ["live", "stale"] {
        nix::mount::umount2(&directory.path().join(name), nix::mount::MntFlags::MNT_DETACH).unwrap();
    }
}

#[test]
fn a_port_that_leads_elsewhere_is_up_though_nobody_listens_on_it() {
    guard::namespace();
    let host = Lab::new().unwrap().host("host").unwrap();
    let _listener = host.run(|| TcpListener::bind("127.0.0.1:7000")).unwrap();
    let rules = "add table ip lead; add chain ip lead out { type nat hook output priority -100; }; \
                 add rule ip lead out tcp dport 7001 dnat to 127.0.0.1:7000";
    let output = host.output(Command::new("nft").arg(rules));
    let output = output.unwrap_or_else(|error| panic!("nft ({error}): install the package nftables"));
    assert!(output.status.success(), "{output:?}");
    assert_eq!(wait(&host, "127.0.0.1:7001").1, 0);
    let (said, ended) = wait(&host, "--down 127.0.0.1:7001 --deadline 1s");
    assert!(ended == 124 && said.contains("it is up"), "{said}");
    assert_eq!(wait(&host, "--down 127.0.0.1:7002").1, 0);
}
