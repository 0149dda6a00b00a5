//! `netdiag probe` in networks whose faults are known: each is told by its own name, and the kernel's view is the wire's.

use std::net::TcpListener;
use std::process::Command;
use std::time::Duration;

use netdiag_lab::{Hop, Host, Lab, Mtu, Path, Pick, Plan, packet};

use crate::{guard, nobody};

/// Runs `netdiag probe` with the words of `line`; its output and status.
fn probe(host: &Host, line: &str) -> (String, i32) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_netdiag"));
    let output = host.output(command.arg("probe").args(line.split(' '))).unwrap();
    let words = String::from_utf8(output.stderr).unwrap();
    assert_eq!(words, "", "{line}");
    (String::from_utf8(output.stdout).unwrap(), output.status.code().unwrap())
}

#[test]
fn failures_of_the_network_are_told_apart() {
    guard::namespace();
    let lab = Lab::new().unwrap();
    let path = Path::new(&lab, Plan::default(), Plan::default()).unwrap();
    let lonely = lab.host("lonely").unwrap();
    path.client.route("10.9.0.0/16", Hop::Via("10.0.1.254")).unwrap();
    path.client.route("fd00:9::/32", Hop::Via("fd00:1::254")).unwrap();
    #[rustfmt::skip]
    let cases = [
        // from,         to,                          what it is
        (&path.client,  "tcp://10.0.2.1:7000",        "refused"),
        (&path.client,  "tcp://[fd00:2::1]:7000",     "refused"),
        (&path.client,  "udp://10.0.2.1:7000",        "refused"),
        // The router has no route, and says so.
        (&path.client,  "tcp://10.9.0.1:7000",        "net-unreachable: connect: network unreachable: a router has no route there; 10.0.1.254 says so"),
        (&path.client,  "udp://10.9.0.1:7000",        "net-unreachable: first byte: network unreachable: a router has no route there; 10.0.1.254 says so"),
        (&path.client,  "icmp://10.9.0.1",            "net-unreachable: first byte: network unreachable: a router has no route there; 10.0.1.254 says so"),
        (&path.client,  "tcp://[fd00:9::1]:7000",     "net-unreachable"),
        (&path.client,  "udp://[fd00:9::1]:7000",     "net-unreachable"),
        (&path.client,  "icmp://fd00:9::1",           "net-unreachable"),
        (&path.client,  "dns://10.9.0.1/a.test",      "net-unreachable"),
        // Nobody has this address on the client's own link.
        (&path.client,  "tcp://10.0.1.77:7000",       "host-unreachable: connect: no route to host"),
        (&path.client,  "icmp://10.0.1.77",           "host-unreachable: first byte: no route to host"),
        (&lonely,       "tcp://10.0.2.1:7000",        "no-route"),
        (&lonely,       "udp://10.0.2.1:7000",        "no-route"),
    ];
    for (host, url, outcome) in cases {
        let (text, status) = probe(host, &format!("-t 10s {url}"));
        assert!(status == 1 && text.contains(&format!("{url}: {outcome}")), "{url}: {text}");
    }
    // The kernel looks for a neighbour for longer than a silent port is listened to.
    let (text, status) = probe(&path.client, "-t 10s udp://10.0.1.77:7000 --send x --expect y");
    assert!(
        status == 1
            && text.contains(
                "host-unreachable, 1 step done: first byte: step 2 (expect \"y\"): no route to host"
            ),
        "{text}"
    );
    path.wire.replan(netdiag_lab::Way::There, Plan::cut());
    for url in ["tcp://10.0.2.1:7000", "icmp://10.0.2.1"] {
        let (text, status) = probe(&path.client, &format!("-t 0.3s {url}"));
        assert!(status == 1 && text.contains(&format!("{url}: timeout")), "{url}: {text}");
    }
}

#[test]
fn who_may_not_ping_is_told_so_before_anything_is_sent() {
    guard::namespace();
    let host = Lab::new().unwrap().host("host").unwrap();
    let output = host.output(nobody::netdiag().args(["probe", "icmp://127.0.0.1"])).unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    // Nothing was learnt of the peer.
    assert_eq!(output.status.code(), Some(3), "{said}");
    let words =
        "icmp://127.0.0.1: os: open: socket: Operation not permitted; it takes a net.ipv4.ping_group_range";
    assert!(said.starts_with(words), "{said}");
}

