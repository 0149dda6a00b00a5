//! The project's own CI uses `netdiag check`: tests/data/self.toml is run as anybody would run theirs.
//!
//! That it passes says something only because it fails when a server is gone.

use std::collections::BTreeSet;
use std::process::Output;

use netdiag_lab::Hop;

use super::scene::Scene;
use super::{netdiag, results};
use crate::guard;
use crate::server::Server;

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/data/self.toml");
const REFERENCE: &str = include_str!("../../../docs/check.md");

#[test]
fn our_own_check_file_holds() {
    guard::namespace();
    let mut scene = Scene::new();
    scene.dnsmasq();
    scene.nginx();
    scene.client.route("198.51.100.0/24", Hop::Prohibit).unwrap();
    let local = format!("unix:{}", scene.named("local.sock"));
    let _local =
        Server::spawn("echo", &["127.0.0.1:7000", &local], &["-q"], |command| scene.client.spawn(command));
    scene.serve("echo", &["10.0.2.1:7", "udp://10.0.2.1:7"], &[]);
    let output = run(&scene, "text");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));

    let checks = results(&run(&scene, "json"));
    let kinds: BTreeSet<&str> = checks.iter().map(|check| check["kind"].as_str().unwrap()).collect();
    let (_, known) = REFERENCE.split_once("\n## Kinds\n").unwrap();
    assert_eq!(
        kinds,
        known.lines().filter_map(|line| line.strip_prefix("### ")).collect(),
        "every kind is used"
    );
    let tracks = std::path::Path::new("/proc/sys/net/netfilter/nf_conntrack_count").exists();
    for check in &checks {
        let measured = tracks || check["kind"] != "conntrack";
        assert_eq!(check["verdict"], if measured { "pass" } else { "skip" }, "{check:#}");
    }

    scene.stop_serving();
    let output = run(&scene, "json");
    let failed: Vec<_> = results(&output)
        .into_iter()
        .filter(|check| check["verdict"] != "pass" && check["verdict"] != "skip")
        .map(|check| check["name"].clone())
        .collect();
    assert_eq!((output.status.code(), failed), (Some(1), vec!["echo".into(), "datagrams".into()]));
}

fn run(scene: &Scene, format: &str) -> Output {
    let program = format!("netdiag={}", env!("CARGO_BIN_EXE_netdiag"));
    let files = format!("files={}", scene.files.path().display());
    let mut command = netdiag();
    command.args(["check", FILE, "--var", &program, "--var", &files, "-o", format]);
    scene.client.output(&mut command).unwrap()
}
