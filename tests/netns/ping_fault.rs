//! Faults of this host and its network while a run is under way: the run goes on, tells each, and accounts for every probe.
//!
//! A packet under way when a fault strikes is lost without a word, as it would be anywhere: tests grant that.

use std::process::Command;

use netdiag_lab::{Hop, Host, Lab, Mtu, Path, Plan, Way, until};
use nix::sys::signal::Signal;

use crate::guard;
use crate::ping_run::{Run, ping};
use crate::ping_running::{PATIENCE, Running};

fn path() -> Path {
    Path::new(&Lab::new().unwrap(), Plan::default(), Plan::default()).unwrap()
}

/// Asks the installed `nft` to change the host's firewall.
fn firewall(host: &Host, change: &str) {
    let output = host.output(Command::new("nft").arg(change));
    let output = output.unwrap_or_else(|error| panic!("nft ({error}): install the package nftables"));
    assert!(output.status.success(), "nft {change}: {output:?}");
}

/// Has a firewall of the host do `verdict` to every echo request that leaves.
fn firewalled(host: &Host, verdict: &str) {
    let chain = "add table inet lab; add chain inet lab out { type filter hook output priority 0; }";
    let rules =
        ["icmp", "icmpv6"].map(|of| format!("add rule inet lab out {of} type echo-request {verdict}"));
    firewall(host, &format!("{chain}; {}", rules.join("; ")));
}

/// Gives the client its routes and its IPv6 address again, as far as they are gone.
fn reconnect(client: &Host) {
    client.up("eth0").unwrap();
    client.wait_operational("eth0").unwrap();
    client.address("eth0", "fd00:1::1/64").unwrap();
    reroute(client);
}

fn reroute(client: &Host) {
    client.route("0.0.0.0/0", Hop::Via("10.0.1.254")).unwrap();
    client.route("::/0", Hop::Via("fd00:1::254")).unwrap();
}

fn unroute(client: &Host) {
    client.remove_route("0.0.0.0/0").unwrap();
    client.remove_route("::/0").unwrap();
}

/// Something that makes every send fail, how it is undone, and what is told for each probe meanwhile.
struct Fault {
    name: &'static str,
    strike: fn(&Host),
    mend: fn(&Host),
    told: &'static str,
}

#[rustfmt::skip]
const FAULTS: [Fault; 3] = [
    Fault { name: "link down",     strike: |client| client.down("eth0").unwrap(),       mend: reconnect, told: "ping: sendmsg: Network is unreachable\n" },
    Fault { name: "no route",      strike: unroute,                                     mend: reroute,   told: "ping: sendmsg: Network is unreachable\n" },
    Fault { name: "firewall drop", strike: |client| firewalled(client, "drop"),         mend: |client| firewall(client, "flush ruleset"), told: "ping: sendmsg: Operation not permitted\n" },
];

#[test]
fn a_fault_of_this_host_is_told_for_every_probe_and_then_the_run_goes_on() {
    guard::namespace();
    for Fault { name, strike, mend, told } in FAULTS {
        let path = path();
        let running = Path::SERVERS.map(|server| Running::ping(&path.client, &format!("-i 0.1 {server}")));
        running.iter().for_each(|it| it.says("icmp_seq=2 "));
        strike(&path.client);
        running.iter().for_each(|it| it.complains(&told.repeat(20)));
        mend(&path.client);
        for it in running {
            goes_on(&it);
            it.signal(Signal::SIGINT);
            // One when it struck, one at the end.
            accounted_for(&it.finish(), name, told, 2);
        }
    }
}

/// Waits for replies that are not there yet.
fn goes_on(running: &Running) {
    let replies = || running.said().matches(" bytes from ").count();
    let before = replies();
    until("replies", PATIENCE, || (replies() >= before + 3).then_some(())).unwrap();
}

/// Every probe must have been answered or refused, but for those `under_way`; nothing else may have been said.
#[track_caller]
fn accounted_for(run: &Run, name: &str, told: &str, under_way: usize) {
    let refused = run.stderr.matches(told).count();
    assert_eq!(run.stderr, told.repeat(refused), "{name}");
    let replies = run.replies();
    let transmitted: usize = run.counts().split(' ').next().unwrap().parse().unwrap();
    let silent = transmitted - replies.len() - refused;
    assert!(silent <= under_way, "{name}: {silent} of {transmitted} unaccounted for: {run}");
    assert!(replies.is_sorted_by(|a, b| a.seq < b.seq), "{name}: {run}");
    assert!(run.counts().contains(&format!(" {} received, ", replies.len())), "{name}: {run}");
    assert_eq!(run.end, "exit status: 0", "{name}");
}

