//! Filters as they are typed: what they mean, what is wrong with them, and that printing loses nothing.

use proptest::prelude::*;

use super::super::fuzzing::Fixed;
use super::*;

const TCP: Defaults = Defaults { family: None, tcp: true, udp: false };

fn read(text: &str) -> Result<Filter, FilterError> {
    Parser::new(text.as_bytes(), TCP, &Fixed).filter()
}

#[test]
fn what_is_typed_is_understood() {
    #[rustfmt::skip]
    let cases = [
        // typed,                            understood
        ("sport = 22",                       "sport = 22"),
        ("sport eq :ssh",                    "sport = 22"),
        ("sport==026",                       "sport = 22"),
        ("dport=0x16",                       "dport = 22"),
        ("dport>1024",                       "dport > 1024"),
        ("sport geq 1 sport leq 9",          "sport >= 1 and sport <= 9"),
        ("sport neq 99999",                  "sport != 99999"),
        ("sport <= 65558",                   "sport <= 65558"),
        ("dport = -1",                       "dport = -1"),
        ("sport *",                          "src *"),
        ("sport != *",                       "not src *"),
        ("(sport=22)",                       "sport = 22"),
        ("!sport=22&&dport=http",            "not sport = 22 and dport = 80"),
        ("not(sport=22||dport=80)",          "not ( sport = 22 or dport = 80 )"),
        ("sport = 1 or sport = 2 and dport = 3", "sport = 1 or ( sport = 2 and dport = 3 )"),
        ("sport = 1 | sport = 2 dport = 3 | dport = 4", "sport = 1 or ( sport = 2 and dport = 3 ) or dport = 4"),
        ("( sport = 1 or sport = 2 ) dport 3", "( sport = 1 or sport = 2 ) and dport = 3"),
        ("src 10/8",                         "src 10.0.0.0/8"),
        ("src 10.1",                         "src 10.1.0.0"),
        ("src 010.0x7f.0.1",                 "src 8.127.0.1"),
        ("src 10.0.0.1/255.255.0.0:22",      "src 10.0.0.1/16:22"),
        ("src = 10/8:22",                    "src 10.0.0.0/8:22"),
        ("dst != 10.0.0.1",                  "not dst 10.0.0.1"),
        ("src :22",                          "sport = 22"),
        ("src *:ssh",                        "sport = 22"),
        ("src *",                            "src *"),
        ("src any",                          "src *"),
        ("src inet:any",                     "src 0.0.0.0/0"),
        ("src inet6:all",                    "src [::/0]"),
        ("dst ::1",                          "dst [::1]"),
        ("dst ::",                           "dst [::]"),
        ("dst ::1:22",                       "dst [::1]:22"),
        ("dst 2001:db8::1",                  "dst [2001:db8::1]"),
        ("dst 1:2:3:4:5:6:7:8",              "dst [1:2:3:4:5:6:7:8]"),
        ("dst fe80::ab:cafe",                "dst [fe80::ab:cafe]"),
        ("dst ::1/128",                      "dst [::1]"),
        ("dst [::1/64]:22",                  "dst [::1/64]:22"),
        ("dst [::1]/64:22",                  "dst [::1/64]:22"),
        ("dst [::1]/128",                    "dst [::1]"),
        ("dst [::1]22",                      "dst [::1]:22"),
        ("dst inet6:::1",                    "dst [::1]"),
        ("dst many",                         "dst 127.0.0.1 or dst 127.0.0.2 or dst [::1]"),
        ("dst != many:22",                   "not ( dst 127.0.0.1:22 or dst 127.0.0.2:22 or dst [::1]:22 )"),
        ("dst inet6:many",                   "dst [::1]"),
        ("src unix:/run/*",                  "src unix:/run/*"),
        (r"src unix:/a\ (b)",                r"src unix:/a\ (b)"),
        ("sport = unix:@x",                  "src unix:@x"),
        ("src link:ip:lo",                   "src link:2048:1"),
        ("src link:*",                       "src link:*"),
        ("sport = link:lo",                  "sport = 1"),
        ("src netlink:genl:kernel",          "src netlink:16:0"),
        ("sport = netlink:-5",               "sport = -5"),
        ("src vsock:3:*",                    "src vsock:3"),
        ("dev lo",                           "dev = 1"),
        ("dev != if7",                       "not dev = 7"),
        ("fwmark 0x10/0xff",                 "fwmark = 0x10/0xff"),
        ("fwmark != -1",                     "not fwmark = 0xffffffff"),
        ("cgroup = /a(b)",                   "cgroup = id:7"),
        ("autobound",                        "autobound"),
        ("uid = 0",                          "uid = 0"),
        ("uid >= root",                      "uid >= 0"),
        ("user != root",                     "uid != 0"),
        ("inode=9&cookie=0xa",               "inode = 9 and cookie = 10"),
        ("recvq>0 or sendq >= 1000",         "recvq > 0 or sendq >= 1000"),
        ("retrans>5 rtt > 0.1s",              "retrans > 5 and rtt > 100ms"),
        ("rtt = 1500us or rtt <= 1m30s",     "rtt = 1500us or rtt <= 90s"),
        ("idle geq 5m",                      "idle >= 300s"),
        ("idle != 0",                        "idle != 0s"),
        ("rtt < 7ns",                        "rtt < 7ns"),
        ("limited rwnd or limited != none",  "limited = rwnd or limited != none"),
        ("family = inet6 netid tcp",         "family = inet6 and netid = tcp"),
        ("(process=\"NGIN*\")",              "process = \"NGIN*\""),
        ("process != nginx",                 "not process = \"nginx\""),
        (r#"process "a \"b""#,               r#"process = "a \"b""#),
        ("pid = 1",                          "pid = 1"),
        ("not not sport 1",                  "not not sport = 1"),
        ("",                                 "src *"),
        (" \t ",                             "src *"),
    ];
    for (text, expected) in cases {
        match read(text) {
            Ok(filter) => assert_eq!(filter.expr.to_string(), expected, "{text}"),
            Err(wrong) => panic!("{text}: {wrong:?}"),
        }
    }
}

#[test]
fn what_is_wrong_is_said_in_upstreams_words_and_ours() {
    const SYNTAX: &str = "ss: bison bellows (while parsing filter): \"syntax error!\" Sorry.";
    #[rustfmt::skip]
    let cases = [
        // typed,                place,  upstream's first line
        ("dst",                  3..3,   SYNTAX),
        ("dport =",              7..7,   SYNTAX),
        ("dport = 22 and",       14..14, SYNTAX),
        ("( dport = 22",         0..1,   SYNTAX),
        ("dport = 22 )",         11..12, SYNTAX),
        ("dport ! 22",           6..7,   SYNTAX),
        ("!= 22",                0..2,   SYNTAX),
        ("dev > lo",             4..5,   SYNTAX),
        ("limited > rwnd",       8..9,   SYNTAX),
        ("dst > 10",             4..5,   SYNTAX),
        ("cgroup",               6..6,   SYNTAX),
        ("autobound = 1",        10..11, SYNTAX),
        ("dport = dst",          8..11,  SYNTAX),
        ("10.0.0.1",             0..8,   SYNTAX),
        ("sport = 1 2",          10..11, SYNTAX),
        ("( )",                  2..3,   SYNTAX),
        ("dst 1.2.3.4.5",        4..13,  "Error: an inet prefix is expected rather than \"1.2.3.4.5\"."),
        ("dst 300.1.1.1",        4..13,  "Error: an inet prefix is expected rather than \"300.1.1.1\"."),
        ("dst 10.0.0.0/33",      4..15,  "Error: an inet prefix is expected rather than \"10.0.0.0/33\"."),
        ("dst foo",              4..7,   "Error: an inet prefix is expected rather than \"foo\"."),
        ("foo",                  0..3,   "Error: an inet prefix is expected rather than \"foo\"."),
        ("sport = 22 foo",       11..14, "Error: \"foo\" does not look like a port."),
        ("dst inet6:127.0.0.1",  4..19,  "Error: an inet prefix is expected rather than \"127.0.0.1\"."),
        ("dst [::1",             4..8,   "Cannot parse dst/src address."),
        ("dport 22/tcp",         6..12,  "Error: \"22/tcp\" does not look like a port."),
        ("dport = 22,23",        8..13,  "Error: \"22,23\" does not look like a port."),
        ("dport = 99999999999",  8..19,  "Error: \"99999999999\" does not look like a port."),
        ("dev = nosuch",         6..12,  "Cannot parse device."),
        ("fwmark = zz",          9..11,  "Cannot parse mark zz."),
        ("cgroup = /b",          9..11,  "no"),
        ("src netlink:zz",       4..14,  "Cannot parse dst/src address."),
    ];
    for (text, at, first) in cases {
        let wrong = read(text).unwrap_err();
        assert_eq!(wrong.at, at, "{text}");
        let words = wrong.kind.upstream().unwrap();
        assert_eq!(words.lines().next(), Some(first), "{text}");
    }
    for (text, at) in [
        ("uid = x", 6..7),
        ("user = x", 7..8),
        ("family = x", 9..10),
        ("netid = x", 8..9),
        ("pid = -1", 6..8),
        ("rtt > 100", 6..9),
        ("rtt > 100mb", 6..11),
        ("idle > -5s", 7..10),
        ("retrans > 5s", 10..12),
        ("limited = cwnd", 10..14),
    ] {
        let wrong = read(text).unwrap_err();
        assert_eq!((wrong.at, wrong.kind.upstream()), (at, None), "{text}");
    }
}

#[test]
fn measures_say_what_is_wrong_with_them() {
    #[rustfmt::skip]
    let cases = [
        ("rtt > 100",      "\"100\": a unit is missing", "rtt > 100ms"),
        ("idle > 5q",      "\"5q\": no unit of time",    "idle >= 5m"),
        ("limited = cwnd", "\"cwnd\" is nothing that",   "rwnd, sndbuf, app"),
        ("age > 5m",       "\"age\" is no predicate",    "idle > 5m"),
    ];
    for (text, message, hint) in cases {
        let kind = read(text).unwrap_err().kind;
        assert!(kind.message().unshown().contains(message), "{text}: {kind:?}");
        assert!(kind.hint().unshown().contains(hint), "{text}: {kind:?}");
    }
}

#[test]
fn services_may_differ_between_protocols() {
    let both = Defaults { udp: true, ..TCP };
    let port = |text: &str, setting| Parser::new(text.as_bytes(), setting, &Fixed).filter();
    assert_eq!(port("sport = http", both).unwrap().expr.to_string(), "sport = 80");
    assert!(matches!(port("sport = shell", both).unwrap_err().kind, FilterErrorKind::AmbiguousPort(_)));
    assert_eq!(port("sport = shell", TCP).unwrap().expr.to_string(), "sport = 514");
    let udp = Defaults { tcp: false, udp: true, family: None };
    assert_eq!(port("sport = shell", udp).unwrap().expr.to_string(), "sport = 515");
}

#[test]
fn the_last_family_named_is_listed() {
    const UNIX: Option<AddressFamily> = Some(AddressFamily::UNIX);
    const V6: Option<AddressFamily> = Some(AddressFamily::INET6);
    #[rustfmt::skip]
    let cases = [
        // typed,                                  implied, listed
        ("sport = 22",                             None,    None),
        ("sport = 22",                             V6,      V6),
        ("uid = 0",                                V6,      None),
        ("src inet6:* or src unix:/x",             None,    UNIX),
        ("src unix:/x or src inet6:* sport = 22",  None,    V6),
        ("src /x",                                 UNIX,    UNIX),
        ("sport inet6:22",                         UNIX,    UNIX),
    ];
    for (text, family, expected) in cases {
        let setting = Defaults { family, ..TCP };
        let filter = Parser::new(text.as_bytes(), setting, &Fixed).filter();
        assert_eq!(filter.unwrap().family, expected, "{text}");
    }
}

#[test]
fn only_an_and_after_an_or_is_ambiguous() {
    #[rustfmt::skip]
    let cases = [
        ("sport = 1 and sport = 2 or sport = 3",      false),
        ("sport = 1 or sport = 2 and sport = 3",      true),
        ("sport = 1 or sport = 2 sport = 3",          true),
        ("sport = 1 or ( sport = 2 and sport = 3 )",  false),
        ("( sport = 1 or sport = 2 ) and sport = 3",  false),
        ("not ( sport = 1 or sport = 2 sport = 3 )",  true),
        ("sport = 1 or not sport = 2",                false),
    ];
    for (text, expected) in cases {
        assert_eq!(read(text).unwrap().ambiguous, expected, "{text}");
    }
}

#[test]
fn a_host_that_cannot_be_looked_up_is_not_unknown() {
    for text in ["dst nobody.asked", "src nobody.asked:22"] {
        let wrong = read(text).unwrap_err();
        let expected = "\"nobody.asked\" could not be looked up: no files left";
        assert_eq!(wrong.kind.message().unshown(), expected, "{text}");
    }
    let unknown = read("dst nobody.knows").unwrap_err();
    assert_eq!(unknown.kind, FilterErrorKind::Prefix("nobody.knows".to_owned()));
}

#[test]
fn nesting_ends_somewhere() {
    let nested = |depth: usize| format!("{}sport = 1{}", "( ".repeat(depth), " )".repeat(depth));
    assert!(read(&nested(200)).is_ok());
    for depth in [201, 100_000] {
        assert_eq!(read(&nested(depth)).unwrap_err().kind, FilterErrorKind::TooDeep);
    }
    assert_eq!(read(&"! ".repeat(100_000)).unwrap_err().kind, FilterErrorKind::TooDeep);
}

#[test]
fn stored_filters_are_understood() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/data/filters");
    let files: Vec<_> = std::fs::read_dir(directory).unwrap().map(|file| file.unwrap().path()).collect();
    assert!(files.len() > 5, "{files:?}");
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        let filter = read(&text).unwrap_or_else(|wrong| panic!("{}: {wrong:?}", file.display()));
        assert_eq!(read(&filter.expr.to_string()).unwrap().expr, filter.expr, "{text}");
        super::super::fuzzing::filter(text.as_bytes());
    }
}

