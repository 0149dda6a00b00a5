//! A client of somebody else's, run to its end, bounded in time.

use std::process::Command;

use crate::fed::run;

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
    let output = run(&mut command, input);
    [output.stdout, output.stderr].concat()
}