#[test]
fn a_firewall_that_rejects_is_told_as_error_and_refusal_once_per_probe() {
    guard::namespace();
    let path = path();
    firewalled(&path.client, "reject with icmpx admin-prohibited");
    for (server, said) in [
        (Path::SERVER_V4, "From 10.0.1.1 icmp_seq=N Packet filtered"),
        (Path::SERVER_V6, "From fd00:1::1 icmp_seq=N Destination unreachable: Administratively prohibited"),
    ] {
        for datagram in [false, true] {
            path.client.sysctl("net.ipv4.ping_group_range", if datagram { "0 0" } else { "1 0" }).unwrap();
            let run = ping(&path.client, &format!("-c 3 -i 0.02 {server}"));
            let lines: Vec<_> = run.stdout.lines().skip(1).take(3).map(str::to_owned).collect();
            assert_eq!(lines, [1, 2, 3].map(|seq| said.replace('N', &seq.to_string())), "{run}");
            // The kernel keeps it from ICMPv6 datagram sockets what became of their packets.
            let refused = if datagram && server == Path::SERVER_V6 { 0 } else { 3 };
            assert_eq!(run.stderr, "ping: sendmsg: Operation not permitted\n".repeat(refused), "{run}");
            assert_eq!(run.counts(), "3 packets transmitted, 0 received, +3 errors, 100% packet loss");
            assert_eq!(run.end, "exit status: 1");
        }
    }
}

#[test]
fn a_neighbour_that_is_gone_for_a_while_is_unreachable_for_as_long() {
    guard::namespace();
    for (server, said) in [
        (Path::SERVER_V4, "From 10.0.1.1 icmp_seq=N Destination Host Unreachable\n"),
        (Path::SERVER_V6, "From fd00:1::1 icmp_seq=N Destination unreachable: Address unreachable\n"),
    ] {
        let path = path();
        for family in ["ipv4", "ipv6"] {
            path.client.sysctl(&format!("net/{family}/neigh/eth0/retrans_time_ms"), 50).unwrap();
        }
        let running = Running::ping(&path.client, &format!("-i 0.05 {server}"));
        running.says("icmp_seq=2 ");
        // Without a carrier the client forgets its neighbours.
        path.router.down("eth0").unwrap();
        let (before, after) = said.split_once('N').unwrap();
        running.says(before);
        running.says(after);
        path.router.up("eth0").unwrap();
        path.client.wait_operational("eth0").unwrap();
        path.router.address("eth0", "fd00:1::254/64").unwrap();
        goes_on(&running);
        running.signal(Signal::SIGINT);
        let run = running.finish();
        let errors = run.stdout.matches(after).count();
        assert!(run.counts().contains(&format!(" received, +{errors} errors, ")), "{run}");
        assert_eq!((run.stderr.as_str(), run.end.as_str()), ("", "exit status: 0"), "{run}");
    }
}

#[test]
fn an_mtu_that_shrinks_under_a_run_is_told_with_its_size() {
    guard::namespace();
    for (server, told) in [
        (Path::SERVER_V4, "ping: local error: message too long, mtu=1300\n"),
        (Path::SERVER_V6, "ping: local error: message too long, mtu: 1300\n"),
    ] {
        let path = path();
        let running = Running::ping(&path.client, &format!("-M do -s 1400 -i 0.05 {server}"));
        running.says("icmp_seq=2 ");
        path.client.mtu("eth0", 1300).unwrap();
        running.complains(&told.repeat(3));
        path.client.mtu("eth0", 1500).unwrap();
        goes_on(&running);
        running.signal(Signal::SIGINT);
        let run = running.finish();
        let refused = run.stderr.matches(told).count();
        assert_eq!(run.stderr, told.repeat(refused), "{run}");
        assert!(run.counts().contains(&format!(" received, +{refused} errors, ")), "{run}");
        assert_eq!(run.end, "exit status: 0");
    }
}