#[test]
fn icmp_is_probed_like_the_rest() {
    guard::namespace();
    let delay = Duration::from_millis(10);
    let path = Path::new(&Lab::new().unwrap(), Plan::delayed(delay), Plan::delayed(delay)).unwrap();
    for server in Path::SERVERS {
        let host = if server.contains(':') { format!("[{server}]") } else { server.to_owned() };
        let (text, status) = probe(&path.client, &format!("-c 3 -i 10ms icmp://{host}"));
        assert!(status == 0 && text.contains("3 probes, 3 ok, 0 failed"), "{text}");
        let least =
            text.split("first byte min/avg/max/mdev = ").nth(1).and_then(|rest| rest.split('/').next());
        assert!(least.unwrap().parse::<f64>().unwrap() >= 20.0, "{text}");
    }
}

#[test]
fn the_kernels_view_is_that_of_the_wire() {
    guard::namespace();
    let slow = Plan { only: packet::any, ..Plan::delayed(Duration::from_millis(20)) };
    // The first packet with data vanishes, and has to be sent again.
    let data = |packet: &[u8]| packet.len() > 100 && packet[0] >> 4 == 4;
    let lossy = Plan { only: data, loss: Pick::Nth(vec![1]), ..Plan::default() };
    let path = Path::new(&Lab::new().unwrap(), lossy, slow).unwrap();
    let listener = path.server.run(|| TcpListener::bind("10.0.2.1:7000")).unwrap();
    let echo = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut bytes = [0; 100];
        std::io::Read::read_exact(&mut stream, &mut bytes).unwrap();
        std::io::Write::write_all(&mut stream, &bytes).unwrap();
        let _ = std::io::Read::read(&mut stream, &mut bytes);
    });
    let (text, status) = probe(&path.client, "--info --echo 100 --format json tcp://10.0.2.1:7000");
    echo.join().unwrap();
    let document: serde_json::Value = serde_json::from_str(&text).unwrap();
    let probe = &document["probes"][0];
    assert_eq!((status, probe["outcome"].as_str()), (0, Some("ok")), "{text}");
    let kernel = &probe["kernel"];
    assert!(kernel["min_rtt_us"].as_u64().unwrap() >= 20_000, "{text}");
    assert!(kernel["total_retrans"].as_u64().unwrap() >= 1, "{text}");
    assert_eq!((kernel["pmtu_bytes"].as_u64(), kernel["received_bytes"].as_u64()), (Some(1500), Some(100)));
    assert!(probe["hops"][0]["phases"]["connect_us"].as_f64().unwrap() >= 20_000.0, "{text}");
}

#[test]
fn half_a_host_is_not_hidden_by_the_other_half() {
    guard::namespace();
    let path = Path::new(&Lab::new().unwrap(), Plan::default(), Plan::default()).unwrap();
    // The larger packets of TCP vanish, its handshake passes: what is expected never comes.
    let narrow = Plan { only: packet::any, mtu: Some(Mtu::Blackhole(600)), ..Plan::default() };
    path.wire.replan(netdiag_lab::Way::Back, narrow);
    let listener = path.server.run(|| TcpListener::bind("10.0.2.1:7000")).unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            // Until the peer gives up.
            let mut stream = stream.unwrap();
            let _ = std::io::Write::write_all(&mut stream, &[b'x'; 1400]);
            let _ = std::io::Read::read(&mut stream, &mut [0]);
        }
    });
    let (text, status) = probe(&path.client, "tcp://10.0.2.1:7000");
    assert_eq!(status, 0, "{text}");
    let (text, status) = probe(&path.client, "-t 3s tcp://10.0.2.1:7000 --expect xxx");
    assert!(
        status == 1 && text.contains("timeout, 0 steps done: first byte: step 1 (expect \"xxx\"): timed out"),
        "{text}"
    );
}
