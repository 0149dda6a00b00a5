//! Unix sockets and their other ends: names, processes, and filters by name.
//!
//! The kernel tells the other end by its inode only; what is shown beyond that is looked up.

use std::fs;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram, UnixListener, UnixStream};
use std::process::Command;

use netdiag_lab::{Host, Lab};
use serde_json::Value;
use tempfile::TempDir;

use crate::{formats, guard};

/// A host with connections to two listeners, by path and by abstract name, and a pair without names.
struct Scene {
    host: Host,
    paths: TempDir,
    _streams: Vec<UnixStream>,
    _listeners: [UnixListener; 2],
    _pair: (UnixDatagram, UnixDatagram),
}

impl Scene {
    fn new() -> Self {
        let host = Lab::new().unwrap().host("host").unwrap();
        let paths = tempfile::tempdir().unwrap();
        let addresses = [
            SocketAddr::from_pathname(paths.path().join("server")).unwrap(),
            SocketAddr::from_abstract_name("netdiag-peer").unwrap(),
        ];
        let listeners = addresses.each_ref().map(|at| host.run(|| UnixListener::bind_addr(at)).unwrap());
        let streams = addresses.iter().zip(&listeners).flat_map(|(at, listener)| {
            let client = host.run(|| UnixStream::connect_addr(at)).unwrap();
            [client, listener.accept().unwrap().0]
        });
        let pair = host.run(UnixDatagram::pair).unwrap();
        Self { _streams: streams.collect(), host, paths, _listeners: listeners, _pair: pair }
    }

    fn server(&self) -> String {
        self.paths.path().join("server").to_str().unwrap().to_owned()
    }

    /// What is listed, without the listing program's own troubles.
    #[track_caller]
    fn listed(&self, words: &[&str]) -> String {
        let mut command = Command::new(env!("CARGO_BIN_EXE_netdiag"));
        command.arg("ss").args(words).env_remove("PROC_ROOT").env_remove("COLUMNS");
        let output = self.host.output(&mut command).unwrap();
        assert!(output.status.success() && output.stderr.is_empty(), "{words:?} {output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    fn sockets(&self, words: &[&str]) -> Vec<Value> {
        let text = self.listed(&[&["--format", "json"], words].concat());
        let (sockets, end) = formats::listed("json", &text);
        // The sockets are all there; a process may keep its files from whoever runs this.
        let notices = end["notices"].as_array().unwrap();
        assert!(notices.iter().all(|notice| notice["kind"] == "unknown-owners"), "{text}");
        assert_eq!(end["complete"], notices.is_empty(), "{text}");
        sockets
    }
}

#[test]
fn a_filter_finds_who_is_connected_to_a_name() {
    guard::namespace();
    let scene = Scene::new();
    let path = scene.server();
    let count = |words: &[&str]| scene.listed(&[&["-xanH"], words].concat()).lines().count();
    let all = count(&[]);
    assert_eq!(all, 8);
    #[rustfmt::skip]
    let cases = [
        (format!("dst unix:{path}"),                                        1),
        ("dst unix:*/SERVER".to_owned(),                                    1),
        ("dst unix:@netdiag-p*".to_owned(),                                 1),
        (format!("dst unix:{path} or dst unix:@netdiag-peer"),              2),
        (format!("not dst unix:{path}"),                                    all - 1),
        // Its own name is on the listener and on what it accepted.
        (format!("src unix:{path}"),                                        2),
        (format!("src unix:{path} and dst unix:{path}"),                    0),
        ("dst unix:*nobody*".to_owned(),                                    0),
    ];
    for (filter, expected) in cases {
        assert_eq!(count(&[&filter]), expected, "{filter}");
    }
    // Rows look the same as without the filter: the other end is an inode.
    let rows = |words: &[&str]| -> Vec<Vec<String>> {
        let text = scene.listed(words);
        text.lines().map(|row| row.split_whitespace().map(str::to_owned).collect()).collect()
    };
    let found = rows(&["-xanHe", &format!("dst unix:{path}")]);
    assert!(rows(&["-xanHe"]).contains(&found[0]) && found[0][6] == "*", "{found:?}");
}

/// The path or the abstract name of an end, if it has one.
fn name(end: &Value) -> Option<&Value> {
    end.get("path").or_else(|| end.get("abstract"))
}

#[test]
fn json_says_who_is_at_the_other_end() {
    guard::namespace();
    let scene = Scene::new();
    let words = ["-xan", "state", "connected"];
    let plain = scene.sockets(&words);
    let nameless = plain.iter().filter(|socket| name(&socket["peer"]).is_none()).count();
    assert!(nameless > 0 && nameless == plain.len(), "{plain:?}");

    let extended = scene.sockets(&[&["-ep"], &words[..]].concat());
    let by_inode = |inode: &Value| extended.iter().find(|socket| socket["inode"] == *inode).unwrap();
    for socket in &extended {
        let peer = by_inode(&socket["peer"]["inode"]);
        assert_eq!(peer["peer"]["inode"], socket["inode"]);
        assert_eq!(name(&socket["peer"]), peer.get("local").and_then(name), "{socket}");
        assert_eq!(socket["peer"]["processes"], peer["processes"]);
        assert_eq!(socket["peer"]["processes"][0]["pid"], std::process::id());
    }
    let named: Vec<_> = extended.iter().filter_map(|socket| name(&socket["peer"])).collect();
    assert!(named.iter().any(|name| name.as_str() == Some(scene.server().as_str())), "{named:?}");
    assert!(named.iter().any(|name| *name == "netdiag-peer"), "{named:?}");
    assert_eq!((named.len(), extended.len()), (2, 6));
}

#[test]
fn json_says_whether_a_path_still_leads_to_the_socket() {
    guard::namespace();
    let scene = Scene::new();
    let reachable = |words: &[&str]| {
        let filter = format!("src unix:{}", scene.server());
        let words = [words, &["-xl", &filter]].concat();
        scene.sockets(&words)[0]["bound_file"].get("reachable").and_then(Value::as_bool)
    };
    // Nobody knows on some file systems.
    assert_ne!(reachable(&["-e"]), Some(false));
    assert_eq!(reachable(&[]), None);
    fs::remove_file(scene.server()).unwrap();
    assert_eq!(reachable(&["-e"]), Some(false));
}
