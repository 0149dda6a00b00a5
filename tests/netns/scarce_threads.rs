//! Threads run out: nothing panics, hangs or begins half. Only users other than root have a limit.

use std::fs::File;
use std::os::unix::process::CommandExt;
use std::process::{Command, Output};

use netdiag_lab::Lab;

use crate::guard;
use crate::nobody::{NOBODY, must_be_mapped};

/// Runs `words` as a user who may have so many threads.
pub(crate) fn limited(threads: usize, words: &[&str]) -> Output {
    must_be_mapped();
    let program = File::open(env!("CARGO_BIN_EXE_netdiag")).unwrap();
    // Some shells know the limit by one letter and some by another; the program is named by an open file, for the user may not be able
    // to reach it by its path.
    let limit =
        format!("ulimit -u {threads} 2>/dev/null || ulimit -p {threads}; exec /proc/self/fd/0 \"$@\"");
    let mut command = Command::new("sh");
    command
        .args(["-c", &limit, "netdiag"])
        .args(words)
        .stdin(program)
        .current_dir("/")
        .uid(NOBODY)
        .gid(NOBODY);
    command.output().unwrap()
}

#[test]
fn without_a_thread_nothing_begins_and_the_limit_is_told() {
    guard::namespace();
    let host = Lab::new().unwrap().host("host").unwrap();
    #[rustfmt::skip]
    let cases: [(&[&str], i32); 9] = [
        (&["probe", "tcp://127.0.0.1:1"],                    3),
        (&["connect", "127.0.0.1:1"],                        3),
        (&["connect", "-z", "localhost:1"],                  3),
        (&["wait", "-w", "1s", "127.0.0.1:1"],               125),
        (&["check", "tcp:127.0.0.1:1"],                      3),
        (&["check", "exec:true"],                            3),
        (&["check", "-o", "jsonl", "tcp:127.0.0.1:1"],       3),
        (&["serve", "echo", "127.0.0.1:0"],                  3),
        (&["serve", "http", "127.0.0.1:0"],                  3),
    ];
    for (words, status) in cases {
        let output = host.run(|| limited(1, words));
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(status), "{words:?}: {stderr}");
        assert!(
            stderr.ends_with("clone: Resource temporarily unavailable (ulimit -u is 1)\n"),
            "{words:?}: {stderr}"
        );
        assert!(output.stdout.is_empty(), "{words:?}");
    }
    let output = host.run(|| limited(1, &["ss", "-tanp"]));
    assert!(output.status.success(), "{output:?}");
}

#[test]
fn a_server_that_lacks_a_thread_says_so_and_does_not_listen() {
    guard::namespace();
    let host = Lab::new().unwrap().host("host").unwrap();
    // With one more than its processors it has what answers, but not what tells of it.
    let workers = std::thread::available_parallelism().unwrap().get();
    for threads in 2..=workers + 2 {
        let output = host.run(|| limited(threads, &["serve", "echo", "127.0.0.1:0"]));
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!((output.status.code(), output.stdout.len()), (Some(3), 0), "{threads}: {stderr}");
        assert!(stderr.contains("clone: ") && !stderr.contains("panicked"), "{threads}: {stderr}");
    }
}
