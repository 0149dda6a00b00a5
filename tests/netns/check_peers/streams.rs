//! Connections: to TCP ports, to unix sockets, and with TLS.

use std::net::SocketAddr;
use std::os::unix::net::UnixListener;

use netdiag_lab::{Hop, Plan, Way};
use socket2::SockAddr;

use super::door;
use super::scene::Scene;
use crate::guard;

fn at(address: &str) -> SockAddr {
    address.parse::<SocketAddr>().unwrap().into()
}

#[test]
fn tcp_ports_talk_echo_refuse_and_reset() {
    guard::namespace();
    let mut scene = Scene::new();
    scene.dnsmasq();
    scene.nginx();
    scene.serve("echo", &["10.0.2.1:7", "[fd00:2::1]:7"], &[]);
    scene.serve("echo", &["10.0.2.1:7001"], &["--rst-after", "100"]);
    scene.serve("echo", &["10.0.2.1:7002"], &["--delay", "200ms"]);
    scene.serve("echo", &["10.0.2.1:7003"], &["--never-accept"]);
    scene.serve("chargen", &["10.0.2.1:19"], &[]);
    door::stream(&scene.server, &at("10.0.2.1:7004"), at("10.0.2.1:7"), 1);
    scene.client.route("198.51.100.0/24", Hop::Blackhole).unwrap();
    #[rustfmt::skip]
    scene.expect("tcp", &[
        ("target = '10.0.2.1:7'",                                                                  "pass",  ""),
        ("target = '[fd00:2::1]:7'\necho = '64KiB'\nexpect = { echoed = '64KiB', connect = '< 10s' }", "pass", ""),
        (r"target = 'www.lab.test:80'
           talk = [{ send = 'GET / HTTP/1.0\r\n\r\n' }, { expect = '200 OK' }, { expect = '</h1>\n$' }, { expect-end = true }]", "pass", ""),
        ("target = '10.0.2.1:19'\ntalk = [{ expect-text = 'abcdef' }]",                            "pass",  ""),
        ("target = '10.0.2.1:7999'\nexpect = { outcome = 'refused' }",                             "pass",  ""),
        ("target = '10.0.2.1:7999'",                                                               "fail",  "refused: "),
        ("target = '10.9.0.1:7'",                                                                  "fail",  "net-unreachable: "),
        ("target = '198.51.100.1:7'",                                                              "fail",  "no-route: "),
        ("target = 'none.lab.test:7'",                                                             "fail",  "no-such-name: "),
        ("target = '10.0.2.1:7001'\necho = 1000",                                                  "fail",  "reset: "),
        ("target = '10.0.2.1:7002'\necho = 10\nexpect = { ttfb = '< 100ms' }",                     "fail",  "wanted < 100ms"),
        ("target = '10.0.2.1:7003'\ntalk = [{ expect = '^220' }]\ntimeout = '200ms'",              "fail",  "timeout: "),
        ("target = '10.0.2.1:19'\ntalk = [{ expect-text = 'hello' }]\ntimeout = '200ms'",          "fail",  "it said"),
        ("target = '10.0.2.1:7004'\necho = 1000\n{again}",                                         "flaky", "at first: outcome reset"),
    ]);
    scene.wire.replan(Way::There, Plan::cut());
    scene.expect("tcp", &[("target = '10.0.2.1:7'\ntimeout = '200ms'", "fail", "timeout: ")]);
}

#[test]
fn unix_sockets_of_every_type() {
    guard::namespace();
    let mut scene = Scene::new();
    let kinds = ["unix", "unix-dgram", "unix-seqpacket"];
    let addresses = kinds.map(|kind| format!("{kind}:{}", scene.named(kind)));
    scene.serve("echo", &addresses.each_ref().map(String::as_str), &[]);
    scene.serve("echo", &[&format!("unix:{}", scene.named("slow"))], &["--delay", "200ms"]);
    let [ajar, behind] = ["ajar", "unix"].map(|name| SockAddr::unix(scene.file(name)).unwrap());
    door::stream(&scene.server, &ajar, behind, 2);
    drop(UnixListener::bind(scene.file("gone")).unwrap());
    std::fs::write(scene.file("file"), "").unwrap();
    std::os::unix::fs::symlink("round", scene.file("round")).unwrap();
    #[rustfmt::skip]
    scene.expect("unix", &[
        ("path = '{files}/unix'\necho = '64KiB'",                                                  "pass",  ""),
        ("path = '{files}/unix-dgram'\ntype = 'dgram'\ntalk = [{ send = 'a' }, { expect = '^a$' }]", "pass", ""),
        ("path = '{files}/unix-seqpacket'\ntype = 'seqpacket'\necho = 1000",                       "pass",  ""),
        ("path = '{files}/unix'\nexpect = { mode = '/^0[0-7]+$/', owner = '/./' }",                "pass",  ""),
        ("path = '{files}/gone'\nexpect = { outcome = 'refused' }",                                "pass",  ""),
        ("path = '{files}/unix'\nexpect = { mode = '0000' }",                                      "fail",  "wanted 0000"),
        ("path = '{files}/none'",                                                                  "fail",  "no-such-socket: "),
        ("path = '{files}/gone'",                                                                  "fail",  "refused: "),
        ("path = '{files}/file'",                                                                  "fail",  "refused: "),
        ("path = '{files}/slow'\necho = 9\nexpect = { ttfb = '< 100ms' }",                         "fail",  "wanted < 100ms"),
        ("path = '{files}/unix'\ntalk = [{ send = 'a' }, { expect = 'b' }]\ntimeout = '200ms'",    "fail",  "it said"),
        // What says something of the path or the socket is no excuse.
        ("path = '{files}/file/below'",                                                            "fail",  "no-such-socket: "),
        ("path = '{files}/round'",                                                                 "fail",  "no-such-socket: "),
        ("path = '{files}/unix-dgram'",                                                            "fail",  "of another type"),
        ("path = '{files}/unix'\ntype = 'dgram'",                                                  "fail",  "of another type"),
        ("path = '{files}/unix'\ntype = 'seqpacket'",                                              "fail",  "of another type"),
        ("path = '{files}/ajar'\necho = 9\n{again}",                                               "flaky", "passed at attempt 3"),
    ]);
}

#[test]
fn certificates_are_judged() {
    guard::namespace();
    let mut scene = Scene::new();
    scene.dnsmasq();
    scene.nginx();
    door::stream(&scene.server, &at("10.0.2.1:7443"), at("10.0.2.1:443"), 1);
    #[rustfmt::skip]
    scene.expect("tls", &[
        ("target = 'web.lab.test:443'\ntls = { ca = '{files}/ca.pem' }\n\
          expect = { names = '~web.lab.test', expires_in = '> 14d', version = 'TLSv1.3' }",        "pass",  ""),
        ("target = '10.0.2.1:443'\ntls = { ca = '{files}/ca.pem', max = '1.2' }\nexpect = { version = 'TLSv1.2' }", "pass", ""),
        ("target = '10.0.2.1:443'\ntls = { ca = '{files}/ca.pem', alpn = ['http/1.1'] }\nexpect = { alpn = 'http/1.1' }", "pass", ""),
        ("target = '10.0.2.1:443'\nexpect = { trusted = false }",                                  "pass",  ""),
        ("target = 'web.lab.test:443'\ntls = { ca = '{files}/ca.pem' }\nexpect = { expires_in = '> 60d' }", "fail", "wanted > 60d"),
        ("target = '10.0.2.1:443'",                                                                "fail",  "trusted false, wanted true"),
        ("target = '10.0.2.1:443'\ntls = { ca = '{files}/ca.pem', server_name = 'other.test' }",   "fail",  "trusted false, wanted true"),
        ("target = '10.0.2.1:80'\ntls = { ca = '{files}/ca.pem' }",                                "fail",  "tls: "),
        ("target = '10.0.2.1:7999'",                                                               "fail",  "refused: "),
        ("target = '10.0.2.1:7443'\ntls = { ca = '{files}/ca.pem' }\n{again}",                     "flaky", "at first: outcome"),
    ]);
}
