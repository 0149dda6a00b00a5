//! Where probes come from, and ways that are not there yet: who names the source is not asked for a way before it is needed.

use std::fs;
use std::path::PathBuf;

use netdiag_lab::{Hop, Host, Lab, Path, Plan};
use snapbox::str;

use crate::guard;
use crate::ping_run::{Program, Run, ping, run};
use crate::ping_running::Running;

const DATAGRAM: [&str; 2] = ["1 0", "0 0"];

fn path() -> Path {
    Path::new(&Lab::new().unwrap(), Plan::default(), Plan::default()).unwrap()
}

/// The client, in which names stand for these addresses.
fn knowing(path: &Path, directory: &tempfile::TempDir, names: &str) -> Host {
    let hosts = directory.path().join("hosts");
    fs::write(&hosts, names).unwrap();
    path.client.seeing([(PathBuf::from("/etc/hosts"), hosts)]).unwrap()
}

fn header(run: &Run) -> &str {
    run.stdout.lines().next().unwrap_or_default()
}

#[test]
fn a_name_of_both_families_is_taken_in_that_of_the_source() {
    guard::namespace();
    let (path, directory) = (path(), tempfile::tempdir().unwrap());
    // An address of the other family comes first, whichever the source is of.
    let names = "fd00:2::1 six.first\n10.0.2.1 six.first\n10.0.2.1 four.only\nfd00:2::1 six.only\n";
    let client = knowing(&path, &directory, names);
    #[rustfmt::skip]
    let cases = [
        ("six.first",                            "(fd00:2::1) 56 data bytes"),
        ("-I 10.0.1.1 six.first",                "(10.0.2.1) from 10.0.1.1 : 56(84) bytes of data."),
        ("-I fd00:1::1 six.first",               "(fd00:2::1) from fd00:1::1 : 56 data bytes"),
        ("-I eth0 -I 10.0.1.1 six.first",        "(10.0.2.1) from 10.0.1.1 eth0: 56(84) bytes of data."),
        ("-I 10.0.1.1 -I fd00:1::1 four.only",   "(10.0.2.1) from 10.0.1.1 : 56(84) bytes of data."),
        ("-I 10.0.1.1 -I fd00:1::1 six.only",    "(fd00:2::1) from fd00:1::1 : 56 data bytes"),
        // Of no use, and not used.
        ("-I 10.0.1.1 six.only",                 "(fd00:2::1) from fd00:1::1 : 56 data bytes"),
        ("-I fd00:1::1 four.only",               "(10.0.2.1) from 10.0.1.1 : 56(84) bytes of data."),
        ("-I 10.0.1.1 ::1",                      "(::1) from ::1 : 56 data bytes"),
        ("-6 -I 10.0.1.1 six.first",             "(fd00:2::1) from fd00:1::1 : 56 data bytes"),
    ];
    for range in DATAGRAM {
        client.sysctl("net.ipv4.ping_group_range", range).unwrap();
        for (words, ending) in cases {
            let run = ping(&client, &format!("-n -c 1 {words}"));
            assert!(header(&run).ends_with(ending), "{words}: {run}");
            assert_eq!((run.stderr.as_str(), run.end.as_str()), ("", "exit status: 0"), "{words}");
        }
    }
    let run = run(&client, &mut Program::Netdiag.command("-n -c 1 -I 10.0.1.1 six.only"));
    assert_eq!(run.stderr, "netdiag: 10.0.1.1 is not used: the destination is of IPv6\n");
    assert_eq!(run.end, "exit status: 0");
}

