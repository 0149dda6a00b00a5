//! TCP sockets that match a filter, most of it decided by the kernel: `tcp_sockets 'dport = :443 and not dst 10.0.0.0/8'`.
//!
//! Names are not looked up here: hosts, ports and interfaces are numbers. Any user may run it.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "an example may be plain")]

use std::error::Error;

use netdiag_sockdiag::filter::language::{Defaults, Filter, NoNames};
use netdiag_sockdiag::filter::{AddressFamily, Scope, Subject};
use netdiag_sockdiag::{Client, Extensions, Filtered, States, inet};

fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let filter =
        Filter::read(words.join(" ").as_bytes(), Defaults { tcp: true, ..Defaults::default() }, &NoNames)?;
    let plan = filter.expr.plan(Scope::default());
    let mut client = Client::open()?;
    for (family, number) in
        [(inet::Family::V4, AddressFamily::INET), (inet::Family::V6, AddressFamily::INET6)]
    {
        if filter.family.is_some_and(|only| only != number) {
            continue;
        }
        let request = inet::request(family, inet::TCP, States::ALL, Extensions::empty());
        let mut dump = client.dump(&Filtered { request, bytecode: plan.bytecode.clone(), protocol: None })?;
        while let Some(socket) = dump.next()? {
            if plan.rest.matches(&Subject::from(&socket)) {
                println!("{} {} {}", socket.state(), socket.local(), socket.remote());
            }
        }
        if dump.interrupted() {
            eprintln!("the list changed while it was read: some may be missing");
        }
    }
    Ok(())
}
