//! Reads lengths of time as every tool of netdiag does: `duration 1m30s 5mn`.
//!
//! A word that is none is complained about with a caret below it, and makes the program fail once all have been read.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "an example may be plain")]

use std::process::ExitCode;

use netdiag_text::duration::{self, Short};
use netdiag_text::{Complaint, Trusted};

fn main() -> ExitCode {
    let mut code = ExitCode::SUCCESS;
    let mut words: Vec<String> = std::env::args().skip(1).collect();
    if words.is_empty() {
        words = ["200ms", "1m30s", "1.5h"].map(str::to_owned).to_vec();
    }
    let line = words.join(" ");
    let mut at = 0;
    for word in words {
        match duration::with_unit(&word) {
            Ok(time) => println!("{word}: {} s, or {}", time.as_secs_f64(), Short(time)),
            Err(wrong) => {
                eprintln!("{}", Complaint::new(&*line, at..at + word.len(), Trusted(&wrong.to_string())));
                code = ExitCode::FAILURE;
            }
        }
        at += word.len() + 1;
    }
    code
}
