//! Hosts and what joins them: namespaces, veth pairs, routers, programs, cleaning up.

use std::fs;
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use netdiag_lab::{Hop, Host, Lab, Plan, until};

use crate::ping::Pinger;

#[test]
fn what_runs_in_a_host_sees_the_host() {
    let lab = Lab::new().unwrap();
    let (a, b) = (lab.host("a").unwrap(), lab.host("b").unwrap());
    let _in_a = a.run(|| TcpListener::bind("127.0.0.1:80")).unwrap();
    assert!(a.run(|| TcpStream::connect("127.0.0.1:80")).is_ok());
    assert!(b.run(|| TcpStream::connect("127.0.0.1:80")).is_err());
    assert!(a.run(|| UdpSocket::bind("[::1]:53")).is_ok(), "lo has ::1");
}

#[test]
fn programs_run_inside_and_find_the_namespace_by_path() {
    let host = Lab::new().unwrap().host("host").unwrap();
    let here = host.run(|| fs::read_link("/proc/thread-self/ns/net")).unwrap();
    let there = host.output(Command::new("readlink").arg("/proc/self/ns/net")).unwrap();
    assert_eq!(String::from_utf8(there.stdout).unwrap().trim(), here.to_str().unwrap());
    assert_eq!(fs::read_link(host.path()).unwrap(), here);
}

#[test]
fn a_file_in_place_of_another_is_there_for_its_host_only() {
    let host = Lab::new().unwrap().host("host").unwrap();
    let file = std::env::temp_dir().join(format!("netdiag-lab-{}", std::process::id()));
    fs::write(&file, "nameserver 192.0.2.53\n").unwrap();
    let place = PathBuf::from("/etc/resolv.conf");
    let read = |host: &Host| {
        let shown = host.output(Command::new("cat").arg(&place)).unwrap();
        String::from_utf8(shown.stdout).unwrap()
    };
    let (before, seeing) = (read(&host), host.seeing([(place.clone(), file.clone())]).unwrap());
    assert_eq!(read(&seeing), "nameserver 192.0.2.53\n");
    assert_eq!(seeing.run(|| fs::read_to_string(&place)).unwrap(), "nameserver 192.0.2.53\n");
    assert_eq!((read(&host), fs::read_to_string(&place).unwrap()), (before.clone(), before));
    fs::remove_file(file).unwrap();
}

#[test]
fn a_panic_inside_a_host_comes_out() {
    let host = Lab::new().unwrap().host("host").unwrap();
    let panic = catch_unwind(AssertUnwindSafe(|| host.run(|| panic!("inside")))).unwrap_err();
    assert_eq!(panic.downcast_ref(), Some(&"inside"));
}

#[test]
fn a_router_forwards_both_versions_and_says_when_the_ttl_is_spent() {
    let lab = Lab::new().unwrap();
    let (a, r, b) = (lab.host("a").unwrap(), lab.router("r").unwrap(), lab.host("b").unwrap());
    lab.veth((&a, "eth0"), (&r, "a")).unwrap();
    lab.veth((&b, "eth0"), (&r, "b")).unwrap();
    for (host, interface, address) in [
        (&a, "eth0", "10.0.1.1/24"),
        (&a, "eth0", "fd00:1::1/64"),
        (&r, "a", "10.0.1.254/24"),
        (&r, "a", "fd00:1::254/64"),
        (&r, "b", "10.0.2.254/24"),
        (&r, "b", "fd00:2::254/64"),
        (&b, "eth0", "10.0.2.1/24"),
        (&b, "eth0", "fd00:2::1/64"),
    ] {
        host.address(interface, address).unwrap();
    }
    for (host, prefix, via) in [
        (&a, "0.0.0.0/0", "10.0.1.254"),
        (&a, "::/0", "fd00:1::254"),
        (&b, "0.0.0.0/0", "10.0.2.254"),
        (&b, "::/0", "fd00:2::254"),
    ] {
        host.route(prefix, Hop::Via(via)).unwrap();
    }
    for (target, time_exceeded) in [("10.0.2.1", 11), ("fd00:2::1", 3)] {
        assert!(Pinger::new(&a, target, true).round_trip(1).is_some(), "{target}");
        let short = Pinger::new(&a, target, false);
        short.hops(1);
        short.send(1, &[]);
        assert_eq!(short.receive(Duration::from_secs(120)).unwrap().kind(), time_exceeded, "{target}");
    }
}

#[test]
fn what_was_added_can_be_removed() {
    let lab = Lab::new().unwrap();
    let (a, b) = (lab.host("a").unwrap(), lab.host("b").unwrap());
    lab.veth((&a, "eth0"), (&b, "eth0")).unwrap();
    for (address, ip, elsewhere, hop) in [
        ("10.0.0.1/24", "10.0.0.1", "10.9.0.0/16", Hop::Via("10.0.0.2")),
        ("fd00::1/64", "fd00::1", "fd09::/32", Hop::Via("fd00::2")),
        ("10.0.0.7/24", "10.0.0.7", "10.8.0.0/16", Hop::Unreachable),
        ("fd00::7/64", "fd00::7", "fd08::/32", Hop::Through("eth0")),
    ] {
        let is_there = || a.run(|| UdpSocket::bind((ip, 0)).is_ok());
        a.address("eth0", address).unwrap();
        a.route(elsewhere, hop).unwrap();
        a.remove_route(elsewhere).unwrap();
        assert!(a.remove_route(elsewhere).is_err(), "{elsewhere}");
        assert!(is_there(), "{ip}");
        a.remove_address("eth0", address).unwrap();
        assert!(!is_there(), "{ip}");
        assert!(a.remove_address("eth0", address).is_err(), "{ip}");
    }
}

