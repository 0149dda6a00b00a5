//! The same command lines through an installed program that walks a path and through ours under its name, on one scripted path.
//!
//! Times are left out of what is compared. On a busy machine an answer may come too late or in another order, so a difference
//! counts only if it is there every time.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use netdiag_lab::{HopManner, Lab, NarrowLink, Oversize, ScriptedHop, ScriptedPath};

use crate::ping_run::{Run, run};

/// A path, and the command lines for it.
pub(crate) type Case = (fn() -> (Vec<ScriptedHop>, HopManner), &'static [&'static str]);

/// Compares every line of every case.
pub(crate) fn compare_all(program: &'static str, cases: &[Case], redacted: fn(&str) -> String) {
    assert!(Command::new(program).arg("-V").output().is_ok(), "there is no `{program}` to compare with");
    let directory = tempfile::tempdir().unwrap();
    let hosts = directory.path().join("hosts");
    fs::write(&hosts, HOSTS).unwrap();
    let mut different = Vec::new();
    let mut tried = 0;
    for (path, lines) in cases {
        for words in *lines {
            tried += 1;
            // On a path of its own each, so that the one's probes are nothing to the other.
            let on = |installed: bool| {
                let lab = Lab::new().unwrap();
                let client = lab.host("client").unwrap();
                let (hops, target) = path();
                let _path = ScriptedPath::new(&lab, &client, hops, target).unwrap();
                let client = client.seeing([(PathBuf::from("/etc/hosts"), hosts.clone())]).unwrap();
                let mut command =
                    if installed { self::installed(program, words) } else { linked(program, words) };
                let Run { stdout, stderr, end } = run(&client, &mut command);
                redacted(&format!("{stdout}\n---- stderr\n{stderr}---- {end}\n"))
            };
            let look = |_| {
                let (oracle, ours) = (on(true), on(false));
                (oracle != ours)
                    .then(|| format!("$ {program} {words}\n==== installed\n{oracle}==== ours\n{ours}"))
            };
            let mut looks = (0..LOOKS).map(look);
            different.extend(
                looks.next().flatten().and_then(|first| looks.all(|look| look.is_some()).then_some(first)),
            );
        }
    }
    assert!(different.is_empty(), "{} of {tried} differ:\n{}", different.len(), different.join("\n"));
}

fn installed(program: &str, words: &str) -> Command {
    let mut command = Command::new(program);
    command.args(words.split_whitespace()).env_clear().env("LC_ALL", "C");
    command.envs(std::env::var_os("PATH").map(|path| ("PATH", path)));
    command
}

/// Our program by that name.
pub(crate) fn linked(name: &str, words: &str) -> Command {
    use std::os::unix::process::CommandExt;
    let mut command = Command::new(env!("CARGO_BIN_EXE_netdiag"));
    command.arg0(name).args(words.split_whitespace()).env_clear().env("LC_ALL", "C");
    command
}

/// Routers of most manners, in a row.
pub(crate) fn mixed() -> (Vec<ScriptedHop>, HopManner) {
    let labels = vec![(24001, 0, 1), (16, 3, 254)];
    let interface = Some((7, "eth0".to_owned(), 1500));
    let hops = vec![
        ScriptedHop::default(),
        HopManner::Silent.into(),
        ScriptedHop { labels, ..ScriptedHop::default() },
        HopManner::Alternates.into(),
        ScriptedHop { interface, ..ScriptedHop::default() },
        ScriptedHop { quotes_little: true, ..ScriptedHop::default() },
    ];
    (hops, HopManner::Answers)
}

pub(crate) fn plain() -> (Vec<ScriptedHop>, HopManner) {
    (vec![ScriptedHop::default(); 3], HopManner::Answers)
}

/// A second router that passes nothing on.
pub(crate) fn refusing<const CODE: u8>() -> (Vec<ScriptedHop>, HopManner) {
    let hops = vec![ScriptedHop::default(), HopManner::Refuses(CODE).into(), ScriptedHop::default()];
    (hops, HopManner::Answers)
}

pub(crate) fn narrowing() -> (Vec<ScriptedHop>, HopManner) {
    let hops = vec![
        ScriptedHop::default(),
        NarrowLink::new(1400, Oversize::Told).into(),
        ScriptedHop::default(),
        NarrowLink::new(1280, Oversize::Told).into(),
    ];
    (hops, HopManner::Answers)
}

pub(crate) fn silent_target() -> (Vec<ScriptedHop>, HopManner) {
    (vec![ScriptedHop::default(); 2], HopManner::Silent)
}

/// What addresses are called, and the other way round.
const HOSTS: &str = "127.0.0.1 localhost\n10.99.1.1 gateway.test\n10.99.2.1 second.test\n10.99.99.9 target.test\nfd99:1::1 gateway.test\nfd99:2::1 second.test\n\
     fd99:99::9 target.test six.test\n";
/// How often two runs may differ before they are different.
const LOOKS: u32 = 3;
