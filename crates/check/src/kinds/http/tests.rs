//! Requests to servers that say one thing each.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, UnixListener};

use crate::parts::trial::{certified, complaint, find, judged, plan, run};

/// The digest of what `/broken` says, as `sha256sum` has it.
const DOWN: &str = "f7332c41f0b3aecf3dbd6c196184a56b8c14ed465993f29b36de911aa2275455";

#[test]
fn mistakes_are_pointed_at() {
    #[rustfmt::skip]
    let cases = [
        ("url = \"ftp://h/\"",                                                "`ftp://h/`"),
        ("url = \"http://u:p@h/\"",                                           "credentials"),
        ("url = \"http://h/\"\nunix = \"\"",                                  "missing"),
        ("url = \"http://h/\"\nmethod = \"G T\"",                             "method"),
        ("url = \"http://h/\"\nheaders = { \"a b\" = \"c\" }",                "header name"),
        ("url = \"http://h/\"\nheaders = { a = \"b\\nc\" }",                  "no value"),
        ("url = \"http://h/\"\nexpect = { status = \"2yy\" }",                "number"),
        ("url = \"http://h/\"\nexpect = { json = { \"status\" = 1 } }",       "`status`"),
        ("url = \"http://h/\"\nexpect = { header = { \"a b\" = \"c\" } }",    "name of a header"),
        ("url = \"http://h/\"\nexpect = { body = \"/(/\" }",                  "regex"),
        ("url = \"http://h/\"\nexpect = { sttaus = 200 }",                    "unknown key `sttaus`"),
        ("url = \"http://h/\"\nmax_body = \"2GiB\"",                           ":5:12: error: bodies are held whole"),
        ("url = \"http://h/\"\nexpect = { body = '/\\w{1,200}x/' }",           ":5:19: error: "),
        ("url = \"http://h/\"\nexpect = { json = { '$.a' = '/\\w{1,200}x/' } }", ":5:29: error: "),
        ("url = \"http://h/\"\nexpect = { header = { a = '/\\w{1,200}x/' } }", ":5:27: error: "),
    ];
    for (text, words) in cases {
        let complaint = complaint("http", text);
        assert!(complaint.contains(words), "{text}: {complaint}");
    }
}

#[test]
fn a_hint_is_the_same_request() {
    let lines =
        "url = \"http://h/a?b&c\"\nunix = \"/run/s\"\nmethod = \"HEAD\"\nmax_redirects = 2\nfamily = \"4\"";
    let first = plan("http", lines).unwrap();
    let hint = first.checks[0].work.hint(&crate::finding::Finding::default());
    let wanted = "netdiag probe -4 --unix-socket=/run/s --method=HEAD --max-redirects=2 'http://h/a?b&c'";
    assert_eq!(hint.as_ref().map(netdiag_text::Message::unshown), Some(wanted));
    let lines = "url = \"https://h/\"\ntimeout = \"1m30s\"\nheaders = { X-A = \"it's\" }\nbody = \"a b\"\nmax_body = 100\n\
        tls = { insecure = true, server_name = \"x\", alpn = [\"h2\", \"http/1.1\"], min = \"1.3\" }";
    let hint = plan("http", lines).unwrap().checks[0].work.hint(&crate::finding::Finding::default());
    let wanted = r"netdiag probe --timeout=1m30s --method=POST --max-body=100 '--header=x-a: it'\''s' '--data=a b' --insecure --server-name=x --alpn=h2,http/1.1 --tls-min=1.3 https://h/";
    assert_eq!(hint.as_ref().map(netdiag_text::Message::unshown), Some(wanted));
}

