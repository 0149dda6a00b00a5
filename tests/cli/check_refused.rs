//! What `netdiag check` does with input and peers that mean no good.

use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::os::unix::fs::PermissionsExt;
use std::process::Command;
use std::thread;

use nix::sys::stat::Mode;
use nix::unistd::{Uid, mkfifo};

use crate::check::Project;
use crate::session::Surroundings;

const CHECK: &str = "[[check]]\nkind = \"sysctl\"\nkey = \"kernel.ostype\"\nvalue = \"Linux\"\n";

/// A session must have these words in it and end with this status, 0 being none.
#[track_caller]
fn says(session: &str, words: &str, status: i32) {
    assert!(session.contains(words), "{words}: {session}");
    let ended = format!("---- exit status: {status}\n");
    assert_eq!(session.ends_with(&ended), status != 0, "{session}");
}

#[test]
fn nothing_is_read_twice() {
    let file = format!("version = 1\n{CHECK}");
    let project = Project::with(&[("a.toml", &file)]);
    std::os::unix::fs::symlink("a.toml", project.0.path().join("b.toml")).unwrap();
    let target = "sysctl:kernel.ostype?value=Linux";
    #[rustfmt::skip]
    let cases: [(&[&str], &str); 5] = [
        (&["a.toml", "a.toml"],   "netdiag: a.toml: given twice\n"),
        (&["a.toml", "./a.toml"], "netdiag: ./a.toml: given twice\n"),
        (&["a.toml", "b.toml"],   "netdiag: b.toml: given twice\n"),
        (&["-", "-"],             "netdiag: -: given twice\n"),
        (&[target, target],       "two checks are called `sysctl kernel.ostype`: the command line and the command line\n"),
    ];
    for (words, complaint) in cases {
        let surroundings = Surroundings { input: &file, ..Surroundings::default() };
        says(&project.session_with(surroundings, &[&["netdiag", "check"], words].concat()), complaint, 2);
    }
}

#[test]
fn a_report_takes_the_place_of_nothing_else() {
    let file = format!("version = 1\n{CHECK}");
    let project = Project::with(&[("a.toml", &file)]);
    #[rustfmt::skip]
    let cases: [(&[&str], &str); 4] = [
        (&["-o", "junit=a.toml"],                     "a.toml: a report would take the place of this check file"),
        (&["-o", "junit=./a.toml"],                   "a.toml: a report would take the place of this check file"),
        (&["-o", "tap=new", "-o", "junit=./new"],     "./new: one report would take the place of another"),
        (&["--list", "-o", "json"],                   "exclude each other"),
    ];
    for (words, complaint) in cases {
        says(&project.session(&[&["netdiag", "check", "a.toml"], words].concat()), complaint, 2);
        assert_eq!(fs::read_to_string(project.0.path().join("a.toml")).unwrap(), file);
        assert_eq!(fs::read_dir(&project.0).unwrap().count(), 1, "{words:?}");
    }
    let nowhere =
        project.session(&["netdiag", "check", "a.toml", "-o", "tap=/dev/null", "-o", "json=/dev/null"]);
    says(&nowhere, "1 passed", 0);
}

