//! `netdiag connect`: its help, and what it says to mistakes. What it carries is tested in tests/clients.

use snapbox::str;

use crate::session::shows;

#[test]
fn help() {
    shows(
        &["netdiag", "connect", "--help"],
        str![[r#"
$ netdiag connect --help
Connect standard input and output to a socket

ADDRESS is HOST:PORT (an IPv6 address in brackets), HOST PORT, a path, or one of tcp://HOST:PORT,
tls://HOST:PORT, udp://HOST:PORT, unix:PATH, unix-dgram:PATH, unix-seqpacket:PATH; @NAME instead of
PATH is an abstract name. The end of input shuts down sending, and the peer's answer is read to the
end.

Exit status: 0 everything was transferred, or with -z a port is open; 1 refused, reset, unreachable,
no such name; 2 usage; 3 could not be tried or written; 124 timed out.

Usage: netdiag connect [OPTIONS] [ADDRESS]...

Arguments:
  [ADDRESS]...
          Where to connect, or with -l where to listen

Options:
  -z, --test
          Test whether ports are open, and print those that are: HOST 20-25,80

  -l, --listen
          Wait for one peer to connect instead of connecting

      --timeout <TIME>
          Time limit for the connection, and later for anything to happen on it

  -w <SECONDS>
          The same in seconds, as with nc

  -s, --source <ADDRESS>
          Use this source address

  -p, --source-port <PORT>
          Connect from this port, or with -l listen on it

  -I, --interface <NAME>
          Use this interface only

  -4, --ipv4
          Use IPv4 only

  -6, --ipv6
          Use IPv6 only

      --netns <NAME|PID|PATH>
          Work in another network namespace

  -u, --udp
          Use UDP where ADDRESS says nothing else; with -U, datagrams

  -U, --unix
          ADDRESS is the path of a unix socket

  -n, --numeric
          Do not look up names

  -d, --detach
          Do not read standard input

      --quit-after <TIME>
          After the end of standard input, wait at most this long for the peer to finish

  -q <SECONDS>
          The same in seconds, as with nc

  -v, --verbose
          Print what was connected to, and which ports are not open

  -h, --help
          Print help (see a summary with '-h')

  -V, --version
          Print version

TLS:
      --ca <FILE>
          Trust the certificates in this PEM file, and no others

      --insecure
          Skip verification of the peer's certificate

      --server-name <NAME>
          Ask for this name (SNI), and expect it in the certificate

      --alpn <PROTOCOL,…>
          Offer these protocols (ALPN), preferred ones first

      --tls-min <1.2|1.3>
          Oldest version to accept

      --tls-max <1.2|1.3>
          Newest version to offer

Examples:
  # Which ports are open?
  netdiag connect -z db 22,5432,8000-8100 -w 2s
  # Send a request, read the answer to its end
  printf 'GET / HTTP/1.0\r\n\r\n' | netdiag connect example.com:80
  # Receive a file from one peer
  netdiag connect -l 127.0.0.1:7000 > received

More: netdiag help connect|compatibility; docs/connect.md, docs/compatibility.md

"#]],
    );
}

#[test]
fn a_mistake_is_marked() {
    shows(
        &["netdiag", "connect", "tcp://db:65536"],
        str![[r#"
$ netdiag connect tcp://db:65536
---- stderr
netdiag: out of range: ports are 0 to 65535

  tcp://db:65536
           ^^^^^
---- exit status: 2

"#]],
    );
    shows(
        &["netdiag", "connect", "-z", "db", "80,25-20"],
        str![[r#"
$ netdiag connect -z db 80,25-20
---- stderr
netdiag: the range ends before it begins

  80,25-20
     ^^^^^
---- exit status: 2

"#]],
    );
    shows(
        &["netdiag", "connect", "sctp://db:1"],
        str![[r#"
$ netdiag connect sctp://db:1
---- stderr
netdiag: unknown scheme; known are tcp, tls, udp, unix, unix-dgram, unix-seqpacket

  sctp://db:1
  ^^^^
---- exit status: 2

"#]],
    );
    shows(
        &["netdiag", "connect", "db", "20-25"],
        str![[r#"
$ netdiag connect db 20-25
---- stderr
netdiag: one port can be connected to; -z tests several

  20-25
  ^^^^^
---- exit status: 2

"#]],
    );
    shows(
        &["netdiag", "connect", "-l", "tls://db:1"],
        str![[r#"
$ netdiag connect -l tls://db:1
---- stderr
netdiag: tls://db:1: -l has no certificate to show

hint: `netdiag serve --tls` has one
---- exit status: 2

"#]],
    );
}

#[test]
fn a_value_that_will_not_do() {
    shows(
        &["netdiag", "connect"],
        str![[r#"
$ netdiag connect
---- stderr
netdiag: missing: <ADDRESS>...

hint: see 'netdiag connect --help'
---- exit status: 2

"#]],
    );
    shows(
        &["netdiag", "connect", "-w", "soon", "db:1"],
        str![[r#"
$ netdiag connect -w soon db:1
---- stderr
netdiag: invalid value 'soon' for '-w <SECONDS>': no length of time: 2, 0.5s, 200ms, 1m

hint: see 'netdiag connect --help'
---- exit status: 2

"#]],
    );
    shows(
        &["netdiag", "connect", "--ca", "/no/such", "tls://127.0.0.1:1"],
        str![[r#"
$ netdiag connect --ca /no/such tls://127.0.0.1:1
---- stderr
netdiag: tls://127.0.0.1:1: connection refused
---- exit status: 1

"#]],
    );
}

#[test]
fn an_address_that_cannot_be_listened_to() {
    let held = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = held.local_addr().unwrap().to_string();
    let session = crate::session::session(&["netdiag", "connect", "-l", &address]);
    crate::session::reads(
        &session.replace(&address, "ADDRESS"),
        str![[r#"
$ netdiag connect -l ADDRESS
---- stderr
netdiag: tcp://ADDRESS: bind: Address already in use

hint: `netdiag ss -tulnp` says who has it; port 0 lets the kernel choose another
---- exit status: 2

"#]],
    );
}
