//! Questions to dnsmasq, of every type people ask for, to the system's resolver, and to servers that are wrong.

use super::door;
use super::scene::Scene;
use crate::guard;

#[test]
fn name_servers_answer_deny_and_refuse() {
    guard::namespace();
    let mut scene = Scene::new();
    // Whoever it gives the names of broken.test to.
    door::datagrams(&scene.server, "10.0.2.1:5353", |_, question| door::dns(question, 2, None));
    scene.dnsmasq();
    scene.serve("discard", &["udp://10.0.2.1:5354"], &[]);
    door::datagrams(&scene.server, "10.0.2.1:5355", |number, question| match number {
        0 => door::dns(question, 2, None),
        _ => door::asked("10.0.2.1:53", question),
    });
    #[rustfmt::skip]
    scene.expect("dns", &[
        ("server = '10.0.2.1'\nquery = 'web.lab.test'\nexpect = { all = ['10.0.2.1'], ttl = '5m', time = '< 10s', rcode = 'NOERROR' }", "pass", ""),
        ("server = 'fd00:2::1'\nquery = 'web.lab.test'\ntype = 'AAAA'\nexpect = { all = ['fd00:2::1'] }", "pass", ""),
        ("server = '10.0.2.1'\nquery = 'lab.test'\ntype = 'MX'\nexpect = { all = ['10 mail.lab.test'] }", "pass", ""),
        ("server = '10.0.2.1'\nquery = 'lab.test'\ntype = 'TXT'\nexpect = { any = ['v=spf1 -all'] }", "pass", ""),
        ("server = '10.0.2.1'\nquery = '_http._tcp.lab.test'\ntype = 'SRV'\nexpect = { all = ['0 5 80 web.lab.test'] }", "pass", ""),
        ("server = '10.0.2.1'\nquery = 'www.lab.test'\ntype = 'CNAME'\nexpect = { all = ['WEB.lab.test.'] }", "pass", ""),
        // An alias leads to the address, and is not itself one.
        ("server = '10.0.2.1'\nquery = 'www.lab.test'\nexpect = { all = ['10.0.2.1'], none = ['web.lab.test'], records = 1 }", "pass", ""),
        ("server = '10.0.2.1:53'\nquery = 'two.lab.test'\ntcp = true\nexpect = { any = ['10.0.2.7'] }", "pass", ""),
        ("server = 'web.lab.test'\nquery = 'two.lab.test'",                                        "pass",  ""),
        ("query = 'www.lab.test'\nexpect = { all = ['10.0.2.1', 'fd00:2::1'] }",                   "pass",  ""),
        ("query = 'none.lab.test'\nexpect = { outcome = 'no-such-name' }",                         "pass",  ""),
        ("server = '10.0.2.1'\nquery = 'none.lab.test'\nexpect = { rcode = 'NXDOMAIN' }",          "pass",  ""),
        ("server = '10.0.2.1'\nquery = 'elsewhere.test'\nexpect = { rcode = 'REFUSED' }",          "pass",  ""),
        ("server = '10.0.2.1'\nquery = 'a.broken.test'\nexpect = { rcode = 'SERVFAIL' }",          "pass",  ""),
        ("server = '10.0.2.1'\nquery = 'none.lab.test'",                                           "fail",  "rcode NXDOMAIN, wanted NOERROR"),
        ("server = '10.0.2.1'\nquery = 'elsewhere.test'",                                          "fail",  "rcode REFUSED, wanted NOERROR"),
        ("server = '10.0.2.1'\nquery = 'a.broken.test'",                                           "fail",  "rcode SERVFAIL, wanted NOERROR"),
        ("server = '10.0.2.1'\nquery = 'two.lab.test'\ntype = 'AAAA'",                             "fail",  "records 0, wanted >= 1"),
        ("server = '10.0.2.1'\nquery = 'web.lab.test'\nexpect = { all = ['10.0.2.1', '10.0.2.2'] }", "fail", "all 10.0.2.1, wanted 10.0.2.1, 10.0.2.2"),
        ("server = '10.0.2.1'\nquery = 'web.lab.test'\nexpect = { ttl = '>= 1h' }",                "fail",  "wanted >= 1h"),
        ("query = 'none.lab.test'",                                                                "fail",  "no-such-name: "),
        ("query = 'two.lab.test'\ntype = 'AAAA'",                                                  "fail",  "no-such-name: "),
        ("server = '10.0.2.1:7999'\nquery = 'web.lab.test'",                                       "fail",  "refused: "),
        ("server = '10.0.2.1:5354'\nquery = 'web.lab.test'\ntimeout = '200ms'",                    "fail",  "timeout: "),
        ("server = '10.0.2.1:5355'\nquery = 'web.lab.test'\n{again}",                              "flaky", "at first: rcode SERVFAIL"),
    ]);
}

#[test]
fn a_resolver_that_is_not_there_is_the_networks_fault() {
    guard::namespace();
    let scene = Scene::new();
    // Nobody listens at the server, so the question is refused.
    scene.expect(
        "dns",
        &[
            ("query = 'web.lab.test'", "fail", "name-server: "),
            ("query = 'web.lab.test'\nexpect = { outcome = 'name-server' }", "pass", ""),
        ],
    );
    scene.expect("tcp", &[("target = 'web.lab.test:80'", "fail", "the name servers do not answer")]);
    scene.expect("icmp", &[("target = 'web.lab.test'", "fail", "the name servers do not answer")]);
    scene.expect("route", &[("target = 'web.lab.test'", "fail", "the name servers do not answer")]);
}
