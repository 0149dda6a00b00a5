//! Many probes in one run, and many runs at once: what is 16 bits wide on the wire runs out and is shared.

use netdiag_lab::{Lab, Path, Plan};

use crate::guard;
use crate::ping_run::{Program, ping};
use crate::ping_running::Running;

#[test]
fn the_number_on_the_wire_wraps_and_nothing_else_changes() {
    guard::namespace();
    let host = Lab::new().unwrap().host("host").unwrap();
    for (target, datagram) in [("127.0.0.1", "1 0"), ("::1", "0 0")] {
        host.sysctl("net.ipv4.ping_group_range", datagram).unwrap();
        let run = ping(&host, &format!("-c 70000 -i 0 {target}"));
        assert_eq!(run.counts(), "70000 packets transmitted, 70000 received, 0% packet loss", "{target}");
        let replies = run.replies();
        assert!(replies.iter().map(|reply| reply.seq).eq((1..=70_000).map(|seq| seq % 65_536)), "{target}");
        assert!(replies.iter().all(|reply| !reply.duplicate && reply.millis < 10_000.0), "{target}");
        assert_eq!((run.stderr.as_str(), run.end.as_str()), ("", "exit status: 0"));
    }
}

#[test]
fn runs_that_share_an_identifier_keep_their_replies_apart() {
    guard::namespace();
    let delay = std::time::Duration::from_millis(150);
    let path = Path::new(&Lab::new().unwrap(), Plan::delayed(delay), Plan::default()).unwrap();
    for server in Path::SERVERS {
        let words = format!("-e 77 -c 20 -i 0.02 {server}");
        // What upstream's own makes of the others' replies is its affair.
        let others = [(); 2].map(|()| Running::start(&path.client, &mut Program::Installed.command(&words)));
        let ours: Vec<_> = (0..12).map(|_| Running::ping(&path.client, &words)).collect();
        for run in ours.into_iter().map(Running::finish) {
            assert_eq!(run.counts(), "20 packets transmitted, 20 received, 0% packet loss", "{run}");
            assert!(run.replies().iter().map(|reply| reply.seq).eq(1..=20), "{run}");
            assert_eq!((run.stderr.as_str(), run.end.as_str()), ("", "exit status: 0"), "{run}");
        }
        others.into_iter().for_each(|other| drop(other.finish()));
    }
}
