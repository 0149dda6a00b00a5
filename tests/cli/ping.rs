//! `ping` where nothing is sent: its help, and what it refuses before it opens a socket.
//!
//! As root and as anybody else the outcome is the same, and so it is with and without a network. What is said under the name
//! `ping` is compared by scripts; only `netdiag ping` adds hints.

use snapbox::str;

use crate::session::{reads, session, shows};

/// Both names, in this order: the drop-in, and ours.
#[track_caller]
fn both(words: &str) -> String {
    let words: Vec<&str> = words.split_whitespace().collect();
    [&["ping"][..], &["netdiag", "ping"]].map(|name| session(&[name, &words].concat())).concat()
}

#[test]
fn help() {
    shows(
        &["netdiag", "ping", "--help"],
        str![[r#"
$ netdiag ping --help
Send ICMP echo requests to a host and report what comes back

Usage: netdiag ping [OPTIONS] [DESTINATION]...

Arguments:
  [DESTINATION]...  Host name or address

Options:
  -4            Use IPv4 only
  -6            Use IPv6 only
  -c <COUNT>    Stop after sending this many probes; with -w, after this many replies
  -i <SECONDS>  Seconds between probes; 0 sends the next as soon as the last is answered [default:
                1]
  -n            Print numbers, never host names
  -q            Print only the header and the summary
  -s <BYTES>    Data bytes in a probe [default: 56]
  -t <HOPS>     TTL or hop limit of the probes
  -V            Print the version and exit
  -w <SECONDS>  End the run after this many seconds, however many replies came [default: 0]
  -W <SECONDS>  Seconds to wait after the last probe if nothing was answered; 0 waits for ever
                [default: 10]
  -h, --help    Print help

"#]],
    );
    shows(
        &["ping", "-h"],
        str![[r#"
$ ping -h
---- stderr
Send ICMP echo requests to a host and report what comes back

Usage: ping [OPTIONS] [DESTINATION]...

Arguments:
  [DESTINATION]...  Host name or address

Options:
  -4            Use IPv4 only
  -6            Use IPv6 only
  -c <COUNT>    Stop after sending this many probes; with -w, after this many replies
  -i <SECONDS>  Seconds between probes; 0 sends the next as soon as the last is answered [default:
                1]
  -n            Print numbers, never host names
  -q            Print only the header and the summary
  -s <BYTES>    Data bytes in a probe [default: 56]
  -t <HOPS>     TTL or hop limit of the probes
  -V            Print the version and exit
  -w <SECONDS>  End the run after this many seconds, however many replies came [default: 0]
  -W <SECONDS>  Seconds to wait after the last probe if nothing was answered; 0 waits for ever
                [default: 10]
  -h, --help    Print help
---- exit status: 2

"#]],
    );
}

#[test]
fn version() {
    let session = both("-V").replace(env!("CARGO_PKG_VERSION"), "VERSION");
    reads(
        &session,
        str![[r#"
$ ping -V
ping from netdiag VERSION, compatible with iputils 20250605
$ netdiag ping -V
ping from netdiag VERSION, compatible with iputils 20250605

"#]],
    );
}

#[test]
fn the_names_family_and_the_options_must_agree() {
    shows(
        &["ping6", "-4", "127.0.0.1"],
        str![[r#"
$ ping6 -4 127.0.0.1
---- stderr
ping6: only one -4 or -6 option may be specified
---- exit status: 2

"#]],
    );
    shows(
        &["ping4", "-6", "::1"],
        str![[r#"
$ ping4 -6 ::1
---- stderr
ping4: only one -4 or -6 option may be specified
---- exit status: 2

"#]],
    );
}

#[test]
fn unknown_option() {
    reads(
        &both("-z"),
        str![[r#"
$ ping -z
---- stderr
ping: invalid option -- 'z'

...
---- exit status: 2
$ netdiag ping -z
---- stderr
netdiag: invalid option -- 'z'

...
---- exit status: 2

"#]],
    );
    reads(
        &both("--bogus"),
        str![[r#"
$ ping --bogus
---- stderr
ping: unrecognized option '--bogus'

...
---- exit status: 2
$ netdiag ping --bogus
---- stderr
netdiag: unrecognized option '--bogus'

...
---- exit status: 2

"#]],
    );
}

#[test]
fn a_missing_value() {
    reads(
        &both("-c"),
        str![[r#"
$ ping -c
---- stderr
ping: option requires an argument -- 'c'

...
---- exit status: 2
$ netdiag ping -c
---- stderr
netdiag: option requires an argument -- 'c'

...
---- exit status: 2

"#]],
    );
}

#[test]
fn no_destination() {
    reads(
        &both(""),
        str![[r#"
$ ping
---- stderr
ping: usage error: Destination address required
---- exit status: 2
$ netdiag ping
---- stderr
netdiag: usage error: Destination address required

hint: netdiag ping HOST
---- exit status: 2

"#]],
    );
}

#[test]
fn one_destination_at_most() {
    shows(
        &["netdiag", "ping", "127.0.0.1", "127.0.0.2"],
        str![[r#"
"#]],
    );
}

#[test]
fn garbage_after_a_number_is_named() {
    reads(
        &both("-i 1x -W abc"),
        str![[r#"
$ ping -i 1x -W abc
---- stderr
ping: option argument contains garbage: x
ping: this will become fatal error in the future
ping: option argument contains garbage: abc
ping: this will become fatal error in the future
ping: usage error: Destination address required
---- exit status: 2
$ netdiag ping -i 1x -W abc
---- stderr
netdiag: option argument contains garbage: x
netdiag: this will become fatal error in the future
netdiag: option argument contains garbage: abc
netdiag: this will become fatal error in the future
netdiag: usage error: Destination address required

hint: netdiag ping HOST
---- exit status: 2

"#]],
    );
}
