//! Nothing of a secret is in anything `netdiag check` writes, wherever the secret stood and whatever became of it on the way.
//!
//! Each run is made twice, with secrets that have nothing in common: what it says must be the same. That is more than that the
//! secret is not found in it, which would not notice a part of one.

use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::thread;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use regex::Regex;

use crate::check::Project;
use crate::session::Surroundings;

/// Secrets of one shape, in pairs: first what any word may be, then everything that has to be quoted somewhere.
const PAIRS: [[&str; 2]; 4] = [
    ["hunter2-geheim", "qwertz9.zauber"],
    ["my s3cret's \"v<al>\\ue&100%\" é", "zx q9wert'y \"b<um>\\ug&777%\" ü"],
    ["back\\nslash\\x41\\", "vorn\\rhieran\\x52\\"],
    ["line one of it\nline two of it", "zwei zeilen\nsind auch zwei"],
];

const FORMATS: [&str; 9] = ["text", "table", "json", "jsonl", "junit", "tap", "github", "prom", "nagios"];

/// What a program says where it was given the secret as its first argument: all of it behind much, to both ends.
const PROGRAM: &str =
    "printf %0180d 0; printf '%s' \\\"$0\\\"; printf %070d 0 >&2; printf '%s' \\\"$0\\\" >&2; exit 1";

/// Checks that use the secret wherever one may be used.
fn file(http: SocketAddr, talk: SocketAddr) -> String {
    let secret = "${env:TOK}";
    format!(
        r#"version = 1
[vars]
again = "x${{env:TOK}}x"
[defaults]
timeout = "5s"
tags = ["tag {secret}"]
[[check]]
kind = "exec"
cmd = ["sh", "-c", "{PROGRAM}", "{secret}"]
stdout = "~{secret}y"
[[check]]
name = "said aloud {secret}"
kind = "exec"
cmd = ["sh", "-c", "printf '%s' \"$0\"", "${{again}}"]
stderr = "{secret}"
serial = "one of {secret}"
[[check]]
name = "there is no such program"
kind = "exec"
cmd = ["/no/such/{secret}", "{secret}"]
depends_on = ["said aloud {secret}"]
[[check]]
kind = "http"
url = "http://{http}/x/{secret}/y?key={secret}&z#{secret}"
expect = {{ body = "{secret}!", header = {{ x-form = "~{secret}?" }} }}
[[check]]
name = "json"
kind = "http"
url = "http://{http}/json"
body = "{secret}"
method = "PUT"
expect = {{ json = {{ "$.token" = "= {secret}?", "$.list[*]" = "{secret}" }} }}
[[check]]
name = "no json"
kind = "http"
url = "http://{http}/"
expect = {{ json = {{ "$.token" = "{secret}" }}, body = "/{{{{/" }}
[[check]]
name = "unexpected"
kind = "tcp"
target = "{talk}"
talk = [{{ send = "{secret}\\r\\n" }}, {{ expect-text = "{secret}?" }}]
[[check]]
name = "script"
kind = "tcp"
target = "{talk}"
frame = "delimiter:\\n"
talk = """
send {secret}
expect-text nothing of {secret}
"""
[[check]]
kind = "unix"
path = "/run/none/{secret}"
[[check]]
name = "sysctl"
kind = "sysctl"
key = "kernel.ostype"
value = "{secret}"
"#
    )
    .replace(
        "expect = { json = { \"$.token\" = \"${env:TOK}\" }, body = \"/{{/\" }",
        "expect = { json = { \"$.token\" = \"${env:TOK}\" } }",
    )
}

/// The secret as others would write it.
fn forms(secret: &str) -> Vec<String> {
    let percent: String = secret.bytes().map(|byte| format!("%{byte:02x}")).collect();
    let entities: String = secret.chars().map(|character| format!("&#{};", u32::from(character))).collect();
    let json = serde_json::to_string(secret).unwrap();
    let ascii: String = secret.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect();
    // As long as the other's, so that what is left around it is alike.
    let basic = ["", "a", "ab"].map(|before| STANDARD.encode(format!("{before}{secret}")));
    [secret.to_owned(), percent, entities, json, ascii, secret.replace(' ', "+")]
        .into_iter()
        .chain(basic)
        .collect()
}

