//! Names with addresses of both families, one of which works better than the other: who is tried, who wins, and what is said.

use std::fs;
use std::net::TcpListener;
use std::process::Command;
use std::time::Duration;

use netdiag_lab::{Host, Lab, Path, Pick, Plan, Way};
use nix::mount::{MsFlags, mount};
use nix::sched::{CloneFlags, unshare};

use crate::guard;

/// What the name `both.test` stands for; the resolver prefers IPv6.
const HOSTS: &str = "10.0.2.1 both.test\nfd00:2::1 both.test\n";

/// A path with a file of names, which `probe` alone sees.
struct Scene {
    path: Path,
    directory: tempfile::TempDir,
}

impl Scene {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join("hosts"), HOSTS).unwrap();
        let path = Path::new(&Lab::new().unwrap(), Plan::default(), Plan::default()).unwrap();
        Self { path, directory }
    }

    /// Listens at addresses of the server, with accepting left to the kernel.
    fn listen(&self, addresses: &[&str]) -> Vec<TcpListener> {
        self.path.server.run(|| addresses.iter().map(|at| TcpListener::bind(*at).unwrap()).collect())
    }

    /// Runs `netdiag` with the words of `line`: standard output, standard error and the status.
    fn run(&self, line: &str) -> (String, String, i32) {
        let hosts = self.directory.path().join("hosts");
        let output = self.path.client.run(|| {
            // The thread's own view of the files, and of whoever it starts.
            unshare(CloneFlags::CLONE_NEWNS).unwrap();
            let private = MsFlags::MS_REC | MsFlags::MS_PRIVATE;
            mount(None::<&str>, "/", None::<&str>, private, None::<&str>).unwrap();
            mount(Some(&hosts), "/etc/hosts", None::<&str>, MsFlags::MS_BIND, None::<&str>).unwrap();
            Command::new(env!("CARGO_BIN_EXE_netdiag")).args(line.split(' ')).output().unwrap()
        });
        let [out, err] = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
        (out, err, output.status.code().unwrap())
    }

    /// The address that won, and what became of each attempt, in order.
    fn probe(&self, options: &str) -> (Option<String>, Vec<(String, String)>, serde_json::Value) {
        let (text, words, _) = self.run(&format!("probe --format json {options} tcp://both.test:7000"));
        assert_eq!(words, "");
        let document: serde_json::Value = serde_json::from_str(&text).unwrap();
        let hop = document["probes"][0]["hops"][0].clone();
        let place = |at: &serde_json::Value| {
            let host: std::net::IpAddr = at["address"].as_str()?.parse().unwrap();
            let port = at["port"].as_u64().and_then(|port| u16::try_from(port).ok()).unwrap();
            Some(std::net::SocketAddr::new(host, port).to_string())
        };
        let attempts = hop["connect_attempts"].as_array().into_iter().flatten();
        let attempts = attempts
            .map(|attempt| (place(&attempt["to"]).unwrap(), attempt["outcome"].as_str().unwrap().to_owned()));
        (place(&hop["peer"]), attempts.collect(), hop)
    }
}

const V4: &str = "10.0.2.1:7000";
const V6: &str = "[fd00:2::1]:7000";

fn six(packet: &[u8]) -> bool {
    packet[0] >> 4 == 6
}

fn told(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(to, outcome)| ((*to).to_owned(), (*outcome).to_owned())).collect()
}

#[test]
fn the_preferred_family_wins_where_both_answer() {
    guard::namespace();
    let scene = Scene::new();
    let _listeners = scene.listen(&[V4, V6]);
    for options in ["--race", "--timeout 5s"] {
        let (winner, attempts, _) = scene.probe(options);
        assert_eq!((winner.as_deref(), attempts), (Some(V6), told(&[(V6, "ok")])), "{options}");
    }
    let (winner, attempts, _) = scene.probe("--race -4");
    assert_eq!((winner.as_deref(), attempts), (Some(V4), told(&[(V4, "ok")])));
}

#[test]
fn a_refusal_brings_the_other_family_at_once() {
    guard::namespace();
    let scene = Scene::new();
    let _listeners = scene.listen(&[V4]);
    for options in ["--race", "--timeout 5s"] {
        let (winner, attempts, _) = scene.probe(options);
        let expected = told(&[(V6, "refused"), (V4, "ok")]);
        assert_eq!((winner.as_deref(), attempts), (Some(V4), expected), "{options}");
    }
    let (text, _, status) = scene.run("probe --race tcp://both.test:7000");
    let shown = format!("  {V6}: connection refused\n  {V4}: connected in ");
    assert!(status == 0 && text.contains(&shown), "{text}");
}

