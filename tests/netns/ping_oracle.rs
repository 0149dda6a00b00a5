//! The same command lines through the installed `ping` and through ours under that name: same words, same status.
//!
//! What may differ is [`mended`], with its reason. The installed one may be older than the one this project follows, so most
//! of that is upstream's own change of mind. On a busy machine either may miss a reply, so a difference counts only if it is
//! there every time.

use std::fs;
use std::path::PathBuf;

use netdiag_lab::{Hop, Host, Lab, Path, Plan, Scripted};

use crate::guard;
use crate::ping_contradictor::contradictor;
use crate::ping_run::{Program, run};

/// Replies, in every form today's options give them.
const ANSWERED: &[&str] = &[
    "-c 3 -i 0.1 10.0.2.1",
    "-c 3 -i 0.1 fd00:2::1",
    "-c1 10.0.2.1",
    "-c 2 -i 0.1 -q 10.0.2.1",
    "-c 2 -i 0.1 -q fd00:2::1",
    "-c 2 -i .1 -n 10.0.2.1",
    "10.0.2.1 -c 2 -i 0.1",
    "-4 -c 1 10.0.2.1",
    "-6 -c 1 fd00:2::1",
    "-c 1 -s 0 10.0.2.1",
    "-c 1 -s 0 fd00:2::1",
    "-c 1 -s 15 10.0.2.1",
    "-c 1 -s 16 10.0.2.1",
    "-c 1 -s 1472 10.0.2.1",
    "-c 1 -s 1473 10.0.2.1",
    "-c 1 -s 4000 fd00:2::1",
    "-c 1 -s 65507 127.0.0.1",
    "-c 1 -s 65507 ::1",
    "-c 1 -t 64 10.0.2.1",
    "-c 1 -t 255 fd00:2::1",
    "-c 1 -w 5 10.0.2.1",
    "-c 2 -i 0.1 -w 5 fd00:2::1",
    "-w 1 -i 0.4 -q 10.0.2.1",
    "-c 1 -W 3 10.0.2.1",
    "-c 1 0",
    "-c 1 127.1",
    "-c 1 0x7f000001",
    "-c 1 ::",
    "-c 1 localhost",
    "-c 1 six.test",
    "-c 1 -q six.test",
    "-c 1 -4 localhost",
    "-c 1 -n localhost",
    "-c 1 -q localhost",
    "-c 5 -c 1 10.0.2.1",
    "-c 20 -i 0 -q 10.0.2.1",
];