/// Filters as people type them, blanks optional.
fn filters() -> impl Strategy<Value = String> {
    let port = "(sport|dport)( = | != |>=|<=| gt |<|=:| )(22|ssh|99999|0x1f|\\*)";
    let host = "(src|dst)( = | != | |=)(\\[::1/64\\]:22|::1|10/8:22|many|:22|unix:/a\\\\ \\[\\(b\\]\\*|link:ip:lo|netlink:genl|vsock:3:22|inet6:any)";
    let ours =
        "(uid|inode|cookie|recvq|sendq)( >= |=|!=)(0|7)|(dev|dev !=) lo|fwmark = 1/3|cgroup = id:9|autobound";
    let measured =
        "retrans( > |!=)[0-9]|(rtt|idle)( >= |<)([1-9]us|100ms|0|1m30s)|limited( = | ne )(rwnd|app|none)";
    let names = "user = root|process = \"n\\\\*|pid != 1|family = (inet|unix)|netid!=tcp";
    let leaf = prop_oneof![port, host, ours, measured, names];
    leaf.prop_recursive(4, 20, 3, |part| {
        let operators = proptest::sample::select(vec![" and ", " or ", " & ", " || ", " "]);
        prop_oneof![
            (part.clone(), operators, part.clone()).prop_map(|(a, operator, b)| format!("{a}{operator}{b}")),
            part.clone().prop_map(|part| format!("( {part} )")),
            part.prop_map(|part| format!("!({part} )")),
        ]
    })
}

