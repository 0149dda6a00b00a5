//! Where the output goes, how much of it there is, and who asks.

use std::collections::BTreeSet;
use std::fs::{self, OpenOptions, Permissions};
use std::io::{self, Read};
use std::net::{Ipv4Addr, UdpSocket};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};
use std::time::Duration;

use caps::CapSet;
use netdiag_lab::{Host, Lab, until};
use nix::sys::resource::{Resource, getrlimit, setrlimit};

use super::program::{Run, link, lists, ours, plain, run, words};
use super::scene::Scene;
use crate::guard;
use crate::nobody::{NOBODY, must_be_mapped};

#[test]
fn a_reader_that_leaves_early_is_no_failure() {
    guard::namespace();
    let host = crowd(2000);
    let mut command = link();
    command.args(["-uan"]).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = host.0.spawn(&mut command).unwrap();
    // More than a pipe holds is on its way; it reads ten bytes and leaves.
    let mut pipe = child.stdout.take().unwrap();
    pipe.read_exact(&mut [0; 10]).unwrap();
    drop(pipe);
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), String::from_utf8_lossy(&output.stderr).as_ref()), (Some(0), ""));
}

#[test]
fn a_full_disk_is_a_failure() {
    guard::namespace();
    let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
    let mut command = link();
    command.args(["-tan"]).stdin(Stdio::null()).stdout(full).stderr(Stdio::piped());
    let output = Scene::shared().host().spawn(&mut command).unwrap().wait_with_output().unwrap();
    let words = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{words}");
    assert!(words.starts_with("ss: write error: No space left on device"), "{words}");
}

#[test]
fn of_a_crowd_every_socket_is_listed_once() {
    guard::namespace();
    let (host, sockets) = crowd(5000);
    let expected: BTreeSet<String> = sockets.iter().map(address).collect();
    for (line, local) in [("-uanH", 3), ("-anH4", 4), ("-uanHQ", 1)] {
        let rows = lists(&host, line);
        let listed: BTreeSet<String> = rows.iter().map(|row| row[local].clone()).collect();
        assert_eq!((rows.len(), &listed), (5000, &expected), "ss {line}");
    }
}

/// A host with that many UDP sockets.
fn crowd(count: u16) -> (Host, Vec<UdpSocket>) {
    // The usual soft limit is 1024.
    let (soft, hard) = getrlimit(Resource::RLIMIT_NOFILE).unwrap();
    if soft < 20_000 {
        setrlimit(Resource::RLIMIT_NOFILE, hard.min(20_000), hard).unwrap();
    }
    let host = Lab::new().unwrap().host("crowd").unwrap();
    let bind = |n: u16| {
        let [high, low] = n.to_be_bytes();
        UdpSocket::bind((Ipv4Addr::new(127, 1, high, low), 4000 + n % 7))
    };
    let sockets = host.run(|| (0..count).map(bind).collect::<io::Result<_>>());
    (host, sockets.unwrap())
}

fn address(socket: &UdpSocket) -> String {
    socket.local_addr().unwrap().to_string()
}

#[test]
fn both_names_list_alike() {
    guard::namespace();
    let host = Scene::shared().host();
    for line in ["-tan", "-u -l", "-n state listening -4"] {
        let mut command = plain(Command::new(env!("CARGO_BIN_EXE_netdiag")));
        assert_eq!(run(host, command.arg("ss").args(words(line))), ours(host, line), "netdiag ss {line}");
    }
}

#[test]
fn who_has_no_privilege_sees_the_same() {
    guard::namespace();
    let host = Scene::shared().host();
    for line in ["-tan", "-uan", "-tl", "-an6"] {
        let everything = ours(host, line);
        assert_eq!(powerless(host, line), everything, "ss {line} without capabilities");
        // In a user namespace of one user there is nobody else to be.
        if fs::read_to_string("/proc/self/uid_map").unwrap().trim_end().ends_with("4294967295") {
            assert_eq!(nobody(host, line), everything, "ss {line} as nobody");
        }
    }
}

/// Ours, run by a root that may do nothing an ordinary user may not.
pub(super) fn powerless(host: &Host, line: &str) -> Run {
    let mut command = link();
    command.args(words(line));
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = host.run(|| {
        // Capabilities belong to the thread, which ends here; what it starts has those of the bounding set.
        for set in [CapSet::Bounding, CapSet::Effective, CapSet::Permitted] {
            caps::clear(None, set).unwrap();
        }
        command.spawn().unwrap()
    });
    // What it says fits into the pipes, so it ends without being read.
    until("ss", PATIENCE, || child.try_wait().unwrap()).unwrap();
    Run::new(child.wait_with_output().unwrap())
}

/// Ours, run by the user that owns nothing.
fn nobody(host: &Host, line: &str) -> Run {
    must_be_mapped();
    // The build directory may be closed to others.
    let directory = tempfile::tempdir().unwrap();
    fs::set_permissions(&directory, Permissions::from_mode(0o755)).unwrap();
    let program = directory.path().join("ss");
    // A program this process itself writes could not be run while another thread's child still holds the file.
    assert!(Command::new("cp").arg(env!("CARGO_BIN_EXE_netdiag")).arg(&program).status().unwrap().success());
    run(host, plain(Command::new(program)).args(words(line)).uid(NOBODY).gid(NOBODY))
}

/// Far more than a listing takes.
const PATIENCE: Duration = Duration::from_secs(120);
