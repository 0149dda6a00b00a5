//! What `ss` says of every misuse, under both of its names.
//!
//! Behind many a complaint of `ss` stands the whole help; here it is `[the help]`.

use snapbox::{IntoData, str};

use crate::session::{reads, session};

#[test]
fn unknown_long_option() {
    complains(
        "--bogus",
        str![[r#"
$ ss --bogus
---- stderr
ss: unrecognized option '--bogus'
[the help]
---- exit status: 255
$ netdiag ss --bogus
---- stderr
netdiag: unrecognized option '--bogus'

hint: see 'netdiag ss --help'
---- exit status: 255

"#]],
    );
}

#[test]
fn unknown_long_option_with_a_value() {
    complains(
        "-t --bogus=3",
        str![[r#"
$ ss -t --bogus=3
---- stderr
ss: unrecognized option '--bogus=3'
[the help]
---- exit status: 255
$ netdiag ss -t --bogus=3
---- stderr
netdiag: unrecognized option '--bogus=3'

hint: see 'netdiag ss --help'
---- exit status: 255

"#]],
    );
}

#[test]
fn unknown_short_option() {
    complains(
        "-k",
        str![[r#"
$ ss -k
---- stderr
ss: invalid option -- 'k'
[the help]
---- exit status: 255
$ netdiag ss -k
---- stderr
netdiag: invalid option -- 'k'

hint: see 'netdiag ss --help'
---- exit status: 255

"#]],
    );
}

#[test]
fn unknown_option_in_a_bundle() {
    complains(
        "-tnkl",
        str![[r#"
$ ss -tnkl
---- stderr
ss: invalid option -- 'k'
[the help]
---- exit status: 255
$ netdiag ss -tnkl
---- stderr
netdiag: invalid option -- 'k'

hint: see 'netdiag ss --help'
---- exit status: 255

"#]],
    );
}

#[test]
fn ambiguous_prefix() {
    complains(
        "--no",
        str![[r#"
$ ss --no
---- stderr
ss: option '--no' is ambiguous; possibilities: '--no-header' '--no-queues'
[the help]
---- exit status: 255
$ netdiag ss --no
---- stderr
netdiag: option '--no' is ambiguous; possibilities: '--no-header' '--no-queues'

hint: see 'netdiag ss --help'
---- exit status: 255

"#]],
    );
}

#[test]
fn missing_argument() {
    complains(
        "-t -N",
        str![[r#"
$ ss -t -N
---- stderr
ss: option requires an argument -- 'N'
[the help]
---- exit status: 255
$ netdiag ss -t -N
---- stderr
netdiag: option '--net' requires an argument: NAME|PID|PATH

hint: see 'netdiag ss --help'
---- exit status: 255

"#]],
    );
}

#[test]
fn missing_argument_of_a_long_option() {
    complains(
        "--diag",
        str![[r#"
$ ss --diag
---- stderr
ss: option '--diag' requires an argument
[the help]
---- exit status: 255
$ netdiag ss --diag
---- stderr
netdiag: option '--diag' requires an argument: FILE

hint: see 'netdiag ss --help'
---- exit status: 255

"#]],
    );
}

#[test]
fn argument_where_none_is_taken() {
    complains(
        "--all=yes",
        str![[r#"
$ ss --all=yes
---- stderr
ss: option '--all' doesn't allow an argument
[the help]
---- exit status: 255
$ netdiag ss --all=yes
---- stderr
netdiag: option '--all' doesn't allow an argument: 'yes'

hint: see 'netdiag ss --help'
---- exit status: 255

"#]],
    );
}

#[test]
fn wrong_state() {
    complains(
        "-t state bogus",
        str![[r#"
$ ss -t state bogus
---- stderr
ss: wrong state name: bogus
---- exit status: 255
$ netdiag ss -t state bogus
---- stderr
netdiag: wrong state name: bogus

hint: states are established, syn-sent, syn-recv, fin-wait-1, fin-wait-2, time-wait, closed, close-wait, last-ack, listening, closing, bound-inactive; groups are all, connected, synchronized, bucket, big
---- exit status: 255

"#]],
    );
}

#[test]
fn state_only_the_kernel_knows() {
    complains(
        "state new-syn-recv",
        str![[r#"
$ ss state new-syn-recv
---- stderr
ss: wrong state name: new-syn-recv
---- exit status: 255
$ netdiag ss state new-syn-recv
---- stderr
netdiag: wrong state name: new-syn-recv

hint: did you mean syn-recv?
---- exit status: 255

"#]],
    );
}

#[test]
fn wrong_state_to_exclude() {
    complains(
        "-t exclude estb",
        str![[r#"
$ ss -t exclude estb
---- stderr
ss: wrong state name: estb
---- exit status: 255
$ netdiag ss -t exclude estb
---- stderr
netdiag: wrong state name: estb

hint: states are established, syn-sent, syn-recv, fin-wait-1, fin-wait-2, time-wait, closed, close-wait, last-ack, listening, closing, bound-inactive; groups are all, connected, synchronized, bucket, big
---- exit status: 255

"#]],
    );
}

#[test]
fn a_state_in_the_words_of_the_columns_is_for_our_own_name() {
    let session = session(&["ss", "-t", "state", "CLOSE_WAIT"]);
    assert!(session.contains("\nss: wrong state name: CLOSE_WAIT\n"), "{session}");
    let session =
        crate::session::session(&["netdiag", "ss", "-Ht", "state", "CLOSE_WAIT", "sport", "=", "1"]);
    assert_eq!(session, "$ netdiag ss -Ht state CLOSE_WAIT sport = 1\n");
}

#[test]
fn no_state() {
    complains(
        "state",
        str![[r#"
$ ss state
---- stderr
Command line is not complete. Try option "help"
---- exit status: 255
$ netdiag ss state
---- stderr
Command line is not complete. Try option "help"
---- exit status: 255

"#]],
    );
}

#[test]
fn no_state_to_exclude() {
    complains(
        "-t exclude",
        str![[r#"
$ ss -t exclude
---- stderr
Command line is not complete. Try option "help"
---- exit status: 255
$ netdiag ss -t exclude
---- stderr
Command line is not complete. Try option "help"
---- exit status: 255

"#]],
    );
}

#[test]
fn no_state_after_another() {
    complains(
        "-t state established excl",
        str![[r#"
$ ss -t state established excl
---- stderr
Command line is not complete. Try option "help"
---- exit status: 255
$ netdiag ss -t state established excl
---- stderr
Command line is not complete. Try option "help"
---- exit status: 255

"#]],
    );
}

/// The complaint about `words` must read as `expected`, under both names.
#[track_caller]
fn complains(words: &str, expected: impl IntoData) {
    let sessions = ["ss", "netdiag ss"].map(|program| {
        let words: Vec<&str> = program.split(' ').chain(words.split(' ')).collect();
        let session = session(&words);
        // What is behind it is the help of this name.
        match session.find("List sockets\n\nUsage:") {
            Some(at) => {
                let status = &session[session.rfind("----").unwrap()..];
                format!("{}[the help]\n{status}", &session[..at])
            }
            None => session,
        }
    });
    reads(&sessions.concat(), expected);
}

#[test]
fn under_our_own_name_a_mistake_is_a_reason_and_a_hint() {
    #[rustfmt::skip]
    let cases = [
        ("--state close-wait", "netdiag: unrecognized option '--state'",       "states are words, not options: netdiag ss state close-wait"),
        ("--states=all",       "netdiag: unrecognized option '--states=all'",  "states are words, not options: netdiag ss state close-wait"),
        ("--dport 22",         "netdiag: unrecognized option '--dport'",       "conditions are words, not options: netdiag ss 'dport = 22'"),
        ("--proceses",         "netdiag: unrecognized option '--proceses'",    "did you mean '--processes'? See 'netdiag ss --help'"),
        ("-f bogus",           "netdiag: invalid value 'bogus' for '--family <FAMILY>': no such family", "families are inet, inet6, link, unix, netlink, vsock, tipc, xdp"),
        ("-A tcp,bogus",       "netdiag: invalid value 'tcp,bogus' for '--query <TABLE[,TABLE]>': no such table", "tables are all, inet, tcp, mptcp, udp, raw, dccp, \
            sctp, unix, packet, netlink, vsock, tipc, xdp; of one type, unix_stream and the like"),
        ("--format xml",       "netdiag: invalid value 'xml' for '--format <text|table|json|jsonl>'", "see 'netdiag ss --help'"),
        ("--yes",              "netdiag: missing: --kill",                     "see 'netdiag ss --help'"),
        ("-tF",                "netdiag: option '--filter' requires an argument: FILE", "see 'netdiag ss --help'"),
    ];
    for (words, reason, hint) in cases {
        let words: Vec<&str> = ["netdiag", "ss"].into_iter().chain(words.split(' ')).collect();
        let (_, said) =
            session(&words).split_once("---- stderr\n").map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap();
        assert_eq!(said, format!("{reason}\n\nhint: {hint}\n---- exit status: 255\n"), "{words:?}");
    }
}
