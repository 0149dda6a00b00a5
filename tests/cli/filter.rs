//! Filters that cannot be read: what is said under our own name and under `ss`.

use crate::session::{Surroundings, reads, session, shows};

#[test]
fn under_our_name_the_place_is_marked() {
    shows(
        &["netdiag", "ss", "-t", "sport = 22 and", "dport 22/tcp"],
        "\
$ netdiag ss -t sport = 22 and dport 22/tcp
---- stderr
netdiag: \"22/tcp\" is neither a port nor a known service

  sport = 22 and dport 22/tcp
                       ^^^^^^

hint: the protocol is chosen by -t or -u, or netid = tcp: dport = 22
---- exit status: 1
",
    );
    shows(
        &["netdiag", "ss", "-t", "sprot = 22"],
        "\
$ netdiag ss -t sprot = 22
---- stderr
netdiag: \"sprot\" is no predicate

  sprot = 22
  ^^^^^

hint: predicates are src, dst, sport, dport, dev, fwmark, cgroup, autobound, uid, user, pid, process, inode, cookie, recvq, sendq, family, netid, retrans, rtt, idle, limited
---- exit status: 1
",
    );
}

#[test]
fn under_upstreams_name_the_words_are_upstreams() {
    shows(
        &["ss", "-t", "dst", "10.0.0.0/33"],
        "\
$ ss -t dst 10.0.0.0/33
---- stderr
Error: an inet prefix is expected rather than \"10.0.0.0/33\".
Cannot parse dst/src address.
---- exit status: 1
",
    );
    let session = session(&["ss", "-t", "dst"]);
    let first = "$ ss -t dst\n---- stderr\nss: bison bellows (while parsing filter): \"syntax error!\" Sorry.\nList sockets\n";
    assert!(session.starts_with(first), "{session}");
    assert!(session.ends_with("---- exit status: 255\n"), "{session}");
}

#[test]
fn a_filter_that_chooses_nothing_is_no_failure() {
    let states = "sport = 1 and sport = 2 state established";
    #[rustfmt::skip]
    let cases = [
        ("dport = 99999", "State Recv-Q Send-Q Local Address:Port Peer Address:Port\n"),
        ("src unix:/x",   "State Recv-Q Send-Q Local Address:Port Peer Address:Port\n"),
        ("netid = udp",   "State Recv-Q Send-Q Local Address:Port Peer Address:Port\n"),
        (states,          "Recv-Q Send-Q Local Address:Port Peer Address:Port\n"),
    ];
    for (filter, header) in cases {
        shows(&["ss", "-tan", filter], format!("$ ss -tan {filter}\n{header}"));
    }
}

#[test]
fn how_and_and_or_were_read_is_said_to_those_who_can_use_it() {
    let filter = "sport = 1 or sport = 2 and sport = 3";
    let words = "and binds tighter than or; the filter is read as: sport = 1 or ( sport = 2 and sport = 3 )";
    assert!(session(&["netdiag", "ss", "-tanH", filter]).contains(words));
    assert_eq!(session(&["ss", "-tanH", filter]), format!("$ ss -tanH {filter}\n"));
}

#[test]
fn a_filter_can_be_in_a_file() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("filter");
    std::fs::write(&path, "# nobody listens here\nsport = 1\nand dport = 2\n").unwrap();
    let path = path.to_str().unwrap();
    assert_eq!(session(&["ss", "-tanH", "-F", path]), format!("$ ss -tanH -F {path}\n"));
    shows(
        &["ss", "-F", path, "-F", path],
        format!("$ ss -F {path} -F {path}\n---- stderr\nMore than one filter file\n---- exit status: 255\n"),
    );
    shows(
        &["ss", "-F", "/nonexistent"],
        "$ ss -F /nonexistent\n---- stderr\nfopen filter file: No such file or directory\n---- exit status: 255\n",
    );
}

#[test]
fn ports_that_the_kernel_does_not_tell_are_not_made_up() {
    let environment = [("PROC_ROOT", "/nonexistent")];
    let surroundings = Surroundings { environment: &environment, ..Surroundings::default() };
    reads(
        &surroundings.session(&["netdiag", "ss", "-t", "autobound"]),
        "\
$ netdiag ss -t autobound
---- stderr
netdiag: cannot tell which ports the kernel hands out: /nonexistent/sys/net/ipv4/ip_local_port_range: No such file or directory

  autobound
  ^^^^^^^^^

hint: say which ports are meant: sport >= 32768 and sport <= 60999
---- exit status: 1
",
    );
    // Upstream assumes some, and goes on.
    assert!(surroundings.session(&["ss", "-t", "autobound"]).contains("cannot read /nonexistent/net/tcp"));
}