/// What the less common options do to a run.
const OPTIONS: &[&str] = &[
    "-c 2 -i 0.1 -D 10.0.2.1",
    "-c 2 -i 0.1 -O 10.0.2.1",
    "-c 2 -i 0.1 -q -O 10.0.2.1",
    "-c 2 -i 0.1 -O -W 0.3 10.9.1.1",
    "-c 2 -i 0.1 -a 10.0.2.1",
    "-c 1 -p ff00 10.0.2.1",
    "-q -c 1 -p a 10.0.2.1",
    "-c 1 -p 000102030405060708090a0b0c0d0e0f 10.0.2.1",
    "-c 1 -R 10.0.2.1",
    "-c 2 -i 0.1 -R 10.0.2.1",
    "-c 2 -i 0.1 -n -R 127.0.0.1",
    "-c 1 -T tsonly 10.0.2.1",
    "-c 1 -T tsandaddr 10.0.2.1",
    "-c 1 -T tsprespec 127.0.0.1 127.0.0.2",
    "-c 1 -T tsprespec 127.0.0.1 127.0.0.2 127.0.0.3 127.0.0.4 127.0.0.5",
    "-c 1 -T foo 10.0.2.1",
    "-R -T tsonly 10.0.2.1",
    "-c 1 -I eth0 10.0.2.1",
    "-c 1 -I 10.0.1.1 10.0.2.1",
    "-c 1 -I eth0 -I 10.0.1.1 10.0.2.1",
    "-c 1 -I fd00:1::1 fd00:2::1",
    "-c 1 -I lo 127.0.0.1",
    "-c 1 -I nosuch 10.0.2.1",
    "-c 1 -I 1.2.3.4 10.0.2.1",
    "-c 1 -I fe80::zz fd00:2::1",
    "-c 1 -B 10.0.2.1",
    "-c 1 -C 10.0.2.1",
    "-c 1 -Q 0x10 10.0.2.1",
    "-c 1 -Q 16 fd00:2::1",
    "-c 1 -Q 256 10.0.2.1",
    "-c 1 -Q 0xzz 10.0.2.1",
    "-c 1 -M do 10.0.2.1",
    "-c 1 -M dont -s 3000 10.0.2.1",
    "-c 1 -M want 10.0.2.1",
    "-c 2 -i 0.1 -M do -s 3000 10.0.2.1",
    "-c 2 -i 0.1 -M do -s 3000 fd00:2::1",
    "-f -c 3 -M do -s 3000 10.0.2.1",
    "-c 1 -M bogus 10.0.2.1",
    "-c 1 -m 5 10.0.2.1",
    "-c 1 -m -1 10.0.2.1",
    "-c 4 -l 4 10.0.2.1",
    "-c 2 -l 0 10.0.2.1",
    "-c 2 -l 65537 10.0.2.1",
    "-c 1 -S 1000 10.0.2.1",
    "-c 1 -S 0 10.0.2.1",
    "-c 1 -L 10.0.2.1",
    "-c 1 -r 10.0.1.254",
    "-c 1 -d 10.0.2.1",
    "-c 1 -U 10.0.2.1",
    "-c 1 -v -e 99 10.0.2.1",
    "-c 1 -v -e 99 fd00:2::1",
    "-c 1 -v -e 0 10.0.2.1",
    "-c 3 -A 10.0.2.1",
    "-c 5 -f -q 10.0.2.1",
    "-c 2 -f -i 0.1 10.0.2.1",
    "-c 2 -f -i 0.1 -t 1 10.0.2.1",
    "-c 1 -e 99 10.0.2.1",
    "-c 1 -e 65536 10.0.2.1",
    "-c 1 -e 0x10 10.0.2.1",
    "-c 1 -F 0x100000 fd00:2::1",
    "-c 1 -F -1 fd00:2::1",
    "-c 1 -I nosuch fd00:2::1",
    "-c 1 -I fd00::9 fd00:2::1",
    "-c 1 -F zz fd00:2::1",
    "-c 1 -b -W 0.3 10.0.1.255",
    "-c 1 -W 0.3 224.0.0.1",
    "-c 1 -p xyz 10.0.2.1",
];

/// What depends on the kind of socket, over a datagram one.
const DATAGRAM: &[&str] = &[
    "-c 2 -i 0.1 10.0.2.1",
    "-c 2 -i 0.1 fd00:2::1",
    "-c 1 -C 10.0.2.1",
    "-c 1 -C fd00:2::1",
    "-c 1 -R 10.0.2.1",
    "-c 1 -T tsandaddr 10.0.2.1",
    "-c 1 -v 10.0.2.1",
    "-c 1 -v -e 99 fd00:2::1",
    "-c 1 -v -e 0 10.0.2.1",
    "-c 1 -I eth0 10.0.2.1",
    "-c 1 -I eth0 fd00:2::1",
    "-c 1 -I fd00:1::1 fd00:2::1",
    "-c 1 -I nosuch fd00:2::1",
    "-c 1 -I fd00::9 fd00:2::1",
    "-c 1 -I fe80::zz fd00:2::1",
    "-c 1 -t 1 10.0.2.1",
    "-c 1 -t 1 fd00:2::1",
    "-c 1 -M do -s 2000 10.0.2.1",
    "-c 1 -M do -s 2000 fd00:2::1",
];

/// Errors on the way, and silence.
const UNANSWERED: &[&str] = &[
    "-c 2 -i 0.1 -t 1 10.0.2.1",
    "-c 2 -i 0.1 -t 1 fd00:2::1",
    "-c 1 -q -t 1 10.0.2.1",
    "-c 1 10.9.2.1",
    "-c 1 10.9.3.1",
    "-c 1 10.9.4.1",
    "-c 1 fd09:2::1",
    "-c 1 fd09:3::1",
    "-c 1 10.0.1.77",
    "-c 1 fd00:1::77",
    "-w 5 -t 1 10.0.2.1",
    "-w 5 -c 2 -t 1 fd00:2::1",
    "-c 2 -i 0.1 -W 0.2 10.9.1.1",
    "-c 2 -i 0.1 -W 0.2 fd09:1::1",
    "-w 1 -i 0.4 10.9.1.1",
    "-w 1 -c 2 -i 0.4 10.9.1.1",
    "-c 2 -i 0.1 -W 0.3 10.8.5.1",
    "-c 1 -W 0.2 10.8.4.0",
    "-c 1 -v -M do -W 0.2 10.8.4.0",
    "-c 1 -v -M do -W 0.2 10.8.5.1",
    "-c 1 -v -M do -R -W 0.2 10.8.5.1",
    "-c 1 -W 0.2 10.8.3.4",
    "-c 1 -W 0.2 10.8.12.0",
    "-c 1 -W 0.2 fd08::4:1",
    "-c 1 -W 0.2 fd08::1:9",
];

