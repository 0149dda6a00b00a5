//! Evaluates a check file and says how each check ended: `evaluate net.toml`.
//!
//! Without an argument it has a file of its own, about a listener of its own. The exit status is that of `netdiag check`.

#![expect(clippy::print_stdout, reason = "an example may be plain")]

use std::error::Error;
use std::net::TcpListener;
use std::process::ExitCode;

use netdiag_check::file::{Notation, Variables};
use netdiag_check::plan::Plan;
use netdiag_check::report::{Format, RenderOptions};
use netdiag_check::run::{self, Options};
use netdiag_check::selection::Selection;

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let own = TcpListener::bind("127.0.0.1:0")?;
    let (name, text) = match std::env::args().nth(1) {
        Some(path) => (path.clone(), std::fs::read_to_string(path)?),
        None => ("of its own".to_owned(), about(&own)?),
    };
    let notation = if name.ends_with(".json") { Notation::Json } else { Notation::Toml };
    let plan = Plan::read(&name, &text, notation, &Variables::new([]))?;
    let chosen = Selection::default().choose(&plan);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let options = Options { jobs: 4, ..Options::default() };
    let report = runtime.block_on(run::run(&plan, &chosen, options, std::future::pending(), |_| {}));
    println!("{}", Format::Text.render(&report, RenderOptions::default()).trim_end());
    Ok(ExitCode::from(report.exit(false).status(Some("check"))))
}

fn about(listener: &TcpListener) -> std::io::Result<String> {
    let address = listener.local_addr()?;
    Ok(format!(
        "version = 1\n\n\
         [[check]]\nname = \"own listener\"\nkind = \"tcp\"\ntarget = \"{address}\"\n\n\
         [[check]]\nname = \"forwarding\"\nkind = \"sysctl\"\nkey = \"net.ipv4.ip_forward\"\nvalue = \"0..1\"\n"
    ))
}
