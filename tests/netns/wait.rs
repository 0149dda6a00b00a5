//! `netdiag wait` for another host: what it takes, how its absence shows, and what counts as down.

use std::net::TcpListener;
use std::process::Command;

use netdiag_lab::{Hop, Host, Lab, Path, Plan, Way};

use crate::guard;

/// Runs `netdiag wait` with the words of `line`; what it says and its status.
fn wait(host: &Host, line: &str) -> (String, i32) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_netdiag"));
    let output = host.output(command.arg("wait").args(line.split(' '))).unwrap();
    (String::from_utf8(output.stderr).unwrap(), output.status.code().unwrap())
}

#[test]
fn another_host_is_asked_in_every_way() {
    guard::namespace();
    let path = Path::new(&Lab::new().unwrap(), Plan::default(), Plan::default()).unwrap();
    path.client.route("10.9.0.0/16", Hop::Via("10.0.1.254")).unwrap();
    let _listener = path.server.run(|| TcpListener::bind("10.0.2.1:7000")).unwrap();
    // Where time runs out there is one look: a later one could be cut off by that, and say so instead.
    #[rustfmt::skip]
    let cases = [
        ("10.0.2.1:7000 icmp://10.0.2.1 icmp://[fd00:2::1]",    0,   "icmp://[fd00:2::1] is up after "),
        ("--stable 3 --interval 10ms 10.0.2.1:7000",            0,   "10.0.2.1:7000 is up after "),
        ("10.0.2.1:7001 --interval 1h --timeout 3s",            124, "never     connect: connection refused"),
        ("--down 10.0.2.1:7001 udp://10.0.2.1:7001 10.9.0.1:1", 0,   "10.9.0.1:1 is down after "),
        ("--down 10.0.2.1:7000 --interval 1h --timeout 3s",     124, "never       it is up"),
    ];
    for (line, status, words) in cases {
        let (said, ended) = wait(&path.client, line);
        assert!(ended == status && said.contains(words), "{line}: {ended} {said}");
    }
}

#[test]
fn silence_is_neither_up_nor_down() {
    guard::namespace();
    let path = Path::new(&Lab::new().unwrap(), Plan::default(), Plan::default()).unwrap();
    let _listener = path.server.run(|| TcpListener::bind("10.0.2.1:7000")).unwrap();
    path.wire.replan(Way::There, Plan::cut());
    for down in ["", "--down "] {
        let (said, ended) =
            wait(&path.client, &format!("{down}--timeout 0.3s 10.0.2.1:7000 icmp://10.0.2.1"));
        assert_eq!(ended, 124, "{said}");
        let rows: Vec<&str> = said.lines().skip(3).collect();
        assert!(rows[0].contains("  never ") && rows[0].contains("connect: timed out after 0."), "{said}");
        // Its time may be up a moment later than the whole.
        let silent =
            rows[1].contains("first byte: timed out after 0.") || rows[1].contains("no look has ended");
        assert!(rows[1].contains("  never ") && silent, "{said}");
        assert_eq!(said.lines().count(), 5, "{said}");
    }
}
