//! The help of `netdiag serve`.

use snapbox::str;

use crate::session::shows;

#[test]
fn help() {
    shows(
        &["netdiag", "serve", "--help"],
        str![[r#"
$ netdiag serve --help
Serve echo, discard, chargen or HTTP, rightly or wrongly on demand

An ADDR is PORT, :PORT, HOST:PORT (an IPv6 address in brackets), udp://HOST:PORT, tls://HOST:PORT,
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
          Use IPv4 only

  -6, --ipv6
          Use IPv6 only

      --netns <NAME|PID|PATH>
          Work in another network namespace

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

  -V, --version
          Print version

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

      --idle-timeout <TIME>
          End connections on which nothing moves, http's after 60s

      --head-timeout <TIME>
          Time for a TLS handshake and for the head of each HTTP request [default: 10s]

      --max-body <SIZE>
          Bytes of an HTTP request's body [default: 16M]

      --drain-timeout <TIME>
          Time for connections to end once told to stop [default: 10s]

Faults:
      --delay <TIME>
          Let this long pass before each answer

      --drop <PERCENT>
          Lose this share of arriving datagrams: 10%

      --seed <N>
          What losses are drawn from
          
          [default: 0]

      --rst-after <SIZE>
          Reset the connection after this many bytes of answers (discard: of data)

      --half-close
          Stop sending after the first answer (discard: at once) and read on: FIN-WAIT-2

      --never-accept
          Leave connections in the queue, which --backlog makes short

      --never-read
          Leave what arrives in the socket until its window is closed

      --never-close
          Do not close when the peer does: CLOSE-WAIT

      --slow <RATE>
          Send slowly (discard: read slowly)

      --reply-short <SIZE>
          End after this many bytes of the answer; cut datagrams and messages to that

"#]],
    );
}
