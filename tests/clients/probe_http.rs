//! `netdiag probe http://…` with nginx and Python's server, and with servers that keep no rule.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::Command;

use crate::peer::{Peer, address, is_listening};
use crate::program::{netdiag, words};
use crate::scripted::{pour, server};

/// nginx with a configuration of its own, serving `directory`, also on a unix socket in it.
fn nginx(directory: &Path) -> (Peer, String) {
    let at = address();
    let place = directory.display();
    std::fs::write(directory.join("index.html"), "<h1>hello</h1>\n").unwrap();
    let configuration = format!(
        "daemon off; master_process off; pid {place}/pid; error_log {place}/error.log;\n\
         events {{ }}\n\
         http {{ access_log off; client_body_temp_path {place}/1; proxy_temp_path {place}/2; fastcgi_temp_path {place}/3;\n\
         uwsgi_temp_path {place}/4; scgi_temp_path {place}/5;\n\
         server {{ listen {at}; listen unix:{place}/http.sock; root {place};\n\
         location = /one {{ return 301 /two; }} location = /two {{ return 302 /index.html; }}\n\
         location = /loop {{ return 302 /loop; }}\n\
         location = /host {{ return 200 $http_host:$request_method; }} }} }}\n"
    );
    std::fs::write(directory.join("nginx.conf"), configuration).unwrap();
    let mut command = Command::new("nginx");
    // Where Debian has it is not on everybody's path.
    command.env("PATH", "/usr/sbin:/usr/bin:/bin");
    command.arg("-p").arg(directory).arg("-c").arg(directory.join("nginx.conf"));
    (Peer::listening(command.arg("-e").arg(directory.join("error.log")), || is_listening(at)), at.to_string())
}

#[test]
fn nginx_is_asked_and_checked() {
    let directory = tempfile::tempdir().unwrap();
    let (_peer, at) = nginx(directory.path());
    #[rustfmt::skip]
    let cases = [
        ("/",      "",                                          0, "HTTP/1.1 200, 15 bytes"),
        ("/",      "--expect-body ^<h1>hello --expect-status 200", 0, "ok"),
        ("/",      "--expect-body-text bye",                    1, "no match for \"bye\" in the body"),
        ("/",      "--expect-header content-type:^text",        0, "ok"),
        ("/",      "--expect-header content-type:json",         1, "does not match \"json\""),
        ("/",      "--expect-header x-none",                    1, "no header x-none"),
        ("/",      "-X HEAD",                                   0, "HTTP/1.1 200, 0 bytes"),
        ("/none",  "",                                          1, "status 404"),
        ("/none",  "--expect-status 4xx",                       0, "ok"),
        ("/",      "-d x=1",                                    1, "status 405"),
        ("/",      "--max-body 10",                             1, "a body of more than 10 bytes"),
        ("/host",  "-H host:other.test --expect-body ^other.test:GET$", 0, "ok"),
        ("/one",   "",                                          0, "/two\n"),
    ];
    for (path, options, status, shown) in cases {
        let run = netdiag(&format!("probe http://{at}{path} {options}"), b"");
        assert!(run.status == status && run.text().contains(shown), "{path} {options}: {run}");
    }
}

#[test]
fn redirects_are_shown_one_by_one() {
    let directory = tempfile::tempdir().unwrap();
    let (_peer, at) = nginx(directory.path());
    let run = netdiag(&format!("probe --max-redirects 5 http://{at}/one --expect-body hello"), b"");
    assert_eq!(run.status, 0, "{run}");
    for part in ["/one: ok, HTTP/1.1 301", "/two: ok, HTTP/1.1 302", "/index.html: ok, HTTP/1.1 200"] {
        assert!(run.text().contains(part), "{part}: {run}");
    }
    for expected in ["", "--expect-status 302"] {
        let run = netdiag(&format!("probe --max-redirects 3 {expected} http://{at}/loop"), b"");
        assert!(run.status == 1 && run.text().matches("HTTP/1.1 302").count() == 4, "{run}");
        let words = format!("3 redirects, as many as were allowed, and yet another: to http://{at}/loop");
        assert!(run.text().contains(&words), "{run}");
    }
    let run = netdiag(&format!("probe --max-redirects 2 http://{at}/one"), b"");
    assert!(run.status == 0 && run.text().contains("/index.html: ok"), "{run}");
    let run = netdiag(&format!("probe http://{at}/loop"), b"");
    assert!(run.status == 0, "none is followed: {run}");
    let run = netdiag(&format!("wait -w 2s --interval 1h http://{at}/loop"), b"");
    assert!(run.status == 124 && run.stderr.contains("and yet another"), "{run}");
    assert_eq!(netdiag(&format!("wait http://{at}/one"), b"").status, 0);
}