#[test]
fn texts_that_are_no_check_file() {
    let brackets = |left: &str, right: &str| format!("{}{}", left.repeat(20_000), right.repeat(20_000));
    let (open, close) = ("[", "]");
    #[rustfmt::skip]
    let cases = [
        ("a.json", String::new(),                                                     "a.json:1:1"),
        ("a.toml", "\0".to_owned(),                                                   "a.toml:1:1"),
        ("a.json", "{\"version\": 1, \"version\": 1}".to_owned(),                     "duplicate key `version`"),
        ("a.json", "{\"version\": 1, \"check\": [{\"kind\": \"exec\", \"kind\": \"tcp\"}]}".to_owned(), "duplicate key `kind`"),
        ("a.json", "[]".to_owned(),                                                   "a check file is a table"),
        ("a.json", "{\"version\": 1e400}".to_owned(),                                 "no number that can be used"),
        ("a.json", "{\"version\": 1, \"check\": null}".to_owned(),                    "`check` is a list"),
        ("a.json", format!("{{\"version\": 1, \"check\": {}}}", brackets(open, close)), "nesting depth"),
        ("a.json", "{\"a\":".repeat(20_000),                                          "nesting depth"),
        ("a.toml", format!("version = 1\ncheck = {}\n", brackets(open, close)),       "recursion"),
        ("a.toml", format!("version = 1\n{}b = 1\n", "a.".repeat(20_000)),            "recursion"),
        ("a.toml", "version = 99999999999999999999\n".to_owned(),                     "too large"),
        ("a.toml", "version = 1.0\n".to_owned(),                                      "not known"),
    ];
    for (name, text, complaint) in cases {
        let project = Project::with(&[(name, &text)]);
        says(&project.session(&["netdiag", "check", name]), complaint, 2);
    }
}

#[test]
fn bytes_that_names_cannot_have() {
    #[rustfmt::skip]
    let cases = [
        r#"kind = "exec"` cmd = ["ls", "a\u0000b"]"#,
        r#"kind = "unix"` path = "/tmp/\u0000x""#,
        r#"kind = "listen"` path = "/tmp/\u0000x""#,
        r#"kind = "not-listen"` path = "/tmp/\u0000x""#,
        r#"kind = "sysctl"` key = "a\u0000"` value = 1"#,
        r#"kind = "iface"` dev = "a\u0000b"` expect = { up = true }"#,
        r#"kind = "iface"` dev = "name of 16 bytes"` expect = { up = true }"#,
        r#"kind = "tcp"` target = "a\u0000b:1""#,
        r#"kind = "dns"` query = "a\u0000b""#,
        r#"kind = "icmp"` target = "a\u0000b""#,
        r#"kind = "http"` url = "http://h\u0000/""#,
    ];
    for case in cases {
        let project =
            Project::with(&[("net.toml", &format!("version = 1\n[[check]]\n{}\n", case.replace('`', "\n")))]);
        says(&project.session(&["netdiag", "check", "net.toml"]), " --> net.toml:4:", 2);
    }
}

#[test]
fn times_and_numbers_of_the_command_line() {
    let project = Project::with(&[("net.toml", &format!("version = 1\n{CHECK}"))]);
    for words in [
        ["--deadline", "0s"],
        ["--deadline", "-1s"],
        ["--deadline", "1"],
        ["--deadline", "99999999999999999999s"],
        ["--jobs", "0"],
        ["--jobs", "-1"],
        ["--jobs", "99999999999"],
        ["--name", "["],
        ["--tag", "a,,b"],
        ["--tag", ""],
        ["--var", "x"],
        ["--var", "=x"],
        ["-o", "json="],
        ["-o", "xml"],
    ] {
        says(
            &project.session(&[&["netdiag", "check", "net.toml"], &words[..]].concat()),
            "---- stderr\nnetdiag: ",
            2,
        );
    }
}

/// The command as one who may read no more than what permissions say, root too.
fn without_privilege(project: &Project, words: &[&str]) -> (String, i32) {
    let netdiag = env!("CARGO_BIN_EXE_netdiag");
    let mut command = match Uid::effective().is_root() {
        true => Command::new("setpriv"),
        false => Command::new(netdiag),
    };
    if Uid::effective().is_root() {
        command.args(["--bounding-set", "-all", netdiag]);
    }
    let output = command.args(words).current_dir(&project.0).output().unwrap();
    (String::from_utf8(output.stderr).unwrap(), output.status.code().unwrap())
}

