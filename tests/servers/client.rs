//! A client of somebody else's, run to its end, bounded in time.

use std::io::Write;
use std::process::{Command, Stdio};
use std::thread;

use netdiag_lab::until;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::server::PATIENCE;

/// Runs a shell command with `input`; what it wrote, both streams, standard error behind.
pub(crate) fn shell(line: &str, input: &[u8]) -> String {
    String::from_utf8_lossy(&bytes(line, input)).into_owned()
}

/// The same, as bytes.
pub(crate) fn bytes(line: &str, input: &[u8]) -> Vec<u8> {
    let program = line.split_whitespace().next().unwrap();
    let mut command = Command::new("sh");
    command.arg("-c").arg(format!(
        "command -v {program} >/dev/null || {{ echo 'this test needs {program}'; exit; }}; exec {line}"
    ));
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let id = Pid::from_raw(child.id().cast_signed());
    let mut stdin = child.stdin.take().unwrap();
    thread::scope(|scope| {
        // Who is not interested in the rest says so by leaving.
        scope.spawn(move || stdin.write_all(input));
        let waiter = scope.spawn(move || child.wait_with_output().unwrap());
        if let Err(late) = until("the client to end", PATIENCE, || waiter.is_finished().then_some(())) {
            kill(id, Signal::SIGKILL).unwrap();
            panic!("{line}: {late}");
        }
        let output = waiter.join().unwrap();
        [output.stdout, output.stderr].concat()
    })
}

/// Bytes of every value, in no simple pattern.
pub(crate) fn noise(length: usize) -> Vec<u8> {
    let mut state = 0x2545_f491_u32;
    let next = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        (state >> 11) as u8
    };
    std::iter::repeat_with(next).take(length).collect()
}
