//! What `ping` says of its options, under both names.

use snapbox::str;

use crate::session::{session, shows};

#[test]
fn help() {
    shows(
        &["netdiag", "ping", "--help"],
        str![[r#"
$ netdiag ping --help
Send ICMP echo requests to a host and report what comes back

Usage: netdiag ping [OPTIONS] [DESTINATION]...

Arguments:
  [DESTINATION]...  Host name or address; under the name `ping`, IPv4 routers to pass through may
                    come before it

Options:
  -3, --exact
          Print round-trip times with all three decimals
  -4, --ipv4
          Use IPv4 only
  -6, --ipv6
          Use IPv6 only
  -a, --audible
          Ring the bell at each reply
  -A, --adaptive
          Send as fast as replies come, one probe per round trip
  -b, --broadcast
          Allow a broadcast destination
  -B, --strict-source
          Keep the source address chosen at the start
  -c, --count <N>
          Stop after sending this many probes; with -w or --deadline, after this many replies
  -C, --connect
          Connect the socket, so that it receives from the destination only
  -d, --debug
          Set SO_DEBUG on the socket
  -D, --print-time
          Print the time of day before each line
  -e, --ident <IDENT>
          Use this identifier; 0 is for raw sockets only
  -f, --flood
          Flood: send as fast as possible, print a dot for each probe, erase one for each reply
  -F, --flow-label <LABEL>
          Use this IPv6 flow label; 0 lets the kernel choose one
  -H, --names
          Print host names even for a destination given as a number
  -i <SECONDS>
          Seconds between probes; 0 sends the next as soon as the last is answered [default: 1]
      --interval <TIME>
          Time from the start of one probe to the start of the next
  -I <ADDRESS|INTERFACE>
          Send from this address or through this interface; may be given for both
      --source <ADDRESS>
          Use this source address
      --interface <NAME>
          Use this interface only
  -j
          Print JSON objects as upstream does
  -l, --preload <N>
          Send this many probes without waiting [default: 1]
  -L, --no-loopback
          Do not loop multicast probes back to this machine
  -m, --mark <MARK>
          Mark packets for routing and filtering
  -M, --path-mtu <STRATEGY>
          Path MTU discovery: do, want, dont or probe
  -n, --numeric
          Print numbers, never host names
  -N <QUERY>
          Node information queries: not supported
  -O, --outstanding
          Print a line if the last probe is unanswered when the next one is sent
  -p, --pattern <HEX>
          Fill probes with these bytes, up to 16 in hexadecimal
  -q, --quiet
          Print only the header and the summary
  -Q, --tos <TOS>
          Type of service or traffic class: a number, or a DSCP by its name (ef, af11, cs1)
  -r, --bypass-routing
          Bypass routing: hosts on a link of this machine only
  -R, --record-route
          Record the route (IPv4)
  -s, --size <SIZE>
          Data bytes in a probe [default: 56]
  -S, --send-buffer <SIZE>
          Bytes of the socket's send buffer
  -t, --ttl <N>
          TTL or hop limit of the probes
  -T, --ip-timestamps <KIND>
          Ask routers for their time stamps (IPv4): tsonly, tsandaddr or tsprespec
  -U, --user-time
          Measure with this process's clock, without the kernel's time stamps
  -v, --verbose
          Print more
  -V, --version
          Print version
  -w <SECONDS>
          End the run after this many seconds, however many replies came [default: 0, never]
      --deadline <TIME>
          End the whole run after this time, however many replies came
  -W <SECONDS>
          Seconds to wait after the last probe if nothing was answered; 0 waits for ever [default:
          10]
      --linger <TIME>
          Time to wait after the last probe if nothing was answered
      --timeout <TIME>
          Time limit for one probe; a line is printed when it is up
      --until-reply
          End the run with the first reply
      --until-loss
          End the run with the first lost probe or error; a probe is lost after --timeout, or after
          a second
      --percentiles
          Add percentiles of the round-trip times and their jitter (RFC 3550) to the summary
      --find-mtu
          Find the largest packet that gets through unfragmented (the path's MTU) instead of pinging
      --no-live
          Keep no line about the last probes below the others on a terminal
      --time-format <iso|unix|relative>
          Print the time before each line, or add it to each JSON event: of day (iso), since 1970
          (unix) or since the start (relative)
      --max-loss <PERCENT>
          Fail if more probes than this are lost: 1%
      --max-rtt-avg <TIME>
          Fail if the mean round-trip time is longer
      --max-rtt-max <TIME>
          Fail if any round-trip time is longer
      --max-rtt-p99 <TIME>
          Fail if more than one round trip in a hundred takes longer
      --max-jitter <TIME>
          Fail if the jitter (RFC 3550) is larger
      --netns <NAME|PID|PATH>
          Work in another network namespace
      --format <text|json|jsonl>
          Write results as text, as one JSON document, or as JSON lines [default: text]
      --json
          Short for --format json
      --color <auto|always|never>
          When to use colour [default: auto]
  -h, --help
          Print help

Examples:
  # Five probes, then the summary
  netdiag ping -c 5 example.com
  # Fail unless loss and round trips keep to bounds
  netdiag ping -q -c 100 -i 10ms --max-loss 1% --max-rtt-p99 20ms gateway
  # Wait until a host answers, a minute at most
  netdiag ping --until-reply --deadline 60s db

More: netdiag help ping|json-ping|compatibility; docs/ping.md, docs/json-ping.md, docs/compatibility.md

"#]],
    );
}

#[test]
fn a_link_says_the_same_under_its_name_as_misuse_does() {
    let (_, ours) = session(&["netdiag", "ping", "--help"]).split_once('\n').map(owned).unwrap();
    let (_, linked) = session(&["ping", "-h"]).split_once('\n').map(owned).unwrap();
    let (ours, _) = ours.split_once("\nExamples:").unwrap();
    let expected = ours.replace("netdiag ping [OPTIONS]", "ping [OPTIONS]");
    assert_eq!(linked, format!("---- stderr\n{expected}---- exit status: 2\n"));
}

fn owned((first, rest): (&str, &str)) -> (String, String) {
    (first.to_owned(), rest.to_owned())
}