#[test]
fn a_black_hole_is_overtaken() {
    guard::namespace();
    let scene = Scene::new();
    let _listeners = scene.listen(&[V4, V6]);
    scene.path.wire.replan(Way::There, Plan { only: six, loss: Pick::Chance(1.0), ..Plan::default() });
    let (winner, attempts, hop) = scene.probe("--race --timeout 20s");
    let expected = told(&[(V4, "ok"), (V6, "overtaken")]);
    assert_eq!((winner.as_deref(), attempts), (Some(V4), expected), "{hop}");
    // The other family is tried a quarter of a second later, and that is part of connecting.
    let connect = hop["phases"]["connect_us"].as_f64().unwrap();
    assert!((250_000.0..10_000_000.0).contains(&connect), "{hop}");
    let (text, _, status) = scene.run("probe --race tcp://both.test:7000");
    let shown = format!("  {V6}: no answer yet when another address had answered\n");
    assert!(status == 0 && text.contains(&shown), "{text}");
    // One after the other, the black hole takes its share of the time and no more.
    let (winner, attempts, hop) = scene.probe("--timeout 2s");
    assert_eq!((winner.as_deref(), attempts), (Some(V4), told(&[(V6, "timeout"), (V4, "ok")])), "{hop}");
    for line in ["connect -z -w 10 both.test 7000", "wait -w 30s tcp://both.test:7000"] {
        let (text, said, status) = scene.run(line);
        assert_eq!(status, 0, "{line}: {text}{said}");
    }
    // With both ways dark nobody wins, and each is told of.
    scene.path.wire.replan(Way::There, Plan::cut());
    let (winner, attempts, hop) = scene.probe("--race --timeout 3s");
    assert_eq!((winner, attempts.len()), (None, 2), "{hop}");
    assert!(attempts.iter().all(|(_, outcome)| outcome == "timeout"), "{hop}");
}

#[test]
fn a_little_slower_still_wins_and_much_slower_does_not() {
    guard::namespace();
    let scene = Scene::new();
    let _listeners = scene.listen(&[V4, V6]);
    let slow = |millis| Plan { only: six, ..Plan::delayed(Duration::from_millis(millis)) };
    scene.path.wire.replan(Way::There, slow(40));
    let (winner, attempts, hop) = scene.probe("--race --timeout 20s");
    assert_eq!((winner.as_deref(), attempts), (Some(V6), told(&[(V6, "ok")])), "{hop}");
    scene.path.wire.replan(Way::There, slow(8000));
    let (winner, attempts, hop) = scene.probe("--race --timeout 20s");
    assert_eq!((winner.as_deref(), attempts), (Some(V4), told(&[(V4, "ok"), (V6, "overtaken")])), "{hop}");
}

/// A host on which IPv6 is switched off.
fn without_ipv6() -> Host {
    let host = Lab::new().unwrap().host("old").unwrap();
    for scope in ["all", "default", "lo"] {
        host.sysctl(&format!("net.ipv6.conf.{scope}.disable_ipv6"), 1).unwrap();
    }
    host
}

#[test]
fn a_machine_without_ipv6() {
    guard::namespace();
    let host = without_ipv6();
    let server = crate::server::Server::spawn("echo", &[":7000"], &[], |command| host.spawn(command));
    #[rustfmt::skip]
    let cases = [
        // what is typed,                        status, what is said
        ("probe --echo 5 tcp://127.0.0.1:7000",  0, "127.0.0.1:7000: ok, 5 bytes back"),
        ("probe tcp://[::1]:7000",               3, "no-source: connect: no address to connect from"),
        ("probe udp://[::1]:7000",               3, "no-source: connect: no address to connect from"),
        ("probe --race tcp://[fd00:2::1]:7000",  3, "no-source: connect: no address to connect from"),
        ("connect -z 127.0.0.1 7000",            0, "tcp://127.0.0.1:7000 open"),
        ("connect -z ::1 7000",                  3, "tcp://[::1]:7000: no address to connect from"),
        ("connect -l [::1]:7001 -w 5",           2, "hint: this machine has no such address"),
        ("serve echo [::1]:7001",                2, "tcp://[::1]:7001: bind: Cannot assign requested address"),
        ("serve echo udp://[::1]:7001",          2, "hint: this machine has no such address"),
    ];
    for (line, status, words) in cases {
        let mut command = Command::new(env!("CARGO_BIN_EXE_netdiag"));
        let output = host.output(command.args(line.split(' '))).unwrap();
        let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        assert!(output.status.code() == Some(status) && said.contains(words), "{line}: {said}");
    }
    assert!(server.stop().status.success());
}

#[test]
fn a_machine_without_a_route() {
    guard::namespace();
    let lonely = Lab::new().unwrap().host("lonely").unwrap();
    for (url, words) in [
        ("tcp://10.0.2.1:1", "no-route: connect: network is unreachable"),
        ("tcp://[fd00:2::1]:1", "no-route: connect: network is unreachable"),
        ("icmp://10.0.2.1", "no-route: first byte: network is unreachable"),
    ] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_netdiag"));
        let output = lonely.output(command.args(["probe", url])).unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.code() == Some(1) && said.contains(words), "{url}: {said}");
    }
}
