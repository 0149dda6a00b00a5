//! What is refused, in which words and with which exit status: to root over raw sockets, to an ordinary user over datagram ones.
//!
//! Where the installed `ping` is of today's opinion, tests/netns/ping_oracle.rs holds the same lines against it.

use netdiag_lab::{Hop, Host, Lab};

use crate::guard;
use crate::nobody::NOBODY;
use crate::ping_privilege::{open_datagram_sockets, run_as_nobody};
use crate::ping_run::{Program, Run, ping};

/// What is typed after `ping`, what standard error says, and the exit status.
type Refusal = (&'static str, &'static str, u8);

/// What everybody is refused; `USAGE` stands for the text that `-h` prints.
#[rustfmt::skip]
const EVERYBODY: &[Refusal] = &[
    ("",                              "ping: usage error: Destination address required", 2),
    ("-h",                            "USAGE", 2),
    ("-z",                            "ping: invalid option -- 'z'\n\nUSAGE", 2),
    ("-c",                            "ping: option requires an argument -- 'c'\n\nUSAGE", 2),
    ("-c0 127.0.0.1",                 "ping: invalid argument: '0': out of range: 1 <= value <= 9223372036854775807", 1),
    ("-c1.1 127.0.0.1",               "ping: invalid argument: '1.1'", 1),
    ("-c abc 127.0.0.1",              "ping: invalid argument: 'abc'", 1),
    ("-c '' 127.0.0.1",               "ping: invalid argument: ''", 1),
    ("-c 99999999999999999999 ::1",   "ping: invalid argument: '99999999999999999999': Numerical result out of range", 1),
    ("-i -1 127.0.0.1",               "ping: bad timing interval: -1", 2),
    ("-i 3000000 127.0.0.1",          "ping: bad timing interval: 3000000", 2),
    ("-i '' 127.0.0.1",               "ping: bad timing interval: ", 2),
    ("-i nan 127.0.0.1",              "ping: bad timing interval: nan: Numerical result out of range", 2),
    ("-W -1 127.0.0.1",               "ping: bad linger time: -1", 2),
    ("-W 5000 127.0.0.1",             "ping: bad linger time: 5000", 2),
    ("-w 0.1 127.0.0.1",              "ping: invalid argument: '0.1'", 1),
    ("-w 2147483648 127.0.0.1",       "ping: invalid argument: '2147483648': out of range: 0 <= value <= 2147483647", 1),
    ("-s 65508 127.0.0.1",            "ping: invalid -s value: '65508': out of range: 0 <= value <= 65507", 1),
    ("-s 65468 -R 127.0.0.1",         "ping: invalid -s value: '65468': out of range: 0 <= value <= 65467", 1),
    ("-s 65528 ::1",                  "ping: invalid -s value: '65528': out of range: 0 <= value <= 65527", 1),
    ("-s 70000 localhost",            "ping: invalid -s value: '70000': out of range: 0 <= value <= 65527", 1),
    ("-t 256 127.0.0.1",              "ping: invalid argument: '256': out of range: 0 <= value <= 255", 1),
    ("-t -1 127.0.0.1",               "ping: invalid argument: '-1': out of range: 0 <= value <= 255", 1),
    ("-t 0 127.0.0.1",                "ping: cannot set unicast time-to-live: Invalid argument", 2),
    ("-l 0 127.0.0.1",                "ping: invalid argument: '0': out of range: 1 <= value <= 65536", 1),
    ("-l 65537 127.0.0.1",            "ping: invalid argument: '65537': out of range: 1 <= value <= 65536", 1),
    ("-Q 256 127.0.0.1",              "ping: the decimal value of TOS bits must be in range 0-255: 256", 2),
    ("-Q 0xzz 127.0.0.1",             "ping: bad TOS value: 0xzz", 2),
    ("-M foo 127.0.0.1",              "ping: invalid -M argument: foo", 2),
    ("-T foo 127.0.0.1",              "ping: invalid timestamp type: foo", 2),
    ("-R -T tsonly 127.0.0.1",        "ping: only one of -T or -R may be used", 2),
    ("-4 -6 127.0.0.1",               "ping: only one -4 or -6 option may be specified", 2),
    ("-6 10.9.2.2",                   "ping: 10.9.2.2: Address family for hostname not supported", 2),
    ("-4 ::1",                        "ping: ::1: Address family for hostname not supported", 2),
    ("-p xyz 127.0.0.1",              "ping: patterns must be specified as hex digits: xyz", 2),
    ("-e 65536 127.0.0.1",            "ping: invalid argument: '65536': out of range: 0 <= value <= 65535", 1),
    ("-e 0x10 127.0.0.1",             "ping: invalid argument: '0x10'", 1),
    ("-m -1 127.0.0.1",               "ping: invalid argument: '-1': out of range: 0 <= value <= 4294967295", 1),
    ("-S 0 127.0.0.1",                "ping: invalid argument: '0': out of range: 1 <= value <= 2147483647", 1),
    ("-I nosuch 127.0.0.1",           "ping: SO_BINDTODEVICE nosuch: No such device", 2),
    ("-I nosuch ::1",                 "ping: unknown iface: nosuch", 2),
    ("-I 1.2.3.4 127.0.0.1",          "ping: bind: Cannot assign requested address", 2),
    ("-I fd00::9 ::1",                "ping: bind icmp socket: Cannot assign requested address", 2),
    ("-I fe80::zz ::1",               "ping: invalid source address: fe80::zz", 2),
    ("-F 0x100000 ::1",               "ping: flow value is greater than 20 bits: 0x100000", 2),
    ("-F zz ::1",                     "ping: bad value for flowinfo: zz", 2),
    ("-N bogus ::1",                  "ping: node information queries (-N) are not supported: no current system answers them", 2),
    ("fe80::1%nosuch",                "ping: fe80::1%nosuch: Name or service not known", 2),
    ("127.255.255.255",               "ping: Do you want to ping broadcast? Then -b. If not, check your local firewall rules", 2),
    ("10.9.1.1",                      "ping: connect: Network is unreachable", 2),
    ("10.7.1.1",                      "ping: connect: Invalid argument", 2),
    ("10.7.2.1",                      "ping: connect: No route to host", 2),
    ("0 0 0 0 0 0 0 0 0 0 0 127.0.0.1", "ping: 11 routers on the way, of which 9 have room", 2),
    ("127.0.0.1 ::1",                 "ping: 127.0.0.1: routers on the way are for IPv4, and ::1 is not", 2),
    ("-R 127.0.0.1 127.0.0.1",        "ping: 127.0.0.1: routers on the way leave no room to record the route (-R)", 2),
];