/// Nothing is sent.
const REFUSED: &[&str] = &[
    "-c 1 10.7.1.1",
    "-c 1 10.7.2.1",
    "-c 1 10.7.3.1",
    "-c 1 fd07:1::1",
    "-c 1 fd07:2::1",
    "-c 1 fd07:3::1",
    "-c 1 10.0.1.255",
    "",
    "-c 0 10.0.2.1",
    "-c 1.1 10.0.2.1",
    "-c abc 10.0.2.1",
    "-c 99999999999999999999 10.0.2.1",
    "-c -1 10.0.2.1",
    "-c 1 -i 3000000 10.0.2.1",
    "-c 1 -i nan 10.0.2.1",
    "-c 1 -i 1x 10.0.2.1",
    "-c 1 -i 0,5 10.0.2.1",
    "-c 1 -W -1 10.0.2.1",
    "-c 1 -W 1y 10.0.2.1",
    "-c 1 -w 0.1 10.0.2.1",
    "-c 1 -w -1 10.0.2.1",
    "-c 1 -s -1 10.0.2.1",
    "-c 1 -t 256 10.0.2.1",
    "-c 1 -t -1 10.0.2.1",
    "-c 1 -t 0 10.0.2.1",
    "-c 1 -t abc 10.0.2.1",
    "-c 1 -4 -6 10.0.2.1",
    "-c 1 -6 10.0.2.1",
    "-c 1 -4 fd00:2::1",
    "-c 1 fe80::1%nosuch",
    "-c 1 10.0.2.1.5",
];

/// Where the installed version may do something else, what ours says first and how it ends, and why that is right.
#[rustfmt::skip]
const CHANGED: &[(&str, &str, &str, &str)] = &[
    ("-c 1 -i -1 10.0.2.1",      "ping: bad timing interval: -1", "exit status: 2", NOW_REFUSED),
    ("-c 1 -W 5000 10.0.2.1",    "ping: bad linger time: 5000",   "exit status: 2", NOW_REFUSED),
    ("-c 1 -s 65508 10.0.2.1",   "ping: invalid -s value: '65508': out of range: 0 <= value <= 65507", "exit status: 1", NOW_REFUSED),
    ("-c 1 -s 65528 fd00:2::1",  "ping: invalid -s value: '65528': out of range: 0 <= value <= 65527", "exit status: 1", NOW_REFUSED),
    ("-c 1 -s 70000 localhost",  "ping: invalid -s value: '70000': out of range: 0 <= value <= 65527", "exit status: 1", NOW_REFUSED),
    ("-z",                       "ping: invalid option -- 'z'",   "exit status: 2", OWN_USAGE),
    ("-c",                       "ping: option requires an argument -- 'c'", "exit status: 2", OWN_USAGE),
];

const NOW_REFUSED: &str = "versions of 2022 take it, or fail when they send";
const OWN_USAGE: &str = "the usage that follows names the options there are";

/// What the installed program said, as the version we follow would have said it.
fn mended(words: &str, oracle: &str) -> String {
    let mut lines: Vec<String> = oracle.lines().map(str::to_owned).collect();
    for line in &mut lines {
        // Since 20231222 the IPv6 header has a blank before the address, like the IPv4 one, and a name once.
        if line.starts_with("PING ") && line.ends_with(" data bytes") {
            match line.split_once('(') {
                Some((before, after)) if after.contains(" (") => {
                    let (_, address) = after.split_once(' ').unwrap();
                    *line = format!("{before} {}", address.replacen("))", ")", 1));
                }
                Some((before, after)) if !before.ends_with(' ') => *line = format!("{before} ({after}"),
                _ => {}
            }
        }
        // Newer versions take a missing destination for a usage error like the others.
        if words.is_empty() && line == "---- exit status: 1" {
            "---- exit status: 2".clone_into(line);
        }
    }
    // What -v says of the resolver's answer goes to standard error today, where an empty line was.
    if let Some(at) = lines.iter().position(|line| line.starts_with("ai->")) {
        let answer = format!("ping: {}", lines.remove(at));
        if let Some(sockets) = lines.iter().position(|line| line.starts_with("ping: sock4.fd")) {
            lines[sockets + 1] = answer;
        }
    }
    lines.iter().map(|line| line.to_owned() + "\n").collect()
}