#[test]
fn a_permanent_neighbour_and_an_mtu_are_taken() {
    let lab = Lab::new().unwrap();
    let (a, b) = (lab.host("a").unwrap(), lab.host("b").unwrap());
    lab.veth((&a, "eth0"), (&b, "eth0")).unwrap();
    a.address("eth0", "10.0.0.1/24").unwrap();
    a.neighbour("eth0", "10.0.0.9", [2, 0, 0, 0, 0, 9]).unwrap();
    a.mtu("eth0", 1400).unwrap();
    let neighbours = a.run(|| fs::read_to_string("/proc/thread-self/net/arp")).unwrap();
    assert!(neighbours.contains("02:00:00:00:00:09"), "{neighbours}");
    a.down("eth0").unwrap();
    assert!(a.run(|| TcpStream::connect("10.0.0.9:1")).is_err());
}

#[test]
fn routes_to_nowhere_answer_as_their_kind_says() {
    let host = Lab::new().unwrap().host("host").unwrap();
    #[rustfmt::skip]
    let cases = [
        ("10.0.1.0/24", Hop::Blackhole,   22),  // EINVAL
        ("10.0.2.0/24", Hop::Unreachable, 113), // EHOSTUNREACH
        ("10.0.3.0/24", Hop::Prohibit,    13),  // EACCES
    ];
    for (prefix, hop, errno) in cases {
        host.route(prefix, hop).unwrap();
        let target = prefix.replace("0/24", "1:9");
        let refused = host.run(|| UdpSocket::bind("0.0.0.0:0")?.connect(target)).unwrap_err();
        assert_eq!(refused.raw_os_error(), Some(errno), "{prefix} {hop:?}");
    }
}

#[test]
fn fifty_hosts_fit_in_one_lab() {
    let lab = Lab::new().unwrap();
    let hub = lab.router("hub").unwrap();
    let hosts: Vec<_> = (0..50).map(|n| lab.host(&format!("host{n}")).unwrap()).collect();
    for (n, host) in hosts.iter().enumerate() {
        lab.veth((host, "eth0"), (&hub, &format!("to{n}"))).unwrap();
        host.address("eth0", &format!("10.0.{n}.1/24")).unwrap();
        hub.address(&format!("to{n}"), &format!("10.0.{n}.254/24")).unwrap();
        host.route("0.0.0.0/0", Hop::Via(&format!("10.0.{n}.254"))).unwrap();
    }
    let first = &hosts[0];
    for n in 1..50 {
        assert!(Pinger::new(first, &format!("10.0.{n}.1"), true).round_trip(1).is_some(), "host {n}");
    }
}

#[test]
fn nothing_is_left_after_a_panic() {
    let lab = Lab::new().unwrap();
    let mut namespace = None;
    let panic = catch_unwind(AssertUnwindSafe(|| {
        let (a, b) = (lab.host("doomed").unwrap(), lab.host("b").unwrap());
        let _wire = lab.wire((&a, "tun0"), (&b, "tun0"), Plan::default(), Plan::default()).unwrap();
        let _scripted = lab.scripted((&a, "tun1"), |_| vec![]).unwrap();
        namespace = Some(a.run(|| fs::read_link("/proc/thread-self/ns/net")).unwrap());
        wait_for_threads("doomed", 2);
        panic!("the test fails");
    }));
    assert_eq!(panic.unwrap_err().downcast_ref(), Some(&"the test fails"));
    wait_for_threads("doomed", 0);
    let descriptors = fs::read_dir("/proc/self/fd").unwrap();
    let left = descriptors.filter_map(|fd| fs::read_link(fd.ok()?.path()).ok());
    assert!(!left.into_iter().any(|target| Some(target) == namespace));
}

#[test]
fn a_panic_in_a_script_fails_the_test() {
    let lab = Lab::new().unwrap();
    let host = lab.host("panicking").unwrap();
    let scripted = lab.scripted((&host, "tun0"), |_| panic!("in the script")).unwrap();
    host.address("tun0", "10.0.0.1/24").unwrap();
    wait_for_threads("panicking", 1);
    let sent = host.run(|| UdpSocket::bind("0.0.0.0:0")?.send_to(b"x", "10.0.0.2:9"));
    assert!(sent.is_ok());
    wait_for_threads("panicking", 0);
    assert!(catch_unwind(AssertUnwindSafe(|| drop(scripted))).is_err());
}

/// A thread names itself after its start, and is listed a little longer than it lives.
fn wait_for_threads(name: &str, count: usize) {
    let counted = || {
        let tasks = fs::read_dir("/proc/self/task").unwrap();
        let names = tasks.filter_map(|task| fs::read_to_string(task.ok()?.path().join("comm")).ok());
        (names.filter(|comm| comm.starts_with(name)).count() == count).then_some(())
    };
    until(format!("{count} threads of {name}"), Duration::from_secs(120), counted).unwrap();
}
