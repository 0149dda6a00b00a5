//! A program in a host with a path of routers before it that answer at once, so long after a probe; the target is 10.99.99.9, and all
//! of 10.99.99.0/24. `cargo xtask bench` traces it.
//!
//! Usage: `scripted ROUTERS MILLISECONDS PROGRAM [ARGUMENT]...`

use std::env;
use std::error::Error;
use std::process::{Command, ExitCode};
use std::time::Duration;

use netdiag_lab::{HopManner, Lab, ScriptedHop, ScriptedPath};

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let words: Vec<String> = env::args().skip(1).collect();
    let [routers, delay, program, words @ ..] = words.as_slice() else {
        return Err("usage: scripted ROUTERS MILLISECONDS PROGRAM [ARGUMENT]...".into());
    };
    let lab = Lab::new()?;
    let host = lab.host("host")?;
    let delay = Duration::from_millis(delay.parse()?);
    let hop = ScriptedHop { delay, ..ScriptedHop::from(HopManner::Answers) };
    let _path = ScriptedPath::new(&lab, &host, vec![hop; routers.parse()?], HopManner::Answers)?;
    let status = host.spawn(Command::new(program).args(words))?.wait()?;
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    Ok(code.map_or(ExitCode::FAILURE, ExitCode::from))
}
