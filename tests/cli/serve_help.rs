//! The help of `netdiag serve`.

use snapbox::str;

use crate::session::shows;

#[test]
fn help() {
    shows(
        &["netdiag", "serve", "--help"],
        str![[r#"
$ netdiag serve --help
Serve echo, discard, chargen or HTTP, with faults if asked for

An ADDR is PORT, :PORT, HOST:PORT (an IPv6 address in brackets), udp://HOST:PORT, tls://HOST:PORT,
unix:PATH, unix-dgram:PATH or unix-seqpacket:PATH, with @NAME for an abstract name; port 0 is chosen
by the kernel. HTTP shows the files in DIR, or without one answers /echo, /status/N, /delay/MS and
/bytes/N.

Usage: netdiag serve [OPTIONS] <KIND> [DIR] <ADDR>...

Arguments:
  <KIND>
          What to serve

          Possible values:
          - echo:    Send back what arrives (RFC 862)
          - discard: Discard what arrives (RFC 863)
          - chargen: Send text without end (RFC 864)
          - http:    Serve files, or answers made for tests

  <ADDR>...
          Where to listen; with http, a directory first

Options:
  -4, --ipv4
          Use IPv4 only

  -6, --ipv6
          Use IPv6 only

      --netns <NAME|PID|PATH>
          Work in another network namespace

      --backlog <N>
          Connections that may wait in the kernel's queue, for each listener
          
          [default: 4096]

      --trials
          Answer /echo, /status/N, /delay/MS and /bytes/N beside the files in DIR

      --format <text|jsonl>
          Write lines as text or as JSON
          
          [default: text]

  -q, --quiet
          Do not log connections

  -v, --verbose
          Also log each HTTP request

      --ready-fd <FD>
          Once all addresses listen, write a line to this file descriptor and close it

      --port-file <FILE>
          Once all addresses listen, write the ports to this file, one per line

  -h, --help
          Print help (see a summary with '-h')

  -V, --version
          Print version

TLS:
      --tls
          Serve over TLS, with a certificate made at the start unless one is given

      --cert <FILE>
          The certificate and its chain, as PEM

      --key <FILE>
          The certificate's key, as PEM

      --cert-out <FILE>
          Write the certificate that is made to this file, for clients to trust

Limits:
      --max-conns <N>
          Most connections at a time; further ones wait
          
          [default: 16384]

      --idle-timeout <TIME>
          Close connections that are idle for this long; http has 60s by default

      --head-timeout <TIME>
          Time limit for a TLS handshake and for the head of each HTTP request [default: 10s]

      --max-body <SIZE>
          Largest body of an HTTP request [default: 16M]

      --drain-timeout <TIME>
          Time limit for connections to end once told to stop [default: 10s]

Faults:
      --delay <TIME>
          Wait this long before each answer

      --drop <PERCENT>
          Drop this share of arriving datagrams: 10%

      --seed <N>
          Seed of the random numbers for --drop
          
          [default: 0]

      --rst-after <SIZE>
          Reset the connection after this many bytes of answers (discard: of data)

      --half-close
          Shut down sending after the first answer (discard: at once), but go on reading: FIN-WAIT-2

      --never-accept
          Never accept: connections stay in the queue, whose length is --backlog

      --never-read
          Never read: what arrives stays in the socket until its receive window is closed

      --never-close
          Never close when the peer does: CLOSE-WAIT

      --slow <RATE>
          Send slowly (discard: read slowly)

      --reply-short <SIZE>
          Close after this many bytes of the answer; truncate datagrams and messages to that

Examples:
  # Echo over TCP and UDP
  netdiag serve echo 127.0.0.1:7000 udp://127.0.0.1:7000
  # Serve a directory on a free port, told by a file
  netdiag serve http ./public 127.0.0.1:0 --port-file port
  # Connections that stay in CLOSE-WAIT
  netdiag serve echo 127.0.0.1:7000 --never-close

More: netdiag help serve|json-serve; docs/serve.md, docs/json-serve.md

"#]],
    );
}
