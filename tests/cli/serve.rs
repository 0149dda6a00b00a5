//! `netdiag serve`: its help, and what it refuses; what it serves is asked for in tests/servers.

use std::net::TcpListener;

use snapbox::str;

use crate::session::{reads, session, shows};

#[test]
fn help() {
    shows(
        &["netdiag", "serve", "--help"],
        str![[r#"
$ netdiag serve --help
Serve echo, discard, chargen or HTTP, rightly or wrongly on demand

An ADDR is PORT, :PORT, HOST:PORT (with brackets around IPv6), udp://HOST:PORT, tls://HOST:PORT,
unix:PATH, unix-dgram:PATH or unix-seqpacket:PATH, with @NAME for an abstract name; port 0 is chosen
by the kernel. HTTP shows the files in DIR, or without one answers /echo, /status/N, /delay/MS and
/bytes/N.

Usage: netdiag serve [OPTIONS] <KIND> [DIR] <ADDR>...

Arguments:
  <KIND>
          What to serve

          Possible values:
          - echo:    What comes goes back (RFC 862)
          - discard: What comes is thrown away (RFC 863)
          - chargen: Text without end (RFC 864)
          - http:    Files, or answers made for tests

  <ADDR>...
          Where to listen; with http, a directory first

Options:
  -4, --ipv4
          Listen on IPv4 addresses only

  -6, --ipv6
          Listen on IPv6 addresses only

      --netns <NAME|PID|PATH>
          Listen in another network namespace

      --backlog <N>
          Connections the kernel may keep waiting for each listener
          
          [default: 4096]

      --trials
          Answer /echo, /status/N, /delay/MS and /bytes/N beside the files in DIR

      --format <text|jsonl>
          Write lines as text or as JSON
          
          [default: text]

  -q, --quiet
          Do not tell of connections

  -v, --verbose
          Tell of each HTTP request, too

      --ready-fd <FD>
          Write a line to this descriptor once all of it listens, and close it

      --port-file <FILE>
          Write the ports to this file once all of it listens, one to a line

  -h, --help
          Print help (see a summary with '-h')

TLS:
      --tls
          Carry TLS, with a certificate made for the occasion unless one is given

      --cert <FILE>
          The certificate and those that vouch for it, as PEM

      --key <FILE>
          The certificate's key, as PEM

      --cert-out <FILE>
          Where to write the certificate made, for clients to trust

Limits:
      --max-conns <N>
          Connections at a time; more of them wait
          
          [default: 16384]

      --idle-timeout <DUR>
          End connections on which nothing moves, http's after 60s

      --head-timeout <DUR>
          Time for a TLS handshake and for the head of each HTTP request [default: 10s]

      --max-body <BYTES>
          Bytes of an HTTP request's body [default: 16M]

      --drain-timeout <DUR>
          Time for connections to end once told to stop [default: 10s]

Faults:
      --delay <DUR>
          Let this long pass before each answer

      --drop <P>
          Lose arriving datagrams with this probability: 0.1, 10%

      --seed <N>
          What losses are drawn from
          
          [default: 0]

      --rst-after <BYTES>
          Reset the connection after this many bytes of answers (discard: of data)

      --half-close
          Stop sending after the first answer (discard: at once) and read on: FIN-WAIT-2

      --never-accept
          Leave connections in the queue, which --backlog makes short

      --never-read
          Leave what arrives in the socket until its window is closed

      --never-close
          Do not close when the peer does: CLOSE-WAIT

      --slow <BYTES/S>
          Send slowly (discard: read slowly)

      --reply-short <BYTES>
          End after this many bytes of the answer; cut datagrams and messages to that

"#]],
    );
}

#[test]
fn no_words() {
    shows(
        &["netdiag", "serve"],
        str![[r#"
$ netdiag serve
---- stderr
netdiag: the following required arguments were not provided:
  <KIND>
  <ADDR>...

Usage: netdiag serve [OPTIONS] <KIND> [DIR] <ADDR>...

For more information, try '--help'.
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
netdiag: the following required arguments were not provided:
  <ADDR>...

Usage: netdiag serve [OPTIONS] <KIND> [DIR] <ADDR>...

For more information, try '--help'.
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
netdiag: invalid value 'daytime' for '<KIND>'
  [possible values: echo, discard, chargen, http]

For more information, try '--help'.
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