#[test]
fn what_may_not_be_read_or_written() {
    let text = format!("version = 1\n{CHECK}");
    let project = Project::with(&[("net.toml", &text), ("secret.toml", &text)]);
    let at = |name: &str| project.0.path().join(name);
    fs::set_permissions(at("secret.toml"), fs::Permissions::from_mode(0o0)).unwrap();
    fs::create_dir(at("shut")).unwrap();
    fs::set_permissions(at("shut"), fs::Permissions::from_mode(0o500)).unwrap();
    let unreadable = without_privilege(&project, &["check", "secret.toml"]);
    assert_eq!(unreadable, ("netdiag: secret.toml: Permission denied\n".to_owned(), 2));
    let unwritable =
        without_privilege(&project, &["check", "net.toml", "-o", "junit=shut/a.xml", "-o", "tap=t"]);
    assert_eq!(unwritable, ("netdiag: shut/a.xml: Permission denied\n".to_owned(), 2));
    assert!(!at("t").exists());
    let state = without_privilege(&project, &["check", "net.toml", "--state", "shut/s"]);
    assert_eq!(state, ("netdiag: shut/s: Permission denied\n".to_owned(), 0));
}

/// A server that begins with `head` and then says `more` for ever.
fn endless(head: &'static str, more: &'static str) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let at = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            thread::spawn(move || {
                let heard = if head.is_empty() { Ok(0) } else { stream.read(&mut [0; 4096]) };
                let mut told = heard.and_then(|_| stream.write_all(head.as_bytes()));
                let more = more.repeat(4096);
                while told.is_ok() {
                    told = stream.write_all(more.as_bytes());
                }
            });
        }
    });
    at
}