#[test]
fn an_mtu_that_shrinks_beyond_the_router_is_told_once_and_kept_to() {
    guard::namespace();
    let answered = Mtu::Answered { mtu: 1300, v4: [10, 0, 9, 9].into(), v6: "fd00:9::9".parse().unwrap() };
    for (server, told) in [
        (Path::SERVER_V4, "From 10.0.9.9 icmp_seq=N Frag needed and DF set (mtu = 1300)\n"),
        (Path::SERVER_V6, "From fd00:9::9 icmp_seq=N Packet too big: mtu=1300\n"),
    ] {
        let path = path();
        let running = Running::ping(&path.client, &format!("-s 1400 -i 0.05 {server}"));
        running.says("icmp_seq=2 ");
        path.wire.replan(Way::There, Plan { mtu: Some(answered), ..Plan::default() });
        let (_, told) = told.split_once('N').unwrap();
        running.says(told);
        goes_on(&running);
        running.signal(Signal::SIGINT);
        let run = running.finish();
        assert_eq!(run.stdout.matches(told).count(), 1, "{run}");
        assert!(run.counts().contains(" received, +1 errors, "), "{run}");
        assert_eq!((run.stderr.as_str(), run.end.as_str()), ("", "exit status: 0"), "{run}");
    }
}

#[test]
fn an_address_that_is_exchanged_under_a_run_goes_unnoticed() {
    guard::namespace();
    let path = path();
    path.client.sysctl("net.ipv4.conf.eth0.promote_secondaries", 1).unwrap();
    for datagram in ["1 0", "0 0"] {
        path.client.sysctl("net.ipv4.ping_group_range", datagram).unwrap();
        let running = Path::SERVERS.map(|server| Running::ping(&path.client, &format!("-i 0.1 {server}")));
        running.iter().for_each(|it| it.says("icmp_seq=2 "));
        for (old, new) in [("10.0.1.1/24", "10.0.1.2/24"), ("fd00:1::1/64", "fd00:1::2/64")] {
            path.client.address("eth0", new).unwrap();
            path.client.remove_address("eth0", old).unwrap();
            path.client.address("eth0", old).unwrap();
            path.client.remove_address("eth0", new).unwrap();
        }
        for it in running {
            goes_on(&it);
            it.signal(Signal::SIGINT);
            accounted_for(&it.finish(), "address", "\n", 3);
        }
    }
}

#[test]
fn a_source_that_is_taken_away_is_told_as_far_as_the_kernel_minds() {
    guard::namespace();
    let path = path();
    for (source, length, server) in [("10.0.1.2", 24, Path::SERVER_V4), ("fd00:1::2", 64, Path::SERVER_V6)] {
        let address = format!("{source}/{length}");
        path.client.address("eth0", &address).unwrap();
        let running = Running::ping(&path.client, &format!("-I {source} -i 0.1 {server}"));
        running.says("icmp_seq=2 ");
        path.client.remove_address("eth0", &address).unwrap();
        if server == Path::SERVER_V4 {
            running.complains("ping: sendmsg: ");
        } else {
            // IPv6 packets leave all the same, and their replies find nobody.
            let answered = || path.wire.ledger(Way::Back).delivered;
            let before = answered();
            until("replies on the wire", PATIENCE, || (answered() > before + 3).then_some(())).unwrap();
        }
        path.client.address("eth0", &address).unwrap();
        goes_on(&running);
        running.signal(Signal::SIGINT);
        let run = running.finish();
        let told = "ping: sendmsg: Network is unreachable\n";
        assert_eq!(run.stderr, told.repeat(run.stderr.lines().count()), "{run}");
        assert_eq!(run.end, "exit status: 0", "{run}");
        assert!(run.counts().contains("% packet loss") && !run.counts().contains(" 0% "), "{run}");
    }
}

#[test]
fn a_system_without_buffers_is_waited_for() {
    guard::namespace();
    let path = path();
    for (neighbour, address) in [("10.0.1.77", "10.0.1.77/24"), ("fd00:1::77", "fd00:1::77/64")] {
        // The buffer takes a few packets only, and holds them until the neighbour is found.
        let words = format!("-S 1 -l 40 -c 40 -i 0.1 {neighbour}");
        let running = Running::ping(&path.client, &words);
        running.says("data");
        path.router.address("eth0", address).unwrap();
        let run = running.finish();
        assert_eq!(run.counts(), "40 packets transmitted, 40 received, 0% packet loss", "{run}");
        assert_eq!((run.stderr.as_str(), run.end.as_str()), ("", "exit status: 0"), "{run}");
    }
}
