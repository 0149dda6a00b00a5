//! Relative paths in a check file begin at the file, wherever the command is run; those of the command line begin where it is run.

use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixListener;
use std::thread;

use tempfile::TempDir;

use crate::session::Surroundings;

/// A check of everything in a file that is a path.
const FILE: &str = r#"version = 1

[[check]]
name = "words"
kind = "exec"
cmd = ["echo", "${file:token}"]
stdout = "s3cret-word"

[[check]]
name = "program"
kind = "exec"
cmd = ["./program"]
stdout = "here"

[[check]]
name = "argument"
kind = "exec"
cmd = ["cat", "data/text"]
stdout = "text"

[[check]]
name = "socket"
kind = "unix"
path = "data/socket"

[[check]]
name = "listener"
kind = "listen"
path = "data/socket"

[[check]]
name = "nobody"
kind = "not-listen"
path = "data/other"

[[check]]
name = "through"
kind = "http"
url = "http://localhost/"
unix = "data/http"
"#;

struct Place {
    directory: TempDir,
    _socket: UnixListener,
}

impl Place {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let project = directory.path().join("project");
        fs::create_dir_all(project.join("data")).unwrap();
        fs::write(project.join("net.toml"), FILE).unwrap();
        fs::write(project.join("token"), "s3cret-word\n").unwrap();
        fs::write(project.join("data/text"), "text\n").unwrap();
        fs::write(project.join("program"), "#!/bin/sh\necho here\n").unwrap();
        fs::set_permissions(project.join("program"), fs::Permissions::from_mode(0o755)).unwrap();
        let socket = UnixListener::bind(project.join("data/socket")).unwrap();
        let http = UnixListener::bind(project.join("data/http")).unwrap();
        thread::spawn(move || {
            for stream in http.incoming() {
                let _ = stream.unwrap().write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
            }
        });
        Self { directory, _socket: socket }
    }

    fn session(&self, within: &str, input: &str, words: &[&str]) -> String {
        let directory = self.directory.path().join(within);
        let environment = [("PATH", "/usr/bin:/bin")];
        let place = Surroundings { directory: Some(&directory), environment: &environment, input };
        place.session(&[&["netdiag", "check"], words].concat())
    }
}

#[test]
fn paths_in_a_file_begin_at_the_file() {
    let place = Place::new();
    let whole = place.directory.path().join("project/net.toml");
    for (within, file) in [
        ("", "project/net.toml"),
        ("project", "net.toml"),
        ("project/data", "../net.toml"),
        ("", whole.to_str().unwrap()),
    ] {
        let session = place.session(within, "", &[file]);
        assert!(session.contains("7 checks: 7 passed"), "{within}: {session}");
    }
}

#[test]
fn paths_of_standard_input_and_of_the_command_line_begin_here() {
    let place = Place::new();
    let read = |within: &str| place.session(within, FILE, &["-"]);
    assert!(read("project").contains("7 checks: 7 passed"), "{}", read("project"));
    assert!(read("").contains("token: No such file or directory"), "{}", read(""));
    let target = |within: &str| place.session(within, "", &["unix:data/socket"]);
    assert!(target("project").contains("1 check: 1 passed"), "{}", target("project"));
    assert!(target("").contains("1 check: 1 failed"), "{}", target(""));
}

#[test]
fn a_file_that_is_not_there_is_named_as_it_was_looked_for() {
    let place = Place::new();
    let file = "version = 1\n[[check]]\nkind = \"tls\"\ntarget = \"localhost:1\"\ntls = { ca = \"data/ca.pem\" }\n\
        [[check]]\nkind = \"exec\"\ncmd = [\"${file:none}\"]\n";
    fs::write(place.directory.path().join("project/net.toml"), file).unwrap();
    let session = place.session("", "", &["project/net.toml"]);
    for path in ["project/data/ca.pem", "project/none"] {
        assert!(session.contains(&format!("{path}: No such file or directory")), "{session}");
    }
    assert!(session.ends_with("---- exit status: 2\n"), "{session}");
}

#[test]
fn a_hint_begins_where_the_command_ran() {
    let place = Place::new();
    let file = "version = 1\n[[check]]\nkind = \"exec\"\ncmd = [\"cat\", \"none\"]\n";
    fs::write(place.directory.path().join("project/net.toml"), file).unwrap();
    let session = place.session("", "", &["project/net.toml"]);
    assert!(session.contains("    hint: cd project && cat none\n"), "{session}");
}
