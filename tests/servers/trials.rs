//! The answers `http` makes for tests.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::client::{bytes, shell};
use crate::fed::noise;
use crate::server::{PATIENCE, Server};

#[test]
fn answers_are_what_the_path_says() {
    let server = Server::start("http", &["127.0.0.1:0"], &[]);
    let at = |path: &str| format!("http://127.0.0.1:{}{path}", server.port());
    let curl = |options: &str, path: &str| shell(&format!("curl -sS {options} '{}'", at(path)), b"");
    #[rustfmt::skip]
    let cases = [
        ("",                   "/status/404",  "404"),
        ("",                   "/status/204",  "204"),
        ("",                   "/status/599",  "599"),
        ("-X DELETE",          "/status/503",  "503"),
        ("",                   "/status/99",   "400"),
        ("",                   "/delay/x",     "400"),
        ("",                   "/bytes/-1",    "400"),
        ("",                   "/none",        "404"),
    ];
    for (options, path, status) in cases {
        assert_eq!(curl(&format!("-o /dev/null -w '%{{http_code}}' {options}"), path), status, "{path}");
    }
    assert!(curl("", "/").contains("/bytes/N"));
    assert_eq!(curl("", "/bytes/13"), "0123456789012");
    assert_eq!(curl("-o /dev/null -w '%{size_download}'", "/bytes/20000000"), "20000000");
    let begun = Instant::now();
    assert_eq!(curl("", "/delay/200"), "200 ms\n");
    assert!(begun.elapsed() >= Duration::from_millis(200));

    let data = noise(2 << 20);
    for options in ["--data-binary @-", "-H 'transfer-encoding: chunked' --data-binary @-", "-T -"] {
        let back = bytes(&format!("curl -sS {options} {}", at("/echo")), &data);
        assert!(back == data, "{options}: {}", back.len());
    }
}

#[test]
fn a_head_has_so_many_lines_and_bytes_and_no_more() {
    let server = Server::start("http", &["127.0.0.1:0"], &[]);
    let lines = |count: usize| (0..count).map(|number| format!("h{number}: x\r\n")).collect::<String>();
    let bytes = |count: usize| format!("h: {}\r\n", "a".repeat(count));
    #[rustfmt::skip]
    let cases = [
        // what is in the head,  status
        (lines(100),             "204"),
        (lines(101),             "431"),
        (bytes(32_000),          "204"),
        (bytes(32 << 10),        "431"),
    ];
    for (head, status) in cases {
        let mut stream = TcpStream::connect(("127.0.0.1", server.port())).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        // The server may end it at any byte.
        let _ = write!(stream, "GET /status/204 HTTP/1.0\r\n{head}\r\n");
        let mut answer = [0; 12];
        stream.read_exact(&mut answer).unwrap();
        let shown = &head[..20];
        assert_eq!(answer.as_slice(), format!("HTTP/1.{} {status}", answer[7] - b'0').as_bytes(), "{shown}");
    }
}