#[test]
fn http_over_a_unix_socket() {
    let directory = tempfile::tempdir().unwrap();
    let (_peer, _) = nginx(directory.path());
    let path = directory.path().join("http.sock").display().to_string();
    let run = words(
        &["probe", "--unix-socket", &path, "http://some.host/host", "--expect-body", "^some.host:GET$"],
        b"",
    );
    assert_eq!(run.status, 0, "{run}");
    let url = format!("http+unix://{}/", path.replace('/', "%2F"));
    let run = words(&["probe", &url, "--expect-body", "hello"], b"");
    assert_eq!(run.status, 0, "{run}");
}

#[test]
fn pythons_server() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("file"), vec![b'x'; 300_000]).unwrap();
    let at = address();
    let mut command = Command::new("python3");
    command.args(["-m", "http.server", "--bind", &at.ip().to_string(), &at.port().to_string()]);
    let _peer = Peer::listening(command.current_dir(directory.path()), || is_listening(at));
    let run = netdiag(&format!("probe --info --format json http://{at}/file"), b"");
    let document: serde_json::Value = serde_json::from_slice(&run.stdout).unwrap();
    let probe = &document["probes"][0];
    assert_eq!(
        (document["schema"].as_str(), probe["outcome"].as_str()),
        (Some("netdiag.probe/1"), Some("ok"))
    );
    assert_eq!(probe["hops"][0]["http"]["body_bytes"], 300_000);
    assert!(probe["kernel"]["pmtu_bytes"].is_u64(), "{run}");
    let phases = probe["hops"][0]["phases"].as_object().unwrap();
    assert!(
        ["connect_us", "first_byte_us", "transfer_us"].iter().all(|key| phases.contains_key(*key)),
        "{run}"
    );
    assert!(!phases.contains_key("resolve_us") && !phases.contains_key("tls_us"), "{run}");
}

fn head(mut stream: &TcpStream) {
    let mut seen = Vec::new();
    let mut byte = [0];
    while !seen.ends_with(b"\r\n\r\n") && stream.read_exact(&mut byte).is_ok() {
        seen.push(byte[0]);
    }
}