/// What only ordinary users are refused.
#[rustfmt::skip]
const USERS: &[Refusal] = &[
    ("-l 4 127.0.0.1", "ping: cannot set preload to value greater than 3: 4", 2),
    ("-b -i 0.5 127.255.255.255", "ping: minimal interval for broadcast ping for user must be >= 1000 ms, use -i 1 (or higher)", 2),
    ("-b -M dont 127.255.255.255", "ping: broadcast ping does not fragment", 2),
];

/// The same where the header is already printed.
#[rustfmt::skip]
const USERS_AFTER_THE_HEADER: &[Refusal] = &[
    ("-f 127.0.0.1",        CANNOT_FLOOD, 2),
    ("-i 0.001 127.0.0.1",  CANNOT_FLOOD, 2),
    ("-i abc ::1", "ping: option argument contains garbage: abc\nping: this will become fatal error in the future\n\
                    ping: cannot flood, minimal interval for user must be >= 2 ms, use -i 0.002 (or higher)", 2),
];

const CANNOT_FLOOD: &str =
    "ping: cannot flood, minimal interval for user must be >= 2 ms, use -i 0.002 (or higher)";

/// What is said of runs that take place all the same: typed, said to root, said to an ordinary user.
#[rustfmt::skip]
const WARNED: &[(&str, &str, &str)] = &[
    ("-c 1 -i 1x 127.0.0.1", GARBAGE, GARBAGE),
    ("-c 1 -i 1 -W 3x ::1", GARBAGE, GARBAGE),
    ("-c 1 -m 5 127.0.0.1", "", "ping: WARNING: failed to set mark: 5: Operation not permitted\n\
                                 ping: => missing cap_net_admin+p or cap_net_raw+p (since Linux 5.17) capability?"),
    ("-c 3 -l 3 127.0.0.1", "", ""),
];

const GARBAGE: &str =
    "ping: option argument contains garbage: x\nping: this will become fatal error in the future";

fn host() -> Host {
    let host = Lab::new().unwrap().host("host").unwrap();
    host.route("10.7.1.0/24", Hop::Blackhole).unwrap();
    host.route("10.7.2.0/24", Hop::Unreachable).unwrap();
    host
}

/// Every line of the table must be answered as it says, after that many lines on standard output.
#[track_caller]
fn holds(table: &[Refusal], headers: usize, ping: impl Fn(&str) -> Run) {
    let usage = ping("-h").stderr;
    assert!(usage.contains("\nUsage: ping "), "{usage}");
    let mut different = vec![];
    for (words, complaint, status) in table {
        let run = ping(words);
        let said = run.stderr.replace(&usage, "USAGE\n");
        let printed = run.stdout.lines().filter(|line| line.starts_with("PING ")).count();
        let end = format!("exit status: {status}");
        if said.trim_end_matches('\n') != *complaint
            || run.end != end
            || [printed, run.stdout.lines().count()] != [headers; 2]
        {
            different.push(format!("$ ping {words}\n{run}"));
        }
    }
    assert!(different.is_empty(), "{} of {} differ:\n{}", different.len(), table.len(), different.join("\n"));
}

#[track_caller]
fn warns(words: &str, run: &Run, warning: &str) {
    assert_eq!(run.stderr.trim_end(), warning, "{words}");
    assert_eq!(run.end, "exit status: 0", "{run}");
}

fn name_is_unknown(run: &Run) {
    let why = ["Name or service not known", "Temporary failure in name resolution"];
    let expected = why.map(|why| format!("ping: nosuch.invalid: {why}\n"));
    assert!(expected.contains(&run.stderr), "{run}");
    assert_eq!((run.stdout.as_str(), run.end.as_str()), ("", "exit status: 2"));
}

#[test]
fn to_root() {
    guard::namespace();
    let host = host();
    holds(EVERYBODY, 0, |words| ping(&host, words));
    for (words, warning, _) in WARNED {
        warns(words, &ping(&host, words), warning);
    }
    name_is_unknown(&ping(&host, "nosuch.invalid"));
}

#[test]
fn to_ordinary_users() {
    guard::namespace();
    let host = host();
    open_datagram_sockets(&host, NOBODY);
    let ping = |words: &str| run_as_nobody(&host, Program::Linked("ping"), words);
    for (table, headers) in [(EVERYBODY, 0), (USERS, 0), (USERS_AFTER_THE_HEADER, 1)] {
        holds(table, headers, ping);
    }
    for (words, _, warning) in WARNED {
        warns(words, &ping(words), warning);
    }
    name_is_unknown(&ping("nosuch.invalid"));
}
