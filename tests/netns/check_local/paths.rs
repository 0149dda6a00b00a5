//! Routes, interfaces and path MTUs over a lab's links: a router that says what it takes, and one that swallows.

use std::net::{Ipv4Addr, Ipv6Addr};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use netdiag_check::Verdict;
use netdiag_lab::{Hop, Lab, Mtu, Path, Plan, packet, until};

use super::{expect, outcome, seen};
use crate::guard;

fn path(mtu: Option<Mtu>) -> Path {
    let there = Plan { mtu, only: packet::any, ..Plan::default() };
    Path::new(&Lab::new().unwrap(), there, Plan::default()).unwrap()
}

#[test]
fn the_way_to_a_host_is_the_kernels() {
    guard::namespace();
    let Path { client, .. } = &path(None);
    client.route("198.51.100.0/24", Hop::Blackhole).unwrap();
    client.route("2001:db8:dead::/48", Hop::Unreachable).unwrap();
    client.route("203.0.113.0/24", Hop::Prohibit).unwrap();
    #[rustfmt::skip]
    expect(client, &[
        ("kind = \"route\"\ntarget = \"10.0.2.1\"\ndev = \"eth0\"\ngateway = \"10.0.1.254\"\nsource = \"10.0.1.1\"", true),
        ("kind = \"route\"\ntarget = \"fd00:2::1\"\ndev = \"eth0\"\ngateway = \"fd00:1::254\"\nsource = \"fd00:1::1\"", true),
        ("kind = \"route\"\ntarget = \"10.0.1.254\"\ngateway = \"none\"",      true),
        ("kind = \"route\"\ntarget = \"127.0.0.1\"\ndev = \"lo\"",             true),
        ("kind = \"route\"\ntarget = \"10.0.2.1\"\ndev = \"eth1\"",            false),
        ("kind = \"route\"\ntarget = \"10.0.2.1\"\ngateway = \"none\"",        false),
        ("kind = \"route\"\ntarget = \"10.0.2.1\"\nfrom = \"10.0.1.1\"",       true),
        ("kind = \"route\"\ntarget = \"198.51.100.1\"",                        false),
        ("kind = \"route\"\ntarget = \"198.51.100.1\"\nexists = false",        true),
        ("kind = \"route\"\ntarget = \"203.0.113.1\"\nexists = false",         true),
        ("kind = \"route\"\ntarget = \"2001:db8:dead::1\"\nexists = false",    true),
        ("kind = \"route\"\ntarget = \"10.0.2.1\"\nexists = false",            false),
    ]);
    client.remove_route("0.0.0.0/0").unwrap();
    let lost = outcome(client, "kind = \"route\"\ntarget = \"10.0.2.1\"");
    assert_eq!(lost.verdict, Verdict::Fail);
    assert!(seen(&lost).starts_with("none: Network is unreachable"), "{}", seen(&lost));
    assert_eq!(lost.hint.as_ref().map(|hint| hint.unshown()), Some("ip route get 10.0.2.1"));
}

#[test]
fn an_interface_is_as_it_was_made() {
    guard::namespace();
    let Path { client, router, .. } = &path(None);
    client.mtu("eth0", 1400).unwrap();
    #[rustfmt::skip]
    expect(client, &[
        ("kind = \"iface\"\ndev = \"eth0\"\nexpect = { up = true, carrier = true, mtu = 1400 }",               true),
        ("kind = \"iface\"\ndev = \"eth0\"\nexpect = { mtu = \">= 1500\" }",                                   false),
        ("kind = \"iface\"\ndev = \"eth0\"\naddress = [\"10.0.1.1/24\", \"fd00:1::1\"]",                       true),
        ("kind = \"iface\"\ndev = \"eth0\"\naddress = [\"10.0.1.2\"]",                                         false),
        ("kind = \"iface\"\ndev = \"lo\"\nexpect = { up = true }\naddress = [\"127.0.0.1/8\"]",                true),
        ("kind = \"iface\"\ndev = \"eth0\"\nwindow = \"50ms\"\nexpect = { rx_errors = 0, tx_errors = 0 }",     true),
    ]);
    let missing = outcome(client, "kind = \"iface\"\ndev = \"eth7\"");
    assert_eq!((missing.verdict, seen(&missing)), (Verdict::Fail, "none; there are lo, eth0".to_owned()));
    router.down("eth0").unwrap();
    let lines = "kind = \"iface\"\ndev = \"eth0\"\neventually = { within = \"10s\", every = \"20ms\" }\n";
    expect(client, &[(&format!("{lines}expect = {{ carrier = false, up = false }}"), true)]);
    expect(client, &[("kind = \"iface\"\ndev = \"eth0\"\nexpect = { carrier = true }", false)]);
}

