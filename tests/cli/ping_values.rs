//! The values `ping` refuses, option by option, in upstream's words; as `netdiag ping` the option is named, see `bad_input.rs`.
//!
//! A bad value is refused before anything else is looked at, so these lines need neither privilege nor network.

use snapbox::{IntoData, str};

use crate::session::{reads, session};

/// Each of `lines` under the drop-in's name; under ours the same must be refused as a value of an option, with the same status.
#[track_caller]
fn refused(lines: &[&str], expected: impl IntoData) {
    let mut sessions = String::new();
    for line in lines {
        let words: Vec<&str> = line.split_whitespace().collect();
        let drop_in = session(&[&["ping"], &words[..]].concat());
        let ours = session(&[&["netdiag", "ping"], &words[..]].concat());
        assert!(ours.contains("\nnetdiag: invalid value '"), "{ours}");
        assert!(ours.contains("\n\nhint: see 'netdiag ping --help'\n"), "{ours}");
        assert_eq!(ours.lines().last(), drop_in.lines().last(), "{ours}");
        sessions.push_str(&drop_in);
    }
    reads(&sessions, expected);
}

#[test]
fn a_count_is_a_whole_number_above_zero() {
    refused(
        &[
            "-c0 127.0.0.1",
            "-c -1 127.0.0.1",
            "-c 1.1 127.0.0.1",
            "-c abc 127.0.0.1",
            "-c 99999999999999999999 127.0.0.1",
        ],
        str![[r#"
$ ping -c0 127.0.0.1
---- stderr
ping: invalid argument: '0': out of range: 1 <= value <= 9223372036854775807
---- exit status: 1
$ ping -c -1 127.0.0.1
---- stderr
ping: invalid argument: '-1': out of range: 1 <= value <= 9223372036854775807
---- exit status: 1
$ ping -c 1.1 127.0.0.1
---- stderr
ping: invalid argument: '1.1'
---- exit status: 1
$ ping -c abc 127.0.0.1
---- stderr
ping: invalid argument: 'abc'
---- exit status: 1
$ ping -c 99999999999999999999 127.0.0.1
---- stderr
ping: invalid argument: '99999999999999999999': Numerical result out of range
---- exit status: 1

"#]],
    );
}

#[test]
fn an_interval_is_a_number_of_seconds() {
    refused(
        &["-i -1 127.0.0.1", "-i nan 127.0.0.1"],
        str![[r#"
$ ping -i -1 127.0.0.1
---- stderr
ping: bad timing interval: -1
---- exit status: 2
$ ping -i nan 127.0.0.1
---- stderr
ping: bad timing interval: nan: Numerical result out of range
---- exit status: 2

"#]],
    );
}

#[test]
fn a_linger_is_a_number_of_seconds() {
    refused(
        &["-W -1 127.0.0.1"],
        str![[r#"
$ ping -W -1 127.0.0.1
---- stderr
ping: bad linger time: -1
---- exit status: 2

"#]],
    );
}

#[test]
fn a_deadline_is_a_whole_number_of_seconds() {
    refused(
        &["-w abc 127.0.0.1", "-w -1 127.0.0.1"],
        str![[r#"
$ ping -w abc 127.0.0.1
---- stderr
ping: invalid argument: 'abc'
---- exit status: 1
$ ping -w -1 127.0.0.1
---- stderr
ping: invalid argument: '-1': out of range: 0 <= value <= 2147483647
---- exit status: 1

"#]],
    );
}

#[test]
fn a_ttl_is_a_byte() {
    refused(
        &["-t 256 127.0.0.1", "-t -1 127.0.0.1", "-t abc 127.0.0.1"],
        str![[r#"
$ ping -t 256 127.0.0.1
---- stderr
ping: invalid argument: '256': out of range: 0 <= value <= 255
---- exit status: 1
$ ping -t -1 127.0.0.1
---- stderr
ping: invalid argument: '-1': out of range: 0 <= value <= 255
---- exit status: 1
$ ping -t abc 127.0.0.1
---- stderr
ping: invalid argument: 'abc'
---- exit status: 1

"#]],
    );
}

#[test]
fn a_size_is_not_negative() {
    refused(
        &["-s -1 127.0.0.1", "-s abc 127.0.0.1"],
        str![[r#"
$ ping -s -1 127.0.0.1
---- stderr
ping: invalid argument: '-1': out of range: 0 <= value <= 2147483647
---- exit status: 1
$ ping -s abc 127.0.0.1
---- stderr
ping: invalid argument: 'abc'
---- exit status: 1

"#]],
    );
}

#[test]
fn one_family_at_most() {
    let sessions = [&["ping"][..], &["netdiag", "ping"]]
        .map(|program| session(&[program, &["-4", "-6", "127.0.0.1"]].concat()));
    reads(
        &sessions.concat(),
        str![[r#"
$ ping -4 -6 127.0.0.1
---- stderr
ping: only one -4 or -6 option may be specified
---- exit status: 2
$ netdiag ping -4 -6 127.0.0.1
---- stderr
netdiag: only one -4 or -6 option may be specified
---- exit status: 2

"#]],
    );
}

/// Whatever only `netdiag ping` takes is refused or warned of in upstream's words through a link.
#[test]
fn units_and_names_are_for_our_own_name() {
    let lines = ["-i 3000000", "-W 5000", "-i 200ms", "-w 200ms", "-s 1k", "-Q ef"];
    let sessions = lines.map(|line| session(&[vec!["ping"], line.split(' ').collect()].concat()));
    reads(
        &sessions.concat(),
        str![[r#"
$ ping -i 3000000
---- stderr
ping: bad timing interval: 3000000
---- exit status: 2
$ ping -W 5000
---- stderr
ping: bad linger time: 5000
---- exit status: 2
$ ping -i 200ms
---- stderr
ping: option argument contains garbage: ms
ping: this will become fatal error in the future
ping: usage error: Destination address required
---- exit status: 2
$ ping -w 200ms
---- stderr
ping: invalid argument: '200ms'
---- exit status: 1
$ ping -s 1k
---- stderr
ping: invalid argument: '1k'
---- exit status: 1
$ ping -Q ef
---- stderr
ping: bad TOS value: ef
---- exit status: 2

"#]],
    );
    // All that is wrong with these is that they go nowhere.
    for line in [
        "-i 200ms -w 1.5s -W 2s -s 1k -Q ef",
        "--interval 200ms --deadline 2s --size 1k --tos af11 --count 1",
    ] {
        let session = session(&[vec!["netdiag", "ping"], line.split(' ').collect()].concat());
        assert!(session.contains("Destination address required"), "{session}");
    }
}

#[test]
fn what_is_for_probe_is_sent_there() {
    reads(
        &[
            session(&["netdiag", "ping", "http://h/"]),
            session(&["netdiag", "ping", "-4", "-I", "lo", "h:80"]),
            session(&["netdiag", "ping", "[::1]:80"]),
        ]
        .concat(),
        str![[r#"
$ netdiag ping http://h/
---- stderr
netdiag: http://h/: a URL, of which ping takes the host alone

hint: netdiag probe http://h/
---- exit status: 2
$ netdiag ping -4 -I lo h:80
---- stderr
netdiag: h:80: a port, of which ICMP knows none: ping takes the host alone

hint: netdiag probe -4 --interface lo h:80
---- exit status: 2
$ netdiag ping [::1]:80
---- stderr
netdiag: [::1]:80: a port, of which ICMP knows none: ping takes the host alone

hint: netdiag probe '[::1]:80'
---- exit status: 2

"#]],
    );
}

#[test]
fn the_first_complaint_counts() {
    refused(
        &["-c0 -i -1 127.0.0.1", "-V -c0"],
        str![[r#"
$ ping -c0 -i -1 127.0.0.1
---- stderr
ping: invalid argument: '0': out of range: 1 <= value <= 9223372036854775807
---- exit status: 1
$ ping -V -c0
---- stderr
ping: invalid argument: '0': out of range: 1 <= value <= 9223372036854775807
---- exit status: 1

"#]],
    );
}