proptest! {
    #[test]
    fn what_is_printed_reads_back(text in filters()) {
        let Ok(filter) = read(&text) else {
            // An open quote takes the rest for its own.
            return Ok(());
        };
        let printed = filter.expr.to_string();
        let again = read(&printed);
        prop_assert_eq!(again.as_ref().map(|again| &again.expr), Ok(&filter.expr), "{} -> {}", text, printed);
        prop_assert!(!again.unwrap().ambiguous);
    }

    #[test]
    fn any_text_is_a_filter_or_wrong_somewhere_in_it(text in proptest::collection::vec(any::<u8>(), 0..200)) {
        if let Err(wrong) = Parser::new(&text, TCP, &Fixed).filter() {
            prop_assert!(wrong.at.start <= wrong.at.end && wrong.at.end <= text.len());
        }
    }

    #[test]
    fn any_words_are_a_filter_or_wrong_somewhere_in_them(text in "((sport|dst|dev|cgroup|process|not|and|or|=|!=|[(]|[)]|[|]|22|::1|unix:|\\[|\"|/|\\\\| ){1,4} ?){0,12}") {
        if let Err(wrong) = read(&text) {
            prop_assert!(wrong.at.start <= wrong.at.end && wrong.at.end <= text.len());
            let _ = (wrong.kind.upstream(), wrong.kind.message(), wrong.kind.hint());
        }
    }
}
