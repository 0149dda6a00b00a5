//! `netdiag wait`: its help, and what it says to mistakes. How it waits is tested in tests/clients.

use snapbox::str;

use crate::session::shows;

#[test]
fn help() {
    shows(
        &["netdiag", "wait", "--help"],
        str![[r#"
$ netdiag wait --help
Wait until servers are up, then run a command if one is given

A target is what `netdiag probe` takes: tcp://HOST:PORT (or just HOST:PORT, PORT), tls://…, udp://…,
unix:PATH, http://… (or just HOST:PORT/PATH), https://…, dns://SERVER/NAME, dns:NAME, icmp://HOST.
TCP and UDP ports of this host and unix sockets are watched without connecting. A UDP port elsewhere
is up when it answers an empty datagram; HTTP is when the status is below 400.

Exit status: 0 they are, or that of CMD; 1 the process of --pid-alive has ended; 2 usage; 124 time
is up; 125 waiting itself failed; 126 CMD cannot be run; 127 CMD is not found; 128+N ended by signal
N.

Usage: netdiag wait [OPTIONS] <TARGET>... [-- <CMD>...]

Arguments:
  <TARGET>...
          What to wait for

  [CMD]...
          Command to run then, in place of this process

Options:
  -w, --deadline <TIME>
          End the whole run after this time; 0 is never
          
          [default: 60s]

  -t, --timeout <TIME>
          Time limit for one look
          
          [default: 5s]

      --stable <N>
          Times in a row that a target has to be up
          
          [default: 1]

      --any
          Succeed as soon as one of the targets is up

      --down
          Wait until the targets are down: refused, unreachable, or gone; silence does not count

      --pid-alive <PID>
          Give up when this process ends

  -i, --interval <TIME>
          Time between two looks; by default short at first, growing to a second

  -q, --quiet
          Print nothing

      --format <text|json|jsonl>
          Write results as text, as one JSON document, or as JSON lines
          
          [default: text]

      --json
          Short for --format json

  -4, --ipv4
          Use IPv4 only

  -6, --ipv6
          Use IPv6 only

      --netns <NAME|PID|PATH>
          Work in another network namespace

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
  # Start the tests once the database takes connections
  netdiag wait db:5432 -- ./run-tests
  # Wait for any of two, ten seconds at most
  netdiag wait --any --deadline 10s unix:/run/app.sock localhost:8080
  # Wait until a server has gone
  netdiag wait --down localhost:8080

More: netdiag help wait|json-wait|exit-statuses; docs/wait.md, docs/json-wait.md, docs/exit-statuses.md

"#]],
    );
}

#[test]
fn mistakes_are_pointed_at() {
    shows(
        &["netdiag", "wait", "db:5432", "gopher://h:1"],
        str![[r#"
$ netdiag wait db:5432 gopher://h:1
---- stderr
netdiag: unknown scheme; known are tcp, tls, udp, unix, unix-dgram, unix-seqpacket, http, https, http+unix, dns, resolve, icmp

  gopher://h:1
  ^^^^^^

hint: was `--` forgotten before the command? netdiag wait db:5432 -- gopher://h:1
---- exit status: 2

"#]],
    );
    shows(
        &["netdiag", "wait", "db:65536"],
        str![[r#"
$ netdiag wait db:65536
---- stderr
netdiag: out of range: ports are 0 to 65535

  db:65536
     ^^^^^
---- exit status: 2

"#]],
    );
    shows(
        &["netdiag", "wait"],
        str![[r#"
$ netdiag wait
---- stderr
netdiag: missing: <TARGET>...

hint: see 'netdiag wait --help'
---- exit status: 2

"#]],
    );
    shows(
        &["netdiag", "wait", "db:1", "--stable", "0"],
        str![[r#"
$ netdiag wait db:1 --stable 0
---- stderr
netdiag: invalid value '0' for '--stable <N>': a whole number from 1 to 4294967295 is wanted

hint: see 'netdiag wait --help'
---- exit status: 2

"#]],
    );
    shows(
        &["netdiag", "wait", "db:1", "--deadline", "soon"],
        str![[r#"
$ netdiag wait db:1 --deadline soon
---- stderr
netdiag: invalid value 'soon' for '--deadline <TIME>': no length of time: 0.5s, 200ms, 1m30s

hint: see 'netdiag wait --help'
---- exit status: 2

"#]],
    );
    shows(
        &["netdiag", "wait", "db:1", "--pid-alive", "0"],
        str![[r#"
$ netdiag wait db:1 --pid-alive 0
---- stderr
netdiag: invalid value '0' for '--pid-alive <PID>': a whole number from 1 to 2147483647 is wanted

hint: see 'netdiag wait --help'
---- exit status: 2

"#]],
    );
}

#[test]
fn whoever_gives_seconds_for_the_whole_run_is_told() {
    shows(
        &["netdiag", "wait", "-t", "30", "db:5432"],
        str![[r#"
$ netdiag wait -t 30 db:5432
---- stderr
netdiag: invalid value '30' for '--timeout <TIME>': a unit is missing, as in 30s; the time of the whole run is --deadline

hint: see 'netdiag wait --help'
---- exit status: 2

"#]],
    );
}

#[test]
fn a_command_without_its_dashes_is_recognized() {
    let directory = tempfile::tempdir().unwrap();
    let program = directory.path().join("test");
    std::fs::write(&program, "#!/bin/sh\n").unwrap();
    std::fs::set_permissions(&program, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let path = program.to_str().unwrap();
    let session = crate::session::session(&["netdiag", "wait", "-w", "5s", "5432", path, "--all"]);
    let hint =
        format!("hint: was `--` forgotten before the command? netdiag wait -w 5s 5432 -- {path} --all\n");
    assert!(session.contains("unrecognized option '--all'") && session.contains(&hint), "{session}");
    let sessions = [
        crate::session::session(&["netdiag", "wait", "-w", "5s", "5432", path, "a b"]),
        crate::session::session(&["netdiag", "wait", "5432", "npm", "test"]),
        crate::session::session(&["netdiag", "wait", "redis://db"]),
    ];
    crate::session::reads(
        &sessions.concat().replace(path, "./test"),
        str![[r#"
$ netdiag wait -w 5s 5432 ./test a b
---- stderr
netdiag: ./test: a program, not a socket

hint: was `--` forgotten before the command? netdiag wait -w 5s 5432 -- ./test 'a b'
---- exit status: 2
$ netdiag wait 5432 npm test
---- stderr
netdiag: a port is missing: HOST:PORT

  npm
     ^

hint: was `--` forgotten before the command? netdiag wait 5432 -- npm test
---- exit status: 2
$ netdiag wait redis://db
---- stderr
netdiag: unknown scheme; known are tcp, tls, udp, unix, unix-dgram, unix-seqpacket, http, https, http+unix, dns, resolve, icmp

  redis://db
  ^^^^^

hint: did you mean tcp://db:6379?
---- exit status: 2

"#]],
    );
}
