//! How long a TCP connection takes, look-up and handshake told apart: `connect_time example.com:443`.
//!
//! Without an argument it connects to a listener of its own.

#![expect(clippy::print_stdout, reason = "an example may be plain")]

use std::error::Error;
use std::net::TcpListener;
use std::time::Duration;

use netdiag_probe::{Client, Endpoint, Exchange};
use tokio::time::Instant;

fn main() -> Result<(), Box<dyn Error>> {
    let own = TcpListener::bind("127.0.0.1:0")?;
    let to = std::env::args().nth(1).map_or_else(|| own.local_addr().map(|to| to.to_string()), Ok)?;
    let endpoint: Endpoint = to.parse()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let report = runtime.block_on(async {
        let deadline = Instant::now() + Duration::from_secs(5);
        Client::default().socket(&endpoint, &Exchange::Nothing, deadline, &mut |_, _| {}).await
    });
    for attempt in &report.attempts {
        match &attempt.error {
            None => println!("{}: connected in {:?}", attempt.to, attempt.took),
            Some(error) => println!("{}: {error} after {:?}", attempt.to, attempt.took),
        }
    }
    report.result?;
    println!("looked up in {:?}, connected in {:?}", report.phases.resolve, report.phases.connect);
    Ok(())
}
