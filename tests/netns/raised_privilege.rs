//! An installed program with set-user-id, set-group-id or file capabilities does for its caller what the caller could do, and
//! opens ICMP sockets for `ping`.
//!
//! What is tried is tried by the ordinary program as well: whatever it cannot do, in whatever words, the installed one cannot.

use std::fs::{self, File, Permissions};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::process::{Command, Output, Stdio};

use netdiag_lab::{Host, Lab, until};
use nix::sys::signal::Signal;
use tempfile::TempDir;

use crate::guard;
use crate::installed::Capability::{DacOverride, NetAdmin, NetRaw, SysAdmin};
use crate::installed::Installed;
use crate::nobody::{self, NOBODY};
use crate::ping_run::run;
use crate::ping_running::{PATIENCE, Running};

/// A way to install it, for messages, and the copy.
type Way = (&'static str, Installed);

fn ways() -> [Way; 5] {
    [
        ("set-user-id", Installed::with_mode(0o4000)),
        ("set-group-id", Installed::with_mode(0o2000)),
        ("set-user-id and set-group-id", Installed::with_mode(0o6000)),
        ("permitted", Installed::with_capabilities(&[NetRaw, NetAdmin, DacOverride], false)),
        ("in effect", Installed::with_capabilities(&[NetRaw, NetAdmin, DacOverride, SysAdmin], true)),
    ]
}

/// What an ordinary user can and cannot reach.
struct Scene {
    host: Host,
    listener: TcpListener,
    port: u16,
    /// Holds `closed`, which is root's, `open`, which is everybody's, and `readable`, a file of root's that all may read.
    directory: TempDir,
}

impl Scene {
    fn new() -> Self {
        let host = Lab::new().unwrap().host("host").unwrap();
        let listener = host.run(|| TcpListener::bind("127.0.0.1:0")).unwrap();
        let port = listener.local_addr().unwrap().port();
        let directory = tempfile::tempdir().unwrap();
        let scene = Self { host, listener, port, directory };
        let at = |name: &str| scene.directory.path().join(name);
        fs::set_permissions(scene.directory.path(), Permissions::from_mode(0o755)).unwrap();
        for (name, mode) in [("closed", 0o700), ("open", 0o777)] {
            fs::create_dir(at(name)).unwrap();
            fs::set_permissions(at(name), Permissions::from_mode(mode)).unwrap();
        }
        // As a check file, a filter, a recording or certificates it would be quoted in a complaint.
        fs::write(at("closed/secret"), SECRET).unwrap();
        fs::write(at("readable"), SECRET).unwrap();
        let tell = "version = 1\n[[check]]\nkind = 'exec'\ncmd = ['sh', '-c', 'cat /proc/self/status > $OPEN/told']\n";
        fs::write(at("exec.toml"), tell.replace("$OPEN", at("open").to_str().unwrap())).unwrap();
        scene
    }

    /// The words of a line, its names replaced by what they stand for here.
    fn words(&self, line: &str) -> Vec<String> {
        let directory = self.directory.path().to_str().unwrap();
        let fill = |word: &str| {
            word.replace("PORT", &self.port.to_string())
                .replace("PID", &std::process::id().to_string())
                .replace("DIR", directory)
        };
        line.split(' ').map(fill).collect()
    }

    /// Runs it with the readable file as standard input.
    fn run(&self, program: &mut Command, line: &str) -> Output {
        let input = File::open(self.directory.path().join("readable")).unwrap();
        program.args(self.words(line)).stdin(input).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = self.host.spawn(program).unwrap();
        if let Err(late) = until(line, PATIENCE, || child.try_wait().unwrap()) {
            child.kill().unwrap();
            panic!("{late}: {:?}", child.wait_with_output());
        }
        child.wait_with_output().unwrap()
    }

    fn is_as_it_was(&self) {
        let at = |name: &str| self.directory.path().join(name);
        let names: Vec<_> =
            fs::read_dir(at("closed")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(names, ["secret"]);
        for name in ["closed/secret", "readable"] {
            assert_eq!(fs::read_to_string(at(name)).unwrap(), SECRET, "{name}");
            assert_eq!(fs::metadata(at(name)).unwrap().uid(), 0, "{name}");
        }
        for entry in fs::read_dir(at("open")).unwrap() {
            let entry = entry.unwrap();
            let made = entry.metadata().unwrap();
            assert_eq!((made.uid(), made.gid()), (NOBODY, NOBODY), "{:?}", entry.file_name());
        }
    }

    /// What a command told of its own process, if one ran.
    fn told(&self) -> Option<String> {
        let path = self.directory.path().join("open/told");
        let told = fs::read_to_string(&path).ok();
        fs::remove_file(&path).ok();
        told
    }
}

const SECRET: &str = "sesame = opened by no ordinary user\n";

/// What an ordinary user cannot do. DIR, PORT and PID are the scene's.
const REFUSED: &[&str] = &[
    "check DIR/closed/secret",
    "check --list DIR/closed/secret",
    "check -o json=DIR/closed/report listen:PORT",
    "check -o junit=DIR/readable listen:PORT",
    "check --netns /proc/PID/ns/net listen:PORT",
    "probe --ca DIR/closed/secret tls://127.0.0.1:PORT",
    "probe --netns /proc/PID/ns/net tcp://127.0.0.1:PORT",
    "probe icmp://127.0.0.1",
    "connect -l 127.0.0.1 80",
    "connect --netns /proc/PID/ns/net -z 127.0.0.1 PORT",
    "serve echo 127.0.0.1:80",
    "serve echo 127.0.0.1:0 --port-file DIR/closed/port",
    "serve echo 127.0.0.1:0 --port-file DIR/readable",
    "serve echo 127.0.0.1:0 --ready-fd 0",
    "serve echo unix:DIR/closed/socket",
    "serve echo 127.0.0.1:0 --cert DIR/closed/secret --key DIR/closed/secret",
    "serve echo 127.0.0.1:0 --netns /proc/PID/ns/net",
    "wait --netns /proc/PID/ns/net -w 2s PORT",
    "ss -F DIR/closed/secret",
    "ss -tanD DIR/closed/dump",
    "ss -tanD DIR/readable",
    "ss -tnK --yes",
    "ss -N /proc/PID/ns/net",
    "ss -tan sport = :PORT and fwmark = 0",
    "ping -c 1 --netns /proc/PID/ns/net 127.0.0.1",
];

#[test]
fn what_a_user_may_not_do_no_installed_copy_does() {
    guard::namespace();
    let scene = Scene::new();
    let _near = scene.host.run(|| TcpStream::connect(("127.0.0.1", scene.port))).unwrap();
    let (far, _) = scene.listener.accept().unwrap();
    far.set_nonblocking(true).unwrap();
    let ways = ways();
    for line in REFUSED {
        let ordinary = scene.run(nobody::netdiag().env_clear().env("LC_ALL", "C"), line);
        assert!(!ordinary.status.success(), "{line}: {ordinary:?}");
        for (way, installed) in &ways {
            let output = scene.run(&mut installed.called("netdiag"), line);
            let seen = |output: &Output| (output.status, String::from_utf8(output.stderr.clone()).unwrap());
            assert_eq!(seen(&output), seen(&ordinary), "{way}: {line}");
            assert!(!String::from_utf8_lossy(&output.stdout).contains("sesame"), "{way}: {line}: {output:?}");
            scene.is_as_it_was();
        }
    }
    assert_eq!(far.peek(&mut [0]).unwrap_err().kind(), std::io::ErrorKind::WouldBlock);
}

/// What an ordinary user can do, and how the program is called for it; a command that is run tells of its process.
const TOLD: &[(&str, &str)] = &[
    ("netdiag", "check DIR/exec.toml"),
    ("netdiag", "wait -w 20s PORT -- cp /proc/self/status DIR/open/told"),
    ("wait", "wait -w 20s PORT -- cp /proc/self/status DIR/open/told"),
    ("-", "wait -w 20s PORT -- cp /proc/self/status DIR/open/told"),
];

#[test]
fn commands_run_as_the_caller() {
    guard::namespace();
    let scene = Scene::new();
    for (way, installed) in ways() {
        for (name, line) in TOLD {
            let output = scene.run(&mut installed.called(name), line);
            assert!(output.status.success(), "{way}: {line}: {output:?}");
            scene.is_as_it_was();
            let told = scene.told().unwrap();
            is_nobodys(way, &|name| status(&told, name));
        }
    }
}

#[test]
fn the_name_of_a_tool_that_keeps_something_runs_no_other_tool() {
    guard::namespace();
    let scene = Scene::new();
    for (way, installed) in ways() {
        for name in ["ping", "ping6", "/usr/bin/ping", "ping/"] {
            for line in TOLD.iter().map(|(_, line)| *line).chain(["ping check DIR/exec.toml"]) {
                let output = scene.run(&mut installed.called(name), line);
                assert!(!output.status.success(), "{way}: {name}: {line}: {output:?}");
                assert_eq!(scene.told(), None, "{way}: {name}: {line}");
            }
        }
    }
}

#[test]
fn a_run_has_nothing_left_that_is_not_its_callers() {
    guard::namespace();
    let scene = Scene::new();
    for (way, installed) in ways() {
        let raw_sockets = way != "set-group-id";
        for line in ["serve echo 127.0.0.1:0", "ping -i 0.1 127.0.0.1"] {
            if line.starts_with("ping") && !raw_sockets {
                continue;
            }
            let running = Running::start(&scene.host, installed.called("netdiag").args(line.split(' ')));
            running.says("127.0.0.1");
            if line.starts_with("ping") {
                running.says("icmp_seq=1 ");
            }
            is_nobodys(way, &|name| running.status(name));
            running.signal(Signal::SIGINT);
            assert_eq!(running.finish().end, "exit status: 0", "{way}: {line}");
        }
    }
}

#[test]
fn ping_is_what_it_is_installed_for() {
    guard::namespace();
    let scene = Scene::new();
    for (way, installed) in ways().into_iter().filter(|(way, _)| *way != "set-group-id") {
        for words in ["-c 1 127.0.0.1", "-c 1 ::1", "-c 1 -I lo 127.0.0.1"] {
            let run = run(&scene.host, installed.called("ping").args(words.split(' ')));
            assert_eq!(run.counts(), "1 packets transmitted, 1 received, 0% packet loss", "{way}: {run}");
        }
        let routed = run(&scene.host, installed.called("ping").args(["-c", "1", "127.0.0.2", "127.0.0.1"]));
        let refused = "ping: record route: Operation not permitted\n";
        assert_eq!((routed.stderr.as_str(), routed.end.as_str()), (refused, "exit status: 2"), "{way}");
        // It does not make a user root.
        let run = run(&scene.host, installed.called("ping").args(["-f", "-c", "1", "127.0.0.1"]));
        assert!(run.stderr.starts_with("ping: cannot flood"), "{way}: {run}");
    }
}

#[test]
fn another_users_copy_makes_nobody_that_user() {
    guard::namespace();
    let scene = Scene::new();
    let installed = Installed::of_user(1000);
    // Root as well stays who he is: what is his alone goes on being readable to him.
    let output = scene.run(installed.called("netdiag").uid(0).gid(0), "check DIR/closed/secret");
    assert!(String::from_utf8_lossy(&output.stderr).contains("sesame"), "{output:?}");
    let output = scene.run(&mut installed.called("netdiag"), TOLD[0].1);
    assert!(output.status.success(), "{output:?}");
    let told = scene.told().unwrap();
    is_nobodys("set-user-id of another", &|name| status(&told, name));
}

/// All users and groups of a process are nobody, and it has no capability.
fn is_nobodys(way: &str, status: &dyn Fn(&str) -> String) {
    let four = [NOBODY; 4].map(|id| id.to_string()).join("\t");
    assert_eq!((status("Uid"), status("Gid")), (four.clone(), four), "{way}");
    for set in ["CapInh", "CapPrm", "CapEff", "CapAmb"] {
        assert_eq!(status(set), "0000000000000000", "{way}: {set}");
    }
}

/// What the text of a `/proc/PID/status` says under a name.
fn status(text: &str, name: &str) -> String {
    let value = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(":\t"));
    value.unwrap_or_else(|| panic!("no {name} in {text:?}")).to_owned()
}
