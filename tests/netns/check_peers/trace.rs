//! Paths over a router, as anybody may trace them who may ping, and over UDP without even that.

use netdiag_lab::{HopManner, Lab, NarrowLink, Oversize, ScriptedHop, ScriptedPath};

use super::scene::Scene;
use super::{expect, expect_of_nobody};
use crate::guard;

#[test]
fn paths_are_as_stated_or_not() {
    guard::namespace();
    let scene = Scene::new();
    let start = "count = 2\ninterval = '20ms'\nwait = '500ms'\nmax_ttl = 5\n";
    let lines = |more: &str| format!("target = '10.0.2.1'\n{start}{more}");
    #[rustfmt::skip]
    scene.expect("trace", &[
        (&lines("via = ['10.0.1.254']\nnot_via = ['10.0.9.9']\nexpect = { hops = 2, loss = 0.0, rtt_p99 = '< 5s', asymmetry = 0, mtu = '>= 1500' }"), "pass", ""),
        (&format!("target = 'fd00:2::1'\nprotocol = 'udp'\nport = 4000\n{start}expect = {{ hops = '<= 2', mtu = 1500 }}"), "pass", ""),
        (&lines("protocol = 'tcp'\nexpect = { hops = 2 }"),      "pass", ""),
        (&lines("expect = { hops = '< 2' }"),                    "fail", "hops 2, wanted < 2"),
        (&lines("via = ['10.0.9.9']"),                           "fail", "netdiag trace 10.0.2.1"),
        (&lines("not_via = ['10.0.1.254']"),                     "fail", "on the path"),
        (&lines("expect = { mtu = '> 1500' }"),                  "fail", "netdiag trace --mtu 10.0.2.1"),
        (&format!("target = '10.0.2.77'\n{start}"),              "fail", "nobody answers behind hop 1"),
    ]);
}

#[test]
fn what_silence_leaves_open_is_not_measured() {
    guard::namespace();
    let lab = Lab::new().unwrap();
    let client = lab.host("client").unwrap();
    client.sysctl("net.ipv4.ping_group_range", "1 0").unwrap();
    let hops = vec![NarrowLink::new(1400, Oversize::Told).into(), ScriptedHop::from(HopManner::Silent)];
    let _path = ScriptedPath::new(&lab, &client, hops, HopManner::Answers).unwrap();
    let start = "kind = 'trace'\ntarget = '10.99.99.9'\ncount = 2\ninterval = '20ms'\nwait = '300ms'\n";
    let lines = |more: &str| format!("{start}{more}");
    #[rustfmt::skip]
    expect(&client, &[
        (&lines("via = ['10.99.1.1']"),                                  "pass", ""),
        (&lines("via = ['10.9.9.9']"),                                   "skip", "may be hop 2, which does not answer"),
        (&lines("not_via = ['10.9.9.9']"),                               "skip", "may be hop 2, which does not answer"),
        (&lines("not_via = ['10.9.9.9']\nexpect = { hops = '< 3' }"),    "fail", "hops 3"),
        (&lines("expect = { mtu = '>= 1500' }"),                         "fail", "mtu 1400"),
    ]);
    #[rustfmt::skip]
    expect_of_nobody(&client, &[
        (&lines("required = true"),                          "error", "ping_group_range"),
        (&lines("protocol = 'udp'\nexpect = { hops = 3 }"),  "pass",  ""),
    ]);
}
