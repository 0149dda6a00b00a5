//! A program in one of two hosts joined by a veth pair; the other one is 10.0.0.2. `cargo xtask bench` runs pings in it.
//!
//! Usage: `pair [--busy] PROGRAM [ARGUMENT]...`. With `--busy` as many threads as there are cores do nothing but run, so that the
//! program must be woken up against them; they end with this process, which ends with the program.

use std::env;
use std::error::Error;
use std::hint::spin_loop;
use std::process::{Command, ExitCode};
use std::thread;

use netdiag_lab::Lab;

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let mut words = env::args_os().skip(1).peekable();
    let busy = words.next_if(|word| word == "--busy").is_some();
    let program = words.next().ok_or("usage: pair [--busy] PROGRAM [ARGUMENT]...")?;
    let lab = Lab::new()?;
    let (near, far) = (lab.host("near")?, lab.host("far")?);
    lab.veth((&near, "eth0"), (&far, "eth0"))?;
    near.address("eth0", "10.0.0.1/24")?;
    far.address("eth0", "10.0.0.2/24")?;
    if busy {
        for _ in 0..thread::available_parallelism()?.get() {
            thread::spawn(|| {
                loop {
                    spin_loop();
                }
            });
        }
    }
    let status = near.spawn(Command::new(program).args(words))?.wait()?;
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    Ok(code.map_or(ExitCode::FAILURE, ExitCode::from))
}