/// A server that answers every request with the secret in all forms.
fn http(secret: &'static str) -> SocketAddr {
    let all = forms(secret);
    let document = serde_json::json!({ "token": secret, "list": all }).to_string();
    serving(move |request| {
        let body =
            if request.starts_with("PUT /json") { document.clone() } else { "0".repeat(70) + &all.join(" ") };
        let form = &all[1];
        format!(
            "HTTP/1.1 200 OK\r\nX-Form: {form}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        )
    })
}

/// A server that says what it was told, and the secret where it will be cut off.
fn talk(secret: &'static str) -> SocketAddr {
    serving(move |_| format!("{}{secret}\r\n{}{secret}", "0".repeat(50), "0".repeat(440)))
}

fn serving(answer: impl Fn(&str) -> String + Send + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let at = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut heard = vec![0; 64 * 1024];
            let length = stream.read(&mut heard).unwrap_or(0);
            // Clients may hang up whenever they have heard enough.
            let _ = stream.write_all(answer(&String::from_utf8_lossy(&heard[..length])).as_bytes());
        }
    });
    at
}

/// What came of a run with `secret`, on all its ways out, without what differs from one run to the next.
fn said(project: &Project, secret: &str, ports: [SocketAddr; 2], words: &[&str]) -> String {
    let environment =
        [("TOK", secret), ("GITHUB_ACTIONS", "true"), ("GITHUB_STEP_SUMMARY", "summary.md"), ("HOME", ".")];
    let surroundings = Surroundings { environment: &environment, ..Surroundings::default() };
    let mut said = project.session_with(surroundings, words);
    let reports = FORMATS.map(|format| format!("report.{format}"));
    for file in ["summary.md", "state"].into_iter().chain(reports.iter().map(String::as_str)) {
        let path = project.0.path().join(file);
        said += &fs::read_to_string(&path).unwrap_or_default();
        let _ = fs::remove_file(path);
    }
    said = said.replace(&project.0.path().display().to_string(), "PROJECT");
    for (port, name) in ports.iter().zip(["HTTP", "TALK"]) {
        said = said.replace(&port.to_string(), name);
    }
    Regex::new(r"[0-9.]+(e-[0-9]+)?( ?(us|ms|s)\b)?|TIME|-{3,} *| {2,}")
        .unwrap()
        .replace_all(&said, "#")
        .into_owned()
}

