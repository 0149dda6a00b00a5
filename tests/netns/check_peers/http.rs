//! Requests to nginx, over TCP, TLS and a unix socket, and to a server of our own that is wrong on purpose.

use std::net::SocketAddr;

use super::door;
use super::scene::Scene;
use crate::guard;

#[test]
fn answers_are_judged() {
    guard::namespace();
    let mut scene = Scene::new();
    scene.dnsmasq();
    scene.nginx();
    scene.serve("http", &["10.0.2.1:8080"], &[]);
    scene.serve("http", &["10.0.2.1:8001"], &["--rst-after", "300"]);
    scene.serve("http", &["10.0.2.1:8002"], &["--reply-short", "5"]);
    scene.serve("http", &["10.0.2.1:8003"], &["--never-accept"]);
    let [ajar, behind] = [8004, 443].map(|port| SocketAddr::from(([10, 0, 2, 1], port)).into());
    door::stream(&scene.server, &ajar, behind, 2);
    #[rustfmt::skip]
    scene.expect("http", &[
        ("url = 'http://10.0.2.1/'\nexpect = { status = 200, body = '~hello', header = { content-type = '~html' }, size = '15B' }", "pass", ""),
        ("url = 'http://[fd00:2::1]/health'\nexpect = { json = { '$.status' = 'UP', '$.queue' = '< 5' } }", "pass", ""),
        ("url = 'https://web.lab.test/'\ntls = { ca = '{files}/ca.pem' }\nexpect = { tls_expires_in = '> 14d', total = '< 10s' }", "pass", ""),
        ("url = 'http://10.0.2.1/moved'\nmax_redirects = 1\nexpect = { redirects = 1, body = '~hello' }", "pass", ""),
        ("url = 'http://10.0.2.1/moved'\nexpect = { status = 302, header = { location = '~index' } }", "pass", ""),
        ("url = 'http://some.host/'\nunix = '{files}/http.sock'\nexpect = { body = '~hello' }",    "pass",  ""),
        ("url = 'http://10.0.2.1:8080/status/503'\nexpect = { status = 503 }",                     "pass",  ""),
        ("url = 'http://10.0.2.1:7999/'\nexpect = { outcome = 'refused' }",                        "pass",  ""),
        ("url = 'http://10.0.2.1/none'",                                                           "fail",  "status 404, wanted < 400"),
        ("url = 'http://10.0.2.1/down'\nexpect = { status = '200..299' }",                         "fail",  "status 503, wanted 200..299"),
        ("url = 'http://10.0.2.1/'\nexpect = { body = '~goodbye' }",                               "fail",  "wanted ~goodbye"),
        ("url = 'http://10.0.2.1/health'\nexpect = { json = { '$.status' = 'DOWN' } }",            "fail",  "wanted DOWN"),
        ("url = 'http://10.0.2.1/'\nexpect = { json = { '$.status' = 'UP' } }",                    "fail",  "wanted JSON"),
        ("url = 'http://10.0.2.1:8080/delay/200'\nexpect = { ttfb = '< 100ms' }",                  "fail",  "wanted < 100ms"),
        ("url = 'https://10.0.2.1/'",                                                              "fail",  "tls: "),
        ("url = 'http://10.0.2.1:7999/'",                                                          "fail",  "refused: "),
        ("url = 'http://10.0.2.1:8001/bytes/9000'",                                                "fail",  "reset: "),
        ("url = 'http://10.0.2.1:8002/bytes/20'",                                                  "fail",  "closed: "),
        ("url = 'http://10.0.2.1:8003/'\ntimeout = '200ms'",                                       "fail",  "timeout: "),
        ("url = 'http://none.lab.test/'",                                                          "fail",  "no-such-name: "),
        ("url = 'http://x/'\nunix = '{files}/none.sock'",                                          "fail",  "no-such-socket: "),
        ("url = 'https://10.0.2.1:8004/'\ntls = { ca = '{files}/ca.pem' }\n{again}",               "flaky", "passed at attempt 3"),
    ]);
}
