//! What piles up, on a real kernel: full queues in tables, counts for ordinary users, filters by what TCP knows.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Output};

use netdiag_lab::{Host, Lab, until};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::{Value, json};

use crate::server::{PATIENCE, Server};
use crate::{guard, nobody};

/// Runs `netdiag ss` in a host, as an ordinary user if `user` says so.
fn ss(host: &Host, user: bool, words: &[&str]) -> Output {
    let mut command = if user { nobody::netdiag() } else { Command::new(env!("CARGO_BIN_EXE_netdiag")) };
    host.output(command.arg("ss").args(words)).unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// A running program, which does not outlive its test.
struct Watch(Child);

impl Drop for Watch {
    fn drop(&mut self) {
        // Usually it has ended.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A host with a listener, and so many connections to it with both their ends.
fn connected(count: usize) -> (Host, TcpListener, Vec<[TcpStream; 2]>) {
    let host = Lab::new().unwrap().host("host").unwrap();
    let listener = host.run(|| TcpListener::bind("127.0.0.1:7000")).unwrap();
    let connect = |_| {
        let near = host.run(|| TcpStream::connect("127.0.0.1:7000")).unwrap();
        [near, listener.accept().unwrap().0]
    };
    let connections = (0..count).map(connect).collect();
    (host, listener, connections)
}

#[test]
fn a_full_accept_queue_is_named_with_its_holder() {
    guard::namespace();
    let host = Lab::new().unwrap().host("host").unwrap();
    let options = ["--never-accept", "--backlog", "1"];
    let _server = Server::spawn("echo", &["127.0.0.1:7000"], &options, |command| host.spawn(command));
    let connect = || host.run(|| TcpStream::connect("127.0.0.1:7000")).unwrap();
    let table =
        |words: &[&str]| stdout(&ss(&host, false, &[&["-tanp", "--format", "table"], words].concat()));
    let _first = connect();
    assert!(!table(&[]).contains("full"), "one may wait");
    let _second = connect();
    let shown = until("the queue to be full", PATIENCE, || {
        let table = table(&[]);
        table.contains("2 full").then_some(table)
    })
    .unwrap();
    let line =
        shown.lines().find(|line| line.starts_with("accept queue of port 7000 full, netdiag[")).unwrap();
    let (_, command) = line.split_once(": netdiag ss ").unwrap();
    assert!(command.starts_with("-tlnp 'sport = 7000 pid = "), "{line}");
    assert!(table(&["--color", "always"]).contains("\u{1b}["), "it is red, too");
    let closer = command.trim_start_matches("-tlnp ").trim_matches('\'');
    assert_eq!(stdout(&ss(&host, false, &["-tlnpH", closer])).lines().count(), 1, "{line}");
}

#[test]
fn a_pile_of_close_wait_is_summed_below_the_table() {
    guard::namespace();
    let (host, _listener, connections) = connected(12);
    let accepted: Vec<TcpStream> = connections.into_iter().map(|[_near, far]| far).collect();
    let expected = format!("[{}], peer 127.0.0.1: netdiag ss -tnp state close-wait", std::process::id());
    let mut seen = String::new();
    let told = until("the pile", PATIENCE, || {
        seen = stdout(&ss(&host, false, &["-tnp", "--format", "table"]));
        let line = seen.lines().find(|line| line.starts_with("12 CLOSE-WAIT, all "))?;
        line.contains(&expected).then_some(())
    });
    assert!(told.is_ok(), "{seen}");
    let states = stdout(&ss(&host, false, &["-s"]));
    assert!(states.lines().any(|line| line.split_whitespace().take(2).eq(["CLOSE-WAIT", "12"])), "{states}");
    drop(accepted);
}

#[test]
fn ordinary_users_count_what_they_may_see_and_are_told_what_they_may_not() {
    guard::namespace();
    let (host, _listener, _connections) = connected(3);
    let process = ss(&host, true, &["-tanH", "--count-by", "process", "sport = 7000"]);
    assert_eq!(stdout(&process).trim(), "4  ?");
    let words = String::from_utf8(process.stderr).unwrap();
    assert!(words.contains("some owners are not shown: no permission to look into "), "{words}");
    let json = ss(&host, true, &["-tan", "--count-by", "state,process", "--format", "json", "sport = 7000"]);
    let document: Value = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!(document["counted"][0], json!({ "count": 3, "state": "established", "unknown": ["process"] }));
    assert_eq!((&document["complete"], &document["count"]), (&json!(false), &json!(4)));
    // Whose a socket is the kernel tells everybody.
    let user = ss(&host, true, &["-tanH", "--count-by", "user,port", "sport = 7000"]);
    assert_eq!(stdout(&user).trim(), "4  0  7000");
    assert_eq!(String::from_utf8(user.stderr).unwrap(), "");
}

#[test]
fn sockets_are_chosen_closed_and_watched_by_what_tcp_knows() {
    guard::namespace();
    let (host, _listener, mut connections) = connected(2);
    let [near, far] = &mut connections[0];
    near.write_all(b"x").unwrap();
    far.read_exact(&mut [0]).unwrap();
    let count = |filter: &str| stdout(&ss(&host, false, &["-tanH", filter])).lines().count();
    // Listeners have no round trips: they are on neither side.
    assert_eq!((count("rtt < 10s"), count("rtt >= 10s"), count("rtt < 10s or rtt >= 10s")), (4, 0, 4));
    assert_eq!((count("retrans = 0"), count("retrans != 0")), (4, 0));
    assert_eq!((count("idle < 1h"), count("idle >= 1h"), count("not idle < 1h")), (4, 0, 1));
    assert_eq!((count("limited = app"), count("limited != app")), (4, 0));

    let file = tempfile::NamedTempFile::new().unwrap();
    let mut watch = Command::new(env!("CARGO_BIN_EXE_netdiag"));
    watch.args(["ss", "-EtnHQ", "dport = 7000 and rtt < 10s"]).stdout(File::create(file.path()).unwrap());
    let mut watch = Watch(host.spawn(&mut watch).unwrap());
    let subscribed = || host.run(|| fs::read_to_string("/proc/thread-self/net/netlink")).unwrap();
    let ends = connections.pop().unwrap();
    until("the program has subscribed", PATIENCE, || {
        let line = |line: &str| {
            let columns: Vec<&str> = line.split_whitespace().collect();
            columns.get(1) == Some(&"4") && columns.get(3).is_some_and(|&groups| groups != "00000000")
        };
        subscribed().lines().any(line).then_some(())
    })
    .unwrap();
    drop(ends);
    let closed = stdout(&ss(&host, false, &["-tnHQK", "dport = 7000 and idle < 1h and retrans = 0"]));
    assert_eq!(closed.lines().count(), 1, "{closed}");
    // What was cut off has lost all this before its end is told: what ended in order has not.
    let told = until("its end is told", PATIENCE, || {
        (fs::read_to_string(file.path()).unwrap().lines().count() == 1).then_some(())
    });
    assert!(told.is_ok(), "{}", fs::read_to_string(file.path()).unwrap());
    kill(Pid::from_raw(watch.0.id().cast_signed()), Signal::SIGINT).unwrap();
    let status = until("the program ends", PATIENCE, || watch.0.try_wait().unwrap()).unwrap();
    assert!(status.success(), "{status:?}");
}
