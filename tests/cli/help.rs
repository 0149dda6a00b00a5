//! `netdiag help`, and how the help of every tool ends.

use snapbox::str;

use crate::session::{Surroundings, session, shows};

const TOOLS: [&str; 10] =
    ["ping", "trace", "ss", "probe", "connect", "serve", "check", "wait", "schema", "help"];

#[test]
fn topics() {
    shows(
        &["netdiag", "help"],
        str![[r#"
$ netdiag help
netdiag help TOPIC

Tools, with their options and what there is to know of them:
  ping           Send ICMP echo requests to a host and report what comes back
  trace          Trace the path to hosts, and say where on it packets are lost
  mtr            Ask all routers on the way over and over, and report as mtr does
  traceroute     Trace the path to a host as traceroute does
  tracepath      Trace the path to a host, and find its MTU, as tracepath does
  ss             List sockets
  probe          Probe sockets, HTTP and name servers, each phase timed
  connect        Connect standard input and output to a socket
  serve          Serve echo, discard, chargen or HTTP, with faults if asked for
  check          Check that the network is as a file says
  wait           Wait until servers are up, then run a command if one is given
  schema         Print the JSON Schema of a tool's output, or of check files
  help           Show the help of a tool, or a page about a topic

Topics:
  filter         Which sockets: the filter language of ss and of checks
  talk           What is said to a server and expected of it, message framing, escapes
  check-host     Checks of the host they run on: sockets, counters, routes, interfaces
  ci             check in CI, in containers and for monitoring
  conventions    What options and values are called and take, in every tool
  exit-statuses  What the exit status of each tool means
  json           JSON of ss, and the rules that hold for the JSON of all tools
  json-ping      JSON of ping
  json-trace     JSON of trace
  json-ping-mtu  JSON of ping --find-mtu
  json-probe     JSON of probe
  json-serve     JSON of serve
  json-wait      JSON of wait
  json-check     JSON of check
  compatibility  What differs from ping, mtr, ss, nc, curl and others, and why
  limits         Every bound, and what happens at it
  performance    Measured beside ss, ping and other servers

"#]],
    );
}

#[test]
fn every_help_ends_with_examples_and_where_more_is() {
    for tool in TOOLS {
        let help = session(&["netdiag", tool, "--help"]);
        let (_, ending) = help.split_once("\nExamples:\n").unwrap_or_else(|| panic!("{tool}: {help}"));
        let lines: Vec<&str> = ending.lines().collect();
        assert_eq!(lines.len(), 8, "{tool}: {ending}");
        for pair in lines[..6].chunks(2) {
            assert!(pair[0].starts_with("  # ") && pair[1].contains(&format!("netdiag {tool}")), "{pair:?}");
        }
        assert!(lines[7].starts_with("More: netdiag help "), "{tool}: {ending}");
    }
    let own = session(&["netdiag", "--help"]);
    assert!(
        own.contains("\nExamples:\n")
            && own.ends_with("\nMore: netdiag help lists all topics; docs/README.md\n")
    );
}

#[test]
fn a_link_says_only_what_that_program_knows() {
    for words in [["ss", "--help"], ["ping", "-h"]] {
        let help = session(&words);
        assert!(!help.contains("Examples:") && !help.contains("netdiag"), "{help}");
    }
}

#[test]
fn the_help_of_a_tool_is_followed_by_its_page() {
    for tool in TOOLS {
        let help =
            session(&["netdiag", tool, "--help"]).split_off(format!("$ netdiag {tool} --help\n").len());
        let shown = session(&["netdiag", "help", tool]);
        let page = shown.split_once(&help).unwrap_or_else(|| panic!("{tool}: {shown}")).1;
        let title = format!("netdiag {tool}");
        match tool {
            "schema" | "help" => assert_eq!(page, ""),
            "check" => assert!(page.starts_with("\nCheck files\n===========\n"), "{page}"),
            _ => assert!(page.starts_with(&format!("\n{title}\n{}\n", "=".repeat(title.len()))), "{page}"),
        }
    }
}

#[test]
fn a_page_fits_the_screen() {
    let narrow = Surroundings { environment: &[("COLUMNS", "60")], ..Surroundings::default() };
    for topic in ["filter", "exit-statuses", "limits"] {
        let (usual, narrow) =
            (session(&["netdiag", "help", topic]), narrow.session(&["netdiag", "help", topic]));
        assert!(usual.lines().count() < narrow.lines().count(), "{topic}");
        let columns = |line: &&str| line.chars().count();
        let words = narrow.lines().filter(|line| !line.starts_with("    "));
        assert!(words.max_by_key(columns).is_some_and(|line| columns(&line) <= 60), "{topic}: {narrow}");
    }
}

#[test]
fn an_unknown_topic_has_a_suggestion() {
    shows(
        &["netdiag", "help", "filtre"],
        str![[r#"
$ netdiag help filtre
---- stderr
netdiag: there is no help on "filtre"

hint: did you mean `netdiag help filter`? `netdiag help` lists the topics
---- exit status: 2

"#]],
    );
    shows(
        &["netdiag", "help", "everything"],
        str![[r#"
$ netdiag help everything
---- stderr
netdiag: there is no help on "everything"

hint: `netdiag help` lists the topics
---- exit status: 2

"#]],
    );
}
