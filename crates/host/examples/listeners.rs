//! Lists who listens on this machine, and the processes that hold the sockets.
//!
//! What could not be looked at is said: a list that is not whole proves nothing of what is missing in it.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "an example says what it finds")]

use netdiag_host::{Held, Host, Needs, Table};
use netdiag_sockdiag::States;

fn main() {
    let tables = [Table::Tcp, Table::Udp, Table::UnixStream, Table::UnixSeqpacket];
    let needs = Needs::of(tables, States::LISTENING) | Needs::OWNERS;
    let snapshot = Host::here().snapshot(&needs);
    for socket in snapshot.listening() {
        let held = holders(&snapshot.owners.held(socket.inode()));
        println!("{:6} {:40} {held}", socket.netid(), socket.place());
    }
    for table in tables {
        if let Some((what, why)) = snapshot.cut_short([table]) {
            eprintln!("there may be more {what}: {why}");
        }
    }
}

/// `nginx (42), nginx (43)`.
fn holders(held: &Held<'_>) -> String {
    match held {
        Held::Yes(owners) => {
            let mut words: Vec<String> = owners
                .iter()
                .map(|owner| format!("{} ({})", owner.task.comm.escape_ascii(), owner.task.pid))
                .collect();
            words.dedup();
            words.join(", ")
        }
        Held::No => "nobody".to_owned(),
        Held::Unknown(why) => format!("unknown: {why}"),
    }
}