/// Answers by the path asked for; what begins with nothing is never answered.
fn answer(request: &str) -> Option<String> {
    let document =
        r#"{"status":"UP","load":0.5,"checks":[{"ok":true},{"ok":false}],"delta":-3,"id":9007199254740993}"#;
    let with = |head: &str, body: &str| {
        Some(format!("HTTP/1.1 {head}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len()))
    };
    match request.split(' ').nth(1)? {
        "/" => with("200 OK\r\nContent-Type: application/json\r\nX-A: 1\r\nX-A: 2", document),
        "/moved" => with("302 Found\r\nLocation: /", ""),
        "/loop" => with("302 Found\r\nLocation: /loop", ""),
        "/broken" => with("503 Service Unavailable", "down\n"),
        "/cut" => Some("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort".to_owned()),
        "/echo" => with("200 OK", request),
        _ => None,
    }
}

async fn serve(mut stream: impl AsyncReadExt + AsyncWriteExt + Unpin) {
    let mut request = vec![0; 4096];
    let Ok(length) = stream.read(&mut request).await else { return };
    match answer(&String::from_utf8_lossy(&request[..length])) {
        // Clients may hang up whenever they have seen enough.
        Some(answer) => drop(stream.write_all(answer.as_bytes()).await),
        None => std::future::pending().await,
    }
}

#[test]
fn a_server_answers_as_it_ought_to() {
    run(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream));
            }
        });
        let ok = "outcome ok: true";
        #[rustfmt::skip]
        let cases = [
            ("/",       "",                                              format!("{ok}, status < 400: true")),
            ("/",       r#"expect = { status = "2xx", ttfb = "< 5s", total = "< 5s", version = "HTTP/1.1" }"#,
                format!("{ok}, status 200..299: true, version HTTP/1.1: true, ttfb < 5s: true, total < 5s: true")),
            ("/broken", "",                                              format!("{ok}, status < 400: false")),
            ("/broken", "expect = { status = 503, body = \"down\\n\", size = \"5B\" }",
                format!("{ok}, status 503: true, size 5B: true, body down: false")),
            ("/broken", r#"expect = { status = 503, body = "~down" }"#,  format!("{ok}, status 503: true, body ~down: true")),
            ("/",       r#"expect = { header = { content-type = "~json", x-a = "1, 2", x-b = "3" } }"#,
                format!("{ok}, status < 400: true, header(content-type) ~json: true, header(x-a) 1, 2: true, header(x-b) 3: false")),
            ("/",       r#"expect = { json = { "$.status" = "UP", "$.load" = "< 0.9", "$.delta" = -3, "$.none" = 1 } }"#,
                format!("{ok}, status < 400: true, json($.status) UP: true, json($.load) < 0.9: true, \
                         json($.delta) -3: true, json($.none) 1: false")),
            ("/",       r#"expect = { json = { "$.delta" = "<= -3" } }"#, format!("{ok}, status < 400: true, json($.delta) <= -3: true")),
            ("/",       r#"expect = { json = { "$.delta" = "-2..5" } }"#, format!("{ok}, status < 400: true, json($.delta) -2..5: false")),
            ("/",       r#"expect = { json = { "$.load" = "> -1e-3" } }"#, format!("{ok}, status < 400: true, json($.load) > -1e-3: true")),
            ("/",       r#"expect = { json = { "$.checks[0].ok" = true, "$.checks[*].ok" = "true, false" } }"#,
                format!("{ok}, status < 400: true, json($.checks[0].ok) true: true, json($.checks[*].ok) true, false: true")),
            ("/",       r#"expect = { json = { "$.id" = 9007199254740993 } }"#, format!("{ok}, status < 400: true, json($.id) 9007199254740993: true")),
            ("/",       r#"expect = { json = { "$.id" = "> 9007199254740993, 9007199254740992" } }"#,
                format!("{ok}, status < 400: true, json($.id) > 9007199254740993, 9007199254740992: false")),
            ("/",       r#"expect = { json = { "$.id" = "<= 9007199254740992.5" } }"#,
                format!("{ok}, status < 400: true, json($.id) <= 9007199254740992.5: false")),
            ("/broken", r#"expect = { status = 503, body = "/^down$/" }"#, format!("{ok}, status 503: true, body /^down$/: true")),
            ("/loop",   "max_redirects = 3\nexpect = { status = 302 }",   "outcome ok: false, status 302: true".to_owned()),
            ("/broken", r#"expect = { status = 503, json = { "$.a" = 1 } }"#, format!("{ok}, status 503: true, body JSON: false")),
            ("/moved",  "expect = { status = 302, redirects = 0 }",      format!("{ok}, status 302: true, redirects 0: true")),
            ("/moved",  "max_redirects = 3\nexpect = { redirects = 1, status = 200 }", format!("{ok}, status 200: true, redirects 1: true")),
            ("/broken", "expect = { status = 503, sha256 = \"5da9a1e5f6c6\" }",  format!("{ok}, status 503: true, sha256 5da9a1e5f6c6: false")),
            ("/broken", &format!("expect = {{ status = 503, sha256 = \"{DOWN}\" }}"),
                format!("{ok}, status 503: true, sha256 {DOWN}: true")),
            ("/cut",    "expect = { sha256 = \"!= x\" }",                "outcome ok: false, status < 400: true, sha256 != x: false".to_owned()),
            ("/cut",    r#"expect = { body = "~short" }"#,               "outcome ok: false, status < 400: true, body ~short: false".to_owned()),
            ("/never",  "",                                              "outcome ok: false".to_owned()),
            ("/",       "max_body = 3",                                  "outcome ok: false, status < 400: true".to_owned()),
            ("/echo",   "method = \"PUT\"\nbody = \"b0dy\"\nheaders = { X-Key = \"k3y\" }\nexpect = { body = \"/(?s)^PUT .*k3y.*b0dy/\" }",
                format!("{ok}, status < 400: true, body /(?s)^PUT .*k3y.*b0dy/: true")),
        ];
        for (path, lines, expected) in cases {
            let finding = find("http", &format!("url = \"http://127.0.0.1:{port}{path}\"\n{lines}")).await;
            assert_eq!(judged(&finding), expected, "{path} {lines}: {finding:?}");
        }
    });
}

#[test]
fn through_unix_sockets_and_tls() {
    run(async {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("s");
        let listener = UnixListener::bind(&path).unwrap();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream));
            }
        });
        let lines =
            format!("url = \"http://api/\"\nunix = \"{}\"\nexpect = {{ status = 200 }}", path.display());
        assert_eq!(judged(&find("http", &lines).await), "outcome ok: true, status 200: true");
        let server = certified(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").await;
        let (port, ca) = (server.port, server.ca.path().display());
        let lines = format!(
            "url = \"https://127.0.0.1:{port}/\"\ntls = {{ ca = \"{ca}\", server_name = \"db.test\" }}\n\
             expect = {{ tls_expires_in = \"> 14d\", tls_version = \"TLSv1.3\", \
             tls_trusted = true, tls_chain = 1, tls_names = \"db.test\", tls_ocsp_stapled = false }}"
        );
        let wanted = "outcome ok: true, status < 400: true, tls_version TLSv1.3: true, tls_trusted true: true, tls_expires_in > 14d: true, \
             tls_names db.test: true, tls_chain 1: true, tls_ocsp_stapled false: true";
        let finding = find("http", &lines).await;
        assert_eq!(judged(&finding), wanted, "{finding:?}");
        let distrusted = find("http", &format!("url = \"https://127.0.0.1:{port}/\"")).await;
        assert_eq!(judged(&distrusted), "outcome ok: false");
        assert_eq!(distrusted.value("outcome").unwrap().to_string(), "tls");
    });
}

#[test]
fn paths_nested_deeper_than_anybody_writes_them_are_shown_where_they_are() {
    let filters = format!("${}{}", "[?@".repeat(24), "]".repeat(24));
    let parentheses = format!("$[?{}@{}]", "(".repeat(4000), ")".repeat(4000));
    // The first column of the text itself, and where in it the first is that is too much.
    let start = "expect = { json = { \"".len() + 1;
    let places = [
        (filters, start + 1 + 6 * 3 + 1, "more than 6 filters"),
        (parentheses, start + 3 + 31, "more than 32 brackets"),
    ];
    for (path, column, words) in places {
        let complaint =
            complaint("http", &format!("url = \"http://h/\"\nexpect = {{ json = {{ \"{path}\" = 1 }} }}"));
        assert!(complaint.contains(&format!(":5:{column}: error: {words} in each other")), "{complaint}");
    }
}

#[test]
fn time_that_is_up_leaves_behind_what_looks_into_a_body() {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().max_blocking_threads(1).build().unwrap();
    let (finish, finished) = std::sync::mpsc::channel::<()>();
    // The only thread that could look is taken until the end.
    runtime.spawn_blocking(move || finished.recv());
    let finding = runtime.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("url = \"http://{}/\"\n", listener.local_addr().unwrap());
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream));
            }
        });
        let plain = find("http", &url).await;
        assert!(plain.holds(), "{plain:?}");
        find("http", &format!("{url}expect = {{ body = \"~UP\" }}")).await
    });
    assert_eq!(judged(&finding), "body looked through in time: false");
    drop(finish);
}
