//! `ss -E`: the end of a socket is told as it happens, and the watch ends when it is told to or nobody listens.

use std::fs::{self, File};
use std::net::UdpSocket;
use std::process::{Child, ExitStatus, Stdio};
use std::time::Duration;

use netdiag_lab::{Host, Lab, until};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::{formats, guard, nobody};

/// Starts an ordinary user's watch in a host, and waits until it has subscribed.
fn watch(host: &Host, words: &[&str], output: impl Into<Stdio>) -> Watch {
    let mut command = nobody::netdiag();
    command.args(["ss", "-E"]).args(words).stdout(output);
    let others = subscriptions(host);
    let child = Watch(host.spawn(&mut command).unwrap());
    until("the program has subscribed", PATIENCE, || (subscriptions(host) > others).then_some(())).unwrap();
    child
}

/// How many sockets of `NETLINK_SOCK_DIAG` in a host are in a group.
fn subscriptions(host: &Host) -> usize {
    let sockets = host.run(|| fs::read_to_string("/proc/thread-self/net/netlink")).unwrap();
    sockets.lines().filter(|line| is_subscription(line)).count()
}

/// Whether a line of `/proc/net/netlink` is about such a socket.
fn is_subscription(line: &str) -> bool {
    let columns: Vec<&str> = line.split_whitespace().collect();
    columns.get(1) == Some(&"4") && columns.get(3).is_some_and(|&groups| groups != "00000000")
}

/// A running program, which does not outlive its test.
struct Watch(Child);

impl Watch {
    fn end(&mut self) -> ExitStatus {
        until("the program ends", PATIENCE, || self.0.try_wait().unwrap()).unwrap()
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        // Usually it has ended.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn an_end_is_told_as_it_happens_and_ctrl_c_is_success() {
    guard::namespace();
    let host = Lab::new().unwrap().host("host").unwrap();
    let file = tempfile::NamedTempFile::new().unwrap();
    let mut watch = watch(&host, &["-unHQ"], File::create(file.path()).unwrap());
    for port in ["7001", "7002"] {
        drop(host.run(|| UdpSocket::bind(format!("127.0.0.1:{port}"))).unwrap());
        let expected = format!("127.0.0.1:{port}");
        until("the end is told", PATIENCE, || {
            fs::read_to_string(file.path()).unwrap().contains(&expected).then_some(())
        })
        .unwrap();
    }
    kill(Pid::from_raw(watch.0.id().cast_signed()), Signal::SIGINT).unwrap();
    assert!(watch.end().success());
    let told = fs::read_to_string(file.path()).unwrap();
    assert_eq!(told, "127.0.0.1:7001 0.0.0.0:*\n127.0.0.1:7002 0.0.0.0:*\n");
}

#[test]
fn every_format_tells_an_end_at_once_and_its_own_at_the_end() {
    guard::namespace();
    let host = Lab::new().unwrap().host("host").unwrap();
    for format in ["table", "json", "jsonl"] {
        let file = tempfile::NamedTempFile::new().unwrap();
        let text = || fs::read_to_string(file.path()).unwrap();
        let mut watch = watch(&host, &["-un", "--format", format], File::create(file.path()).unwrap());
        for port in ["7001", "7002"] {
            drop(host.run(|| UdpSocket::bind(format!("127.0.0.1:{port}"))).unwrap());
            until("the end is told", PATIENCE, || text().contains(port).then_some(())).unwrap();
        }
        kill(Pid::from_raw(watch.0.id().cast_signed()), Signal::SIGINT).unwrap();
        assert!(watch.end().success());
        let text = text();
        if format == "table" {
            let rows: Vec<_> = text.lines().filter(|line| !line.starts_with("Recv-Q")).collect();
            // No table of nothing comes last.
            assert!(rows.len() == 2 && text.lines().last() == Some(rows[1]), "{text}");
            continue;
        }
        let (sockets, end) = formats::listed(format, &text);
        let ports: Vec<_> = sockets.iter().map(|socket| socket["local"]["port"].as_u64().unwrap()).collect();
        assert_eq!(
            (&ports[..], &end["count"], &end["complete"]),
            (&[7001, 7002][..], &2.into(), &true.into())
        );
        assert!(sockets.iter().all(|socket| socket.get("inode").is_none()), "an event has lost it: {text}");
    }
}

#[test]
fn a_watch_nobody_reads_ends_without_waiting_for_an_event() {
    guard::namespace();
    let host = Lab::new().unwrap().host("host").unwrap();
    let mut watch = watch(&host, &["-t"], Stdio::piped());
    drop(watch.0.stdout.take());
    assert!(watch.end().success());
}

#[test]
fn states_asked_for_by_name_count() {
    guard::namespace();
    let host = Lab::new().unwrap().host("host").unwrap();
    let file = tempfile::NamedTempFile::new().unwrap();
    let words = ["-unHQ", "state", "established", "state", "time-wait"];
    let mut narrow = watch(&host, &words, File::create(file.path()).unwrap());
    let all = tempfile::NamedTempFile::new().unwrap();
    let _all = watch(&host, &["-unHQ"], File::create(all.path()).unwrap());
    drop(host.run(|| UdpSocket::bind("127.0.0.1:7001")).unwrap());
    until("the end is told", PATIENCE, || (fs::metadata(all.path()).unwrap().len() > 0).then_some(()))
        .unwrap();
    kill(Pid::from_raw(narrow.0.id().cast_signed()), Signal::SIGINT).unwrap();
    assert!(narrow.end().success());
    assert_eq!(fs::read_to_string(file.path()).unwrap(), "");
}

const PATIENCE: Duration = Duration::from_secs(120);
