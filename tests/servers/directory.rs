//! A directory served to `curl`: files, parts of them, listings, and no way out.

use std::fs;
use std::os::unix::fs::symlink;

use crate::client::{bytes, shell};
use crate::fed::noise;
use crate::server::Server;

struct Site {
    directory: tempfile::TempDir,
    server: Server,
}

impl Site {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path().join("root");
        fs::create_dir_all(root.join("sub/deep")).unwrap();
        fs::create_dir(root.join("with index")).unwrap();
        fs::write(directory.path().join("secret"), "secret").unwrap();
        fs::write(root.join("small.txt"), "0123456789").unwrap();
        fs::write(root.join("empty"), "").unwrap();
        fs::write(root.join("big.bin"), noise(3 << 20)).unwrap();
        fs::write(root.join("with index/index.html"), "<p>hello").unwrap();
        fs::write(root.join("sub/a&b <c>"), "odd").unwrap();
        symlink("../secret", root.join("out")).unwrap();
        symlink("/etc", root.join("etc")).unwrap();
        symlink("../small.txt", root.join("sub/in")).unwrap();
        symlink("loop", root.join("loop")).unwrap();
        nix::unistd::mkfifo(&root.join("pipe"), nix::sys::stat::Mode::S_IRWXU).unwrap();
        let server = Server::start(&format!("http {}", root.display()), &["127.0.0.1:0"], &["-v"]);
        Self { directory, server }
    }

    fn curl(&self, options: &str, path: &str) -> String {
        let port = self.server.port();
        shell(&format!("curl -sS --path-as-is {options} 'http://127.0.0.1:{port}{path}'"), b"")
    }

    fn status(&self, options: &str, path: &str) -> String {
        self.curl(&format!("-o /dev/null -w '%{{http_code}} %{{header_json}}' {options}"), path)
    }
}

#[test]
fn files_arrive_as_they_are() {
    let site = Site::new();
    let port = site.server.port();
    for (name, media_type) in [
        ("small.txt", "text/plain; charset=utf-8"),
        ("big.bin", "application/octet-stream"),
        ("empty", "application/octet-stream"),
    ] {
        let url = format!("http://127.0.0.1:{port}/{name}");
        let file = fs::read(site.directory.path().join("root").join(name)).unwrap();
        assert!(bytes(&format!("curl -sS {url}"), b"") == file, "{name}");
        let head = shell(&format!("curl -sSI {url}"), b"");
        assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
        assert!(head.contains(&format!("content-length: {}\r\n", file.len())), "{head}");
        assert!(head.contains(&format!("content-type: {media_type}\r\n")), "{head}");
        assert!(head.contains("accept-ranges: bytes\r\n") && head.contains("etag: \""), "{head}");
    }
    assert_eq!(site.curl("", "/sub/in"), "0123456789");
    assert_eq!(site.curl("", "/with%20index/"), "<p>hello");
    // One connection serves many requests.
    let many = shell(
        &format!(
            "curl -sS http://127.0.0.1:{port}/small.txt http://127.0.0.1:{port}/empty http://127.0.0.1:{port}/small.txt"
        ),
        b"",
    );
    assert_eq!(many, "01234567890123456789");
    let log = site.server.stop().log;
    assert!(log.contains("requests=3") && log.contains(" 200 GET /small.txt\n"), "{log}");
}

#[test]
fn nothing_outside_is_reached() {
    let site = Site::new();
    #[rustfmt::skip]
    let cases = [
        ("/../secret",              "400"),
        ("/..%2fsecret",            "400"),
        ("/%2e%2e/secret",          "400"),
        ("/sub/../../secret",       "400"),
        ("/sub/%2e%2e/%2e./secret", "400"),
        ("/sub%00",                 "400"),
        ("/%zz",                    "400"),
        ("/out",                    "403"),
        ("/etc/passwd",             "403"),
        ("/etc/",                   "403"),
        ("/loop",                   "403"),
        ("//etc/passwd",            "403"),
        ("/..\\secret",             "404"),
        ("/....//secret",           "404"),
        ("/pipe",                   "404"),
        ("/small.txt/",             "404"),
        ("/small.txt/x",            "404"),
        ("/none",                   "404"),
        ("/proc/self/root",         "404"),
        ("/status/200",             "404"),
    ];
    for (path, expected) in cases {
        let status = site.status("", path);
        assert!(status.starts_with(expected), "{path}: {status}");
    }
    let long = format!("/{}", "x".repeat(5000));
    assert!(site.status("", &long).starts_with("404"));
    assert!(site.status("--request-target /../../secret", "/").starts_with("400"));
    assert!(site.status("--request-target http://127.0.0.1/../secret", "/").starts_with("400"));
    assert!(!fs::read_to_string(site.directory.path().join("secret")).unwrap().is_empty());
}

