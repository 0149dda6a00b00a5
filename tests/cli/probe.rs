//! `netdiag probe`: its help, and what it says to mistakes. What it measures is tested in tests/clients.

use snapbox::str;

use crate::session::{session, shows};

#[test]
fn help() {
    shows(
        &["netdiag", "probe", "--help"],
        str![[r#"
$ netdiag probe --help
Probe sockets, HTTP and name servers, each phase timed

A URL is tcp://HOST:PORT (or just HOST:PORT), tls://HOST:PORT, udp://HOST:PORT, unix:PATH,
unix-dgram:PATH, unix-seqpacket:PATH (@NAME for an abstract name), http://… (or just
HOST:PORT/PATH), https://…, http+unix://PATH/… (slashes of PATH as %2F),
dns://SERVER/NAME?type=TYPE&tcp, dns:NAME for the system's resolver, or icmp://HOST. Without
anything to send, a connection is enough.

Exit status: 0 all as expected; 1 not; 2 usage; 3 something could not be measured, and nothing else
was wrong.

Usage: netdiag probe [OPTIONS] <URL>...

Arguments:
  <URL>...
          What to probe

Options:
  -c, --count <N>
          Number of probes
          
          [default: 1]

  -i, --interval <TIME>
          Time from the start of one probe to the start of the next
          
          [default: 1s]

  -t, --timeout <TIME>
          Time limit for one probe, all phases together
          
          [default: 5s]

  -4, --ipv4
          Use IPv4 only

  -6, --ipv6
          Use IPv6 only

      --netns <NAME|PID|PATH>
          Work in another network namespace

      --race
          Try the addresses of a name side by side (RFC 8305) instead of one after the other

  -s, --source <ADDRESS>
          Use this source address

  -I, --interface <NAME>
          Use this interface only

      --info
          Show what the kernel knows about the connection: round-trip time, retransmissions, segment
          size, path MTU

  -v, --verbose
          Show headers, and what was received

  -q, --quiet
          Show only failures, and the summary

      --format <text|table|json|jsonl>
          Write results as text, as a table for people, as one JSON document, or as JSON lines
          
          [default: text]

      --json
          Short for --format json

      --color <auto|always|never>
          When to use colour
          
          [default: auto]

  -h, --help
          Print help (see a summary with '-h')

  -V, --version
          Print version

Conversation:
      --echo <SIZE>
          Send this many bytes and expect the same bytes back: 64k, 10M

      --send <TEXT>
          Send this; \r \n \t \0 \\ \xNN are escapes. Steps run in the order they are typed

      --expect <REGEX>
          Wait until the peer has sent a match; ^ and $ are the ends of a line, . matches no line
          end

      --expect-text <TEXT>
          Wait until the peer has sent exactly this

      --starttls
          Start TLS

      --end
          Shut down sending: the peer reads an end

      --expect-end
          Wait until the peer has shut down sending

      --talk <FILE>
          Read the steps from a file, one per line: `send TEXT`, `expect REGEX` (see netdiag help
          talk)

      --frame <FRAMING>
          Split the stream into messages: fixed:N, delimiter:TEXT, u8, u16be, u16le, u32be, …, u64le

HTTP:
  -X, --method <METHOD>
          The method: HEAD, POST, and so on; GET unless there is a body

  -H, --header <NAME: VALUE>
          Also send this header

  -d, --data <TEXT>
          Send this body

      --unix-socket <PATH>
          Go through this unix socket instead of the URL's host; @NAME is an abstract name

      --max-redirects <N>
          Follow up to N redirects
          
          [default: 0]

      --max-body <SIZE>
          Fail if the body is longer than this
          
          [default: 10M]

      --expect-status <STATUS,…>
          Expect this status: 200, 200..299, 4xx; by default any below 400

      --expect-header <NAME[: REGEX]>
          Expect this header, and a match in its value if given

      --expect-body <REGEX>
          Expect a match in the body

      --expect-body-text <TEXT>
          Expect exactly this text in the body

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
  # Which phase of a request takes the time?
  netdiag probe https://example.com/health --expect-status 200
  # How long does a connection take, twenty times?
  netdiag probe -c 20 -i 100ms db:5432
  # Talk to a mail server
  netdiag probe mail.example.com:25 --expect '^220 .*\r\n' --send 'QUIT\r\n' --expect '^221 '

More: netdiag help probe|talk|json-probe; docs/probe.md, docs/talk.md, docs/json-probe.md

"#]],
    );
}

#[test]
fn a_mistake_is_marked() {
    shows(
        &["netdiag", "probe", "gopher://h:1"],
        str![[r#"
$ netdiag probe gopher://h:1
---- stderr
netdiag: unknown scheme; known are tcp, tls, udp, unix, unix-dgram, unix-seqpacket, http, https, http+unix, dns, resolve, icmp

  gopher://h:1
  ^^^^^^
---- exit status: 2

"#]],
    );
    shows(
        &["netdiag", "probe", "dns://127.0.0.1/x?type=QQ"],
        str![[r#"
$ netdiag probe dns://127.0.0.1/x?type=QQ
---- stderr
netdiag: no record type: A, AAAA, MX, TXT, TYPE39, and so on

  dns://127.0.0.1/x?type=QQ
                         ^^
---- exit status: 2

"#]],
    );
    shows(
        &["netdiag", "probe", "127.0.0.1:1", "--send", "a\\q"],
        str![[r#"
$ netdiag probe 127.0.0.1:1 --send a\q
---- stderr
netdiag: --send: known are \r \n \t \0 \\ \xNN

  a\q
   ^^
---- exit status: 2

"#]],
    );
    shows(
        &["netdiag", "probe", "127.0.0.1:1", "--expect", "a(b"],
        str![[r#"
$ netdiag probe 127.0.0.1:1 --expect a(b
---- stderr
netdiag: --expect: unclosed group

  a(b
   ^
---- exit status: 2

"#]],
    );
    shows(
        &["netdiag", "probe", "127.0.0.1:1", "--frame", "u24be", "--expect", "a"],
        str![[r#"
$ netdiag probe 127.0.0.1:1 --frame u24be --expect a
---- stderr
netdiag: --frame: known are fixed:N, delimiter:TEXT, u8, u16be, u16le, u32be, u32le, u64be, u64le

  u24be
  ^^^^^
---- exit status: 2

"#]],
    );
    shows(
        &["netdiag", "probe", "http://127.0.0.1:1", "--expect-status", "200..20"],
        str![[r#"
$ netdiag probe http://127.0.0.1:1 --expect-status 200..20
---- stderr
netdiag: --expect-status: no status: 200, 200..299, 2xx

  200..20
       ^^
---- exit status: 2

"#]],
    );
}

#[test]
fn a_script_has_lines() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("talk");
    std::fs::write(&file, "# greeting\nexpect ^220\nsned QUIT\n").unwrap();
    let path = file.to_str().unwrap();
    let session = session(&["netdiag", "probe", "127.0.0.1:1", "--talk", path]).replace(path, "TALK");
    crate::session::reads(
        &session,
        str![[r#"
$ netdiag probe 127.0.0.1:1 --talk TALK
---- stderr
netdiag: TALK:3: no step: known are send, expect, expect-text, starttls, end, expect-end

  sned QUIT
  ^^^^
---- exit status: 2

"#]],
    );
    std::fs::write(&file, "# nothing but this\n\n").unwrap();
    let session =
        crate::session::session(&["netdiag", "probe", "127.0.0.1:1", "--talk", path]).replace(path, "TALK");
    crate::session::reads(
        &session,
        str![[r#"
$ netdiag probe 127.0.0.1:1 --talk TALK
---- stderr
netdiag: --talk TALK: no step in it
---- exit status: 2

"#]],
    );
}

#[test]
fn options_without_a_use() {
    shows(
        &["netdiag", "probe", "http://127.0.0.1:1", "--expect", "a"],
        str![[r#"
$ netdiag probe http://127.0.0.1:1 --expect a
---- stderr
netdiag: a conversation takes a tcp, tls, udp or unix URL
---- exit status: 2

"#]],
    );
    shows(
        &["netdiag", "probe", "127.0.0.1:1", "--max-redirects", "1"],
        str![[r#"
$ netdiag probe 127.0.0.1:1 --max-redirects 1
---- stderr
netdiag: options of HTTP take an http or https URL
---- exit status: 2

"#]],
    );
}

#[test]
fn a_table() {
    shows(
        &["netdiag", "probe", "127.0.0.1:1", "unix:/no/such/socket", "--format", "table"],
        str![[r#"
$ netdiag probe 127.0.0.1:1 unix:/no/such/socket --format table
Outcome         URL                   Why
refused         127.0.0.1:1           connect: connection refused
no-such-socket  unix:/no/such/socket  connect: no such socket
---- exit status: 1

"#]],
    );
    shows(
        &["netdiag", "probe", "127.0.0.1:1", "-s", "198.51.100.1", "-c", "2", "-i", "0", "--format", "table"],
        str![[r#"
$ netdiag probe 127.0.0.1:1 -s 198.51.100.1 -c 2 -i 0 --format table
Outcome  URL           OK  Why
os       127.0.0.1:1  0/2  open: bind: Cannot assign requested address
---- exit status: 3

"#]],
    );
}

#[test]
fn nobody_listens() {
    shows(
        &["netdiag", "probe", "127.0.0.1:1"],
        str![[r#"
$ netdiag probe 127.0.0.1:1
127.0.0.1:1: refused: connect: connection refused
---- exit status: 1

"#]],
    );
    shows(
        &["netdiag", "probe", "unix:/no/such/socket"],
        str![[r#"
$ netdiag probe unix:/no/such/socket
unix:/no/such/socket: no-such-socket: connect: no such socket
---- exit status: 1

"#]],
    );
    shows(
        &["netdiag", "probe", "-q", "-c", "2", "-i", "0", "127.0.0.1:1"],
        str![[r#"
$ netdiag probe -q -c 2 -i 0 127.0.0.1:1
seq=1 127.0.0.1:1: refused: connect: connection refused
seq=2 127.0.0.1:1: refused: connect: connection refused

--- 127.0.0.1:1 probe statistics ---
2 probes, 0 ok, 2 failed
---- exit status: 1

"#]],
    );
}
