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
fn version() {
    let session =
        [both("-V"), both("-j -V"), session(&["ping4", "-V"]), session(&["ping6", "-V", "-j"])].concat();
    reads(
        &session.replace(env!("CARGO_PKG_VERSION"), "VERSION"),
        str![[r#"
$ ping -V
ping from iputils 20250605
libcap: yes, IDN: yes, NLS: no, error.h: yes, getrandom(): yes, __fpending(): yes
$ netdiag ping -V
ping from netdiag VERSION, compatible with iputils 20250605
$ ping -j -V
{"version": "20250605"}
$ netdiag ping -j -V
{"version": "VERSION"}
$ ping4 -V
ping from iputils 20250605
libcap: yes, IDN: yes, NLS: no, error.h: yes, getrandom(): yes, __fpending(): yes
$ ping6 -V -j
{"version": "20250605"}

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
netdiag: option '--count' requires an argument: N, such as 5

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
$ netdiag ping 127.0.0.1 127.0.0.2
---- stderr
netdiag: several words: reserved for several destinations, which are not supported yet

hint: one `netdiag ping` for each; to pass routers on the way, call it as `ping`
---- exit status: 2

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
netdiag: invalid value '1x' for '-i <SECONDS>': no unit of time: ns, us, ms, s, m, h and d are known

hint: see 'netdiag ping --help'
---- exit status: 2

"#]],
    );
}