#[test]
fn directories_lead_to_a_slash_and_are_listed() {
    let site = Site::new();
    let moved = site.status("", "/sub?x=1");
    assert!(moved.starts_with("301") && moved.contains("\"location\":[\"/sub/?x=1\"]"), "{moved}");
    // Two slashes would be another host.
    let moved = site.status("", "//sub");
    assert!(moved.contains("\"location\":[\"/sub/\"]"), "{moved}");
    let page = site.curl("", "/sub/");
    assert!(page.contains("<a href=\"./a%26b%20%3Cc%3E\">a&amp;b &lt;c&gt;</a>"), "{page}");
    assert!(page.contains("<a href=\"./deep/\">deep/</a>"), "{page}");
    assert_eq!(site.curl("", "/sub/a%26b%20%3Cc%3E"), "odd");
}

#[test]
fn requests_are_for_one_host_and_nothing_is_from_the_future() {
    let site = Site::new();
    for (host, status) in
        [("a b/c", "400"), ("a/b", "400"), ("u@h", "400"), ("other.test:8080", "200"), ("", "200")]
    {
        assert!(
            site.status(&format!("-H 'Host: {host}'").replace(": '", ";'"), "/small.txt").starts_with(status),
            "{host}"
        );
    }
    let path = site.directory.path().join("root/small.txt");
    let future = std::time::SystemTime::now() + std::time::Duration::from_secs(1_000_000);
    fs::File::options().write(true).open(path).unwrap().set_modified(future).unwrap();
    let head = site.curl("-I", "/small.txt");
    let told = |name: &str| head.lines().find_map(|line| line.strip_prefix(name)).unwrap().to_owned();
    // The day will do: the file is of one eleven days on.
    assert_eq!(told("last-modified: ")[..16], told("date: ")[..16], "{head}");
}

#[test]
fn methods_conditions_and_ranges() {
    let site = Site::new();
    for method in ["POST", "PUT", "DELETE", "OPTIONS", "PATCH"] {
        let refused = site.status(&format!("-X {method}"), "/small.txt");
        assert!(
            refused.starts_with("405") && refused.contains("\"allow\":[\"GET, HEAD\"]"),
            "{method}: {refused}"
        );
    }
    let head = site.curl("-I", "/small.txt");
    let etag = head.lines().find_map(|line| line.strip_prefix("etag: ")).unwrap();
    let date = head.lines().find_map(|line| line.strip_prefix("last-modified: ")).unwrap();
    #[rustfmt::skip]
    let cases = [
        (format!("-H 'If-None-Match: {etag}'"),                         "304", ""),
        (format!("-H 'If-Modified-Since: {date}'"),                     "304", ""),
        ("-H 'If-None-Match: \"x\"'".to_owned(),                        "200", "0123456789"),
        ("-H 'If-Match: \"x\"'".to_owned(),                             "412", "412 Precondition Failed\n"),
        ("-r 2-4".to_owned(),                                           "206", "234"),
        ("-r 7-".to_owned(),                                            "206", "789"),
        ("-r -2".to_owned(),                                            "206", "89"),
        ("-r 9-100".to_owned(),                                         "206", "9"),
        ("-r 10-".to_owned(),                                           "416", "416 Range Not Satisfiable\n"),
        ("-H 'Range: nonsense'".to_owned(),                             "200", "0123456789"),
        (format!("-r 2-4 -H 'If-Range: {etag}'"),                       "206", "234"),
        ("-r 2-4 -H 'If-Range: \"x\"'".to_owned(),                      "200", "0123456789"),
    ];
    for (options, status, body) in cases {
        assert!(site.status(&options, "/small.txt").starts_with(status), "{options}");
        assert_eq!(site.curl(&options, "/small.txt"), body, "{options}");
    }
    let parts = site.curl("-r 0-1,8-9", "/small.txt");
    assert!(parts.contains("Content-Range: bytes 0-1/10\r\n\r\n01\r\n--"), "{parts}");
    assert!(
        parts.contains("Content-Range: bytes 8-9/10\r\n\r\n89\r\n--") && parts.ends_with("--\r\n"),
        "{parts}"
    );
    let file = fs::read(site.directory.path().join("root/big.bin")).unwrap();
    let url = format!("http://127.0.0.1:{}/big.bin", site.server.port());
    assert!(bytes(&format!("curl -sS -r 100-2500000 {url}"), b"") == file[100..=2_500_000]);
}
