//! A program fed with input, run to its end, bounded in time. The tests of servers use this file, too.

use std::io::Write;
use std::process::{Command, Output, Stdio};
use std::thread;
use std::time::Duration;

use netdiag_lab::until;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

/// Far more than any of these takes.
pub(crate) const PATIENCE: Duration = Duration::from_secs(120);

/// Runs any program with `input`.
pub(crate) fn run(command: &mut Command, input: &[u8]) -> Output {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let id = Pid::from_raw(child.id().cast_signed());
    let mut stdin = child.stdin.take().unwrap();
    thread::scope(|scope| {
        // Who is not interested in the rest says so by leaving.
        scope.spawn(move || stdin.write_all(input));
        let waiter = scope.spawn(move || child.wait_with_output().unwrap());
        let ended = until("the program to end", PATIENCE, || waiter.is_finished().then_some(()));
        if let Err(late) = ended {
            kill(id, Signal::SIGKILL).unwrap();
            panic!("{command:?}: {late}");
        }
        waiter.join().unwrap()
    })
}

/// Bytes of every value, in no simple pattern.
pub(crate) fn noise(length: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_u32;
    let next = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        (state >> 11) as u8
    };
    std::iter::repeat_with(next).take(length).collect()
}
