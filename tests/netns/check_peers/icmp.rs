//! Echo requests over a wire that loses, doubles, delays, reorders and corrupts exactly what it is told to.

use std::time::Duration;

use netdiag_lab::{Corruption, Hop, Pick, Plan, Way};

use super::expect_of_nobody;
use super::scene::Scene;
use crate::guard;

#[test]
fn hosts_answer_or_do_not() {
    guard::namespace();
    let scene = Scene::new();
    scene.client.route("198.51.100.0/24", Hop::Blackhole).unwrap();
    scene.wire.replan(Way::Back, Plan::delayed(Duration::from_millis(20)));
    #[rustfmt::skip]
    scene.expect("icmp", &[
        ("target = '10.0.2.1'\ncount = 3\ninterval = '10ms'\n\
          expect = { loss = 0.0, rtt_min = '>= 20ms', ttl = 63, dup = 0, reorder = 0, corrupt = 0, received = 3 }", "pass", ""),
        ("target = 'fd00:2::1'\ncount = 2\ninterval = '10ms'\nexpect = { loss = '<= 1%' }",    "pass", ""),
        ("target = '10.9.0.1'\ncount = 1\nexpect = { outcome = 'net-unreachable' }",           "pass", ""),
        ("target = '10.0.2.1'\ncount = 1\nexpect = { rtt_max = '< 20ms' }",                    "fail", "wanted < 20ms"),
        ("target = '10.0.2.1'\ncount = 1\nexpect = { ttl = '>= 64' }",                         "fail", "ttl 63, wanted >= 64"),
        ("target = '10.9.0.1'\ncount = 1",                                                     "fail", "net-unreachable: "),
        ("target = '198.51.100.1'\ncount = 1",                                                 "fail", "no-route: "),
        ("target = '10.0.2.77'\ncount = 1\nwait = '50ms'",                                     "fail", "timeout: "),
    ]);
}

#[test]
fn a_silent_address_leaves_the_others_of_the_name_their_time() {
    guard::namespace();
    let mut scene = Scene::new();
    scene.dnsmasq();
    let lines = "target = 'half.lab.test'\ncount = 2\ninterval = '10ms'\nwait = '50ms'";
    scene.expect("icmp", &[(lines, "pass", ""), (&format!("{lines}\nfamily = 'ipv6'"), "fail", "timeout: ")]);
}

#[test]
fn what_the_wire_does_is_measured() {
    guard::namespace();
    let scene = Scene::new();
    let corruption = Corruption { at: None, fix_checksums: true };
    let late = Duration::from_millis(200);
    #[rustfmt::skip]
    let faults = [
        (Plan { loss: Pick::Nth(vec![2]), ..Plan::default() },                       "loss = '<= 1%'",   "loss 33"),
        (Plan { duplicate: Pick::Nth(vec![1]), ..Plan::default() },                  "dup = 0",          "dup 1, wanted 0"),
        (Plan { reorder: Pick::Nth(vec![1]), reorder_by: late, ..Plan::default() },  "reorder = 0",      "reorder 1, wanted 0"),
        (Plan { corrupt: Pick::Nth(vec![2]), corruption, ..Plan::default() },        "corrupt = 0",      "corrupt 1, wanted 0"),
    ];
    for (plan, expected, words) in faults {
        let lines = format!(
            "target = '10.0.2.1'\ncount = 3\ninterval = '10ms'\nwait = '500ms'\nexpect = {{ {expected} }}"
        );
        scene.wire.replan(Way::Back, plan.clone());
        scene.expect("icmp", &[(&lines, "fail", words)]);
        scene.wire.replan(Way::Back, Plan::default());
        scene.expect("icmp", &[(&lines, "pass", "")]);
        // Packets are counted anew, and the first attempt gets the bad ones.
        scene.wire.replan(Way::Back, plan);
        scene.expect("icmp", &[(&format!("{lines}\n{{again}}"), "flaky", words)]);
    }
}

#[test]
fn who_may_not_ping_has_measured_nothing() {
    guard::namespace();
    let scene = Scene::new();
    scene.client.sysctl("net.ipv4.ping_group_range", "1 0").unwrap();
    let remedy = "net.ipv4.ping_group_range='0 2147483647'";
    #[rustfmt::skip]
    expect_of_nobody(&scene.client, &[
        ("kind = 'icmp'\ntarget = '10.0.2.1'",                               "skip",  remedy),
        ("kind = 'icmp'\ntarget = 'fd00:2::1'",                              "skip",  "cap_net_raw"),
        ("kind = 'icmp'\ntarget = '10.0.2.1'\non_unavailable = 'warn'",      "warn",  remedy),
        ("kind = 'icmp'\ntarget = '10.0.2.77'\nrequired = true",             "error", remedy),
        ("kind = 'pmtu'\ntarget = '10.0.2.1'\nmtu = 1500",                   "skip",  "ping_group_range"),
    ]);
    let blamed = "kind = 'icmp'\ntarget = '10.0.2.1'\non_unavailable = 'fail'";
    expect_of_nobody(&scene.client, &[(blamed, "fail", remedy)]);
    scene.client.sysctl("net.ipv4.ping_group_range", "0 2147483647").unwrap();
    #[rustfmt::skip]
    expect_of_nobody(&scene.client, &[
        ("kind = 'icmp'\ntarget = '10.0.2.1'\ncount = 1",                    "pass",  ""),
        ("kind = 'pmtu'\ntarget = '10.0.2.1'\nmtu = 1500",                   "pass",  ""),
    ]);
}
