//! Values `netdiag serve` refuses, and values that do not go together.

use snapbox::str;

use crate::session::shows;

#[test]
fn tls_over_datagrams() {
    shows(
        &["netdiag", "serve", "echo", "--tls", "udp://127.0.0.1:0"],
        str![[r#"
$ netdiag serve echo --tls udp://127.0.0.1:0
---- stderr
netdiag: udp://127.0.0.1:0: TLS needs a stream of bytes: tcp or unix
---- exit status: 2

"#]],
    );
}

#[test]
fn tls_scheme_with_a_fault_that_does_not_fit() {
    shows(
        &["netdiag", "serve", "echo", "tls://127.0.0.1:0", "--drop", "10%"],
        str![[r#"
$ netdiag serve echo tls://127.0.0.1:0 --drop 10%
---- stderr
netdiag: --drop is for datagrams: what a connection loses, the kernel sends again
---- exit status: 2

"#]],
    );
}

#[test]
fn a_fault_that_needs_tcp() {
    shows(
        &["netdiag", "serve", "echo", "unix:@x", "--rst-after", "1"],
        str![[r#"
$ netdiag serve echo unix:@x --rst-after 1
---- stderr
netdiag: --rst-after is for TCP: nothing else has resets
---- exit status: 2

"#]],
    );
}

#[test]
fn faults_that_contradict_each_other() {
    shows(
        &["netdiag", "serve", "echo", "127.0.0.1:0", "--never-accept", "--slow", "1k"],
        str![[r#"
$ netdiag serve echo 127.0.0.1:0 --never-accept --slow 1k
---- stderr
netdiag: --never-accept leaves no connection for another fault
---- exit status: 2

"#]],
    );
}

#[test]
fn a_probability_that_is_none() {
    shows(
        &["netdiag", "serve", "echo", "udp://127.0.0.1:0", "--drop", "1.5"],
        str![[r#"
$ netdiag serve echo udp://127.0.0.1:0 --drop 1.5
---- stderr
netdiag: invalid value '1.5' for '--drop <PERCENT>': a % is missing: 1.5%

hint: see 'netdiag serve --help'
---- exit status: 2

"#]],
    );
}

#[test]
fn no_such_certificate() {
    shows(
        &["netdiag", "serve", "echo", "127.0.0.1:0", "--cert", "/no/such.pem", "--key", "/no/such.key"],
        str![[r#"
$ netdiag serve echo 127.0.0.1:0 --cert /no/such.pem --key /no/such.key
---- stderr
netdiag: /no/such.pem: No such file or directory
---- exit status: 2

"#]],
    );
}

#[test]
fn a_certificate_without_one_in_it() {
    shows(
        &["netdiag", "serve", "echo", "127.0.0.1:0", "--cert", "/dev/null", "--key", "/dev/null"],
        str![[r#"
$ netdiag serve echo 127.0.0.1:0 --cert /dev/null --key /dev/null
---- stderr
netdiag: /dev/null: no certificate in it
---- exit status: 2

"#]],
    );
}

#[test]
fn a_key_is_missing() {
    shows(
        &["netdiag", "serve", "echo", "127.0.0.1:0", "--cert", "/dev/null"],
        str![[r#"
$ netdiag serve echo 127.0.0.1:0 --cert /dev/null
---- stderr
netdiag: missing: --key <FILE>

hint: see 'netdiag serve --help'
---- exit status: 2

"#]],
    );
}

#[test]
fn a_certificate_out_without_tls() {
    shows(
        &["netdiag", "serve", "echo", "127.0.0.1:0", "--cert-out", "/dev/null"],
        str![[r#"
$ netdiag serve echo 127.0.0.1:0 --cert-out /dev/null
---- stderr
netdiag: --cert-out: no certificate is made without --tls
---- exit status: 2

"#]],
    );
}

#[test]
fn a_descriptor_that_is_not_open() {
    shows(
        &["netdiag", "serve", "echo", "127.0.0.1:0", "--ready-fd", "97"],
        str![[r#"
$ netdiag serve echo 127.0.0.1:0 --ready-fd 97
---- stderr
netdiag: --ready-fd 97: no such open descriptor
---- exit status: 2

"#]],
    );
}

#[test]
fn a_format_of_other_tools() {
    shows(
        &["netdiag", "serve", "echo", "127.0.0.1:0", "--format", "json"],
        str![[r#"
$ netdiag serve echo 127.0.0.1:0 --format json
---- stderr
netdiag: invalid value 'json' for '--format <text|jsonl>'

hint: did you mean 'jsonl'? See 'netdiag serve --help'
---- exit status: 2

"#]],
    );
}

#[test]
fn a_namespace_that_does_not_exist() {
    shows(
        &["netdiag", "serve", "echo", "127.0.0.1:0", "--netns", "no such name"],
        str![[r#"
$ netdiag serve echo 127.0.0.1:0 --netns no such name
---- stderr
netdiag: Cannot open network namespace "no such name": No such file or directory

hint: give a name that `ip netns` lists, a process id, or a path with a slash in it
---- exit status: 2

"#]],
    );
}