#[test]
fn servers_that_never_end_their_answer() {
    let http = endless("HTTP/1.1 200 OK\r\n\r\n", "x");
    let head = endless("HTTP/1.1 200 OK\r\nX: ", "x");
    let chunks = endless("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "1\r\nx\r\n");
    let babble = endless("", "x");
    let text = format!(
        "version = 1\n[defaults]\ntimeout = \"60s\"\n\
         [[check]]\nname = \"body\"\nkind = \"http\"\nurl = \"http://{http}/\"\nmax_body = \"1MiB\"\n\
         [[check]]\nname = \"head\"\nkind = \"http\"\nurl = \"http://{head}/\"\n\
         [[check]]\nname = \"chunks\"\nkind = \"http\"\nurl = \"http://{chunks}/\"\ntimeout = \"1s\"\n\
         [[check]]\nname = \"talk\"\nkind = \"tcp\"\ntarget = \"{babble}\"\ntalk = [{{ expect = \"never\" }}]\n\
         [[check]]\nname = \"echo\"\nkind = \"tcp\"\ntarget = \"{babble}\"\necho = \"1MiB\"\n\
         [[check]]\nname = \"exec\"\nkind = \"exec\"\ncmd = [\"yes\"]\ntimeout = \"1s\"\n"
    );
    let session = Project::with(&[("net.toml", &text)]).session(&["netdiag", "check", "net.toml"]);
    for part in [
        "error: body: outcome unexpected: transfer: a body of more than 1048576 bytes, wanted ok\n",
        "error: head: outcome protocol: transfer: ",
        "error: chunks: outcome timeout: transfer: timed out after ",
        "error: talk: outcome unexpected: transfer: step 1 (expect \"never\"): 1048576 bytes, and no match for \"never\"; it said \"xxx",
        "error: echo: outcome unexpected: transfer: byte 0 came back as 0x78, sent as 0x00, wanted ok\n",
        "error: exec: end it was still running, and killed, wanted in time\n",
    ] {
        assert!(session.contains(part), "{part}: {session}");
    }
    says(&session, "6 checks: 6 failed", 1);
}

#[test]
fn names_that_resolve_to_nothing() {
    // None of these gets as far as a name server.
    let words = [
        "tcp:a..b:1",
        "tls:a..b:1",
        "udp:a..b:1",
        "http://a..b/",
        "icmp:a..b",
        "dns:a..b",
        "tcp:127.0.0.1:1?family=6&name=x",
    ];
    let session = Project::with(&[]).session(&[&["netdiag", "check"], &words[..]].concat());
    assert_eq!(
        session.matches("outcome no-such-name: resolve: a..b: no such name, wanted ok").count(),
        13,
        "{session}"
    );
    assert!(
        session.contains("error: x: outcome no-such-name: resolve: 127.0.0.1: no such name, wanted ok\n"),
        "{session}"
    );
    says(&session, "7 checks: 7 failed", 1);
}

#[test]
fn banners_that_no_report_may_repeat() {
    let shout = endless("", "\u{1}\u{8}\u{1b}[2J]]>\u{fffe}\n");
    let word = format!("tcp:{shout}?talk=expect never&name=banner");
    let project = Project::with(&[]);
    let session =
        project.session(&["netdiag", "check", &word, "-o", "junit=a.xml", "-o", "tap=a.tap", "-o", "text"]);
    says(&session, "it said \"\\x01\\x08\\x1b[2J]]>", 1);
    for name in ["a.xml", "a.tap"] {
        let report = fs::read_to_string(project.0.path().join(name)).unwrap();
        let acts = |it: char| it.is_control() && it != '\n' || it == '\u{fffe}';
        assert!(report.contains("it said") && !report.contains(acts), "{report}");
    }
}

#[test]
fn a_deadline_does_not_wait_for_files() {
    let project = Project::with(&[("net.toml", &format!("version = 1\n{CHECK}"))]);
    let at = |name: &str| project.0.path().join(name);
    for name in ["silent", "secret"] {
        mkfifo(&at(name), Mode::S_IRWXU).unwrap();
    }
    let value = format!("version = 1\n{}", CHECK.replace("Linux", "${file:secret}"));
    fs::write(at("value.toml"), value).unwrap();
    #[rustfmt::skip]
    let cases: [(&[&str], i32, &str); 4] = [
        // Nobody ever writes to it.
        (&["silent", "--deadline", "1s"],                            3, "netdiag: the deadline passed before all files were read\n"),
        (&["net.toml", "silent", "--deadline", "1s", "--list"],      3, "netdiag: the deadline passed before all files were read\n"),
        (&["value.toml"],                                            2, "error: secret: no regular file\n --> value.toml:5:9\n"),
        (&["net.toml", "--state", "silent"],                         2, "netdiag: silent: no regular file\n"),
    ];
    for (words, status, told) in cases {
        let output = project.output(&[&["check"], words].concat());
        let error = String::from_utf8(output.stderr).unwrap();
        assert!(error.contains(told), "{words:?}: {error}");
        assert_eq!((output.status.code(), output.stdout), (Some(status), Vec::new()), "{words:?}");
    }
    let plugin = project.output(&["check", "silent", "--deadline", "1s", "-o", "nagios"]);
    let line = String::from_utf8(plugin.stdout).unwrap();
    assert!(
        line.starts_with("NETDIAG UNKNOWN - ") && line.ends_with("before all files were read\n"),
        "{line}"
    );
    // Files that are read in time leave the rest of it to the checks.
    says(&project.session(&["netdiag", "check", "net.toml", "--deadline", "60s"]), "1 check: 1 passed", 0);
}

#[test]
fn a_hostile_body_costs_no_more_than_its_bounds() {
    let elements = vec!["{\"id\":1}"; 1_000_000].join(",");
    let body = format!("{}[{elements}]{}", "{\"items\":".repeat(110), "}".repeat(110));
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let at = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let _ = stream.read(&mut [0; 4096]);
            let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len());
            let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body.as_bytes()));
        }
    });
    let text = format!(
        "version = 1\n[[check]]\nkind = \"http\"\nurl = \"http://{at}/\"\ntimeout = \"60s\"\n\
         max_body = \"16MiB\"\nexpect = {{ json = {{ \"$..items..id\" = 1 }} }}\n"
    );
    let session = Project::with(&[("net.toml", &text)]).session(&["netdiag", "check", "net.toml"]);
    says(&session, "values, more than 1048576 are not looked at, wanted JSON", 1);
}
