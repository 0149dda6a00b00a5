//! What `netdiag check` says to files, words and selections it cannot use.

use std::fs;

use snapbox::str;

use crate::check::Project;
use crate::session::reads;

const CHECK: &str = "[[check]]\nkind = \"sysctl\"\nkey = \"kernel.ostype\"\nvalue = \"Linux\"\n";

fn file(text: &str, words: &[&str]) -> String {
    Project::with(&[("net.toml", text)]).session(&[&["netdiag", "check", "net.toml"], words].concat())
}

#[test]
fn an_empty_file() {
    reads(
        &file("", &[]),
        str![[r#"
$ netdiag check net.toml
---- stderr
error: the key `version` is missing
 --> net.toml:1:1
  |
1 |
  | ^
  |
  = help: write version = 1 first
---- exit status: 2

"#]],
    );
}

#[test]
fn nothing_to_check() {
    reads(
        &file("version = 1\n", &[]),
        str![[r#"
$ netdiag check net.toml
---- stderr
netdiag: there is no check in it

hint: --list shows what there is; --allow-empty makes this no error
---- exit status: 2

"#]],
    );
    reads(
        &file("version = 1\n", &["--allow-empty"]),
        str![[r#"
$ netdiag check net.toml --allow-empty
0 checks: nothing to check in TIME

"#]],
    );
    reads(
        &file(&format!("version = 1\n{CHECK}"), &["-t", "none"]),
        str![[r#"
$ netdiag check net.toml -t none
---- stderr
netdiag: no check is selected, of 1

hint: --list shows what there is; --allow-empty makes this no error
---- exit status: 2

"#]],
    );
}

#[test]
fn mistakes_are_shown_where_they_are() {
    let text = format!("version = 1\n{CHECK}timeuot = \"1s\"\n{CHECK}eventually = {{ within = \"soon\" }}\n");
    reads(
        &file(&text, &[]),
        str![[r#"
$ netdiag check net.toml
---- stderr
error: unknown key `timeuot` in a check of kind `sysctl`
 --> net.toml:6:1
  |
6 | timeuot = "TIME"
  | ^^^^^^^
  |
  = help: did you mean `timeout`?

error: `within`: `soon` is no time; write a number with a unit, such as TIME, TIME or 14d
  --> net.toml:11:25
   |
11 | eventually = { within = "soon" }
   |                         ^^^^^^
---- exit status: 2

"#]],
    );
}

#[test]
fn names_and_dependencies() {
    reads(
        &file(&format!("version = 1\n{CHECK}{CHECK}"), &[]),
        str![[r#"
$ netdiag check net.toml
---- stderr
error: there is another check called `sysctl kernel.ostype`
 --> net.toml:6:1
  |
6 | [[check]]
  | ^^^^^^^^^
  |
  = help: reports tell checks apart by their names
---- exit status: 2

"#]],
    );
    let text = format!(
        "version = 1\n{CHECK}name = \"a\"\ndepends_on = [\"b\"]\n{CHECK}name = \"b\"\ndepends_on = [\"a\"]\n"
    );
    reads(
        &file(&text, &[]),
        str![[r#"
$ netdiag check net.toml
---- stderr
error: these checks wait for each other, or for some that do: `a`, `b`
 --> net.toml:2:1
  |
2 | [[check]]
  | ^
---- exit status: 2

"#]],
    );
    let text = format!("version = 1\n{CHECK}");
    let project = Project::with(&[("a.toml", &text), ("b.toml", &text)]);
    reads(
        &project.session(&["netdiag", "check", "a.toml", "b.toml"]),
        str![[r#"
$ netdiag check a.toml b.toml
---- stderr
netdiag: two checks are called `sysctl kernel.ostype`: a.toml:2:1 and b.toml:2:1
---- exit status: 2

"#]],
    );
}

#[test]
fn what_is_no_check_file() {
    let project = Project::new();
    fs::write(project.0.path().join("junk"), [0xff, 0, 1, 2]).unwrap();
    reads(
        &project.session(&["netdiag", "check", "junk"]),
        str![[r#"
$ netdiag check junk
---- stderr
netdiag: junk: not UTF-8 text, from byte 0 on

hint: a check file is TOML or JSON
---- exit status: 2

"#]],
    );
    reads(
        &project.session(&["netdiag", "check", "."]),
        str![[r#"
$ netdiag check .
---- stderr
netdiag: .: Is a directory
---- exit status: 2

"#]],
    );
    reads(
        &project.session(&["netdiag", "check", "db:5432"]),
        str![[r#"
$ netdiag check db:5432
---- stderr
netdiag: db:5432: No such file or directory

hint: a target begins with its kind, as in tcp://db:5432
---- exit status: 2

"#]],
    );
    reads(
        &project.session(&["netdiag", "check", "db:8080/health"]),
        str![[r#"
$ netdiag check db:8080/health
---- stderr
netdiag: db:8080/health: No such file or directory

hint: a target begins with its kind, as in http://db:8080/health
---- exit status: 2

"#]],
    );
    reads(
        &project.session(&["netdiag", "check", "gopher://db"]),
        str![[r#"
$ netdiag check gopher://db
---- stderr
error: unknown kind `gopher`
 --> target:1:1
  |
1 | gopher://db
  | ^^^^^^
  |
  = help: known are conntrack, counters, dns, exec, http, icmp, iface, listen, not-listen, pmtu, route, sockets, sysctl, tcp, tls, trace, udp, unix
---- exit status: 2

"#]],
    );
    reads(
        &project.session(&["netdiag", "check", "sysctl:kernel.ostype?valeu=Linux"]),
        str![[r#"
$ netdiag check sysctl:kernel.ostype?valeu=Linux
---- stderr
error: unknown key `valeu`
 --> target:1:22
  |
1 | sysctl:kernel.ostype?valeu=Linux
  |                      ^^^^^
  |
  = help: did you mean `value`?
---- exit status: 2

"#]],
    );
    reads(
        &project.session(&["netdiag", "check", "net.toml", "--var", "nope=1"]),
        str![[r#"
$ netdiag check net.toml --var nope=1
---- stderr
netdiag: --var nope: no file has this variable in [vars]

hint: known are system
---- exit status: 2

"#]],
    );
    let endless = project.session(&["netdiag", "check", "/dev/zero"]);
    assert!(endless.contains("netdiag: /dev/zero: longer than 16 MiB"), "{endless}");
}

#[test]
fn ten_megabytes() {
    let comment = format!("# {}\n", "x".repeat(1000));
    let many: String = (0..10_000).map(|at| format!("{comment}{CHECK}name = \"{at:04}\"\n")).collect();
    let text = format!("version = 1\n{many}");
    assert!(text.len() > 10_000_000, "{}", text.len());
    // Reading the whole text again for each check would take far longer than a session is waited for.
    let session = file(&text, &["--name", "*000", "--list"]);
    assert_eq!(session.lines().count(), 1 + 10);
    let junk: String = (0..10_000).map(|at| format!("{comment}{at} = [\"\n")).collect();
    let session = file(&junk, &[]);
    assert!(session.contains("net.toml: error: there is more wrong with it, in "), "{}", session.len());
    assert!(session.len() < 10_000 && session.ends_with("---- exit status: 2\n"), "{}", session.len());
}

#[test]
fn a_plugin_says_in_one_line_why_it_could_not_begin() {
    let wrong = "version = 1\n[[check]]\nkind = \"tcp\"\n[[check]]\nknd = \"tcp\"\n";
    let secret = "version = 1\n[[check]]\nkind = \"tls\"\ntarget = \"h:1\"\ntls = { ca = \"typo.pem\" }\n";
    let project = Project::with(&[
        ("wrong.toml", wrong),
        ("ca.toml", secret),
        ("ok.toml", &format!("version = 1\n{CHECK}")),
    ]);
    #[rustfmt::skip]
    let cases: [(&[&str], &str); 13] = [
        (&["nosuch.toml"],                        "nosuch.toml: No such file or directory"),
        (&["wrong.toml"],                         "wrong.toml:2:1: error: the key `target` is missing; wrong.toml:4:1: error: the key `kind` is missing; wrong.toml:5:1: error: unknown key `knd`"),
        (&["ca.toml"],                            "ca.toml:5:14: error: typo.pem: No such file or directory"),
        (&["gopher://h"],                         "target:1:1: error: unknown kind `gopher`"),
        (&["ok.toml", "ok.toml"],                 "ok.toml: given twice"),
        (&["ok.toml", "--var", "x=1"],            "--var x: no file has this variable in [vars]"),
        (&["ok.toml", "-t", "none"],              "no check is selected, of 1"),
        (&["ok.toml", "--netns", "nosuch"],       "nosuch"),
        (&["ok.toml", "-o", "tap=none/a"],        "none/a: No such file or directory"),
        (&["ok.toml", "-o", "json"],              "standard output can carry one report if a program is to read it"),
        (&["ok.toml", "--deadline", "soon"],      "soon"),
        (&["ok.toml", "--nonsense"],              "--nonsense"),
        (&["ok.toml", "--list"],                  "exclude each other"),
    ];
    for asked in [&["-o", "nagios"][..], &["-onagios"], &["--output=nagios"], &["--out", "nagios"]] {
        for (words, reason) in cases {
            let output = project.output(&[&["check"], words, asked].concat());
            let (line, told) = (text(&output.stdout), text(&output.stderr));
            assert_eq!(output.status.code(), Some(3), "{words:?}: {line}{told}");
            assert!(line.starts_with("NETDIAG UNKNOWN - ") && line.contains(reason), "{words:?}: {line}");
            assert_eq!(line.matches('\n').count(), 1, "{words:?}: {line}");
            assert!(!told.is_empty() && !line.contains('|'), "{words:?}: {line}{told}");
        }
    }
    let healthy = project.output(&["check", "nosuch.toml", "-o", "nagios", "--healthcheck"]);
    assert_eq!(healthy.status.code(), Some(1));
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn what_is_written_in_yaml_is_told_to_be() {
    let yaml = "version: 1\ncheck:\n- kind: tcp\n  target: h:1\n";
    let toml = format!("version = 1\n{CHECK}");
    let project = Project::with(&[("a.yaml", yaml), ("b.YML", yaml), ("c.yml", &toml)]);
    for name in ["a.yaml", "b.YML", "c.yml"] {
        let session = project.session(&["netdiag", "check", name]);
        assert!(
            session.contains(&format!(
                "netdiag: {name}: YAML is not read\n\nhint: a check file is TOML or JSON"
            )),
            "{session}"
        );
        assert!(session.ends_with("---- exit status: 2\n"), "{session}");
    }
    let told = project.session(&["netdiag", "check", "c.yml", "--file-format", "toml"]);
    assert!(told.contains("1 check: 1 passed"), "{told}");
}

#[test]
fn a_file_of_certificates_that_is_not_there_is_a_mistake_before_the_first_check() {
    let text = format!(
        "version = 1\n{}\n[[check]]\nkind = \"http\"\nurl = \"https://127.0.0.1:1/\"\ntls = {{ ca = \"typo.pem\" }}\n",
        "[[check]]\nkind = \"exec\"\ncmd = [\"touch\", \"ran\"]"
    );
    let project = Project::with(&[("net.toml", &text)]);
    reads(
        &project.session(&["netdiag", "check", "net.toml"]),
        str![[r#"
$ netdiag check net.toml
---- stderr
error: typo.pem: No such file or directory
 --> net.toml:8:14
  |
8 | tls = { ca = "typo.pem" }
  |              ^^^^^^^^^^
---- exit status: 2

"#]],
    );
    assert!(!project.0.path().join("ran").exists());
}
