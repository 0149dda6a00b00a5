//! `netdiag serve`: what it refuses; what it serves is asked for in tests/servers.

use std::net::TcpListener;

use snapbox::str;

use crate::session::{reads, session, shows};

#[test]
fn no_words() {
    shows(
        &["netdiag", "serve"],
        str![[r#"
$ netdiag serve
---- stderr
netdiag: missing: <KIND> <ADDR>...

hint: see 'netdiag serve --help'
---- exit status: 2

"#]],
    );
}

#[test]
fn no_address() {
    shows(
        &["netdiag", "serve", "echo"],
        str![[r#"
$ netdiag serve echo
---- stderr
netdiag: missing: <ADDR>...

hint: see 'netdiag serve --help'
---- exit status: 2

"#]],
    );
}

#[test]
fn a_directory_alone() {
    shows(
        &["netdiag", "serve", "http", "/"],
        str![[r#"
$ netdiag serve http /
---- stderr
netdiag: an address is missing: where to listen

hint: :8080 is port 8080 of every address, 127.0.0.1:0 a port the kernel chooses
---- exit status: 2

"#]],
    );
}

#[test]
fn a_kind_that_does_not_exist() {
    shows(
        &["netdiag", "serve", "daytime", "127.0.0.1:0"],
        str![[r#"
$ netdiag serve daytime 127.0.0.1:0
---- stderr
netdiag: invalid value 'daytime' for '<KIND>': it is one of echo, discard, chargen, http

hint: see 'netdiag serve --help'
---- exit status: 2

"#]],
    );
}

#[test]
fn a_port_out_of_range() {
    shows(
        &["netdiag", "serve", "echo", "127.0.0.1:65536"],
        str![[r#"
$ netdiag serve echo 127.0.0.1:65536
---- stderr
netdiag: out of range: ports are 0 to 65535

  127.0.0.1:65536
            ^^^^^
---- exit status: 2

"#]],
    );
}

#[test]
fn an_unknown_scheme() {
    shows(
        &["netdiag", "serve", "echo", "sctp://127.0.0.1:1"],
        str![[r#"
$ netdiag serve echo sctp://127.0.0.1:1
---- stderr
netdiag: unknown scheme; known are tcp, tls, udp, unix, unix-dgram, unix-seqpacket

  sctp://127.0.0.1:1
  ^^^^
---- exit status: 2

"#]],
    );
}

#[test]
fn an_address_of_somebody_else() {
    shows(
        &["netdiag", "serve", "echo", "198.51.100.1:1"],
        str![[r#"
$ netdiag serve echo 198.51.100.1:1
---- stderr
netdiag: tcp://198.51.100.1:1: bind: Cannot assign requested address

hint: this machine has no such address
---- exit status: 2

"#]],
    );
}

#[test]
fn no_such_directory() {
    shows(
        &["netdiag", "serve", "http", "/no/such/dir", "127.0.0.1:0"],
        str![[r#"
$ netdiag serve http /no/such/dir 127.0.0.1:0
---- stderr
netdiag: /no/such/dir: No such file or directory

hint: the first word is a directory; a unix socket is unix:PATH
---- exit status: 2

"#]],
    );
}

#[test]
fn a_file_for_a_directory() {
    shows(
        &["netdiag", "serve", "http", "/dev/null", "127.0.0.1:0"],
        str![[r#"
$ netdiag serve http /dev/null 127.0.0.1:0
---- stderr
netdiag: /dev/null: Not a directory
---- exit status: 2

"#]],
    );
}

#[test]
fn http_over_datagrams() {
    shows(
        &["netdiag", "serve", "http", "udp://127.0.0.1:0"],
        str![[r#"
$ netdiag serve http udp://127.0.0.1:0
---- stderr
netdiag: udp://127.0.0.1:0: HTTP needs a stream of bytes: tcp, tls or unix
---- exit status: 2

"#]],
    );
}

#[test]
fn an_address_in_use() {
    let held = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = held.local_addr().unwrap().to_string();
    let session = session(&["netdiag", "serve", "echo", &address]).replace(&address, "ADDRESS");
    reads(
        &session,
        str![[r#"
$ netdiag serve echo ADDRESS
---- stderr
netdiag: tcp://ADDRESS: bind: Address already in use

hint: `netdiag ss -tulnp` says who has it; port 0 lets the kernel choose another
---- exit status: 2

"#]],
    );
}
