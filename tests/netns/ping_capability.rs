//! The file capability `cap_net_raw+p` is all an ordinary user needs, and nothing is left of it once probes are on their way.
//!
//! It is permitted only: the program itself must raise it.

use std::fs;
use std::net::{IpAddr, Ipv4Addr, UdpSocket};

use netdiag_lab::{Host, Lab, until};
use nix::sys::signal::Signal;

use crate::guard;
use crate::installed::{Capability, Installed};
use crate::ping_run::{Program, Run, run};
use crate::ping_running::{PATIENCE, Running};

fn capable() -> Installed {
    Installed::with_capabilities(&[Capability::NetRaw], false)
}

fn ping(program: &Installed, host: &Host, words: &str) -> Run {
    run(host, program.called("ping").args(words.split_whitespace()))
}

#[test]
fn the_file_capability_is_enough() {
    guard::namespace();
    let host = Lab::new().unwrap().host("host").unwrap();
    let capable = capable();
    for words in
        ["-c 1 127.0.0.1", "-c 1 ::1", "-c 1 -m 5 127.0.0.1", "-c 1 -I lo 127.0.0.1", "-c 1 -e 0 ::1"]
    {
        let run = ping(&capable, &host, words);
        assert_eq!(run.counts(), "1 packets transmitted, 1 received, 0% packet loss", "{words}: {run}");
        assert_eq!((run.stderr.as_str(), run.end.as_str()), ("", "exit status: 0"), "{words}");
    }
    // It does not make a user root.
    let run = ping(&capable, &host, "-f -c 1 127.0.0.1");
    assert!(run.stderr.starts_with("ping: cannot flood"), "{run}");
}

#[test]
fn no_capability_outlives_the_start() {
    guard::namespace();
    let host = Lab::new().unwrap().host("host").unwrap();
    let running = Running::start(&host, capable().called("ping").args(["-i", "0.1", "127.0.0.1"]));
    running.says("icmp_seq=1 ");
    for set in ["CapInh", "CapPrm", "CapEff", "CapAmb"] {
        assert_eq!(running.status(set), "0000000000000000", "{set}");
    }
    assert_eq!(running.status("NoNewPrivs"), "1");
    running.signal(Signal::SIGINT);
    assert_eq!(running.finish().end, "exit status: 0");
}

/// Where the name servers of this machine would be, in a host that has none of them.
fn name_servers(host: &Host) -> Vec<UdpSocket> {
    let configured = fs::read_to_string("/etc/resolv.conf").unwrap_or_default();
    let words = configured.lines().filter_map(|line| line.strip_prefix("nameserver")?.trim().parse().ok());
    let mut servers: Vec<IpAddr> = words.collect();
    if servers.is_empty() {
        servers.push(Ipv4Addr::LOCALHOST.into());
    }
    let socket = |server: IpAddr| {
        if !server.is_loopback() {
            host.address("lo", &format!("{server}/{}", if server.is_ipv4() { 32 } else { 128 })).unwrap();
        }
        let socket = host.run(|| UdpSocket::bind((server, 53)).unwrap());
        socket.set_nonblocking(true).unwrap();
        socket
    };
    servers.into_iter().map(socket).collect()
}

#[test]
fn names_are_looked_up_without_a_capability_in_effect() {
    use Capability::{NetAdmin, NetRaw};
    guard::namespace();
    let host = Lab::new().unwrap().host("host").unwrap();
    let servers = name_servers(&host);
    let installed = [
        Installed::with_capabilities(&[NetRaw], false),
        Installed::with_capabilities(&[NetRaw, NetAdmin], true),
        Installed::with_mode(0o4000),
    ];
    let root = Program::Linked("ping").command("");
    for (number, mut way) in (0..).zip(installed.iter().map(|it| it.called("ping")).chain([root])) {
        let label = format!("slow{number}");
        let running = Running::start(&host, way.args(["-c", "1", &format!("{label}.test")]));
        // The question has come, and for its answer it waits.
        until("the name to be asked for", PATIENCE, || {
            let mut question = [0; 512];
            let came = servers.iter().find_map(|server| server.recv(&mut question).ok())?;
            question[..came].windows(label.len()).any(|bytes| bytes == label.as_bytes()).then_some(())
        })
        .unwrap();
        assert_eq!(running.status("CapEff"), "0000000000000000", "{way:?}");
        assert_ne!(running.status("CapPrm"), "0000000000000000", "{way:?}");
    }
}
