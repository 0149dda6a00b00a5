//! Datagrams: answered, refused, lost, and taken in silence, which shows nothing.

use netdiag_lab::Hop;

use super::door;
use super::scene::Scene;
use crate::guard;

#[test]
fn ports_answer_refuse_lose_or_are_silent() {
    guard::namespace();
    let mut scene = Scene::new();
    scene.serve("echo", &["udp://10.0.2.1:7", "udp://[fd00:2::1]:7"], &[]);
    scene.serve("echo", &["udp://10.0.2.1:7001"], &["--drop", "100%"]);
    scene.serve("echo", &["udp://10.0.2.1:7002"], &["--delay", "200ms"]);
    scene.serve("discard", &["udp://10.0.2.1:9"], &[]);
    scene.client.route("198.51.100.0/24", Hop::Blackhole).unwrap();
    door::datagrams(&scene.server, "10.0.2.1:7003", |number, datagram| match number {
        0 => b"busy".to_vec(),
        _ => door::asked("10.0.2.1:7", datagram),
    });
    #[rustfmt::skip]
    scene.expect("udp", &[
        ("target = '10.0.2.1:7'",                                                                  "pass",  ""),
        ("target = '10.0.2.1:7'\ntalk = [{ send = 'ping' }, { expect = '^ping$' }]",               "pass",  ""),
        ("target = '[fd00:2::1]:7'\necho = 4000\nexpect = { echoed = '4000B' }",                   "pass",  ""),
        ("target = '10.0.2.1:9'\ntimeout = '200ms'\nexpect = { outcome = 'silence' }",             "pass",  ""),
        ("target = '10.0.2.1:7999'\nexpect = { outcome = 'refused' }",                             "pass",  ""),
        ("target = '10.0.2.1:7999'",                                                               "fail",  "refused: "),
        ("target = '198.51.100.1:7'",                                                                  "fail",  "no-route: "),
        ("target = '10.0.2.1:7'\ntalk = [{ send = 'ping' }, { expect = 'pong' }]\ntimeout = '200ms'",     "fail", "wanted ok"),
        ("target = '10.0.2.1:7001'\ntalk = [{ send = 'ping' }, { expect = '^ping$' }]\ntimeout = '200ms'", "fail", "timeout: "),
        ("target = '10.0.2.1:7002'\necho = 10\nexpect = { ttfb = '< 100ms' }",                     "fail",  "wanted < 100ms"),
        ("target = '10.0.2.1:7003'\ntalk = [{ send = 'ping' }, { expect = '^ping$' }]\ntimeout = '1s'\n{again}", "flaky", "busy"),
        ("target = '10.0.2.1:9'\ntimeout = '200ms'",                                               "skip",  "no answer within"),
        ("target = '10.0.2.1:7001'\ntimeout = '200ms'\nrequired = true",                           "error", "no answer within"),
    ]);
}
