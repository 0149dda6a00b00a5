//! The values `ping` refuses, option by option, in upstream's words.
//!
//! A bad value is refused before anything else is looked at, so these lines need neither privilege nor network.

use snapbox::{IntoData, str};

use crate::session::{reads, session};

/// Each of `lines` under the drop-in's name; under ours the same must be said in our name.
#[track_caller]
fn alike(lines: &[&str], expected: impl IntoData) {
    let mut sessions = String::new();
    for line in lines {
        let words: Vec<&str> = line.split_whitespace().collect();
        let drop_in = session(&[&["ping"], &words[..]].concat());
        let ours = session(&[&["netdiag", "ping"], &words[..]].concat());
        assert_eq!(ours, drop_in.replace("$ ping", "$ netdiag ping").replace("\nping: ", "\nnetdiag: "));
        sessions.push_str(&drop_in);
    }
    reads(&sessions, expected);
}

#[test]
fn a_count_is_a_whole_number_above_zero() {
    alike(
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
    alike(
        &["-i -1 127.0.0.1", "-i 3000000 127.0.0.1", "-i nan 127.0.0.1"],
        str![[r#"
$ ping -i -1 127.0.0.1
---- stderr
ping: bad timing interval: -1
---- exit status: 2
$ ping -i 3000000 127.0.0.1
---- stderr
ping: bad timing interval: 3000000
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
    alike(
        &["-W -1 127.0.0.1", "-W 5000 127.0.0.1"],
        str![[r#"
$ ping -W -1 127.0.0.1
---- stderr
ping: bad linger time: -1
---- exit status: 2
$ ping -W 5000 127.0.0.1
---- stderr
ping: bad linger time: 5000
---- exit status: 2

"#]],
    );
}

#[test]
fn a_deadline_is_a_whole_number_of_seconds() {
    alike(
        &["-w 0.1 127.0.0.1", "-w -1 127.0.0.1"],
        str![[r#"
$ ping -w 0.1 127.0.0.1
---- stderr
ping: invalid argument: '0.1'
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
    alike(
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
    alike(
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
    alike(
        &["-4 -6 127.0.0.1"],
        str![[r#"
$ ping -4 -6 127.0.0.1
---- stderr
ping: only one -4 or -6 option may be specified
---- exit status: 2

"#]],
    );
}

#[test]
fn the_first_complaint_counts() {
    alike(
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