#[test]
fn lines_that_nobody_takes_are_left_out_and_counted() {
    const REQUESTS: usize = 10_000;
    let mut command = Command::new(env!("CARGO_BIN_EXE_netdiag"));
    command.args(["serve", "http", "127.0.0.1:0", "--verbose"]).stdin(Stdio::null());
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut place = String::new();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    stdout.read_line(&mut place).unwrap();
    let at = place.trim_end().rsplit('/').next().unwrap();
    let mut stream = TcpStream::connect(at).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut answers = BufReader::new(stream.try_clone().unwrap());
    let asking = std::thread::spawn(move || {
        (0..REQUESTS)
            .for_each(|_| stream.write_all(b"HEAD /status/204 HTTP/1.1\r\nhost: h\r\n\r\n").unwrap());
    });
    // Nobody reads what the server says meanwhile, and it answers all the same.
    let mut line = String::new();
    let mut answered = 0;
    while answered < REQUESTS {
        line.clear();
        assert!(answers.read_line(&mut line).unwrap() > 0, "{answered}");
        answered += usize::from(line.starts_with("HTTP/1.1 204 "));
    }
    asking.join().unwrap();
    drop(answers);
    kill(Pid::from_raw(child.id().cast_signed()), Signal::SIGTERM).unwrap();
    let mut log = String::new();
    child.stderr.take().unwrap().read_to_string(&mut log).unwrap();
    assert!(child.wait().unwrap().success(), "{log}");
    let told = log.lines().filter(|line| line.contains("/status/204")).count();
    let left_out = log.lines().filter_map(|line| line.strip_prefix("... ")?.split_once(" lines left out: "));
    let left_out: usize = left_out.map(|(count, _)| count.parse::<usize>().unwrap()).sum();
    // So many wait, and those that a pipe has room for do not wait any more; that it stops may not be told, either.
    assert!(
        (4096..7000).contains(&told) && (REQUESTS..REQUESTS + 3).contains(&(told + left_out)),
        "{told} {left_out}"
    );
}

#[test]
fn who_waits_for_an_answer_costs_nothing() {
    let server = Server::start("http", &["127.0.0.1:0"], &[]);
    let waiting: Vec<TcpStream> = (0..100)
        .map(|_| {
            let mut stream = TcpStream::connect(("127.0.0.1", server.port())).unwrap();
            stream.write_all(b"GET /delay/60000 HTTP/1.1\r\nHost: h\r\n\r\n").unwrap();
            stream
        })
        .collect();
    // Waking up is what costs: threads that sleep by themselves.
    let wakings = || -> u64 {
        let tasks = std::fs::read_dir(format!("/proc/{}/task", server.child.id())).unwrap();
        let status = |task: std::fs::DirEntry| std::fs::read_to_string(task.path().join("status")).unwrap();
        let count = |text: String| {
            let line =
                text.lines().find_map(|line| line.strip_prefix("voluntary_ctxt_switches:")).unwrap().trim();
            line.parse::<u64>().unwrap()
        };
        tasks.map(|task| count(status(task.unwrap()))).sum()
    };
    let quiet = || {
        let before = wakings();
        std::thread::sleep(Duration::from_secs(1));
        wakings() - before
    };
    // Once all of them have been asked; each would wake 50 times a second to look.
    netdiag_lab::until("the server to come to rest", PATIENCE, || (quiet() < 100).then_some(())).unwrap();
    drop(waiting);
}

#[test]
fn they_stand_behind_the_files_of_a_directory() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::create_dir(directory.path().join("status")).unwrap();
    std::fs::write(directory.path().join("status/200"), "a file").unwrap();
    let kind = format!("http {}", directory.path().display());
    let server = Server::start(&kind, &["127.0.0.1:0"], &["--trials"]);
    let curl = |path: &str| {
        shell(&format!("curl -sS -w ' %{{http_code}}' http://127.0.0.1:{}{path}", server.port()), b"")
    };
    assert_eq!(curl("/status/200"), "a file 200");
    assert_eq!(curl("/status/418"), "418 I'm a teapot\n 418");
    assert!(curl("/").contains("<a href=\"./status/\">"));
}

#[test]
fn a_cut_answer_is_seen_as_one() {
    let server = Server::start("http", &["127.0.0.1:0"], &["--reply-short", "5"]);
    let said = shell(&format!("curl -sS http://127.0.0.1:{}/bytes/20", server.port()), b"");
    assert!(said.starts_with("01234curl: (18)") && said.contains("15 bytes remaining"), "{said}");
    let server = Server::start("http", &["127.0.0.1:0"], &["--rst-after", "300"]);
    let said = shell(&format!("curl -sS -o /dev/null http://127.0.0.1:{}/bytes/1000", server.port()), b"");
    assert!(said.contains("reset"), "{said}");
}