/// How the two differ, if they do.
fn compare(host: &Host, words: &str) -> Option<String> {
    let oracle = run(host, &mut Program::Installed.command(words)).to_string();
    let ours = run(host, &mut Program::Linked("ping").command(words)).to_string();
    (mended(words, &oracle) != ours)
        .then(|| format!("$ ping {words}\n==== installed\n{oracle}==== ours\n{ours}"))
}

/// How often two runs may differ before they are different.
const LOOKS: u32 = 3;

/// Compares every line in a network of its own: routers answer only so many hopeless packets of one host.
fn compare_all(table: &[&str]) {
    compare_on(table, |_| ());
}

/// The same after a change to the host both run on.
fn compare_on(table: &[&str], change: impl Fn(&Host)) {
    assert!(
        std::process::Command::new("ping").arg("-V").output().is_ok(),
        "there is no `ping` to compare with: install the package iputils-ping"
    );
    // What names stand for is not to depend on the machine.
    let directory = tempfile::tempdir().unwrap();
    let hosts = directory.path().join("hosts");
    fs::write(&hosts, "127.0.0.1 localhost\n::1 six.test\n").unwrap();
    let mut different = vec![];
    for words in table {
        let look = |_| {
            let (path, _contradictor) = network();
            change(&path.client);
            compare(&path.client.seeing([(PathBuf::from("/etc/hosts"), hosts.clone())]).unwrap(), words)
        };
        let mut looks = (0..LOOKS).map(look);
        different.extend(
            looks.next().flatten().and_then(|first| looks.all(|look| look.is_some()).then_some(first)),
        );
    }
    assert!(different.is_empty(), "{} of {} differ:\n{}", different.len(), table.len(), different.join("\n"));
}

#[test]
fn answered() {
    guard::namespace();
    compare_all(ANSWERED);
}

#[test]
fn options() {
    guard::namespace();
    compare_all(OPTIONS);
}

#[test]
fn datagram() {
    guard::namespace();
    compare_on(DATAGRAM, |host| host.sysctl("net.ipv4.ping_group_range", "0 0").unwrap());
}

#[test]
fn unanswered() {
    guard::namespace();
    compare_all(UNANSWERED);
}

#[test]
fn changed() {
    guard::namespace();
    let (path, _contradictor) = network();
    for (words, first, end, because) in CHANGED {
        let ours = run(&path.client, &mut Program::Linked("ping").command(words));
        assert_eq!(
            (ours.stderr.lines().next(), ours.end.as_str()),
            (Some(*first), *end),
            "{words}: {because}"
        );
        assert_eq!(ours.stdout, "", "{words}");
    }
}

#[test]
fn refused() {
    guard::namespace();
    compare_all(REFUSED);
}

fn network() -> (Path, Scripted) {
    let lab = Lab::new().unwrap();
    let path = Path::new(&lab, Plan::default(), Plan::default()).unwrap();
    for family in ["ipv4", "ipv6"] {
        path.client.sysctl(&format!("net/{family}/neigh/eth0/retrans_time_ms"), 100).unwrap();
    }
    for (host, prefix, hop) in [
        (&path.router, "10.9.1.0/24", Hop::Blackhole),
        (&path.router, "10.9.2.0/24", Hop::Unreachable),
        (&path.router, "10.9.3.0/24", Hop::Prohibit),
        (&path.router, "fd09:1::/64", Hop::Blackhole),
        (&path.router, "fd09:2::/64", Hop::Unreachable),
        (&path.router, "fd09:3::/64", Hop::Prohibit),
        (&path.client, "10.7.1.0/24", Hop::Blackhole),
        (&path.client, "10.7.2.0/24", Hop::Unreachable),
        (&path.client, "10.7.3.0/24", Hop::Prohibit),
        (&path.client, "fd07:1::/64", Hop::Blackhole),
        (&path.client, "fd07:2::/64", Hop::Unreachable),
        (&path.client, "fd07:3::/64", Hop::Prohibit),
    ] {
        host.route(prefix, hop).unwrap();
    }
    let contradictor = contradictor(&lab, &path.client);
    (path, contradictor)
}
