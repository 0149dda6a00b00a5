//! Descriptors run out: no tool panics, and what it says is which call was refused and what the limit is.
//!
//! Threads, whose number has no limit for root, are in tests/netns.

use std::process::{Command, Output};

const NETDIAG: &str = env!("CARGO_BIN_EXE_netdiag");

/// Runs `words` with so many descriptors at most, the three standard ones among them.
fn limited(descriptors: usize, words: &[&str]) -> Output {
    let limit = format!("ulimit -n {descriptors}; exec timeout -k 10 60 \"$0\" \"$@\"");
    Command::new("sh").arg("-c").arg(limit).arg(NETDIAG).args(words).output().unwrap()
}

#[test]
fn whatever_is_lacking_the_call_and_the_limit_are_told() {
    let tools: [&[&str]; 10] = [
        &["ss", "-tln"],
        &["ss", "-xp"],
        &["ping", "-c1", "-W1", "127.0.0.1"],
        &["probe", "tcp://127.0.0.1:1"],
        &["probe", "icmp://127.0.0.1"],
        &["connect", "127.0.0.1:1"],
        &["connect", "-z", "127.0.0.1:1"],
        &["wait", "-w", "100ms", "127.0.0.1:1"],
        &["check", "tcp:127.0.0.1:1"],
        // Nobody has such an address: with enough of everything it ends as well.
        &["serve", "http", "192.0.2.1:0"],
    ];
    for (words, descriptors) in tools.iter().flat_map(|words| (5..16).map(move |most| (words, most))) {
        let output = limited(descriptors, words);
        let [stdout, stderr] = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
        let told = format!("{words:?} with {descriptors}: {:?}\n{stdout}\n{stderr}", output.status);
        assert!(output.status.code().is_some_and(|code| code != 101), "{told}");
        assert!(!stderr.contains("panicked") && !stderr.contains("write error"), "{told}");
        // Who could not begin says why, and it is no fault of the command line. (Checks and echoes have words of their own.)
        if !matches!(words[0], "ping" | "check" | "wait")
            && (stdout + &stderr).contains("Too many open files")
        {
            assert!(told.contains(&format!("Too many open files (ulimit -n is {descriptors})")), "{told}");
            assert_eq!(output.status.code(), Some(3), "{told}");
        }
    }
}

#[test]
fn sockets_are_listed_with_one_descriptor_to_spare() {
    // The dynamic linker needs one as well.
    let output = limited(4, &["ss", "-tan"]);
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
    assert!(output.stdout.starts_with(b"State "), "{output:?}");
    // A name that cannot be asked for is not one that nobody knows.
    let output = limited(4, &["ping", "-c1", "localhost"]);
    let expected = "netdiag: localhost: getaddrinfo: Too many open files (ulimit -n is 4)\n";
    assert_eq!(
        (output.status.code(), String::from_utf8(output.stderr).unwrap().as_str()),
        (Some(2), expected)
    );
    let output = limited(4, &["probe", "tcp://127.0.0.1:1"]);
    let expected = "netdiag: event loop: socketpair: Too many open files (ulimit -n is 4)\n";
    assert_eq!(
        (output.status.code(), String::from_utf8(output.stderr).unwrap().as_str()),
        (Some(3), expected)
    );
}

#[test]
fn what_the_environment_says_of_threads_is_nobody_s_business() {
    for (name, value) in ["TOKIO_WORKER_THREADS", "RUST_MIN_STACK"]
        .into_iter()
        .flat_map(|name| ["0", "-1", "x", "", "99999999999999999999"].map(|value| (name, value)))
    {
        // It ends by itself, its threads all begun.
        let serve = ["serve", "echo", "127.0.0.1:0", "192.0.2.1:0"];
        let output = Command::new(NETDIAG).args(serve).env(name, value).output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{name}={value}: {stderr}");
        assert!(stderr.starts_with("netdiag: tcp://192.0.2.1:0: bind: "), "{name}={value}: {stderr}");
    }
}
