//! `netdiag ping --find-mtu` on paths whose MTU is known: what is found is what the wire takes.

use netdiag_lab::{Lab, Mtu, Path, Pick, Plan};

use crate::guard;
use crate::ping_run::{Program, Run, run};

/// A path whose wire takes packets of so many bytes there, and says so or not.
fn path(mtu: Option<Mtu>, loss: Pick) -> Path {
    let plan = Plan { mtu, loss, seed: 7, ..Plan::default() };
    Path::new(&Lab::new().unwrap(), plan, Plan::default()).unwrap()
}

fn answered(mtu: usize) -> Option<Mtu> {
    Some(Mtu::Answered { mtu, v4: [10, 0, 2, 9].into(), v6: "fd00:2::9".parse().unwrap() })
}

fn find(path: &Path, words: &str, server: &str) -> Run {
    run(&path.client, &mut Program::Netdiag.command(&format!("--find-mtu {words} {server}")))
}

/// On datagram sockets and on raw ones, over both IP versions.
fn each(path: &Path, words: &str, mut check: impl FnMut(&Run, &str)) {
    for range in ["0 0", "1 0"] {
        path.client.sysctl("net.ipv4.ping_group_range", range).unwrap();
        for server in Path::SERVERS {
            check(&find(path, words, server), server);
        }
    }
}

#[test]
fn what_a_router_takes_is_found_and_who_says_so() {
    guard::namespace();
    for mtu in [1400, 1280] {
        let path = path(answered(mtu), Pick::Never);
        each(&path, "-q", |run, server| {
            let router = if server.contains(':') { "fd00:2::9" } else { "10.0.2.9" };
            let expected = format!(
                "path MTU: {mtu} bytes\nlimit: {router}, which says that it takes {mtu} bytes\n\
                 taken for it by the kernel: {mtu} bytes\n"
            );
            assert_eq!(run.stdout.split_once('\n').unwrap().1, expected, "{run}");
            assert_eq!((run.stderr.as_str(), run.end.as_str()), ("", "exit status: 0"), "{run}");
        });
    }
}

#[test]
fn without_anything_in_the_way_it_is_the_interfaces() {
    guard::namespace();
    let path = path(None, Pick::Never);
    each(&path, "", |run, _| {
        assert!(run.stdout.contains("\n1500 bytes: answered in "), "{run}");
        let end =
            "path MTU: 1500 bytes\nlimit: this host's interface\ntaken for it by the kernel: 1500 bytes\n";
        assert!(run.stdout.ends_with(end) && run.end == "exit status: 0", "{run}");
    });
    let here = find(&path, "-q", "127.0.0.1").stdout;
    assert_eq!(here.lines().nth(1), Some("path MTU: 65535 bytes"), "{here}");
}

#[test]
fn a_black_hole_is_told_and_that_the_kernel_does_not_know_of_it() {
    guard::namespace();
    for (mtu, loss) in [(1400, Pick::Never), (1300, Pick::Chance(0.1))] {
        let path = path(Some(Mtu::Blackhole(mtu)), loss);
        for server in Path::SERVERS {
            let found = find(&path, "", server);
            let expected = format!(
                "\npath MTU: {mtu} bytes\nlimit: a black hole: packets of {} bytes and more vanish without an error\n\
                 taken for it by the kernel: 1500 bytes\n",
                mtu + 1
            );
            assert!(found.stdout.contains(&expected) && found.end == "exit status: 0", "{found}");
        }
    }
}

#[test]
fn where_nobody_answers_none_is_found() {
    guard::namespace();
    let path = path(None, Pick::Chance(1.0));
    let run = find(&path, "--timeout 100ms", Path::SERVER_V4);
    assert!(
        run.stdout.ends_with("path MTU: not found: no answer\ntaken for it by the kernel: 1500 bytes\n"),
        "{run}"
    );
    assert_eq!(run.end, "exit status: 1", "{run}");
    let cut = find(&path, "--timeout 100s --deadline 100ms", Path::SERVER_V4);
    assert_eq!(cut.end, "exit status: 1", "{cut}");
}

#[test]
fn json_has_all_of_it() {
    guard::namespace();
    let path = path(answered(1400), Pick::Never);
    let document: serde_json::Value =
        serde_json::from_str(&find(&path, "--format json", Path::SERVER_V6).stdout).unwrap();
    let of = |key: &str| document[key].clone();
    assert_eq!(document["schema"], "netdiag.ping-mtu/1");
    assert_eq!((of("path_mtu_bytes"), of("stopped_bytes")), (1400.into(), 1401.into()), "{document:#}");
    assert_eq!((of("interface_mtu_bytes"), of("kernel_mtu_bytes")), (1500.into(), 1400.into()));
    assert_eq!((of("limit"), of("complete")), ("router".into(), true.into()));
    assert_eq!(document["limited_by"]["address"], "fd00:2::9");
    let fates: Vec<_> = document["probes"].as_array().unwrap().iter().map(|probe| &probe["fate"]).collect();
    assert_eq!(fates, ["answered", "too-big", "too-big", "answered", "too-big"], "{document:#}");
    let lines = find(&path, "--format jsonl", Path::SERVER_V4).stdout;
    assert!(lines.lines().all(|line| line.contains("\"time\":\"")), "{lines}");
    assert_eq!(lines.lines().count(), 7, "{lines}");
}
