//! The file capability `cap_net_raw+p` is all an ordinary user needs, and nothing is left of it once probes are on their way.
//!
//! It is permitted only: the program itself must raise it.

use netdiag_lab::{Host, Lab};
use nix::sys::signal::Signal;

use crate::guard;
use crate::installed::{Capability, Installed};
use crate::ping_run::{Run, run};
use crate::ping_running::Running;

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
