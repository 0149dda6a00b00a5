//! `ping` where nothing is sent: its help, and what it refuses before it opens a socket.
//!
//! As root and as anybody else the outcome is the same, and so it is with and without a network. What is said under the name
//! `ping` is compared by scripts; only `netdiag ping` adds hints.

use snapbox::str;

use crate::session::{reads, session, shows};

/// Both names, in this order: the drop-in, and ours.
#[track_caller]
fn both(words: &str) -> String {
    let words: Vec<&str> = words.split_whitespace().collect();
    [&["ping"][..], &["netdiag", "ping"]].map(|name| session(&[name, &words].concat())).concat()
}

#[test]
fn help() {
    shows(
        &["netdiag", "ping", "--help"],
        str![[r#"
$ netdiag ping --help
Send ICMP echo requests to a host and report what comes back

Usage: netdiag ping [OPTIONS] [DESTINATION]...

Arguments:
  [DESTINATION]...  Host name or address; as `ping`, IPv4 routers to pass may stand before it

Options:
  -3
          Print round-trip times with all three decimals
  -4
          Use IPv4 only
  -6
          Use IPv6 only
  -a
          Ring the bell at each reply
  -A
          Send as fast as replies come, one probe per round trip
  -b
          Allow a broadcast destination
  -B
          Keep the source address chosen at the start
  -c <COUNT>
          Stop after sending this many probes; with -w, after this many replies
  -C
          Connect the socket, so that it hears the destination only
  -d
          Set SO_DEBUG on the socket
  -D
          Print the time of day before each line
  -e <IDENT>
          Use this identifier; 0 is for raw sockets only
  -f
          Flood: a dot for each probe, taken back by its reply
  -F <LABEL>
          Use this IPv6 flow label; 0 has the kernel choose one
  -H
          Print host names even for a destination given as a number
  -i <SECONDS>
          Seconds between probes; 0 sends the next as soon as the last is answered [default: 1]
  -I <ADDRESS|INTERFACE>
          Send from this address or through this interface; may be given for both
  -j
          Print JSON objects as upstream does
  -l <COUNT>
          Send this many probes without waiting [default: 1]
  -L
          Keep multicast probes from coming back to this machine
  -m <MARK>
          Mark packets for routing and filtering
  -M <STRATEGY>
          Path MTU discovery: do, want, dont or probe
  -n
          Print numbers, never host names
  -N <QUERY>
          Node information queries: not supported
  -O
          Say before each probe that the one before is not answered yet
  -p <HEX>
          Fill probes with these bytes, up to 16 in hexadecimal
  -q
          Print only the header and the summary
  -Q <TOS>
          Type of service or traffic class
  -r
          Bypass routing: hosts on a link of this machine only
  -R
          Record the route (IPv4)
  -s <BYTES>
          Data bytes in a probe [default: 56]
  -S <BYTES>
          Bytes of the socket's send buffer
  -t <HOPS>
          TTL or hop limit of the probes
  -T <KIND>
          Have routers stamp the probes (IPv4): tsonly, tsandaddr or tsprespec
  -U
          Measure what this process sees, without the kernel's time stamps
  -v
          Say more
  -V
          Print the version and exit
  -w <SECONDS>
          End the run after this many seconds, however many replies came [default: 0]
  -W <SECONDS>
          Seconds to wait after the last probe if nothing was answered; 0 waits for ever [default:
          10]
      --timeout <DURATION>
          Give a probe up after this long (300ms, 2s), with a line at its own time
      --until-reply
          End the run with the first reply
      --until-loss
          End the run with the first lost probe or error; a probe is lost after --timeout, or after
          a second
      --percentiles
          Add percentiles of the round-trip times to the summary
      --time-format <iso|unix|relative>
          Print the time before each line: of day (iso), since 1970 (unix) or since the start
          (relative)
      --max-loss <PERCENT>
          Fail if more probes than this are lost, in percent
      --max-rtt-avg <DURATION>
          Fail if the mean round-trip time is longer
      --max-rtt-max <DURATION>
          Fail if any round-trip time is longer
      --max-rtt-p99 <DURATION>
          Fail if more than one round trip in a hundred takes longer
      --max-jitter <DURATION>
          Fail if the jitter (RFC 3550) is larger
      --format <text|table|json|jsonl>
          Write results as text, as a table for people, as one JSON document, or as JSON lines
          [default: text]
      --color <auto|always|never>
          Colour tables [default: auto]
  -h, --help
          Print help

"#]],
    );
    shows(
        &["ping", "-h"],
        str![[r#"
$ ping -h
---- stderr
Send ICMP echo requests to a host and report what comes back

Usage: ping [OPTIONS] [DESTINATION]...

Arguments:
  [DESTINATION]...  Host name or address; as `ping`, IPv4 routers to pass may stand before it

Options:
  -3
          Print round-trip times with all three decimals
  -4
          Use IPv4 only
  -6
          Use IPv6 only
  -a
          Ring the bell at each reply
  -A
          Send as fast as replies come, one probe per round trip
  -b
          Allow a broadcast destination
  -B
          Keep the source address chosen at the start
  -c <COUNT>
          Stop after sending this many probes; with -w, after this many replies
  -C
          Connect the socket, so that it hears the destination only
  -d
          Set SO_DEBUG on the socket
  -D
          Print the time of day before each line
  -e <IDENT>
          Use this identifier; 0 is for raw sockets only
  -f
          Flood: a dot for each probe, taken back by its reply
  -F <LABEL>
          Use this IPv6 flow label; 0 has the kernel choose one
  -H
          Print host names even for a destination given as a number
  -i <SECONDS>
          Seconds between probes; 0 sends the next as soon as the last is answered [default: 1]
  -I <ADDRESS|INTERFACE>
          Send from this address or through this interface; may be given for both
  -j
          Print JSON objects as upstream does
  -l <COUNT>
          Send this many probes without waiting [default: 1]
  -L
          Keep multicast probes from coming back to this machine
  -m <MARK>
          Mark packets for routing and filtering
  -M <STRATEGY>
          Path MTU discovery: do, want, dont or probe
  -n
          Print numbers, never host names
  -N <QUERY>
          Node information queries: not supported
  -O
          Say before each probe that the one before is not answered yet
  -p <HEX>
          Fill probes with these bytes, up to 16 in hexadecimal
  -q
          Print only the header and the summary
  -Q <TOS>
          Type of service or traffic class
  -r
          Bypass routing: hosts on a link of this machine only
  -R
          Record the route (IPv4)
  -s <BYTES>
          Data bytes in a probe [default: 56]
  -S <BYTES>
          Bytes of the socket's send buffer
  -t <HOPS>
          TTL or hop limit of the probes
  -T <KIND>
          Have routers stamp the probes (IPv4): tsonly, tsandaddr or tsprespec
  -U
          Measure what this process sees, without the kernel's time stamps
  -v
          Say more
  -V
          Print the version and exit
  -w <SECONDS>
          End the run after this many seconds, however many replies came [default: 0]
  -W <SECONDS>
          Seconds to wait after the last probe if nothing was answered; 0 waits for ever [default:
          10]
      --timeout <DURATION>
          Give a probe up after this long (300ms, 2s), with a line at its own time
      --until-reply
          End the run with the first reply
      --until-loss
          End the run with the first lost probe or error; a probe is lost after --timeout, or after
          a second
      --percentiles
          Add percentiles of the round-trip times to the summary
      --time-format <iso|unix|relative>
          Print the time before each line: of day (iso), since 1970 (unix) or since the start
          (relative)
      --max-loss <PERCENT>
          Fail if more probes than this are lost, in percent
      --max-rtt-avg <DURATION>
          Fail if the mean round-trip time is longer
      --max-rtt-max <DURATION>
          Fail if any round-trip time is longer
      --max-rtt-p99 <DURATION>
          Fail if more than one round trip in a hundred takes longer
      --max-jitter <DURATION>
          Fail if the jitter (RFC 3550) is larger
      --format <text|table|json|jsonl>
          Write results as text, as a table for people, as one JSON document, or as JSON lines
          [default: text]
      --color <auto|always|never>
          Colour tables [default: auto]
  -h, --help
          Print help
---- exit status: 2

"#]],
    );
}

#[test]
fn version() {
    let session = both("-V").replace(env!("CARGO_PKG_VERSION"), "VERSION");
    reads(
        &session,
        str![[r#"
$ ping -V
ping from netdiag VERSION, compatible with iputils 20250605
$ netdiag ping -V
ping from netdiag VERSION, compatible with iputils 20250605

"#]],
    );
}

#[test]
fn the_names_family_and_the_options_must_agree() {
    shows(
        &["ping6", "-4", "127.0.0.1"],
        str![[r#"
$ ping6 -4 127.0.0.1
---- stderr
ping6: only one -4 or -6 option may be specified
---- exit status: 2

"#]],
    );
    shows(
        &["ping4", "-6", "::1"],
        str![[r#"
$ ping4 -6 ::1
---- stderr
ping4: only one -4 or -6 option may be specified
---- exit status: 2

"#]],
    );
}

#[test]
fn unknown_option() {
    reads(
        &both("-z"),
        str![[r#"
$ ping -z
---- stderr
ping: invalid option -- 'z'

...
---- exit status: 2
$ netdiag ping -z
---- stderr
netdiag: invalid option -- 'z'

...
---- exit status: 2

"#]],
    );
    reads(
        &both("--bogus"),
        str![[r#"
$ ping --bogus
---- stderr
ping: unrecognized option '--bogus'

...
---- exit status: 2
$ netdiag ping --bogus
---- stderr
netdiag: unrecognized option '--bogus'

...
---- exit status: 2

"#]],
    );
}

#[test]
fn a_missing_value() {
    reads(
        &both("-c"),
        str![[r#"
$ ping -c
---- stderr
ping: option requires an argument -- 'c'

...
---- exit status: 2
$ netdiag ping -c
---- stderr
netdiag: option requires an argument -- 'c'

...
---- exit status: 2

"#]],
    );
}

#[test]
fn no_destination() {
    reads(
        &both(""),
        str![[r#"
$ ping
---- stderr
ping: usage error: Destination address required
---- exit status: 2
$ netdiag ping
---- stderr
netdiag: usage error: Destination address required

hint: netdiag ping HOST
---- exit status: 2

"#]],
    );
}

#[test]
fn one_destination_at_most() {
    shows(
        &["netdiag", "ping", "127.0.0.1", "127.0.0.2"],
        str![[r#"
$ netdiag ping 127.0.0.1 127.0.0.2
---- stderr
netdiag: several words: reserved for several destinations, which are not supported yet

hint: one `netdiag ping` for each; to pass routers on the way, call it as `ping`
---- exit status: 2

"#]],
    );
}

#[test]
fn garbage_after_a_number_is_named() {
    reads(
        &both("-i 1x -W abc"),
        str![[r#"
$ ping -i 1x -W abc
---- stderr
ping: option argument contains garbage: x
ping: this will become fatal error in the future
ping: option argument contains garbage: abc
ping: this will become fatal error in the future
ping: usage error: Destination address required
---- exit status: 2
$ netdiag ping -i 1x -W abc
---- stderr
netdiag: option argument contains garbage: x
netdiag: this will become fatal error in the future
netdiag: option argument contains garbage: abc
netdiag: this will become fatal error in the future
netdiag: usage error: Destination address required

hint: netdiag ping HOST
---- exit status: 2

"#]],
    );
}