/// Ways that lead nowhere, and what a local sender is told.
const NOWHERE: [(Option<Hop<'_>>, &str); 4] = [
    (None, "Network is unreachable"),
    (Some(Hop::Unreachable), "No route to host"),
    (Some(Hop::Prohibit), "Permission denied"),
    (Some(Hop::Blackhole), "Invalid argument"),
];

/// A client that has lost its way to the server.
fn astray(hop: Option<Hop<'_>>) -> Path {
    let path = path();
    for prefix in ["0.0.0.0/0", "::/0"] {
        path.client.remove_route(prefix).unwrap();
        hop.into_iter().for_each(|hop| path.client.route(prefix, hop).unwrap());
    }
    path
}

fn lead(path: &Path, hop: Option<Hop<'_>>) {
    for (prefix, gateway) in [("0.0.0.0/0", "10.0.1.254"), ("::/0", "fd00:1::254")] {
        hop.into_iter().for_each(|_| path.client.remove_route(prefix).unwrap());
        path.client.route(prefix, Hop::Via(gateway)).unwrap();
    }
}

#[test]
fn whoever_names_the_source_waits_for_the_way() {
    guard::namespace();
    for (hop, refusal) in NOWHERE {
        for words in ["-I 10.0.1.1 10.0.2.1", "-I fd00:1::1 fd00:2::1"] {
            let path = astray(hop);
            let never = ping(&path.client, &format!("-c 2 -i 0.1 -W 0.1 {words}"));
            assert_eq!(
                never.counts(),
                "2 packets transmitted, 0 received, 100% packet loss",
                "{words} {hop:?}"
            );
            let told = format!("ping: sendmsg: {refusal}\n").repeat(2);
            assert_eq!((never.stderr, never.end.as_str()), (told, "exit status: 1"), "{words} {hop:?}");

            let running = Running::ping(&path.client, &format!("-i 0.1 -c 1 -w 100 {words}"));
            running.complains(refusal);
            lead(&path, hop);
            let run = running.finish();
            assert!(run.counts().contains(" 1 received"), "{words} {hop:?}: {run}");
            assert_eq!(run.end, "exit status: 0", "{words} {hop:?}");
        }
    }
}

#[test]
fn whoever_waits_for_a_reply_waits_for_the_way() {
    guard::namespace();
    for (hop, refusal) in NOWHERE {
        for target in Path::SERVERS {
            let path = astray(hop);
            let program = Program::Netdiag;
            let never =
                run(&path.client, &mut program.command(&format!("--until-reply -w 1 -i 0.2 {target}")));
            assert!(never.counts().ends_with("packets transmitted, 0 received, 100% packet loss"), "{never}");
            assert_eq!(never.end, "exit status: 1", "{never}");

            let words = format!("--until-reply -w 100 -i 0.1 {target}");
            let running = Running::start(&path.client, &mut program.command(&words));
            running.complains(refusal);
            lead(&path, hop);
            let run = running.finish();
            assert!(run.counts().contains(" 1 received"), "{hop:?}: {run}");
            assert_eq!(run.end, "exit status: 0", "{hop:?}");
        }
    }
    // What no way will mend is an error at once.
    let path = path();
    let run = run(&path.client, &mut Program::Netdiag.command("--until-reply -w 100 10.0.1.255"));
    assert!(run.stderr.starts_with("netdiag: Do you want to ping broadcast? Then -b. "), "{run}");
    assert_eq!(run.end, "exit status: 2");
}

#[test]
fn a_way_that_only_icmp_takes_is_found_by_who_names_the_source() {
    guard::namespace();
    let path = astray(None);
    path.client.route_of_icmp("0.0.0.0/0", Hop::Via("10.0.1.254")).unwrap();
    path.client.route_of_icmp("::/0", Hop::Via("fd00:1::254")).unwrap();
    for range in DATAGRAM {
        path.client.sysctl("net.ipv4.ping_group_range", range).unwrap();
        for words in ["-I 10.0.1.1 10.0.2.1", "-I fd00:1::1 fd00:2::1"] {
            let run = ping(&path.client, &format!("-c 1 {words}"));
            assert_eq!(run.counts(), "1 packets transmitted, 1 received, 0% packet loss", "{words}: {run}");
            assert_eq!((run.stderr.as_str(), run.end.as_str()), ("", "exit status: 0"), "{words}");
        }
    }
    // Others are told of the way there is for the question, as upstream does.
    let unnamed = ping(&path.client, "-c 1 10.0.2.1");
    assert_eq!(unnamed.stderr, "ping: connect: Network is unreachable\n");
}

#[test]
fn a_broadcast_that_was_asked_for_is_not_asked_for_again() {
    guard::namespace();
    let path = path();
    path.client.route("10.0.7.255/32", Hop::Prohibit).unwrap();
    path.client.route("10.0.7.0/24", Hop::Prohibit).unwrap();
    for target in ["10.0.7.255", "10.0.7.1"] {
        ping(&path.client, &format!("-b -c 1 {target}")).reads(str![[r#"
---- stderr
ping: connect: Permission denied
---- exit status: 2

"#]]);
    }
    let without = ping(&path.client, "-c 1 10.0.7.255");
    assert!(without.stderr.starts_with("ping: Do you want to ping broadcast? Then -b. "), "{without}");
    // With a source it is as with every other way.
    let sourced = ping(&path.client, "-b -c 1 -W 0.1 -I 10.0.1.1 10.0.7.255");
    assert_eq!(sourced.stderr, "ping: sendmsg: Permission denied\n");
    assert_eq!(sourced.end, "exit status: 1");
}

#[test]
fn routers_on_the_way_that_cannot_be_are_told_with_the_reason() {
    guard::namespace();
    let (path, directory) = (path(), tempfile::tempdir().unwrap());
    let client = knowing(&path, &directory, "fd00:2::1 name6\n10.0.2.1 name4\n");
    #[rustfmt::skip]
    let cases = [
        ("4 name6",               "ping: 4: routers on the way are for IPv4, and fd00:2::1 is not\n"),
        ("name4 fd00:2::1",       "ping: name4: routers on the way are for IPv4, and fd00:2::1 is not\n"),
        ("-R 10.0.1.254 name4",   "ping: 10.0.1.254: routers on the way leave no room to record the route (-R)\n"),
        ("1 2 3 4 5 6 7 8 9 10 name4", "ping: 10 routers on the way, of which 9 have room\n"),
    ];
    for (words, reason) in cases {
        let run = ping(&client, words);
        assert_eq!(
            (run.stdout.as_str(), run.stderr.as_str(), run.end.as_str()),
            ("", reason, "exit status: 2")
        );
    }
}