#[test]
fn an_interface_made_anew_in_the_window_is_not_measured() {
    guard::namespace();
    let lab = Lab::new().unwrap();
    let (host, peer) = (lab.host("remade").unwrap(), lab.host("peer").unwrap());
    let make = || lab.veth((&host, "eth0"), (&peer, "eth0")).unwrap();
    make();
    let done = AtomicBool::new(false);
    let lines = "kind = \"iface\"\ndev = \"eth0\"\nwindow = \"500ms\"\nexpect = { rx_dropped = 0 }";
    let outcome = std::thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                host.remove("eth0").unwrap();
                make();
                std::thread::sleep(Duration::from_millis(100));
            }
        });
        // It may be looked for in the moment when there is none.
        let there = || Some(outcome(&host, lines)).filter(|outcome| !seen(outcome).starts_with("none"));
        let outcome = until("the interface to be there twice", Duration::from_secs(60), there);
        done.store(true, Ordering::Relaxed);
        outcome.unwrap()
    });
    assert_eq!(outcome.verdict, Verdict::Skip, "{outcome:#?}");
    assert!(outcome.reason.as_ref().unwrap().unshown().contains("rx_dropped of eth0: "), "{outcome:#?}");
    assert!(outcome.reason.as_ref().unwrap().unshown().contains("made anew meanwhile"), "{outcome:#?}");
}

fn pmtu(target: &str, mtu: u32, timeout: &str) -> String {
    format!("kind = \"pmtu\"\ntarget = \"{target}\"\nmtu = {mtu}\ntimeout = \"{timeout}\"")
}

#[test]
fn a_path_that_takes_a_size_answers() {
    guard::namespace();
    let Path { client, .. } = &path(None);
    for server in Path::SERVERS {
        expect(client, &[(&pmtu(server, 1500, "10s"), true)]);
        let beyond = outcome(client, &pmtu(server, 1501, "10s"));
        assert_eq!(beyond.verdict, Verdict::Fail);
        assert!(seen(&beyond).starts_with("this host takes 1500 bytes"), "{}", seen(&beyond));
    }
}

#[test]
fn a_router_says_what_it_takes() {
    guard::namespace();
    let v4 = Ipv4Addr::new(10, 0, 9, 9);
    let v6: Ipv6Addr = "fd00:9::9".parse().unwrap();
    let path = path(Some(Mtu::Answered { mtu: 1400, v4, v6 }));
    for (server, router) in Path::SERVERS.into_iter().zip(["10.0.9.9", "fd00:9::9"]) {
        expect(&path.client, &[(&pmtu(server, 1400, "10s"), true)]);
        // A path MTU the kernel has learnt meanwhile does not keep it from finding out.
        for _ in 0..2 {
            let narrow = outcome(&path.client, &pmtu(server, 1500, "10s"));
            assert_eq!(
                (narrow.verdict, seen(&narrow)),
                (Verdict::Fail, format!("{router} takes 1400 bytes"))
            );
        }
    }
}

#[test]
fn a_router_with_a_smaller_link_says_so_itself() {
    guard::namespace();
    let path = path(None);
    path.router.mtu("tun0", 1300).unwrap();
    for (server, router) in Path::SERVERS.into_iter().zip(["10.0.1.254", "fd00:1::254"]) {
        expect(&path.client, &[(&pmtu(server, 1300, "10s"), true)]);
        let narrow = outcome(&path.client, &pmtu(server, 1301, "10s"));
        assert_eq!((narrow.verdict, seen(&narrow)), (Verdict::Fail, format!("{router} takes 1300 bytes")));
    }
}

#[test]
fn a_router_that_swallows_is_a_black_hole() {
    guard::namespace();
    let path = path(Some(Mtu::Blackhole(1400)));
    for server in Path::SERVERS {
        expect(&path.client, &[(&pmtu(server, 1400, "10s"), true)]);
        let hole = outcome(&path.client, &pmtu(server, 1500, "4s"));
        let words = "a black hole: packets of 84 bytes are answered, those of 1500 vanish without a word";
        assert_eq!((hole.verdict, seen(&hole).as_str()), (Verdict::Fail, words));
    }
    let nobody = outcome(&path.client, &pmtu("10.0.2.77", 1400, "1s"));
    assert_eq!(nobody.verdict, Verdict::Fail);
}
