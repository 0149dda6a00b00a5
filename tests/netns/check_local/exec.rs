//! Commands run where the check does.

use netdiag_lab::Lab;

use super::expect;
use crate::guard;

#[test]
fn a_command_sees_the_network_of_its_check() {
    guard::namespace();
    let lab = Lab::new().unwrap();
    let (a, b) = (lab.host("a").unwrap(), lab.host("b").unwrap());
    lab.veth((&a, "left"), (&b, "right")).unwrap();
    let check = "kind = \"exec\"\ncmd = [\"cat\", \"/proc/net/dev\"]\nstdout = \"~left\"";
    expect(&a, &[(check, true)]);
    expect(&b, &[(check, false)]);
}

#[test]
fn what_comes_after_a_command_sees_what_it_did() {
    guard::namespace();
    let host = Lab::new().unwrap().host("ordered").unwrap();
    let checks = [
        "name = \"before\"\nkind = \"not-listen\"\nport = 1000",
        "name = \"change\"\nkind = \"exec\"\ncmd = [\"sh\", \"-c\", \"echo 0 > /proc/sys/net/ipv4/tcp_sack\"]\ndepends_on = [\"before\"]",
        "name = \"after\"\nkind = \"sysctl\"\nkey = \"net.ipv4.tcp_sack\"\nvalue = 0\ndepends_on = [\"change\"]",
    ];
    let outcomes = super::outcomes(&host, &checks.map(str::to_owned));
    assert!(outcomes.iter().all(|outcome| outcome.verdict == netdiag_check::Verdict::Pass), "{outcomes:#?}");
}
