//! The command itself: what it says without a subcommand, and to one it does not know.

use std::collections::BTreeSet;

use netdiag_text::exit::{TABLES, Table};
use snapbox::str;

use crate::session::{reads, session, shows};

#[test]
fn no_words() {
    shows(
        &["netdiag"],
        str![[r#"
$ netdiag
---- stderr
Network diagnostics: ping hosts, list sockets, probe, connect and serve, check the network

Usage: netdiag <COMMAND>

Commands:
  ping        Send ICMP echo requests to a host and report what comes back
  trace       Trace the path to hosts, and say where on it packets are lost
  mtr         Ask all routers on the way over and over, and report as mtr does
  traceroute  Trace the path to a host as traceroute does
  tracepath   Trace the path to a host, and find its MTU, as tracepath does
  ss          List sockets
  probe       Probe sockets, HTTP and name servers, each phase timed
  connect     Connect standard input and output to a socket
  serve       Serve echo, discard, chargen or HTTP, with faults if asked for
  check       Check that the network is as a file says
  wait        Wait until servers are up, then run a command if one is given
  schema      Print the JSON Schema of a tool's output, or of check files
  help        Show the help of a tool, or a page about a topic

Options:
  -h, --help     Print help
  -V, --version  Print version

Examples:
  # Is a host reachable, how far is it, how steady?
  netdiag ping -c 5 example.com
  # Which programs listen on this machine?
  netdiag ss -tulnp
  # Write down how the network is, and hold it to that
  netdiag check --init net.toml && netdiag check net.toml

More: netdiag help lists all topics; docs/README.md
---- exit status: 2

"#]],
    );
}

#[test]
fn help() {
    shows(
        &["netdiag", "--help"],
        str![[r#"
$ netdiag --help
Network diagnostics: ping hosts, list sockets, probe, connect and serve, check the network

Usage: netdiag <COMMAND>

Commands:
  ping        Send ICMP echo requests to a host and report what comes back
  trace       Trace the path to hosts, and say where on it packets are lost
  mtr         Ask all routers on the way over and over, and report as mtr does
  traceroute  Trace the path to a host as traceroute does
  tracepath   Trace the path to a host, and find its MTU, as tracepath does
  ss          List sockets
  probe       Probe sockets, HTTP and name servers, each phase timed
  connect     Connect standard input and output to a socket
  serve       Serve echo, discard, chargen or HTTP, with faults if asked for
  check       Check that the network is as a file says
  wait        Wait until servers are up, then run a command if one is given
  schema      Print the JSON Schema of a tool's output, or of check files
  help        Show the help of a tool, or a page about a topic

Options:
  -h, --help     Print help
  -V, --version  Print version

Examples:
  # Is a host reachable, how far is it, how steady?
  netdiag ping -c 5 example.com
  # Which programs listen on this machine?
  netdiag ss -tulnp
  # Write down how the network is, and hold it to that
  netdiag check --init net.toml && netdiag check net.toml

More: netdiag help lists all topics; docs/README.md

"#]],
    );
}

#[test]
fn version() {
    let session = session(&["netdiag", "--version"]).replace(env!("CARGO_PKG_VERSION"), "VERSION");
    reads(
        &session,
        str![[r#"
$ netdiag --version
netdiag VERSION

"#]],
    );
}

#[test]
fn unknown_subcommand() {
    shows(
        &["netdiag", "pong"],
        str![[r#"
$ netdiag pong
---- stderr
netdiag: there is no tool 'pong'

hint: did you mean 'ping'? See 'netdiag --help'
---- exit status: 2

"#]],
    );
}

#[test]
fn unknown_option() {
    shows(
        &["netdiag", "--bogus"],
        str![[r#"
$ netdiag --bogus
---- stderr
netdiag: unrecognized option '--bogus'

hint: see 'netdiag --help'
---- exit status: 2

"#]],
    );
}

#[test]
fn a_link_of_another_name_is_still_netdiag() {
    shows(
        &["netdiag-next", "pong"],
        str![[r#"
$ netdiag-next pong
---- stderr
netdiag: there is no tool 'pong'

hint: did you mean 'ping'? See 'netdiag --help'
---- exit status: 2

"#]],
    );
}

#[test]
fn help_names_the_exit_statuses_of_the_tables() {
    let mut told = 0;
    for Table { tool, rows } in TABLES {
        let help = session(&["netdiag", tool, "--help"]);
        let Some((_, statuses)) = help.split_once("\nExit status: ") else { continue };
        let statuses = statuses.split_once("\n\n").unwrap().0.replace('\n', " ");
        let number = |part: &str| part.split_whitespace().next()?.parse::<u8>().ok();
        let named: BTreeSet<u8> = statuses.split(';').filter_map(number).collect();
        assert_eq!(named, rows.iter().map(|row| row.status).collect(), "{tool}: {statuses}");
        told += 1;
    }
    assert_eq!(told, 7, "tools that name theirs in their help");
}