/// Runs `words` on what `text` makes a file of, with both secrets, and says what both said.
#[track_caller]
fn alike(pair: [&'static str; 2], text: impl Fn(SocketAddr, SocketAddr) -> String, words: &[&str]) -> String {
    let [one, other] = pair.map(|secret| {
        let (http, talk) = (http(secret), talk(secret));
        let project = Project::with(&[("net.toml", &text(http, talk))]);
        let said = said(
            &project,
            secret,
            [http, talk],
            &[&["netdiag", "check", "net.toml", "--state", "state", "--jobs", "1"], words].concat(),
        );
        for form in forms(secret).iter().chain(&secret.lines().map(str::to_owned).collect::<Vec<_>>()) {
            assert!(!said.contains(form.as_str()), "{form:?} in {said}");
        }
        said
    });
    for (one, other) in one.lines().zip(other.lines()) {
        assert_eq!(one, other, "{pair:?}");
    }
    assert_eq!(one.lines().count(), other.lines().count());
    one
}

#[test]
fn no_report_list_or_preview_depends_on_a_secret() {
    let outputs = FORMATS.map(|format| format!("{format}=report.{format}"));
    let files: Vec<&str> = outputs.iter().flat_map(|output| ["-o", output]).collect();
    for pair in PAIRS {
        for words in [&files[..], &["-o", "jsonl"], &["--list"], &["--dry-run"]] {
            let said = alike(pair, file, words);
            assert!(said.contains("unexpected") && said.contains("***"), "{said}");
        }
    }
}

#[test]
fn no_complaint_depends_on_a_secret() {
    let lines = [
        "timeout = \"${env:TOK}\"",
        "tags = [\"${env:TOK},\"]",
        "family = \"${env:TOK}\"",
        "retry = { attempts = \"${env:TOK}\" }",
        "on_unavailable = \"${env:TOK}\"",
        "kind = \"tcp\"\ntarget = \"${env:TOK}:x\"",
        "kind = \"tcp\"\ntarget = \"h:1\"\ntalk = [{ expect = \"(${env:TOK}\" }]",
        "kind = \"tcp\"\ntarget = \"h:1\"\ntalk = \"say ${env:TOK}\"",
        "kind = \"tcp\"\ntarget = \"h:1\"\ntalk = []\nframe = \"${env:TOK}\"",
        "kind = \"tcp\"\ntarget = \"h:1\"\necho = \"${env:TOK}\"",
        "kind = \"http\"\nurl = \"ftp://${env:TOK}/\"",
        "kind = \"http\"\nurl = \"http://h/\"\nmethod = \"${env:TOK} x\"",
        "kind = \"http\"\nurl = \"http://h/\"\nexpect = { body = \"/(${env:TOK}/\" }",
        "kind = \"http\"\nurl = \"http://h/\"\nexpect = { ttfb = \"${env:TOK}\" }",
        "kind = \"dns\"\nquery = \"a.test\"\nserver = \"${env:TOK}:x\"",
        "kind = \"iface\"\ndev = \"lo\"\naddress = [\"${env:TOK}\"]",
        "kind = \"listen\"\nport = \"${env:TOK}\"",
        "kind = \"listen\"\nport = 1\nuser = \"${env:TOK}\"",
        "kind = \"sockets\"\nfilter = \"${env:TOK}\"\nexpect = { count = 0 }",
        "kind = \"${env:TOK}\"",
    ];
    // No more complaints are shown of one file than twenty.
    // What a check depends on is looked for where nothing else is wrong.
    let alone = ["depends_on = [\"${env:TOK}\"]"];
    for lines in lines.chunks(12).chain([&alone[..]]) {
        let text = |_, _| {
            let check = |lines: &&str| match lines.contains("kind = ") {
                true => format!("[[check]]\n{lines}\n"),
                false => format!("[[check]]\nkind = \"sysctl\"\nkey = \"a\"\nvalue = 1\n{lines}\n"),
            };
            format!("version = 1\n{}", lines.iter().map(check).collect::<String>())
        };
        for pair in PAIRS {
            let said = alike(pair, text, &[]);
            assert_eq!(said.matches("--> net").count(), lines.len(), "{said}");
        }
    }
}

#[test]
fn our_own_words_stay_as_they_are() {
    let text = "version = 1\n[[check]]\nname = \"it\"\nkind = \"tcp\"\ntarget = \"127.0.0.1:1\"\ntags = [\"${env:TOK}\"]\n\
        [[check]]\nname = \"that\"\nkind = \"sysctl\"\nkey = \"kernel.ostype\"\nvalue = \"Plan9\"\ndepends_on = [\"it\"]\n\
        [[check]]\nname = \"exec\"\nkind = \"exec\"\ncmd = [\"/none\"]\n";
    let project = Project::with(&[("net.toml", text)]);
    let outputs = FORMATS.map(|format| format!("{format}=report.{format}"));
    let files = outputs.iter().flat_map(|output| ["-o", output]);
    let words: Vec<&str> = ["netdiag", "check", "net.toml"].into_iter().chain(files).collect();
    let nowhere = [SocketAddr::from(([127, 0, 0, 1], 1)); 2];
    let usual = said(&project, "nobody says this", nowhere, &words);
    for word in OURS {
        assert_eq!(said(&project, word, nowhere, &words), usual, "{word}");
    }
}

/// Words of reports that somebody's secret could be.
const OURS: [&str; 13] = [
    "outcome",
    "refused",
    "connect",
    "connection refused",
    "wanted",
    "netdiag",
    "probe",
    "depends",
    "did not pass",
    "value",
    "verdict",
    "not run",
    "true",
];

#[test]
fn a_secret_too_short_to_be_hidden_is_told_of_once() {
    let text = "version = 1\n[[check]]\nname = \"${env:PIN} ${env:PIN} ${env:NONE}\"\nkind = \"sysctl\"\nkey = \"kernel.ostype\"\nvalue = \"Linux\"\n";
    let project = Project::with(&[("net.toml", text)]);
    let environment = [("PIN", "123"), ("NONE", "")];
    let surroundings = Surroundings { environment: &environment, ..Surroundings::default() };
    let session = project.session_with(surroundings, &["netdiag", "check", "net.toml"]);
    let told =
        "---- stderr\nnetdiag: ${env:PIN}: shorter than 4 characters, so not hidden in what is shown\n";
    assert!(session.contains("123 123") && session.ends_with(told), "{session}");
}

#[test]
fn what_is_sent_is_the_secret_as_it_is() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let target = listener.local_addr().unwrap();
    let heard = thread::spawn(move || {
        let mut all = Vec::new();
        listener.accept().unwrap().0.read_to_end(&mut all).unwrap();
        String::from_utf8(all).unwrap()
    });
    let text = format!(
        "version = 1\n[vars]\nagain = \"${{env:TOK}}\"\n[[check]]\nkind = \"tcp\"\ntarget = \"{target}\"\n\
         talk = [{{ send = \"AUTH ${{env:TOK}} ${{again}}\\\\r\\\\n\" }}, {{ end = true }}]\n"
    );
    let project = Project::with(&[("net.toml", &text)]);
    let environment = [("TOK", "a\\r\\nb\\\\c\\x41\\q")];
    let surroundings = Surroundings { environment: &environment, ..Surroundings::default() };
    let session = project.session_with(surroundings, &["netdiag", "check", "net.toml"]);
    let secret = environment[0].1;
    assert_eq!(heard.join().unwrap(), format!("AUTH {secret} {secret}\r\n"), "{session}");
}