#[test]
fn rules_that_are_broken() {
    #[rustfmt::skip]
    let cases: [(&str, &[u8], &str); 6] = [
        ("no http",     b"220 smtp ready\r\n",                                   "no HTTP as we know it"),
        ("cut short",   b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc",     "closed by peer"),
        ("cut head",    b"HTTP/1.1 200 OK\r\ncontent-le",                        "closed by peer"),
        ("bad length",  b"HTTP/1.1 200 OK\r\ncontent-length: x\r\n\r\n",         "no HTTP as we know it"),
        ("coded",       b"HTTP/1.1 200 OK\r\ntransfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n", "transfer coding \"gzip, chunked\""),
        ("bad chunk",   b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n", "no HTTP as we know it"),
    ];
    for (name, answer, words) in cases {
        let at = server(move |mut stream| {
            head(&stream);
            stream.write_all(answer).unwrap();
        });
        let run = netdiag(&format!("probe http://{at}/"), b"");
        assert!(run.status == 1 && run.text().contains(words), "{name}: {run}");
    }
}

#[test]
fn heads_are_bounded_by_bytes_and_not_by_lines() {
    let many = (0..1000).map(|number| format!("x-{number}: a\r\n")).collect::<String>();
    #[rustfmt::skip]
    let cases: [(&str, String, &str, i32); 4] = [
        ("folded",    "x-long: one\r\n  two\r\n\tthree\r\n".to_owned(), "--expect-header x-long:^one\\s+two\\s+three$", 0),
        ("many",      many,                                              "--expect-header x-999:^a$",    0),
        ("long",      format!("x: {}\r\n", "a".repeat(60_000)),           "--expect-header x:^a+$",       0),
        ("too long",  format!("x: {}\r\n", "a".repeat(70_000)),           "",                             1),
    ];
    for (name, headers, options, status) in cases {
        let at = server(move |mut stream| {
            head(&stream);
            let _ = write!(stream, "HTTP/1.1 200 OK\r\n{headers}content-length: 0\r\n\r\n");
        });
        let run = netdiag(&format!("probe {options} http://{at}/"), b"");
        assert!(run.status == status, "{name}: {run}");
    }
}

#[test]
fn what_is_meant_for_one_server_is_not_sent_to_another() {
    let told = |mut stream: TcpStream| {
        let mut request = vec![0; 4000];
        let length = stream.read(&mut request).unwrap();
        let request = &request[..length];
        let _ = write!(stream, "HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n");
        let _ = stream.write_all(request);
    };
    let other = server(told);
    let first = server(move |mut stream| {
        head(&stream);
        let _ =
            write!(stream, "HTTP/1.1 302 Found\r\nlocation: http://{other}/\r\ncontent-length: 0\r\n\r\n");
    });
    let host = format!("^host: {other}\r?$").replace('.', "\\.");
    let line =
        ["probe", "--max-redirects", "1", "-H", "Host: virtual.test", "-H", "Authorization: Basic c2VjcmV0"];
    let more = ["-H", "X-Key: k", "--expect-body", "^x-key: k"];
    let url = format!("http://{first}/");
    let run = words(&[&line[..], &more, &["--expect-body", &host.to_lowercase(), &url]].concat(), b"");
    assert_eq!(run.status, 0, "{run}");
    let run = words(&[&line[..], &["--expect-body", "(?i)authorization|virtual", &url]].concat(), b"");
    assert!(run.status == 1 && run.text().contains("no match"), "{run}");
}

#[test]
fn interim_answers_come_to_an_end() {
    for (count, status) in [(20, 0), (21, 1)] {
        let at = server(move |mut stream| {
            head(&stream);
            let _ = stream.write_all("HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n".repeat(count).as_bytes());
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
        });
        let run = netdiag(&format!("probe http://{at}/"), b"");
        assert_eq!(run.status, status, "{count}: {run}");
    }
    let endless = server(|stream| {
        head(&stream);
        pour(&stream, b"HTTP/1.1 102 Processing\r\n\r\n");
    });
    let run = netdiag(&format!("probe http://{endless}/"), b"");
    assert!(run.status == 1 && run.text().contains("more than 20 interim answers"), "{run}");
}

#[test]
fn what_never_ends_is_bounded() {
    let headers = server(|stream| {
        head(&stream);
        let _ = (&stream).write_all(b"HTTP/1.1 200 OK\r\n");
        pour(&stream, b"x-more: and more of it\r\n");
    });
    let run = netdiag(&format!("probe http://{headers}/"), b"");
    assert!(run.status == 1 && run.text().contains("too large"), "{run}");
    let body = server(|stream| {
        head(&stream);
        let _ = (&stream).write_all(b"HTTP/1.1 200 OK\r\n\r\n");
        pour(&stream, &[b'x'; 10_000]);
    });
    let run = netdiag(&format!("probe --max-body 1M http://{body}/"), b"");
    assert!(run.status == 1 && run.text().contains("1048576 bytes: transfer: a body of more"), "{run}");
    let silent = server(|stream| head(&stream));
    let run = netdiag(&format!("probe http://{silent}/"), b"");
    assert!(run.status == 1 && run.text().contains("closed"), "{run}");
    let slow = server(|mut stream| {
        head(&stream);
        let _ = stream.read(&mut [0]);
    });
    let run = netdiag(&format!("probe -t 2s http://{slow}/"), b"");
    assert!(run.status == 1 && run.text().contains("timeout: first byte: timed out"), "{run}");
}
